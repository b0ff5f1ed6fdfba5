"""The operator's first page: a handful of questions whose number does not grow with the arena."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.utils import timezone

from arena.catalog import selectors as catalog
from arena.catalog.models import ModelVersion
from arena.console.selectors.attention import (
    MOST_BACKLOG,
    AttentionNote,
    BudgetLine,
    absent_models,
    budget_lines,
    failed_publications,
    failing_models,
    full_stores,
    hasty_veil,
    ledger_notes,
    missing_backups,
    open_cases,
    short_of_workers,
    used_up_budgets,
)
from arena.console.selectors.intervals import IntervalOverview, interval_overview
from arena.console.selectors.traffic import CardOutcomes, DayTraffic, card_outcomes, day_traffic
from arena.console.selectors.veil import slowest_model
from arena.console.selectors.workers import WorkerOverview, worker_overview
from arena.ledger.selectors.votes import VoteBacklog, backlog


@dataclass(slots=True)
class DashboardView:
    """The parts of the first page. One is None for whoever may not see what it is made of."""

    traffic: DayTraffic | None = None
    outcomes: list[CardOutcomes] | None = None
    workers: WorkerOverview | None = None
    intervals: IntervalOverview | None = None
    budgets: list[BudgetLine] | None = None
    spent: float = 0.0
    waiting: VoteBacklog | None = None
    models: int | None = None
    unlisted: int = 0
    """Models that are drawn by invitation alone, beside those that all voters meet."""
    notes: list[AttentionNote] = field(default_factory=list)


def dashboard(user: User) -> DashboardView:
    """Return the first page for this account."""
    view, now = DashboardView(), timezone.now()
    versions: Mapping[str, ModelVersion] = {}
    if user.has_perm("catalog.view_modelcard"):
        versions = catalog.active_versions(unlisted=True)
        view.unlisted = sum(version.card.unlisted for version in versions.values())
        view.models = len(versions) - view.unlisted
        view.notes += absent_models(versions)
        view.traffic = day_traffic(now)
        view.outcomes = card_outcomes(now)
        view.notes += [*failing_models(view.outcomes), *hasty_veil(slowest_model())]
    if user.has_perm("catalog.view_workers"):
        view.workers = worker_overview(versions.values())
        view.notes += [*short_of_workers(view.workers), *full_stores()]
        view.notes += [*missing_backups(), *failed_publications()]
    if user.has_perm("boards.view_snapshot"):
        view.intervals = interval_overview()
    if user.has_perm("ledger.view_ledgerentry"):
        view.waiting = backlog(MOST_BACKLOG)
        view.notes += ledger_notes(view.waiting)
    if user.has_perm("integrity.view_case"):
        view.notes += open_cases()
    if user.has_perm("spending.view_cardbudget"):
        view.budgets = budget_lines()
        view.spent = sum(line.used.money for line in view.budgets)
        view.notes += used_up_budgets(view.budgets)
    return view
