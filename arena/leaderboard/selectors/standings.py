"""The newest snapshot joined with what the catalogue says of its models: two queries, always."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, fields
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from arena.boards.models import Snapshot
from arena.boards.selectors import OVERALL, latest
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState, ProbeResult
from arena.ledger.selectors.tallies import split_name, version_name
from arena.ledger.states import RatedUnit
from arena.rating.cells import neutral_cell
from arena.rating.descriptions import INTERVAL_WORDS
from arena.rating.fit import NOT_CONNECTED, TOO_FEW_VOTES, IntervalBasis

NUMBERS = (
    *("rating", "rating_lower", "rating_upper", "rank", "rank_lower", "rank_upper"),
    *("win_rate", "tier", "borrowed"),
)
"""The fields that a row of a snapshot and a line share."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A model, or a version of one, under the public names of pages, API and CSV.

    ``version`` is its number on a board that rates versions, else None.

    Ratings, ranks and tiers are None unless ``state`` is ``rated``; ``win_rate`` is None without
    votes. ``interval`` says what the interval rests on: votes, voters, style or pooled;
    ``borrowed`` which share of a pooled rating comes from the other votes.
    """

    model_name: str
    display_name: str
    organization: str
    license: str
    status: str
    state: str
    rating: float | None = None
    rating_lower: float | None = None
    rating_upper: float | None = None
    rank: int | None = None
    rank_lower: int | None = None
    rank_upper: int | None = None
    vote_count: int = 0
    win_rate: float | None = None
    tier: int | None = None
    interval: str = ""
    borrowed: float | None = None
    version: int | None = None
    parameters: int | None = None

    @property
    def name(self) -> str:
        """Return what the snapshot calls it: a slug, or that with the version's number."""
        if self.version is None:
            return self.model_name
        return version_name(self.model_name, self.version)

    @property
    def win_percent(self) -> float | None:
        """Return ``win_rate`` in percent."""
        return None if self.win_rate is None else 100 * self.win_rate

    @property
    def is_unconnected(self) -> bool:
        """Return whether no chain of battles leads from the model to the rated ones."""
        return self.state == NOT_CONNECTED

    @property
    def interval_words(self) -> str:
        """Return what the interval rests on, in the reader's language."""
        return gettext(INTERVAL_WORDS[self.interval]) if self.interval in INTERVAL_WORDS else ""


CSV_FIELDS = tuple(one.name for one in fields(BoardLine))


@dataclass(frozen=True, slots=True)
class MeanAccuracy:
    """The mean of what was measured on so many tasks of a card, in percent."""

    percent: float
    tasks: int


@dataclass(frozen=True, slots=True)
class BoardStandings:
    """A board as it stands: its snapshot, None before the first vote, and its lines.

    ``accuracy`` is by the slug of a card; cards on which nothing was measured are left out.
    """

    snapshot: Snapshot | None
    lines: tuple[BoardLine, ...]
    accuracy: Mapping[str, MeanAccuracy] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Return a hash of the snapshot and of what the catalogue says of its models."""
        catalogue = [
            (x.model_name, x.display_name, x.organization, x.license, x.status, x.parameters)
            for x in self.lines
        ]
        measured = sorted((slug, one.percent) for slug, one in self.accuracy.items())
        facts = repr((self.snapshot.etag if self.snapshot else "", catalogue, measured))
        return hashlib.sha256(facts.encode()).hexdigest()

    @property
    def votes(self) -> int:
        """Return how many votes count; each is one of two models' votes."""
        return sum(line.vote_count for line in self.lines) // 2

    @property
    def min_votes(self) -> int:
        """Return how many votes a model needs before it gets a number."""
        return int(self.snapshot.parameters["min_votes"]) if self.snapshot else 0

    @property
    def rests_on(self) -> str:
        """Return what every interval of the board rests on; empty where they differ."""
        kinds = {line.interval for line in self.lines if line.rating is not None}
        return kinds.pop() if len(kinds) == 1 else ""

    @property
    def rests_on_words(self) -> str:
        """Return what all intervals rest on, in the reader's language; empty where they differ."""
        kind = self.rests_on
        return gettext(INTERVAL_WORDS[kind]) if kind in INTERVAL_WORDS else ""

    @property
    def is_pooled(self) -> bool:
        """Return whether all ratings lean on the votes outside this board."""
        pooled: IntervalBasis = "pooled"
        return self.rests_on == pooled


def standings(board: str = OVERALL) -> BoardStandings:
    """Return models in the snapshot's order, then active ones without a vote, by name.

    Where versions are rated, the one without a vote is that which would be drawn now.
    """
    snapshot = latest(board)
    rows = {row["model"]: row for row in snapshot.rows} if snapshot else {}
    by_version = snapshot is not None and snapshot.rated == RatedUnit.VERSIONS
    slugs = [split_name(name)[0] for name in rows]
    newest = ModelVersion.objects.filter(card=OuterRef("pk"), probe=ProbeResult.PASSED)
    passed = Subquery(newest.order_by("-number").values("number")[:1])
    drawn = Coalesce("answering_version__number", passed)
    shown = ModelCard.objects.filter(Q(slug__in=slugs) | Q(state=CardState.ACTIVE, unlisted=False))
    cards = {card.slug: card for card in shown.annotate(drawn=drawn)}
    several = {slug for slug, count in Counter(slugs).items() if count > 1}
    lines = [
        line_of(cards[slug], row, number, several=slug in several)
        for (slug, number), row in zip(map(split_name, rows), rows.values(), strict=True)
    ]
    known = {line.name for line in lines}
    accuracy: dict[str, MeanAccuracy] = {}
    for slug, card in cards.items():
        number = card.drawn if by_version else None
        silent = line_of(card, None, number, several=slug in slugs)
        if card.state == CardState.ACTIVE and silent.name not in known:
            lines.append(silent)
        if shares := [float(share) for share in card.accuracy.values()]:
            accuracy[slug] = MeanAccuracy(sum(shares) / len(shares), len(shares))
    return BoardStandings(snapshot, tuple(lines), accuracy)


def as_csv(lines: Iterable[BoardLine]) -> str:
    """Return a header and one line per model. No cell starts a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_FIELDS)
    # Text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers.
    writer.writerows(
        [(neutral_cell(value) if isinstance(value, str) else value) for value in astuple(line)]
        for line in lines
    )
    return out.getvalue()


def line_of(
    card: ModelCard, row: dict[str, Any] | None, version: int | None, *, several: bool
) -> BoardLine:
    """Return what the catalogue and a row of a snapshot say together; None: no vote yet.

    The number stands beside the name where it tells readers something: on a later version, and on
    each of ``several`` of one model.
    """
    row = row or {"state": TOO_FEW_VOTES}
    numbered = version is not None and (several or version > 1)
    words = gettext("%(name)s, version %(number)d") % {"name": card.name, "number": version or 0}
    return BoardLine(
        model_name=card.slug,
        display_name=words if numbered else card.name,
        organization=card.organization,
        license=card.license,
        status=card.state,
        state=row["state"],
        **{name: row.get(name) for name in NUMBERS},
        vote_count=row.get("votes", 0),
        interval=row.get("interval") or "",
        version=version,
        parameters=card.parameters,
    )
