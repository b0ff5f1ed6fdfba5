"""Reading the register for people, and finding battles by what somebody wrote down of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F
from django.utils.translation import ngettext

from arena.battles.models import Battle
from arena.privacy.register import REGISTER

_WORD = re.compile(r"[A-Za-z0-9_-]{16,32}")


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """Words of the page on one kind of data, with the durations in force filled in."""

    key: str
    title: str
    what: str
    why: str
    kept: str
    where: str
    erased: str


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """Operator of the arena and the terms; each is empty where it was not set."""

    name: str
    contact: str
    contact_link: str
    terms: str
    data_licence: str


def stored_data() -> list[StoredFacts]:
    """Return the table for people, in the language of the request."""
    spans = {
        "content": _span(settings.CONTENT_DAYS * 24),
        "picture": _span(settings.PICTURE_HOURS),
        "network": _span(settings.NETWORK_DAYS * 24),
        "group": _span(settings.GROUP_DAYS * 24),
        "transfer": _span(settings.TRANSFER_MINUTES / 60),
        "sign_in": _span(settings.SIGN_IN_MINUTES / 60),
    }
    return [
        StoredFacts(
            key=kind.key,
            title=str(kind.words.title),
            what=str(kind.words.what),
            why=str(kind.words.why),
            kept=str(kind.words.kept) % spans,
            where=str(kind.words.where),
            erased=str(kind.words.erased),
        )
        for kind in REGISTER
    ]


def operator_facts() -> OperatorFacts:
    """Return what the settings say of the operator. An e-mail address becomes a link, too."""
    contact = settings.OPERATOR_CONTACT
    link = f"mailto:{contact}" if "@" in contact and "/" not in contact else ""
    if contact.startswith(("https://", "http://")):
        link = contact
    return OperatorFacts(
        name=settings.OPERATOR_NAME,
        contact=contact,
        contact_link=link,
        terms=settings.TERMS_URL if settings.TERMS_URL.startswith(("https://", "http://")) else "",
        data_licence=settings.DATASET_LICENSE,
    )


def battles_named(text: str) -> list[Battle]:
    """Return the battles whose id, address or public page stands in a text, each once, in their
    order. Whoever knows somebody's battle from its public page has no other address of it."""
    words = list(dict.fromkeys(_WORD.findall(text)))
    found = {battle.public_id: battle for battle in Battle.objects.filter(public_id__in=words)}
    shared = Battle.objects.filter(shared__token__in=words).annotate(token=F("shared__token"))
    found |= {battle.token: battle for battle in shared}
    return list({found[word].pk: found[word] for word in words if word in found}.values())


def _span(hours: float) -> str:
    """Return a duration in the largest unit that says it in a whole number."""
    days, minutes = hours / 24, round(hours * 60)
    if days >= 2 and days == int(days):
        return ngettext("%(count)d day", "%(count)d days", int(days)) % {"count": int(days)}
    if hours >= 1 and hours == int(hours):
        return ngettext("%(count)d hour", "%(count)d hours", int(hours)) % {"count": int(hours)}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
