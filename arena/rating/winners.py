"""Decide what a column of winners means, by the whole column and never by a single row.

"A" may be a side or a model of that name, "1" a side or a point. Each reading is tried on all rows.
A reading that leaves out more than a small share is dropped. If two remain that disagree, or none,
the column is refused with the words that were found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import VoteOutcome
from arena.rating.spellings import MEANINGS, plain

UNKNOWN = -1
MOST_LEFT_OUT = 0.05
"""The share of rows that may be left out before a file counts as not understood."""
_MOST_WORDS = 8
_LONGEST_WORD = 40
_TIES = {"TIE", "BOTH_BAD"}

Codes = NDArray[np.int8]


class UnknownWinners(ValueError):
    """The column cannot be read in one way alone; the message is a sentence with its words."""


@dataclass(frozen=True, slots=True, eq=False)
class WinnerColumn:
    """The column: for each row the numbers of its two models' names and of its winner.

    `words[n]` is the word with the number n; models and winners share the numbers.
    """

    words: Sequence[str]
    a: NDArray[Any]
    b: NDArray[Any]
    winner: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeReading:
    """A way to read the column: `outcome` [n] is a code, or -1 for a cell without one.

    `told` says in words how the column was read, empty for the arena's own spelling.
    """

    name: str
    outcome: Codes
    told: str = ""

    @property
    def unread(self) -> int:
        """The number of rows that this reading leaves out."""
        return int((self.outcome == UNKNOWN).sum())


def room(rows: int, share: float = MOST_LEFT_OUT) -> int:
    """Return how many of so many rows may be left out; one always may."""
    return max(1, int(rows * share))


def read_winners(
    winners: WinnerColumn, *, asked: str | None = None, share: float = MOST_LEFT_OUT
) -> OutcomeReading:
    """Return the one reading of the column.

    `asked` decides beforehand: `sides`, `names`, or words such as `0=a,1=b,2=tie`. Raises
    UnknownWinners where nothing, or more than one thing, fits.
    """
    readings = possible_readings(winners, asked)
    readings.sort(key=lambda reading: reading.unread)
    best = readings[0]
    fitting = [one for one in readings if one.unread <= room(len(best.outcome), share)]
    if not fitting or lacks_an_outcome(best):
        raise UnknownWinners(explain_unread(winners, best))
    for other in fitting[1:]:
        if _differing(best, other).any():
            raise UnknownWinners(explain_ambiguity(winners, best, other))
    return best


def possible_readings(winners: WinnerColumn, asked: str | None) -> list[OutcomeReading]:
    """Return all readings that fit, or only the one asked for. Raises UnknownWinners for none."""
    if asked and asked not in _READERS:
        told = told_words(asked)
        return [OutcomeReading("words", _coded(winners, lambda word: told.get(plain(word))))]
    tried = [_READERS[asked]] if asked else list(_READERS.values())
    found = [reading for read in tried if (reading := read(winners)) is not None]
    if not found:
        raise UnknownWinners(f"no winner can be read as {asked}: {_listed(_met(winners))}.")
    return found


def read_by_words(winners: WinnerColumn) -> OutcomeReading:
    codes = _coded(winners, lambda word: MEANINGS.get(plain(word)))
    return OutcomeReading("sides", codes)


def read_by_names(winners: WinnerColumn) -> OutcomeReading | None:
    """The winner is the name of one of the row's two models, or a word for a tie."""
    codes = _coded(winners, lambda word: _only_ties(MEANINGS.get(plain(word))))
    named = [winners.winner == column for column in (winners.a, winners.b)]
    codes[named[0]], codes[named[1]] = VoteOutcome.A, VoteOutcome.B
    told = "the winner is read as the name of a model"
    return OutcomeReading("names", codes, told) if np.any(named) else None


def _only_ties(outcome: str | None) -> str | None:
    return outcome if outcome in _TIES else None


def read_by_numbers(winners: WinnerColumn) -> OutcomeReading | None:
    """1 and 2 are sides, where both occur and no other number does."""
    numbers = {number for word in _met(winners) if (number := _number(word)) is not None}
    if numbers != {1.0, 2.0}:
        return None
    meaning = {1.0: "A", 2.0: "B"}
    return _numeric(winners, meaning, "the winner 1 is read as model_a, 2 as model_b")


def read_by_points(winners: WinnerColumn) -> OutcomeReading | None:
    """1, 0.5 and 0 are what side a takes, where a half occurs: it tells points from sides."""
    numbers = {number for word in _met(winners) if (number := _number(word)) is not None}
    if not {0.5} < numbers <= {0.0, 0.5, 1.0}:
        return None
    meaning = {1.0: "A", 0.0: "B", 0.5: "TIE"}
    return _numeric(winners, meaning, "the winner is read as the points of model_a, 1, 0.5 or 0")


def _numeric(winners: WinnerColumn, meaning: Mapping[float, str], told: str) -> OutcomeReading:
    def outcome(word: str) -> str | None:
        number = _number(word)
        return _only_ties(MEANINGS.get(plain(word))) if number is None else meaning.get(number)

    return OutcomeReading("numbers", _coded(winners, outcome), told)


_READERS: dict[str, Callable[[WinnerColumn], OutcomeReading | None]] = {
    "sides": read_by_words,
    "names": read_by_names,
    "numbers": read_by_numbers,
    "points": read_by_points,
}
WAYS = tuple(_READERS)
"""The names of the readings."""


def told_words(text: str) -> dict[str, str]:
    """Read words such as `0=a,1=b,2=tie`: the name of the outcome by the plain spelling, beside
    those of the known spellings.

    Raises ValueError with a sentence.
    """
    pairs = [part.partition("=") for part in text.split(",")]
    outcomes = {plain(word): MEANINGS.get(plain(meaning)) for word, _, meaning in pairs}
    if not all(outcomes) or not all(outcomes.values()):
        raise ValueError(f"{text!r} is none of {', '.join(WAYS)} and no list like 0=a,1=b,2=tie")
    return MEANINGS | {word: outcome for word, outcome in outcomes.items() if outcome}


def _coded(winners: WinnerColumn, outcome: Callable[[str], str | None]) -> Codes:
    """The code of each row by what `outcome` says of its word."""
    codes = np.full(len(winners.words), UNKNOWN, dtype=np.int8)
    for number in np.unique(winners.winner).tolist():
        name = outcome(winners.words[number])
        codes[number] = UNKNOWN if name is None else VoteOutcome[name]
    coded: Codes = codes[winners.winner]
    return coded


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _differing(one: OutcomeReading, other: OutcomeReading) -> NDArray[np.bool_]:
    """The rows that both readings read, each as something else."""
    both = (one.outcome != UNKNOWN) & (other.outcome != UNKNOWN)
    differing: NDArray[np.bool_] = both & (one.outcome != other.outcome)
    return differing


def lacks_an_outcome(reading: OutcomeReading) -> bool:
    """Return whether more than a stray row is left out while a whole outcome has no vote."""
    codes = np.minimum(reading.outcome, VoteOutcome.TIE)
    return reading.unread > 1 and not {VoteOutcome.A, VoteOutcome.B, VoteOutcome.TIE} <= set(
        codes.tolist()
    )


def _met(winners: WinnerColumn, rows: NDArray[np.bool_] | None = None) -> dict[str, int]:
    """The words of the column with their numbers of rows, most frequent first."""
    column = winners.winner if rows is None else winners.winner[rows]
    numbers, counts = np.unique(column, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {winners.words[numbers[i]]: int(counts[i]) for i in order.tolist()}


def shown(word: str) -> str:
    """The word in quotes and in ASCII, cut where it is long."""
    return ascii(word) if len(word) <= _LONGEST_WORD else ascii(word[:_LONGEST_WORD]) + "..."


def _listed(words: Mapping[str, int]) -> str:
    first = [f"{shown(word)} ({count})" for word, count in list(words.items())[:_MOST_WORDS]]
    more = len(words) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def explain_unread(winners: WinnerColumn, best: OutcomeReading) -> str:
    words = _met(winners, best.outcome == UNKNOWN)
    return (
        f"{best.unread} of {len(best.outcome)} winners are not understood: {_listed(words)}. "
        "Known are sides (model_a, a, left, 1, ...), ties (tie, tie (bothbad), ...), names of the "
        "row's models, and points; say what others mean with --winner, as in 0=a,1=b,2=tie."
    )


def explain_ambiguity(winners: WinnerColumn, best: OutcomeReading, other: OutcomeReading) -> str:
    differing = _differing(best, other)
    return (
        f"the winner {_listed(_met(winners, differing))} can be read as {best.name} and as "
        f"{other.name}, which differ in {int(differing.sum())} of {len(differing)} rows; "
        f"say which with --winner {best.name} or --winner {other.name}."
    )
