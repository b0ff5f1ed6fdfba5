"""Published snapshots once more, from the published votes alone."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import (
    Comparisons,
    Integers,
    PairCounts,
    VoteOutcome,
    numbered_voters,
)
from arena.rating.features import relative_styles
from arena.rating.inverse_probability import inverse_weights
from arena.rating.methods import UnknownMethod, load_method
from arena.rating.recipes import RATES, FitRecipe, details_of, snapshot_text, takes_source
from arena.rating.verify.entries import EXCLUSION, KINDS, VOTE, PublishedLedger
from arena.rating.vote_tables import UnusableFile

SAME = 2e-6
"""Numbers of two builds of the same libraries may differ by the last digit that is kept."""
_MOST = 20
_FACTS = ("board", "ledger_number", "ledger_hash", "method", "parameters", "filter", "seed")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VerifiedSnapshot:
    """The outcome for one snapshot: the sentences say what differs, none where it is equal."""

    name: str
    etag: str
    differences: tuple[str, ...]
    bytes_equal: bool

    @property
    def sentence(self) -> str:
        """Return the outcome in words."""
        if not self.differences:
            how = "byte for byte" if self.bytes_equal else f"within {SAME:g}"
            return f"{self.name}: equal {how}, {self.etag[:12]}"
        return "\n".join([f"{self.name}: NOT EQUAL", *(f"  {one}" for one in self.differences)])


def verify_snapshot(path: Path, etag: str, ledger: PublishedLedger) -> VerifiedSnapshot:
    """Compute the snapshot in this file anew and compare it. Raises UnusableFile for no snapshot.

    ``etag`` is the SHA-256 that the export gives for the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        published = json.loads(text)
        facts = {name: published[name] for name in _FACTS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableFile(f"{path} is no snapshot: {error!r}.") from error
    differences = []
    if hashlib.sha256(text.encode()).hexdigest() != etag:
        differences.append("the file was changed: its SHA-256 is not the one that was published")
    number = int(facts["ledger_number"])
    if ledger.hash_at(number) != facts["ledger_hash"]:
        differences.append(f"the votes have another hash at ledger entry {number}")
    try:
        computed = _text(facts, ledger)
    except (UnknownMethod, ValueError, TypeError, ArithmeticError, LookupError) as error:
        reason = f"the votes give no leaderboard: {error}"
        return VerifiedSnapshot(path.stem, etag, (*differences, reason), bytes_equal=False)
    if computed != text:
        differences += list(_different(published, json.loads(computed)))[:_MOST]
    return VerifiedSnapshot(path.stem, etag, tuple(differences), computed == text)


def _text(facts: Mapping[str, Any], ledger: PublishedLedger) -> str:
    """Return the snapshot that the ledger gives for these facts."""
    recipe = FitRecipe(facts["method"], facts["parameters"], int(facts["seed"]))
    recipe.check_version()
    counted = PublishedVotes(ledger, int(facts["ledger_number"]), recipe)
    chosen: Mapping[str, Any] = facts["filter"]
    if load_method(recipe.method).NEEDS_ROWS or chosen.get("by_voter") or recipe.weighed:
        models, votes, left_out = counted.rows(chosen)
        fit = recipe.fit(votes, models)
        return snapshot_text(facts, fit, details_of(fit, left_out))
    if recipe.pooled:
        models, overall = counted.counts({})
        kin = [counted.counts_over(models, one) for one in counted.kin(chosen)]
        kin = [one for one in kin if one.total]
        deviation = recipe.deviation(kin, overall, models)
        part = counted.counts_over(models, chosen)
        fit = recipe.fit_pooled(part, overall, models, deviation)
    else:
        models, counts = counted.counts(chosen)
        fit = recipe.fit(counts, models)
    return snapshot_text(facts, fit, details_of(fit))


class PublishedVotes:
    """The votes of a ledger as they stood at one of its numbers."""

    def __init__(self, ledger: PublishedLedger, number: int, recipe: FitRecipe) -> None:
        self._recipe = recipe
        self._ledger = ledger
        self._upto = ledger.number <= number
        if number > (last := int(ledger.number[-1]) if len(ledger) else 0):
            raise ValueError(f"the export ends at ledger entry {last}, before {number}")
        # The sorted names of what is rated, and for each entry the places of its two sides.
        names, sides = list(ledger.models), ledger.model
        if recipe.parameters.get(RATES) == "versions":
            both = np.stack([ledger.model.reshape(-1), ledger.version.reshape(-1)], axis=1)
            found, back = np.unique(both, axis=0, return_inverse=True)
            names = [f"{ledger.models[model]}@{version}" for model, version in found.tolist()]
            sides = back.reshape(-1, 2)
        order = sorted(range(len(names)), key=names.__getitem__)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        self._names, self._sides = tuple(names[i] for i in order), place[sides]

    def counts(self, chosen: Mapping[str, Any]) -> tuple[tuple[str, ...], PairCounts]:
        """Return the models that have a vote under a filter, sorted by name, and their counts."""
        table = self._table(chosen)
        met = (table != 0).any(axis=(1, 2)) | (table != 0).any(axis=(0, 2))
        kept = np.flatnonzero(met)
        return tuple(self._names[i] for i in kept), PairCounts(table[np.ix_(kept, kept)])

    def counts_over(self, models: tuple[str, ...], chosen: Mapping[str, Any]) -> PairCounts:
        """Return the counts under a filter among these models, which include all that have any."""
        place = np.array([self._names.index(name) for name in models], dtype=np.intp)
        return PairCounts(self._table(chosen)[np.ix_(place, place)])

    def kin(self, chosen: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        """Yield filters of all categories for one of a category alone, languages likewise."""
        choosing = {name for name, value in chosen.items() if value and name != "by_voter"}
        sets = self._ledger.label_sets
        for place, name in enumerate(("language", "category")):
            if choosing == {name}:
                values = {str(labels[place]) for labels in sets} - {""}
                yield from ({name: value} for value in sorted(values))

    def rows(self, chosen: Mapping[str, Any]) -> tuple[tuple[str, ...], Comparisons, int]:
        """Return models, single votes that counted, and how many had no style on record.

        Only the newest votes are looked at, as many as the recipe says.
        """
        ledger, most = self._ledger, int(self._recipe.parameters["most_votes"])
        here = self._upto & (ledger.kind == KINDS.index(VOTE)) & self._of_source(chosen)
        own = np.flatnonzero(here)[-most:]
        labels, counts = self._moved(own)
        places = own[counts & self._taken(chosen, labels, ledger.day[own])]
        styled = bool(load_method(self._recipe.method).DESCRIPTION.features)
        whole = ~np.isnan(ledger.style[places]).any(axis=(1, 2))
        kept = places[whole] if styled else places
        used, back = np.unique(self._sides[kept], return_inverse=True)
        a, b = back.reshape(-1, 2).T.astype(np.int32)
        votes = Comparisons(
            a=a,
            b=b,
            outcome=ledger.outcome[kept].astype(np.int8),
            voter=numbered_voters(ledger.voter[kept].tolist(), -1)
            if chosen.get("by_voter")
            else None,
            weight=inverse_weights(*ledger.picture[kept].T) if self._recipe.weighed else None,
            features=relative_styles(ledger.style[kept]) if styled else None,
        )
        return tuple(self._names[i] for i in used), votes, len(places) - len(kept)

    def _table(self, chosen: Mapping[str, Any]) -> Integers:
        ledger = self._ledger
        here = self._upto & self._of_source(chosen)
        taken = here & self._taken(chosen, ledger.labels, ledger.day)
        sign = np.where(ledger.kind[taken] == KINDS.index(EXCLUSION), -1, 1)
        size = len(self._names)
        table = np.zeros((size, size, len(VoteOutcome)), dtype=np.int64)
        a, b = self._sides[taken].T
        np.add.at(table, (a, b, ledger.outcome[taken]), sign)
        return table

    def _of_source(self, chosen: Mapping[str, Any]) -> Mask:
        """Return which entries a filter takes by their source."""
        named = str(chosen.get("source") or "")
        taken = [takes_source(named, one) for one in self._ledger.sources]
        mask: Mask = np.array([*taken, False], dtype=bool)[self._ledger.source]
        return mask

    def _taken(self, chosen: Mapping[str, Any], labels: Integers, day: NDArray[Any]) -> Mask:
        """Return which entries with these labels and days a filter takes."""
        language, category = chosen.get("language") or "", chosen.get("category") or ""
        sets = np.array(
            [
                language in ("", one[0])
                and category in ("", one[1])
                and not (chosen.get("without_presets") and one[2])
                for one in self._ledger.label_sets
            ],
            dtype=bool,
        )
        taken: Mask = sets[labels] if len(labels) else np.zeros(0, dtype=bool)
        if since := chosen.get("since"):
            taken = taken & (day >= np.datetime64(date.fromisoformat(since)))
        return taken

    def _moved(self, own: Integers) -> tuple[Integers, Mask]:
        """Return labels of these votes, and whether they count, as the last decision left them."""
        ledger = self._ledger
        labels, counts = ledger.labels[own].copy(), np.ones(len(own), dtype=bool)
        place = {vote: i for i, vote in enumerate(ledger.vote[own].tolist())}
        decisions = np.flatnonzero(self._upto & (ledger.kind != KINDS.index(VOTE)))
        for at in decisions.tolist():
            i = place.get(int(ledger.vote[at]))
            if i is not None:
                labels[i] = ledger.labels[at]
                counts[i] = ledger.kind[at] != KINDS.index(EXCLUSION)
        return labels, counts


def _different(published: Any, computed: Any) -> Iterator[str]:
    """Yield a sentence for each value that is not the same, rows by the names of their models."""
    for name in sorted({*published, *computed} - {"rows"}):
        if not _alike(published.get(name), computed.get(name)):
            yield f"{name} is {published.get(name)}, the votes give {computed.get(name)}"
    ours = {row["model"]: row for row in computed["rows"]}
    theirs = {row["model"]: row for row in published["rows"]}
    for model in sorted({*ours, *theirs}):
        row, other = theirs.get(model, {}), ours.get(model, {})
        for name in sorted({*row, *other}):
            if not _alike(row.get(name), other.get(name)):
                yield f"{model}: {name} is {row.get(name)}, the votes give {other.get(name)}"
    if list(ours) != list(theirs) and set(ours) == set(theirs):
        yield "the models stand in another order"


def _alike(one: Any, other: Any) -> bool:
    """Return whether two values are the same, numbers up to the last digit that is kept."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_alike(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(_alike, one, other))
        case ((int() | float()), (int() | float())) if not isinstance(one, bool):
            return math.isclose(one, other, rel_tol=0.0, abs_tol=SAME)
    return bool(one == other)
