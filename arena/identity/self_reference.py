"""Decide whether a sentence that names a model speaks of itself, by ``self_reference.toml``."""

from __future__ import annotations

import re

from arena.identity.announcements import announces_itself
from arena.identity.following import NEXT_ENTRY, is_scene, kind_follows, says, signs_off
from arena.identity.mention import Mention
from arena.identity.words import SPACED, WORD, Language, has_scene, languages, vocabulary

MOST_LINKS, MOST_UNSPACED, MOST_UNKNOWN = 16, 24, 2
"""The distance from "I am" to a name: words, characters without blanks, unknown words."""
MOST_OPINION = 3
"""Words of "Some think", behind which no "that" has to follow."""
MOST_DEFINING = 4
"""Words behind "X:" by which it is said what X is."""
REACH_OF_DENIAL = 20
"""Characters behind "X is me" in which a "not" denies it."""
MOST_UNKNOWN_ORIGIN = 3
"""The number of unknown words from "my training data" to a name."""
_ARABIC_VERB_DENIALS = ("لم ", "لن ", "لا ")
_AROUND = " *_\"'"
"""Marks that may stand around a name."""
_ENGLISH_SPEAKER = re.compile(r"\bi\b")
_QUOTED = re.compile(r"\s*[\"”»“」』]\s*-")
"""The text between a quotation and its author."""


def of_itself(mention: Mention) -> bool:
    """Return whether the model means itself by the name."""
    if says(mention):
        return True
    if is_scene(mention) or _QUOTED.match(mention.before):
        return mention.briefed
    before = mention.before.strip(_AROUND + "([「『«“‘„")
    after = mention.after.lower().lstrip(_AROUND + ")]」』»”’")
    # The name may stand alone behind "Best regards", which nothing introduces.
    words = vocabulary()
    closed = ":" not in before and words["closings"].search(before)
    signed = not WORD.search(after) and (closed or words["signatures"].match(before))
    if mention.briefed or signed or _is_bound(before, after):
        return True
    if signs_off(mention):
        return True
    if announces_itself(before, after, everyday=mention.everyday):
        return True
    # An answer may begin with the name in brackets, as a log does: "[X] A dog".
    bracketed = mention.before.strip() == "[" and mention.after.startswith("]")
    heads = _heads_answer(before, after) or (bracketed and WORD.search(mention.after))
    opens_as = mention.opens and not mention.everyday and heads
    if opens_as or _is_entry(before, after, opens=mention.opens) or _greets(before, after):
        return True
    return any(_speaks(language, before, after, mention) for language in languages())


def _is_entry(before: str, after: str, *, opens: bool) -> bool:
    """Return whether the name stands alone behind "Model:" in a card about the speaker."""
    words = vocabulary()
    label = words["labels"].search(before)
    rest = after.partition("\n")[0]
    if not label or (WORD.search(rest) and not NEXT_ENTRY.match(rest)):
        return False
    heading = before[: label.start()]
    return words["profiles"].search(heading) is not None or (
        opens and label["model"] is not None and not WORD.search(heading)
    )


def _heads_answer(before: str, after: str) -> bool:
    """Return whether an answer begins with the name and a colon, not to explain the name."""
    words = vocabulary()
    said = WORD.findall(after)[:MOST_DEFINING]
    if not said or after[0] != ":" or WORD.search(before):
        return False
    defined = words["defines"].match(" ".join(said)) or has_scene(" ".join(said))
    return said[0] in words["selves"] or not defined


def _greets(before: str, after: str) -> bool:
    """Return whether a greeting makes the name that of the speaker: "Hello, it's X"."""
    words = vocabulary()
    greeting = words["greetings"].search(before)
    if greeting is None or words["greeted"].search(after) is None:
        return False
    return WORD.search(before) is not None or WORD.search(after) is not None


def _speaks(language: Language, before: str, after: str, mention: Mention) -> bool:
    follows = language.follows and language.follows.match(after)
    if follows and not _is_denied_behind(after[follows.end() :]) and _begins(before):
        return True
    if language.leads and not is_denied(after) and _linked(language.leads, before, mention):
        return True
    if language.origins and _linked(language.origins, before, mention, MOST_UNKNOWN_ORIGIN):
        return True
    if language.made and _is_maker(*language.made, before, after):
        return True
    if speaker := language.roles and _speaker_behind(language, before, after):
        # Are name and speaker the same? "As X, I", not "When X appeared, I".
        between = after[: speaker.start()]
        found = WORD.findall(between)
        parted = "," in between and SPACED.fullmatch(between) is not None
        direct = (len(found) <= 1 and not parted) or not between[:1].isalnum()
        joined = direct or found[0] in vocabulary()["joins"]
        if joined and _linked(language.roles, before, mention):
            return True
    breaks = vocabulary()["breaks"]
    return any(
        (rest := end.match(after))
        and breaks.isdisjoint(WORD.findall(rest[0]))
        and _linked(begin, before, mention)
        for begin, end in language.frames
    )


def _speaker_behind(language: Language, before: str, after: str) -> re.Match[str] | None:
    """Return the first word of the speaker: behind writing without blanks an English one, too."""
    if language.speakers is None:
        return None
    own = language.speakers.search(after)
    return own or (None if SPACED.fullmatch(before) else _ENGLISH_SPEAKER.search(after))


def _is_denied_behind(rest: str) -> bool:
    """Return whether the next word denies it: "X bin ich nicht", "X ben ik niet"."""
    return not vocabulary()["negations"].isdisjoint(WORD.findall(rest[:REACH_OF_DENIAL])[:1])


def is_denied(after: str) -> bool:
    """Return whether a negation follows the name at once: "Ik ben X niet", not "I am X, not Y".

    In Arabic it begins what the speaker does not do: "I am X could not read".
    """
    after = after.lstrip()
    if after.startswith(_ARABIC_VERB_DENIALS):
        return False
    return after[:1].isalpha() and after[:2] != "no" and _is_denied_behind(after)


def _begins(before: str) -> bool:
    """Return whether the words before the name leave it the subject: not "like X"."""
    before = _after_contrast(before)
    last = frozenset(WORD.findall(before)[-1:])
    return not has_scene(before) and vocabulary()["breaks"].isdisjoint(last) and is_affirmed(before)


def _linked(lead: re.Pattern[str] | None, before: str, mention: Mention, unknown: int = 0) -> bool:
    """Return whether a lead stands before the name and nothing in between separates the two."""
    for match in lead.finditer(before) if lead else ():
        # The phrase may be only part of a word: "as" of "ask".
        beside = before[max(0, match.end() - 1) : match.end() + 1]
        within = len(beside) == 2 and beside.isalpha() and SPACED.fullmatch(beside)
        if (
            not within
            and leads_in(before[: match.start()])
            and _joins(before[match.end() :], mention, unknown)
        ):
            return True
    return False


def _is_maker(me: re.Pattern[str], making: re.Pattern[str], before: str, after: str) -> bool:
    """Return whether one clause says, in any order, that the name made the speaker."""
    words = vocabulary()
    # The clause before the name, with a relative one that "is" alone parts from it.
    *earlier, clause = words["clause_ends"].split(before)
    while earlier and words["answers"].issuperset(WORD.findall(clause)):
        clause = f"{earlier.pop()}, {clause}"
    rest = words["clause_ends"].split(after)[0]
    text = f"{clause} \n {rest}"
    if not me.search(text) or not making.search(text) or has_scene(text):
        return False
    said = WORD.findall(text)
    parted = (words["breaks"] - {"que", "se"}).intersection(said[1:]) or words[
        "breaks_unspaced"
    ].search(text)
    denied = not words["negations"].isdisjoint(WORD.findall(rest))
    return not parted and not denied and leads_in(before)


def _is_bound(before: str, after: str) -> bool:
    """Return whether the name rules over the speaker: "X does not let me", "X's rules: I can't"."""
    words = vocabulary()
    permit = words["permits"].search(after)
    if permit and not has_scene(before + after[: permit.start()]) and after[0] != ",":
        return is_affirmed(before)
    rule = words["policies"].search(before) or words["policies"].search(after)
    if not rule or not words["modals"].search(after) or has_scene(before):
        return False
    spoken = [
        found for one in languages() if (found := one.speakers and one.speakers.search(after))
    ]
    return any(
        words["modals"].search(after, speaker.start()) and not has_scene(after[: speaker.start()])
        for speaker in spoken
    )


def leads_in(text: str) -> bool:
    """Return whether the words before a lead neither deny it nor tell of something read."""
    words = vocabulary()
    reasons = list(words["reasons"].finditer(text))
    spoken = text[reasons[-1].end() :] if reasons else text
    if has_scene(spoken) or (":" in spoken and words["places"].match(spoken)):
        return False
    return is_affirmed(spoken)


def is_affirmed(text: str) -> bool:
    """Return whether the last clause of a text neither denies, doubts nor ascribes what follows.

    "And" begins a clause of its own, and so does a comma that no "that" follows.
    """
    words = vocabulary()
    *earlier, clause = words["clause_ends"].split(words["doubled"].sub("", text))
    opinion = WORD.findall(earlier[-1]) if earlier else []
    if len(opinion) <= MOST_OPINION and not words["opinions"].isdisjoint(opinion[-1:]):
        clause = f"{earlier[-1]} {clause}"
    found = WORD.findall(clause)
    last = max((n for n, word in enumerate(found) if word in words["ands"]), default=-1)
    said = frozenset(found[last + 1 :])
    if not words["negations"].isdisjoint(said) or any(word.endswith("n't") for word in said):
        return False
    if not words["doubts"].isdisjoint(said) or words["breaks_unspaced"].search(clause):
        return False
    return words["opinions"].isdisjoint(said) or not words["selves"].isdisjoint(said)


def _joins(gap: str, mention: Mention, unknown: int = 0) -> bool:
    words = vocabulary()
    made = unknown > 0 or not words["kinds"].isdisjoint(WORD.findall(gap))
    gap = _after_contrast(gap)
    if not SPACED.fullmatch(gap):
        parted = words["unspaced"].search(gap) or words["breaks_unspaced"].search(gap)
        return len(gap) <= MOST_UNSPACED and not parted
    found: list[str] = []
    for word in WORD.findall(gap):
        # One that no list has counts as its parts: "AI-model", "l'assistant".
        listed = word in words["joins"] or word in words["stops"]
        found += [word] if listed else [part for part in re.split(r"[-'.]", word) if len(part) > 1]
    if len(found) > MOST_LINKS or not words["stops"].isdisjoint(found):
        return False
    if "," in gap and found and found[-1] in words["ands"]:
        return False
    if found[-1:] in (["auf"], ["bei"]) and not made and not kind_follows(mention):
        return False
    kind = not words["kinds"].isdisjoint(found)
    article = found[-1:] and found[-1] in words["articles"] and not (kind and found[-1] == "de")
    if mention.everyday and article and not kind_follows(mention):
        return False
    strange = [w for w in found if w not in words["joins"] and not w[0].isdigit()]
    return len(strange) <= max(unknown, MOST_UNKNOWN if kind else 0)


def _after_contrast(gap: str) -> str:
    """Return what follows "but" where "not" stands before it: "I am not A, but B"."""
    found = list(vocabulary()["contrasts"].finditer(gap))
    if not found:
        return gap
    denied = gap[: found[-1].start()]
    negations = vocabulary()["negations"].intersection(WORD.findall(denied))
    return gap[found[-1].end() :] if negations or not SPACED.fullmatch(denied) else gap
