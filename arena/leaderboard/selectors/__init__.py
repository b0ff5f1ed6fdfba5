"""Reading the ledger, and what its snapshots say."""

from __future__ import annotations

from arena.leaderboard.selectors.ledger import (
    LOCK,
    OVERALL,
    Head,
    Tally,
    head,
    latest,
    plan_basis,
    tally,
)
from arena.leaderboard.selectors.models import ModelPage, model_page
from arena.leaderboard.selectors.plot import history_plot, interval_plot
from arena.leaderboard.selectors.standings import CSV_FIELDS, Line, Standings, as_csv, standings
from arena.leaderboard.selectors.votes import (
    Ballot,
    Names,
    ballots,
    cards_of_versions,
    names,
    waiting,
)

__all__ = [
    "CSV_FIELDS",
    "LOCK",
    "OVERALL",
    "Ballot",
    "Head",
    "Line",
    "ModelPage",
    "Names",
    "Standings",
    "Tally",
    "as_csv",
    "ballots",
    "cards_of_versions",
    "head",
    "history_plot",
    "interval_plot",
    "latest",
    "model_page",
    "names",
    "plan_basis",
    "standings",
    "tally",
    "waiting",
]
