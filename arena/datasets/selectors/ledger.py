"""Reading the ledger for an export: pages of entries without content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from arena.battles.models import GateResult
from arena.catalog.models import ModelVersion
from arena.datasets.records import (
    SAID,
    STYLES,
    WINNERS,
    GateWords,
    LabelValues,
    Pseudonyms,
    PublicEntry,
    PublicVersion,
)
from arena.feedback.selectors import feedback_columns
from arena.gates.states import GateVerdict
from arena.labels.models import LabelSet
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.entries import picture_choices, style_counts
from arena.ledger.selectors.events import VERSIONS
from arena.ledger.states import EntryKind, VoteResult
from arena.rating.verify.chain import CARDS
from arena.rating.verify.chain import VERSIONS as WITH_VERSIONS

PAGE = 20_000
"""Entries in memory at a time."""
FEW = 500
"""Votes that are asked for one by one; more are asked for by their range."""
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_FIELDS = ("number", "hash", "kind", "reason", "vote_id", "source", "source_key", "version_a_id")
_REST = ("outcome", "labels_id", "day", "vote__voter_id")
_DRAWN = ("vote__battle__draw_policy", "vote__battle__draw_probability", "vote__turns")
_TRUST = ("vote__votes_today", "vote__voter_seconds", "vote__account_days")
_DAY_SECONDS = 24 * 3600
_NOTHING_SAID = (None,) * len(SAID)
_NO_STYLE = (None,) * len(STYLES)
_NO_GATES = GateWords()
_NO_CHOICE = (None, None)
_WINNERS = {result.value: WINNERS[result.name.lower()] for result in VoteResult}

VoteKey = tuple[int | None, str, int | None]
"""The vote that an entry is about: its own number, or its source and number there."""


def entry_pages(
    after: int, upto: int, names: Pseudonyms
) -> Iterator[tuple[int, int, list[PublicEntry]]]:
    """Yield pages of entries behind a number, each with its last number and its length."""
    versions, labels = public_versions(), label_values()
    while after < upto:
        end = min(after + PAGE, upto)
        entries = LedgerEntry.objects.filter(number__gt=after, number__lte=end)
        yield end, end - after, public_entries(entries, upto, names, versions, labels)
        after = end


def public_entries(
    entries: QuerySet[LedgerEntry],
    upto: int,
    names: Pseudonyms,
    versions: Mapping[int, PublicVersion],
    labels: Mapping[int, LabelValues],
) -> list[PublicEntry]:
    """Return these entries by number; ``counts`` and labels of votes are those at ``upto``."""
    ordered = entries.order_by("number").annotate(**VERSIONS)
    rows = list(ordered.values_list(*_FIELDS, *VERSIONS, *_REST, *_DRAWN, *_TRUST))
    own = [row for row in rows if row[2] == EntryKind.VOTE]
    last = _last_decisions([(row[4], row[5], row[6]) for row in own], upto)
    styles = style_counts([row[4] for row in own if row[4] is not None])
    said = feedback_columns([row[4] for row in own if row[4] is not None])
    judges = {voter: names.judge(voter) for voter in {row[-7] for row in rows}}
    gates = gate_words([row[4] for row in own if row[4] is not None])
    pictures = picture_choices([row[4] for row in own if row[4] is not None])
    found = []
    for number, hash_, kind, reason, vote, source, source_key, named, *rest in rows:
        a, b, outcome, label_set, day, voter, policy, propensity, turns, today, age, account = rest
        counts = True
        if kind == EntryKind.VOTE and last and (vote, source, source_key) in last:
            counts, label_set = last[vote, source, source_key]
        style = styles.get(vote) if kind == EntryKind.VOTE else None
        found.append(
            PublicEntry(
                number,
                hash_,
                CARDS if named is None else WITH_VERSIONS,
                kind,
                reason,
                source,
                vote if source_key is None else source_key,
                versions[a],
                versions[b],
                _WINNERS[outcome],
                labels[label_set],
                day,
                counts,
                judges[voter],
                policy,
                propensity,
                turns,
                today,
                None if age is None else age // _DAY_SECONDS,
                account,
                # Counted by side, then by feature; columns stand by feature, then by side.
                _NO_STYLE if style is None else [int(one) for one in style.T.reshape(-1)],
                said.get(vote, _NOTHING_SAID) if kind == EntryKind.VOTE else _NOTHING_SAID,
                gates.get(vote, _NO_GATES),
                pictures.get(vote, _NO_CHOICE) if kind == EntryKind.VOTE else _NO_CHOICE,
            )
        )
    return found


def public_versions() -> dict[int, PublicVersion]:
    """Return what anyone may know of each version; no endpoint, no key and no path is in it."""
    rows = ModelVersion.objects.select_related("card")
    return {
        row.pk: PublicVersion(
            model=row.card.slug,
            number=row.number,
            revision=row.revision,
            hub_id=row.source if not row.base_url and HUB_ID.fullmatch(row.source) else "",
            organization=row.card.organization,
            license=row.card.license,
        )
        for row in rows
    }


def label_values() -> dict[int, LabelValues]:
    """Return the values of each label set."""
    rows = LabelSet.objects.values_list("pk", "language", "category", "preset")
    return {
        key: LabelValues(language, category, preset) for key, language, category, preset in rows
    }


def gate_words(votes: Sequence[int]) -> dict[int, GateWords]:
    """Return what the gates said of each vote's battle, for those of which they said anything.

    Many votes are asked for by their range, which a page of the ledger nearly fills.
    """
    span = Q(battle__vote__pk__range=(min(votes, default=0), max(votes, default=0)))
    few = Q(battle__vote__in=votes)
    results = GateResult.objects.filter(few if len(votes) <= FEW else span).order_by()
    asked = results.values_list("battle__vote", flat=True).distinct()
    said: dict[int, dict[str, list[str]]] = {vote: {} for vote in asked}
    unusual = results.exclude(verdict=GateVerdict.PASS).order_by("battle_id", "gate")
    for vote, gate, verdict, source in unusual.values_list(
        "battle__vote", "gate", "verdict", "source"
    ):
        said[vote].setdefault(verdict, []).append(f"{gate}: {source}")
    return {
        vote: GateWords(*("; ".join(words.get(verdict, [])) for verdict in _UNUSUAL))
        for vote, words in said.items()
    }


_UNUSUAL = (GateVerdict.FAIL.value, GateVerdict.UNKNOWN.value)


def _last_decisions(votes: Sequence[VoteKey], upto: int) -> dict[VoteKey, tuple[bool, int]]:
    """Return by vote whether it counts and its labels, of those about which anything was decided.

    Asked for by ranges of numbers, which a page nearly fills; others that it finds do no harm.
    """
    about = Q(pk__in=[])
    ours = [vote for vote, _, _ in votes if vote is not None]
    if ours:
        about |= Q(vote__gte=min(ours), vote__lte=max(ours))
    keys: dict[str, list[int]] = {}
    for _, source, key in votes:
        if key is not None:
            keys.setdefault(source, []).append(key)
    for source, found in keys.items():
        span = (min(found), max(found))
        about |= Q(vote=None, source=source, source_key__range=span)
    later = LedgerEntry.objects.exclude(kind=EntryKind.VOTE).filter(about, number__lte=upto)
    rows: Any = later.order_by("number").values_list(
        "vote_id", "source", "source_key", "kind", "labels_id"
    )
    wanted = set(votes)
    return {
        (vote, source, key): (kind != EntryKind.EXCLUSION, labels)
        for vote, source, key, kind, labels in rows
        if (vote, source, key) in wanted
    }
