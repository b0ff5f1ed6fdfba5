"""Votes from a file: what can be used, and what cannot with the reason."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Comparisons, VoteOutcome
from arena.rating.graph import components
from arena.rating.stamps import by_time
from arena.rating.vote_columns import KNOWN, places
from arena.rating.vote_rows import ITSELF, BadRow, VoteColumns, VoteNumbers, sorted_out, unreadable
from arena.rating.vote_tables import TableRows, UnusableFile, table
from arena.rating.winners import (
    MOST_LEFT_OUT,
    UNKNOWN,
    OutcomeReading,
    UnknownWinners,
    WinnerColumn,
    read_winners,
    room,
    shown,
)

_MOST_REASONS = 5
# Fewer votes than this may well all be won on one side.
_FEW = 20


@dataclass(frozen=True, slots=True, eq=False)
class VoteFile:
    """Votes in the order of their time stamps where all have one, else of the file.

    `models` and `categories` are sorted, so that numbering does not depend on the order of the
    lines; `category` [n] indexes `categories`, None where the file has no such column.
    `features` names the columns of `votes.features`: (a - b) / (a + b) of both answers, 0 where
    `styled` [n] says that a row has no usable style. `bad` rows are counted in `unit`; `notes` say
    what else a reader should know, and `undated` why the order is not that of the time stamps.
    """

    models: tuple[str, ...]
    votes: Comparisons
    categories: tuple[str, ...]
    category: NDArray[np.int32] | None
    features: tuple[str, ...]
    styled: NDArray[np.bool_]
    bad: tuple[BadRow, ...]
    unit: str
    notes: tuple[str, ...]
    undated: str
    stamps: tuple[str, ...] = ()

    def with_style(self) -> VoteFile:
        """Return the rows whose style is usable. Raises UnusableFile where there is none."""
        if not self.features:
            raise UnusableFile("style control needs columns like token_length_a, token_length_b.")
        without = int((~self.styled).sum())
        if without == len(self.styled):
            raise UnusableFile(f"no row has usable {', '.join(self.features)} of both answers.")
        if not without:
            return self
        note = f"{without} of {len(self.styled)} rows have no usable style and are left out"
        return replace(
            self,
            votes=self.votes.take(self.styled),
            category=None if self.category is None else self.category[self.styled],
            styled=self.styled[self.styled],
            stamps=tuple(np.array(self.stamps, dtype=object)[self.styled].tolist()),
            notes=(*self.notes, note),
        )


def read_votes(
    stream: BinaryIO, name: str, *, winner: str | None = None, share: float = MOST_LEFT_OUT
) -> VoteFile:
    """Read the open vote file called `name`.

    `winner` says how its column is meant where it could mean more than one thing, as in
    `read_winners`; `share` is the most that may be left out, battles of a model with itself apart.
    Raises UnusableFile where the file lacks a column, where its winners are not understood or more
    than that is left out, and where no row is usable.
    """
    return read_rows(lambda: table(stream, name, KNOWN), name, winner=winner, share=share)


def read_rows(
    opened: Callable[[], TableRows],
    name: str,
    *,
    winner: str | None = None,
    share: float = MOST_LEFT_OUT,
) -> VoteFile:
    """Read votes from rows, whatever they come from; `opened` begins to read them.

    Raises UnusableFile as `read_votes` does.
    """
    try:
        return _read(opened(), name, winner, share)
    except (UnicodeError, EOFError, zlib.error, OSError) as error:
        raise UnusableFile(f"{name} cannot be read: {error}.") from error
    except UnknownWinners as error:
        raise UnusableFile(f"{name}: {error}") from error


def _read(source: TableRows, name: str, winner: str | None, share: float) -> VoteFile:
    rows = iter(source)
    # Spreadsheets tell one another the separator by a line such as "sep=;".
    header = next(
        (row for row in rows if any(map(str.strip, row)) and not row[0].lower().startswith("sep=")),
        [],
    )
    if any(map(unreadable, header)) or "\0" in "".join(header):
        raise UnusableFile(f"{name} cannot be read: it is no UTF-8 text.")
    titles, notes = places(header, name)
    columns, bad = sorted_out(source, rows, titles, len(header))
    if not columns.a:
        raise _no_usable_row(name, bad)
    reading = read_outcomes(columns, winner, share)
    unread = np.flatnonzero(reading.outcome == UNKNOWN)
    words = columns.words.listed()
    bad += [
        BadRow(columns.lines[i], f"winner {shown(words[columns.winner[i]])} is unknown")
        for i in unread.tolist()
    ]
    if len(unread) == len(columns.a):
        raise _no_usable_row(name, bad)
    check_share_left_out(bad, len(columns.a) + len(bad) - len(unread), share, name)
    notes += [reading.told] if reading.told else []
    return _filed(columns, reading, notes, sorted(bad, key=lambda row: row.line), source.unit)


def read_outcomes(columns: VoteColumns, asked: str | None, share: float) -> OutcomeReading:
    """Return the reading of the column of winners. A column for each outcome needs no choice."""
    coded = [np.asarray(column) for column in (columns.a, columns.b, columns.winner)]
    asked = "sides" if columns.one_hot else asked
    return read_winners(WinnerColumn(columns.words.listed(), *coded), asked=asked, share=share)


def check_share_left_out(bad: Sequence[BadRow], rows: int, share: float, name: str) -> None:
    """Raise UnusableFile where more is left out than may be; a model's battles with itself are
    understood, and say nothing."""
    reasons = Counter(row.reason for row in bad if not row.reason.endswith(ITSELF))
    if reasons.total() <= room(rows, share):
        return
    listed = "; ".join(f"{count} x {why}" for why, count in reasons.most_common(_MOST_REASONS))
    raise UnusableFile(
        f"{name}: {reasons.total()} of {rows} rows cannot be used, more than {share:.0%} "
        f"(--most-left-out): {listed}."
    )


def _no_usable_row(name: str, bad: Sequence[BadRow]) -> UnusableFile:
    """Say so, with the first row that was left out."""
    first = f", first: line {bad[0].line}: {bad[0].reason}" if bad else ""
    return UnusableFile(f"{name} has no usable row ({len(bad)} left out{first}).")


def _filed(
    columns: VoteColumns, reading: OutcomeReading, notes: list[str], bad: list[BadRow], unit: str
) -> VoteFile:
    """Return the votes that were read, in the order of their times."""
    kept = np.flatnonzero(reading.outcome != UNKNOWN)
    times = by_time([columns.stamps[i] for i in kept.tolist()])
    kept = kept if times.order is None else kept[times.order]
    both = np.concatenate([np.asarray(columns.a)[kept], np.asarray(columns.b)[kept]])
    models, place = _ordered(columns.words, both)
    a, b = np.split(place, 2)
    features, styled = relative_differences(columns, kept)
    votes = Comparisons(
        a, b, reading.outcome[kept], number_voter_names(columns, kept), features=features
    )
    categories: tuple[str, ...] = ()
    category: NDArray[np.int32] | None = None
    if columns.has["category"]:
        categories, category = _ordered(columns.categories, np.asarray(columns.category)[kept])
    return VoteFile(
        models=models,
        votes=votes,
        categories=categories,
        category=category,
        features=columns.features,
        styled=styled,
        bad=tuple(bad),
        unit=unit,
        notes=(
            *notes,
            *doubts_about(columns, models, votes),
            *filter(None, [times.note, times.flaw]),
        ),
        undated=times.flaw,
        stamps=tuple(columns.stamps[i] for i in kept.tolist()),
    )


def _ordered(
    numbers: VoteNumbers, codes: NDArray[np.int32]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The words that occur, in their own order, and for each code its place among them."""
    found, back = np.unique(codes, return_inverse=True)
    words = list(numbers.words)
    occurring = [words[code] for code in found.tolist()]
    order = sorted(range(len(occurring)), key=occurring.__getitem__)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order))
    return tuple(occurring[i] for i in order), place[back]


def relative_differences(
    columns: VoteColumns, kept: NDArray[np.intp]
) -> tuple[NDArray[np.float32] | None, NDArray[np.bool_]]:
    """Relative differences per feature, [n, k], and the rows that have all of them.

    A difference is 0 where both answers have none of it, and in rows that lack a size.
    """
    if not columns.features:
        return None, np.zeros(len(kept), dtype=bool)
    sizes = np.asarray(columns.sizes).reshape(len(columns.a), len(columns.features), 2)[kept]
    styled = ~np.isnan(sizes).any(axis=(1, 2))
    sizes = np.where(styled[:, None, None], sizes, 0.0)
    sizes = sizes / np.maximum(sizes.max(axis=2, keepdims=True), np.finfo(float).tiny)
    a, b = sizes[:, :, 0], sizes[:, :, 1]
    relative = (a - b) / np.maximum(a + b, np.finfo(float).tiny)
    return np.asarray(relative, dtype=np.float32), styled


def number_voter_names(columns: VoteColumns, kept: NDArray[np.intp]) -> NDArray[np.int64] | None:
    """Voters numbered in the order of their names; -1 where none is known, None where nobody is."""
    words, place = _ordered(columns.voters, np.asarray(columns.voter)[kept])
    if words == ("",):
        return None
    return place.astype(np.int64) - int("" in words)


def doubts_about(columns: VoteColumns, models: Sequence[str], votes: Comparisons) -> list[str]:
    """Return what a ranking of these votes cannot show, or should be doubted for."""
    notes = []
    met = set(votes.outcome.tolist())
    if not met & {VoteOutcome.A, VoteOutcome.B}:
        notes.append("every vote is a tie: the ratings are equal because nothing tells them apart")
    elif len(votes) >= _FEW and not {VoteOutcome.A, VoteOutcome.B} <= met:
        side = "a" if VoteOutcome.B in met else "b"
        notes.append(f"model_{side} wins no vote: is the winner always in one column?")
    parts = len(set(components(votes.counts(len(models))).tolist()))
    if parts > 1:
        notes.append(f"the votes fall into {parts} parts that never meet: one alone gets numbers")
    if columns.repeated:
        notes.append(f"{columns.repeated} rows repeat an earlier {columns.number}; all count")
    alike = Counter(" ".join(name.casefold().split()) for name in models)
    twins = [name for name in models if alike[" ".join(name.casefold().split())] > 1]
    if twins:
        listed = ", ".join(map(shown, twins[:_MOST_REASONS]))
        notes.append(f"names that differ in case or spaces alone count as models apart: {listed}")
    return notes
