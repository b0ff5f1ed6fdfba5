"""Reading the ledger, and what its snapshots say."""

from __future__ import annotations

from arena.leaderboard.selectors.audit import (
    misplaced_votes,
    newest_recount,
    read_entries,
    unfounded_snapshots,
)
from arena.leaderboard.selectors.boards import (
    Policy,
    active_boards,
    boards,
    newest_by_board,
    newest_facts,
    plan_in_force,
    policy,
)
from arena.leaderboard.selectors.entries import Rows, head_at, rows_at, tally_at
from arena.leaderboard.selectors.events import (
    COLUMNS,
    Event,
    entries_about,
    keys_of,
    known_keys,
    labels_now,
    last_events,
    last_imports,
)
from arena.leaderboard.selectors.filters import EVERY_VOTE, Filter, label_sets
from arena.leaderboard.selectors.ledger import LOCK, OVERALL, Head, head, latest, repairs
from arena.leaderboard.selectors.models import ModelPage, model_page
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.plot import history_plot, interval_plot
from arena.leaderboard.selectors.simulated import SIMULATED, Recovery, recovery
from arena.leaderboard.selectors.standings import CSV_FIELDS, Line, Standings, as_csv, standings
from arena.leaderboard.selectors.tallies import Running, Tally, tallies_of, tally
from arena.leaderboard.selectors.votes import (
    Backlog,
    Ballot,
    Names,
    backlog,
    ballots,
    ballots_of,
    cards_of_versions,
    names,
    waiting,
)

__all__ = [
    "COLUMNS",
    "CSV_FIELDS",
    "EVERY_VOTE",
    "LOCK",
    "OVERALL",
    "SIMULATED",
    "Backlog",
    "Ballot",
    "Event",
    "Filter",
    "Head",
    "Line",
    "ModelPage",
    "Names",
    "Policy",
    "Recovery",
    "Rows",
    "Running",
    "Standings",
    "Tally",
    "active_boards",
    "as_csv",
    "backlog",
    "ballots",
    "ballots_of",
    "board_of",
    "boards",
    "cards_of_versions",
    "entries_about",
    "head",
    "head_at",
    "history_plot",
    "interval_plot",
    "keys_of",
    "known_keys",
    "label_sets",
    "labels_now",
    "last_events",
    "last_imports",
    "latest",
    "misplaced_votes",
    "model_page",
    "names",
    "newest_by_board",
    "newest_facts",
    "newest_recount",
    "plan_in_force",
    "policy",
    "read_entries",
    "recovery",
    "repairs",
    "rows_at",
    "standings",
    "tallies_of",
    "tally",
    "tally_at",
    "unfounded_snapshots",
    "waiting",
]
