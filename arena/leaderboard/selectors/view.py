"""What of a board a visitor asked to see: the words of the address, and the lines they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self
from urllib.parse import urlencode

from arena.leaderboard.selectors.standings import Line

LONGEST = 100
"""Characters of a search that count."""
Key = Callable[[Line], float | str | None]
KEYS: dict[str, Key] = {
    "name": lambda line: line.display_name.casefold(),
    "rating": lambda line: line.rating,
    "votes": lambda line: line.vote_count,
    "win_rate": lambda line: line.win_rate,
}
BOARD_ORDER = "-rating"


@dataclass(frozen=True, slots=True)
class Column:
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
        """What can't be understood is left out: an old link still opens the board."""
        given = {field.name: params.get(field.name, "").strip()[:LONGEST] for field in fields(cls)}
        known = given["sort"].removeprefix("-") in KEYS and given["sort"] != BOARD_ORDER
        return cls(**{**given, "sort": given["sort"] if known else ""})

    @property
    def query(self) -> str:
        """The words as they stand in an address, without those that ask for nothing."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def narrows(self) -> bool:
        """Whether some lines may be missing."""
        return bool(self.q or self.organization or self.license or self.status)

    def pick(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """The lines that were asked for, in the order asked for; those without a number last."""
        picked = [line for line in lines if self._matches(line)]
        if not self.sort:
            return tuple(picked)
        key = KEYS[self.sort.removeprefix("-")]
        known = [(value, line) for line in picked if (value := key(line)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.sort.startswith("-"))
        return (*(line for _, line in known), *(line for line in picked if key(line) is None))

    def column(self, name: str) -> Column:
        """How the lines stand by this column, and where its heading leads: numbers fall first."""
        falls, rises = f"-{name}", name
        sort = self.sort or BOARD_ORDER
        aria = {falls: "descending", rises: "ascending"}.get(sort, "")
        first, second = (rises, falls) if name == "name" else (falls, rises)
        return Column(aria, replace(self, sort=second if sort == first else first).query)

    def _matches(self, line: Line) -> bool:
        text = f"{line.display_name} {line.model_name} {line.organization}".casefold()
        return (
            all(word in text for word in self.q.casefold().split())
            and self.organization in ("", line.organization)
            and self.license in ("", line.license)
            and self.status in ("", line.status)
        )


def options(lines: Iterable[Line], name: str) -> list[str]:
    """What a filter can be set to: the values that occur, if there is a choice."""
    values = sorted({value for line in lines if (value := getattr(line, name))}, key=str.casefold)
    return values if len(values) > 1 else []
