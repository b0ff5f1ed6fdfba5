"""Results of each pair on a board, and what the ratings expect."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import numpy as np

from arena.boards.models import Board
from arena.boards.selectors import JointStrengths, joint_strengths, latest
from arena.core.errors import NotFound
from arena.integrity.selectors.public import models_under_review
from arena.leaderboard.selectors import standings as boards_now
from arena.leaderboard.selectors.method import chance
from arena.leaderboard.selectors.standings import BoardLine, BoardStandings
from arena.ledger.selectors.tallies import VoteTally, split_name
from arena.rating.comparisons import VoteOutcome
from arena.rating.probabilities import probability_above
from arena.resources.record_schemas import HeadToHead, PairMatrix, PairRow
from arena.resources.selectors.leaderboards import rows_of

TRIES = 3
A, B, TIE, BOTH_BAD = (int(outcome) for outcome in VoteOutcome)


def pair_matrix(board: Board, tally: VoteTally, *, skip: int, limit: int) -> PairMatrix:
    """Return a page of the pairs that met, by name."""
    current = boards_now.standings(board.slug)
    ratings = {line.name: line.rating for line in current.lines}
    met = np.argwhere(np.triu(tally.counts.met, 1) > 0)
    more = str(skip + limit) if len(met) > skip + limit else ""
    return PairMatrix(
        board=board.slug,
        etag=current.snapshot.etag if current.snapshot else "",
        ledger_number=tally.head.number,
        pairs=[_pair(tally, ratings, i, j) for i, j in met[skip : skip + limit].tolist()],
        next=more,
    )


def head_to_head(board: Board, tally: VoteTally, a: str, b: str) -> HeadToHead:
    """Return two models of a board side by side. Raise NotFound where one is not on it.

    A model is named by its key, or by that with ``@`` and a version's number; on a board that rates
    versions the key alone means the newest version on it.
    """
    current, joint = _together(board)
    lines = {line.name: line for line in current.lines}
    one, two = _line(lines, a), _line(lines, b)
    if one.name == two.name:
        raise NotFound
    rows = rows_of(board.slug, current.snapshot, (one, two), models_under_review())
    places = {name: place for place, name in enumerate(tally.slugs)}
    if (
        one.name not in places
        or two.name not in places
        or not tally.counts.met[places[one.name], places[two.name]]
    ):
        record = None
    else:
        ratings = dict(zip((one.name, two.name), (row.rating for row in rows), strict=True))
        record = _pair(tally, ratings, places[one.name], places[two.name])
    return HeadToHead(
        board=board.slug,
        etag=current.snapshot.etag if current.snapshot else "",
        generated_at=current.snapshot.created_at if current.snapshot else None,
        a=rows[0],
        b=rows[1],
        record=record,
        expected_win_rate=_expected(one.rating, two.rating),
        probability_above=_above(joint, one.name, two.name),
    )


def _line(lines: Mapping[str, BoardLine], name: str) -> BoardLine:
    if name in lines:
        return lines[name]
    versions = [line for line in lines.values() if line.model_name == name]
    if not versions:
        raise NotFound
    return max(versions, key=lambda line: line.version or 0)


def _pair(tally: VoteTally, ratings: Mapping[str, float | None], i: int, j: int) -> PairRow:
    """Add both orders of the sides up."""
    there, back = tally.counts.table[i, j].tolist(), tally.counts.table[j, i].tolist()
    wins, losses = there[A] + back[B], there[B] + back[A]
    ties, both_bad = there[TIE] + back[TIE], there[BOTH_BAD] + back[BOTH_BAD]
    battles = wins + losses + ties + both_bad
    (model_a, version_a), (model_b, version_b) = (
        split_name(tally.slugs[i]),
        split_name(tally.slugs[j]),
    )
    return PairRow(
        model_a=model_a,
        version_a=version_a,
        model_b=model_b,
        version_b=version_b,
        battles=battles,
        wins_a=wins,
        wins_b=losses,
        ties=ties,
        both_bad=both_bad,
        win_rate=round((wins + (ties + both_bad) / 2) / battles, 6),
        expected_win_rate=_expected(ratings.get(tally.slugs[i]), ratings.get(tally.slugs[j])),
    )


def _expected(one: float | None, two: float | None) -> float | None:
    return None if one is None or two is None else round(chance(one - two), 6)


def _together(board: Board) -> tuple[BoardStandings, JointStrengths | None]:
    """Return a board with the covariance of its snapshot, which the next snapshot takes away: then
    both are read again."""
    for tries in count(1):
        current = boards_now.standings(board.slug)
        joint = joint_strengths(current.snapshot) if current.snapshot else None
        if joint is not None or tries == TRIES or current.snapshot == latest(board.slug):
            return current, joint
    raise AssertionError("numbers do not end")


def _above(joint: JointStrengths | None, a: str, b: str) -> float | None:
    if joint is None or a not in joint.names or b not in joint.names:
        return None
    place = [joint.names.index(name) for name in (a, b)]
    above = probability_above(joint.theta[place], joint.covariance[np.ix_(place, place)])
    return round(float(above[0, 1]), 6)
