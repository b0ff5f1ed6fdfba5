"""The words about a board and its method, and what its fit found beside the ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from arena.boards.models import Board, Snapshot
from arena.demographics.selectors import group_words
from arena.labels.selectors import category_name, language_name
from arena.rating.clusters import EFFECTIVE_VOTERS_DETAIL
from arena.rating.descriptions import FindingTable, MethodDescription
from arena.rating.methods import DEFAULT_METHOD, UnknownMethod, available_methods, load_method
from arena.rating.recipes import FIRST_PLACE, POPULATION


@dataclass(frozen=True, slots=True)
class BoardWords:
    """Names of what the board is confined to, empty where it is not, and words on its method.

    ``method`` and its ``title``, which is the field's own term, are empty for the default method,
    which the page explains anyway.
    """

    category: str
    language: str
    method: str
    title: str
    ties: str
    group: str = ""
    """The question and the answer of those whom the board speaks for."""
    population: str = ""
    """Whom the weights of a board describe."""


@dataclass(frozen=True, slots=True)
class MethodWords:
    """A method as the methodology page lists it, in the reader's language."""

    name: str
    title: str
    summary: str
    ties: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A number with its 95% interval."""

    words: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class FindingsTable:
    """A table of numbers that a fit found beside the ratings, with its words."""

    title: str
    explanation: str
    row_heading: str
    value_heading: str
    decimals: int
    rows: list[FindingRow]


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A group of the population: stated and reached share in percent, weight of each vote."""

    words: str
    share: float
    reached: float
    weight: float


@dataclass(frozen=True, slots=True)
class PopulationNotes:
    """The weights of a board; ``plain`` are the ratings without them, by model."""

    effective: int
    trimmed: bool
    groups: list[GroupShare]
    plain: dict[str, float]


@dataclass(frozen=True, slots=True)
class FitNotes:
    """The tables of a snapshot; ``voters`` says how many the intervals effectively rest on, None
    where they don't."""

    tables: list[FindingsTable]
    voters: float | None
    first_place: dict[str, Any] | None = None
    """The fewest votes found whose loss puts another model first; None where it is not known."""
    population: PopulationNotes | None = None
    """What the weights did on a board that speaks for a population."""


def description_of(method: str) -> MethodDescription | None:
    """Return the words of a method, None for one that this release does not have."""
    try:
        return load_method(method).DESCRIPTION
    except UnknownMethod:
        return None


def about(board: Board) -> BoardWords:
    """Return the words about a board in the reader's language."""
    told = description_of(board.method)
    other = told if board.method != DEFAULT_METHOD else None
    population_in_words = (
        ""
        if board.population is None
        else board.population.population or gettext(board.population.words)
    )
    if board.group is None:
        group_in_words = ""
    else:
        words = group_words()
        group_in_words = f"{words[board.group.question_id]} {words[board.group.key]}"
    return BoardWords(
        category_name(board.category) if board.category else "",
        language_name(board.language) if board.language else "",
        gettext(other.summary) if other else "",
        gettext(other.title) if other else "",
        gettext(told.ties) if told else "",
        group_in_words,
        population_in_words,
    )


def methods_in_words() -> list[MethodWords]:
    """Return every method in the reader's language, by name."""
    found = ((name, load_method(name).DESCRIPTION) for name in available_methods())
    return [
        MethodWords(name, gettext(told.title), gettext(told.summary), gettext(told.ties))
        for name, told in found
    ]


def notes(snapshot: Snapshot | None) -> FitNotes:
    """Return what the fit found, without tables where the method finds nothing beside ratings."""
    details = snapshot.details if snapshot else {}
    told = description_of(snapshot.method) if snapshot else None
    declared = told.tables if told else ()
    tables = [_findings_table(table, details.get(table.detail) or {}) for table in declared]
    found = details.get(POPULATION)
    if found is None:
        population_notes = None
    else:
        words = group_words()
        places = {key: place for place, key in enumerate(words)}
        groups = [
            GroupShare(
                words=words.get(row["answer"], row["answer"]),
                share=100.0 * row["share"],
                reached=100.0 * row["reached"],
                weight=row["weight"],
            )
            for row in sorted(
                found["groups"], key=lambda row: places.get(row["answer"], len(places))
            )
        ]
        population_notes = PopulationNotes(
            found["effective_votes"], found["trimmed"], groups, found["plain"]
        )
    return FitNotes(
        [one for one in tables if one.rows],
        details.get(EFFECTIVE_VOTERS_DETAIL),
        details.get(FIRST_PLACE),
        population_notes,
    )


def _findings_table(table: FindingTable, found: dict[str, Any]) -> FindingsTable:
    factor = table.factor
    return FindingsTable(
        title=gettext(table.title),
        explanation=gettext(table.explanation),
        row_heading=gettext(table.row_heading),
        value_heading=gettext(table.value_heading),
        decimals=table.decimals,
        rows=[
            FindingRow(
                gettext(words),
                factor * row[table.value],
                factor * row["lower"],
                factor * row["upper"],
            )
            for name, words in table.rows.items()
            if (row := found.get(name))
        ],
    )
