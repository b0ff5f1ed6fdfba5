"""The part of a board that a visitor asked for: parameters of the address, and the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self
from urllib.parse import urlencode

from arena.leaderboard.selectors.standings import BoardLine

LONGEST = 100
"""Characters of a search that count."""
Key = Callable[[BoardLine], float | str | None]
KEYS: dict[str, Key] = {
    "name": lambda line: line.display_name.casefold(),
    "rating": lambda line: line.rating,
    "votes": lambda line: line.vote_count,
    "win_rate": lambda line: line.win_rate,
}
BOARD_ORDER = "-rating"


@dataclass(frozen=True, slots=True)
class SortColumn:
    """The heading by which a visitor sorts: ``aria`` is empty unless the lines stand by it."""

    aria: str
    query: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """Empty words ask for everything. ``sort`` is a name in ``KEYS``, downwards with a minus."""

    q: str = ""
    organization: str = ""
    license: str = ""
    status: str = ""
    sort: str = ""

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Self:
        """Read the words of an address, without those that can't be understood."""
        given = {field.name: params.get(field.name, "").strip()[:LONGEST] for field in fields(cls)}
        known = given["sort"].removeprefix("-") in KEYS and given["sort"] != BOARD_ORDER
        return cls(**{**given, "sort": given["sort"] if known else ""})

    @property
    def query(self) -> str:
        """Return the words as they stand in an address, without those that ask for nothing."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def narrows(self) -> bool:
        """Return whether some lines may be missing."""
        return bool(self.q or self.organization or self.license or self.status)

    def pick(self, lines: Iterable[BoardLine]) -> tuple[BoardLine, ...]:
        """Return the lines that were asked for, in that order; those without a number last."""
        words, picked = self.q.casefold().split(), []
        for line in lines:
            text = f"{line.display_name} {line.model_name} {line.organization}".casefold()
            if (
                all(word in text for word in words)
                and self.organization in ("", line.organization)
                and self.license in ("", line.license)
                and self.status in ("", line.status)
            ):
                picked.append(line)
        if not self.sort:
            return tuple(picked)
        key = KEYS[self.sort.removeprefix("-")]
        known = [(value, line) for line in picked if (value := key(line)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.sort.startswith("-"))
        return (*(line for _, line in known), *(line for line in picked if key(line) is None))

    def column(self, name: str) -> SortColumn:
        """Return how the lines stand by a column, and where its heading leads."""
        falls, rises = f"-{name}", name
        sort = self.sort or BOARD_ORDER
        aria = {falls: "descending", rises: "ascending"}.get(sort, "")
        first, second = (rises, falls) if name == "name" else (falls, rises)
        return SortColumn(aria, replace(self, sort=second if sort == first else first).query)


def options(lines: Iterable[BoardLine], name: str) -> list[str]:
    """Return the values that a filter can be set to, if there is a choice."""
    values = sorted({value for line in lines if (value := getattr(line, name))}, key=str.casefold)
    return values if len(values) > 1 else []
