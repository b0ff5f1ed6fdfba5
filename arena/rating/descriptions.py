"""The words and options that a rating method says of itself, for pages, admin, API and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arena.rating.fit import IntervalBasis

OptionValue = str | int | float | None


def gettext_noop(text: str) -> str:
    """Return the English text as it is.

    The name marks the text for `makemessages`, which finds translatable texts by the names of
    functions, while this package stays free of Django. Who shows the text translates it.
    """
    return text


INTERVAL_WORDS: Mapping[str, str] = {
    "votes": gettext_noop("single votes"),
    "voters": gettext_noop("whole voters"),
    "style": gettext_noop("votes at equal style"),
    "pooled": gettext_noop("these votes and, in part, all others"),
}
"""The votes that each kind of interval rests on."""


@dataclass(frozen=True, slots=True)
class MethodOption:
    """A parameter of a method that an operator may set, with the value it has otherwise.

    `choices` lists the words that a text option takes; those of `in_order_of_casting` read the
    votes in the order in which they were cast. A number lies between `least` and `most`. The
    default None means that the method estimates the value from the votes.
    """

    name: str
    default: OptionValue
    summary: str
    choices: tuple[str, ...] = ()
    in_order_of_casting: tuple[str, ...] = ()
    least: float = 0
    most: float = 100_000

    def allows(self, number: float) -> bool:
        """Return whether the number lies within the bounds."""
        return self.least <= number <= self.most

    def parse(self, text: str) -> OptionValue:
        """Return the value that the text spells. Raises ValueError with a sentence."""
        if isinstance(self.default, str):
            if text not in self.choices:
                raise ValueError(f"{self.name} {text!r} is none of {', '.join(self.choices)}")
            return text
        kind = int if isinstance(self.default, int) else float
        try:
            number = kind(text)
        except ValueError:
            wanted = "a whole number" if kind is int else "a number"
            raise ValueError(f"{self.name} {text!r} is not {wanted}") from None
        if not self.allows(number):
            raise ValueError(f"{self.name} has to lie between {self.least} and {self.most}")
        return number


@dataclass(frozen=True, slots=True)
class FindingTable:
    """A table of numbers with 95% intervals that a fit finds beside the ratings.

    `RatingFit.details[detail]` maps the keys of `rows` to mappings with `lower`, `upper` and the
    key `value`. Shown are these numbers times `factor`, with `decimals` digits.
    """

    detail: str
    value: str
    title: str
    explanation: str
    row_heading: str
    value_heading: str
    rows: Mapping[str, str]
    factor: float = 1.0
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """The English words about a method, and what boards may set and keep of it.

    `interval` is the basis of the intervals where voters are unknown. `details` are the keys of
    `RatingFit.details` that a snapshot keeps: results, not how the search went. `features` are
    the columns of `Comparisons.features` that the method reads, empty if it needs none; `weighs`
    says that it reads their weights.
    """

    title: str
    summary: str
    ties: str
    interval: IntervalBasis
    details: tuple[str, ...]
    options: tuple[MethodOption, ...] = ()
    pooled_options: tuple[MethodOption, ...] = ()
    tables: tuple[FindingTable, ...] = ()
    features: tuple[str, ...] = ()
    weighs: bool = True
    defaults: Mapping[str, OptionValue] = field(init=False)

    def __post_init__(self) -> None:
        defaults = {option.name: option.default for option in self.options}
        object.__setattr__(self, "defaults", defaults)
