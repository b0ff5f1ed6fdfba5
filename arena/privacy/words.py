"""The words with which the page on privacy describes each kind of data."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class DataWords:
    """Plain words on a kind of data. ``kept`` may name durations in per cent form, such as
    ``%(content)s``, which the page fills in."""

    title: StrPromise
    what: StrPromise
    why: StrPromise
    kept: StrPromise
    where: StrPromise
    erased: StrPromise


_DATABASE = _("The arena's database")
_REDIS = _("The arena's short-term memory (Redis)")

WORDS: dict[str, DataWords] = {
    "pictures": DataWords(
        title=_("Pictures"),
        what=_(
            "The pictures that you send, turned upright and encoded again, and the regions that you"
            " blur in them. Place, time, camera and comments of the file are dropped."
        ),
        why=_("Both models get the same picture, and you see it beside their answers."),
        kept=_(
            "If you agreed to publication: until you delete it. If not: %(content)s. Without a"
            " vote: %(picture)s."
        ),
        where=_("Files on the arena's disk"),
        erased=_("The file is deleted, unless another battle has the very same picture."),
    ),
    "texts": DataWords(
        title=_("Questions and answers"),
        what=_("Your questions, and what both models answered and wrote before their answers."),
        why=_("You compare the answers, and you can read them again."),
        kept=_("If you agreed to publication: until you delete it. If not: %(content)s."),
        where=_DATABASE,
        erased=_("The texts are deleted."),
    ),
    "votes": DataWords(
        title=_("Votes"),
        what=_(
            "Which answer you chose, between which models and when, and what you said about the"
            " answers. How many votes you had cast before on that day, and how old your random"
            " number and your account were."
        ),
        why=_(
            "The ranking is computed from all votes. By their number and the ages votes are found"
            " with which somebody wants to move it."
        ),
        kept=_("For good: a ranking can be checked only if no vote disappears."),
        where=_DATABASE,
        erased=_("The vote stays and counts, without picture and texts."),
    ),
    "conditions": DataWords(
        title=_("Facts about a battle"),
        what=_(
            "How a battle went: when it began, how long the answers took, how many words, headings"
            " and lists they have, the language and the topic of the question."
        ),
        why=_("Rankings by language, topic and style are computed from it."),
        kept=_("For good, like the vote."),
        where=_DATABASE,
        erased=_("It stays: nobody can tell from it what was asked."),
    ),
    "moderation": DataWords(
        title=_("Moderation"),
        what=_(
            "Which answers you reported and what a moderator decided; and, as keyed hashes from"
            " which nothing can be read, which question was asked before by somebody else."
        ),
        why=_("Nothing is published that must not be, and the same question counts once."),
        kept=_("Reports and decisions as long as the battle; the hashes for good."),
        where=_DATABASE,
        erased=_("The decision stays, without picture and texts."),
    ),
    "consent": DataWords(
        title=_("Your consent"),
        what=_(
            "Whether your battles may be published, when you said so, and to which wording."
            " Where the arena asks for your age or for its terms: that you confirmed them, and"
            " when; never a date of birth."
        ),
        why=_("What you did not agree to publish is not published."),
        kept=_("As long as the battle; a confirmation as long as your random number."),
        where=_DATABASE,
        erased=_("You can change it for one battle or for all of them."),
    ),
    "identity": DataWords(
        title=_("Who you are"),
        what=_(
            "A random number in a signed cookie of your browser. No name and no e-mail address,"
            " unless you create an account."
        ),
        why=_("The arena knows by it which battles are yours."),
        kept=_("The cookie: one year after your last battle. The number stands beside each vote."),
        where=_("Your browser and the arena's database"),
        erased=_(
            "Delete the cookie in your browser, or delete everything on the page “My battles”."
        ),
    ),
    "accounts": DataWords(
        title=_("Your account"),
        what=_(
            "If you create one: its name and a salted hash of the password, or who you are to the"
            " provider through which you sign in, and since when."
        ),
        why=_("You find your battles again in another browser, or when the cookie has gone."),
        kept=_("Until you delete the account."),
        where=_DATABASE,
        erased=_("Delete it on the page “Your account”, and the battles on the page “My battles”."),
    ),
    "descriptions": DataWords(
        title=_("What you say about yourself"),
        what=_(
            "The answers that you chose on the page “About you”, if you did, and when you were"
            " asked."
        ),
        why=_("A ranking can say by it whom it speaks for."),
        kept=_("%(group)s after your last battle or change."),
        where=_DATABASE,
        erased=_(
            "Delete it on the page “About you”. It is in no published data, and a group of fewer"
            " than ten people is not shown anywhere."
        ),
    ),
    "network": DataWords(
        title=_("Your network"),
        what=_(
            "A code of the network that you came from, when you first sent something. It is made"
            " anew each day with a secret key, and your address can't be computed from it."
        ),
        why=_("To limit how much one network can send, and to find votes by machines."),
        kept=_("%(network)s"),
        where=_DATABASE,
        erased=_("It is deleted at the end of its time, or when you delete everything."),
    ),
    "cases": DataWords(
        title=_("Votes that look wrong"),
        what=_("Where the votes of one browser look like an attack: which ones, and why."),
        why=_(
            "An operator decides whether they count. What is decided is published without names."
        ),
        kept=_("For good, like the votes."),
        where=_DATABASE,
        erased=_("It stays: it holds nothing of what was asked."),
    ),
    "streams": DataWords(
        title=_("Running battles"),
        what=_("Picture, question and the growing answers, while a battle runs."),
        why=_("The programs that run the models get them from there."),
        kept=_("At most one hour."),
        where=_REDIS,
        erased=_("They are deleted together with the battle."),
    ),
    "limits": DataWords(
        title=_("Limits"),
        what=_("How many battles and votes came from you and from your network a moment ago."),
        why=_("So that nobody takes all the room."),
        kept=_("At most two days."),
        where=_REDIS,
        erased=_("It disappears by itself."),
    ),
    "transfer": DataWords(
        title=_("Transfer codes"),
        what=_("A hash of the code that carries your battles to another device."),
        why=_("So that you can go on with your battles elsewhere, without an account."),
        kept=_("%(transfer)s, or until the code is used."),
        where=_REDIS,
        erased=_("It disappears by itself."),
    ),
    "operators": DataWords(
        title=_("Accounts of operators"),
        what=_(
            "Of the people who run this arena: name, e-mail address, password (as a hash), second"
            " factor, and what they did in the administration."
        ),
        why=_("To let in who may do so, and to tell later who changed what."),
        kept=_("As long as the account; the record of what was done: for good."),
        where=_DATABASE,
        erased=_("An administrator deletes the account."),
    ),
    "sign_in": DataWords(
        title=_("Wrong passwords"),
        what=_(
            "Of wrong passwords: the address, and the name, of one that no operator has only a"
            " keyed hash."
        ),
        why=_("So that nobody can guess a password."),
        kept=_("%(sign_in)s after the last attempt."),
        where=_DATABASE,
        erased=_("It is deleted at the next attempt of anybody after that time."),
    ),
    "backups": DataWords(
        title=_("Backups"),
        what=_("A copy of the database and the pictures."),
        why=_("So that nothing is lost when a disk fails."),
        kept=_("As long as the operator keeps the file."),
        where=_("Wherever the operator keeps it"),
        erased=_("What you delete is in no backup that is made afterwards."),
    ),
    "exports": DataWords(
        title=_("Published data"),
        what=_(
            "Published data: all votes without content, and the battles whose voter agreed. A voter"
            " is a random number in it that is different in each export."
        ),
        why=_("So that others can check the ranking and do research."),
        kept=_("For good: what is published can't be called back."),
        where=_("Where the operator publishes it"),
        erased=_(
            "What you delete or withdraw is in no later export, and a list tells readers which"
            " battles to remove."
        ),
    ),
}
