"""The published ledger: every entry as columns in the order of the numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Integers, VoteOutcome
from arena.rating.features import StyleFeature
from arena.rating.verify.chain import (
    GENESIS,
    VERSIONS,
    EntryFacts,
    early_entry,
    entry_with_cards,
    entry_with_versions,
)
from arena.rating.verify.tables import read_rows
from arena.rating.vote_tables import UnusableFile

VOTE, EXCLUSION, RESTORATION = "vote", "exclusion", "restoration"
KINDS = (VOTE, EXCLUSION, RESTORATION)
STYLES = tuple(f"{feature}_{side}" for feature in StyleFeature for side in "ab")
ABOUT = (
    *("ledger_number", "ledger_hash", "ledger_format", "source", "vote_number"),
    *("model_a", "model_a_version", "model_b", "model_b_version", "winner"),
    *("category", "language", "preset", "day"),
)
"""Columns that votes and decisions share."""
PICTURES = ("picture_probability", "picture_candidates")
OF_VOTES = (*ABOUT, "judge", *STYLES, *PICTURES)
TABLES = (
    ("votes", "train", OF_VOTES),
    ("votes", "excluded", OF_VOTES),
    ("decisions", "train", (*ABOUT, "kind", "reason")),
)


class WordNumbers:
    """Numbers for words in the order of their first appearance."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._places: dict[str, int] = {}

    def number(self, word: Any) -> int:
        """Return the number of a word, a new one for a new word; None is the empty word."""
        text = "" if word is None else str(word)
        place = self._places.setdefault(text, len(self.words))
        if place == len(self.words):
            self.words.append(text)
        return place


@dataclass(frozen=True, slots=True, eq=False)
class PublishedLedger:
    """Entries 1 to n as columns of length n; codes index the words of the same name.

    ``vote`` numbers the votes that entries are about, ``labels`` [n] indexes ``label_sets``;
    ``voter`` is -1 where none is known and ``style`` [n, 2, 4] NaN where a side has no count;
    ``picture`` [n, 2] has the probability of the picture and the number of candidates, or NaN.
    """

    number: Integers
    hash: NDArray[np.bytes_]
    format: Integers
    kind: Integers
    vote: Integers
    vote_number: Integers
    source: Integers
    model: Integers
    version: Integers
    outcome: Integers
    reason: Integers
    labels: Integers
    day: NDArray[Any]
    voter: Integers
    style: NDArray[np.float32]
    picture: NDArray[np.float64]
    sources: tuple[str, ...]
    models: tuple[str, ...]
    reasons: tuple[str, ...]
    label_sets: tuple[tuple[str, str, bool], ...]
    """Language, category and whether the picture was a sample."""

    def __len__(self) -> int:
        return len(self.number)

    def facts(self, place: int) -> EntryFacts:
        """Return what the hash of the entry at this place covers."""
        a, b = self.model[place].tolist()
        version_a, version_b = self.version[place].tolist()
        language, category, preset = self.label_sets[self.labels[place]]
        return EntryFacts(
            KINDS[self.kind[place]],
            self.sources[self.source[place]],
            int(self.vote_number[place]),
            self.models[a],
            version_a,
            self.models[b],
            version_b,
            VoteOutcome(int(self.outcome[place])).word,
            self.reasons[self.reason[place]],
            str(self.day[place]),
            language,
            category,
            preset,
        )

    def hash_at(self, number: int) -> str:
        """Return the hash of an entry, that before the first for 0, empty for one not there."""
        if number == 0:
            return GENESIS
        place = int(np.searchsorted(self.number, number))
        there = place < len(self) and self.number[place] == number
        return self.hash[place].decode() if there else ""


def broken_links(ledger: PublishedLedger) -> Iterator[str]:
    """Yield a sentence for each gap, and for each entry that does not follow from the one before.

    Of the entries without versions the first one with labels ends the time of the JSON list.
    """
    formula, previous, last = early_entry, GENESIS, 0
    numbers, hashes, formats = ledger.number.tolist(), ledger.hash.tolist(), ledger.format.tolist()
    for place, number in enumerate(numbers):
        stored, facts = hashes[place].decode(), ledger.facts(place)
        if number != last + 1:
            yield f"Entry {last + 1} is missing." if number > last else f"Entry {number} is twice."
        elif formats[place] == VERSIONS:
            if entry_with_versions(previous, facts) != stored:
                yield f"Entry {number} was changed: its hash does not follow from entry {last}."
        else:
            if formula(previous, facts) != stored:
                formula = entry_with_cards
            if formula(previous, facts) != stored:
                yield f"Entry {number} was changed: its hash does not follow from entry {last}."
        previous, last = stored, number


def read_ledger(folder: Path) -> PublishedLedger:
    """Read votes and decisions of an exported folder. Raises UnusableFile where that fails."""
    columns = _EntryColumns()
    for config, split, names in TABLES:
        for row in read_rows(folder, config, split, names):
            try:
                columns.take(dict(zip(names, row, strict=True)))
            except (ValueError, KeyError, TypeError) as error:
                where = f"{config}, {split}, entry {row[0]}"
                raise UnusableFile(f"{where} is no entry: {error}.") from error
    return columns.finished()


class _EntryColumns:
    """Entries as they are read, in any order."""

    def __init__(self) -> None:
        self.sources, self.models, self.reasons = WordNumbers(), WordNumbers(), WordNumbers()
        self.voters, self.labels, self.days = WordNumbers(), WordNumbers(), WordNumbers()
        self.outcomes: dict[str, int] = {}
        self.rows = array("q")
        self.styles, self.pictures = array("f"), array("d")
        self.hashes: list[bytes] = []

    def take(self, row: dict[str, Any]) -> None:
        """Add an entry; raises ValueError, KeyError or TypeError for what is none."""
        kind = KINDS.index(row.get("kind", VOTE))
        winner = row["winner"]
        if winner not in self.outcomes:
            self.outcomes[winner] = int(VoteOutcome.parse(winner))
        preset = str(row["preset"]).lower() == "true"
        labels = f"{row['language'] or ''}\n{row['category'] or ''}\n{preset:d}"
        date.fromisoformat(day := str(row["day"]))
        judge = row.get("judge")
        self.rows.extend(
            (
                int(row["ledger_number"]),
                int(row["ledger_format"]),
                kind,
                int(row["vote_number"]),
                self.sources.number(row["source"]),
                self.models.number(row["model_a"]),
                self.models.number(row["model_b"]),
                int(row["model_a_version"]),
                int(row["model_b_version"]),
                self.outcomes[winner],
                self.reasons.number(row.get("reason")),
                self.labels.number(labels),
                self.days.number(day),
                self.voters.number(judge) if judge else -1,
            )
        )
        self.styles.extend(_number(row.get(name)) for name in STYLES)
        self.pictures.extend(_number(row.get(name)) for name in PICTURES)
        self.hashes.append(str(row["ledger_hash"]).encode())

    def finished(self) -> PublishedLedger:
        """Return the columns in the order of the numbers."""
        rows = np.array(self.rows, dtype=np.int64).reshape(-1, _WIDTH)
        order = np.argsort(rows[:, 0], kind="stable")
        rows = rows[order]
        votes = rows[:, [4, 3]]
        _, vote = np.unique(votes, axis=0, return_inverse=True)
        days = np.array(self.days.words, dtype="datetime64[D]")
        labels = _first_labels(rows[:, 2], vote.reshape(-1), rows[:, 11])
        return PublishedLedger(
            number=rows[:, 0],
            hash=np.array(self.hashes, dtype="S64")[order],
            format=rows[:, 1],
            kind=rows[:, 2],
            vote=vote.reshape(-1),
            vote_number=rows[:, 3],
            source=rows[:, 4],
            model=rows[:, 5:7],
            version=rows[:, 7:9],
            outcome=rows[:, 9],
            reason=rows[:, 10],
            labels=labels,
            day=days[rows[:, 12]],
            voter=rows[:, 13],
            # Read as features are counted: for each feature side a, then side b.
            style=np.array(self.styles, dtype=np.float32)
            .reshape(-1, len(StyleFeature), 2)[order]
            .swapaxes(1, 2),
            picture=np.array(self.pictures, dtype=np.float64).reshape(-1, len(PICTURES))[order],
            sources=tuple(self.sources.words),
            models=tuple(self.models.words),
            reasons=tuple(self.reasons.words),
            label_sets=tuple(
                (language, category, preset == "1")
                for language, category, preset in (one.split("\n") for one in self.labels.words)
            ),
        )


_WIDTH = 14


def _number(cell: Any) -> float:
    """Return the number in a cell, NaN where there is none."""
    return float("nan") if cell in (None, "") else float(cell)


def _first_labels(kind: Integers, vote: Integers, labels: Integers) -> Integers:
    """Return the labels of each entry as the ledger took them.

    The row of a vote has the labels that it counts under now. The first decision about a vote takes
    it out under those that it had at first.
    """
    found = labels.copy()
    decisions = np.flatnonzero(kind != KINDS.index(VOTE))[::-1]
    first = dict(zip(vote[decisions].tolist(), labels[decisions].tolist(), strict=True))
    own = np.flatnonzero(kind == KINDS.index(VOTE))
    if first:
        moved = own[np.isin(vote[own], list(first))]
        found[moved] = [first[one] for one in vote[moved].tolist()]
    return found
