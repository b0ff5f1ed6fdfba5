"""What needs an operator's attention: the sentences of the first page, and of alarms."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from arena.catalog import selectors as catalog
from arena.catalog.models import ModelVersion
from arena.console.selectors.traffic import CardOutcomes, card_outcomes
from arena.console.selectors.veil import SlowModel, slowest_model
from arena.console.selectors.workers import WorkerOverview, worker_overview
from arena.core import redis
from arena.datasets.models import Publication
from arena.integrity.selectors.public import UndecidedCases, undecided_cases
from arena.integrity.states import CaseStatus
from arena.ledger.selectors.audit import newest_recount
from arena.ledger.selectors.votes import VoteBacklog, backlog
from arena.operations.models import BackupRun
from arena.spending.models import CardBudget
from arena.spending.selectors import DaySpending, spending_on, today

MOST_BACKLOG = 10_000
SLOW_SECONDS = 60
FAILING_SHARE = 80.0
"""A model that answers less than so many percent of what it is asked needs a look."""
FAILING_LEAST = 10
"""The smallest number of answers for this: two failures of three are no news."""
FULL_SHARE = 0.9
"""The part of what Redis may hold before battles are refused, from which on an operator is told."""
FULL_DISK = 2
"""An operator is told where the disk has less than so many times the room at which battles are
refused."""


@dataclass(frozen=True, slots=True)
class AttentionNote:
    """A sentence about what an operator should look at, and where."""

    text: str
    url: str = ""
    key: str = field(default="", kw_only=True)
    """The name of the problem, which stays the same while the sentence changes."""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A card with a budget, and what it has used today."""

    budget: CardBudget
    used: DaySpending

    @property
    def is_used_up(self) -> bool:
        """Return whether the battles or the money of today are used up."""
        battles, money = self.budget.battles_a_day, self.budget.money_a_day
        if battles is not None and self.used.battles >= battles:
            return True
        return money is not None and self.used.money >= float(money)


def every_note() -> list[AttentionNote]:
    """Return all that needs attention now."""
    versions = catalog.active_versions(unlisted=True)
    return [
        *absent_models(versions),
        *failing_models(card_outcomes(timezone.now())),
        *short_of_workers(worker_overview(versions.values())),
        *ledger_notes(backlog(MOST_BACKLOG)),
        *used_up_budgets(budget_lines()),
        *full_stores(),
        *missing_backups(),
        *failed_publications(),
        *open_cases(),
        *hasty_veil(slowest_model()),
    ]


def budget_lines() -> list[BudgetLine]:
    """Return every card with a budget, with its use today. Three queries."""
    used, unused = spending_on(today()), DaySpending()
    budgets = CardBudget.objects.select_related("card").order_by("card__name")
    return [BudgetLine(budget, used.get(budget.pk, unused)) for budget in budgets]


def absent_models(versions: Mapping[str, ModelVersion]) -> list[AttentionNote]:
    """Return a note for each active model that is not drawn, unlisted ones too, and one where no
    pair can be drawn for everybody."""
    notes = [
        AttentionNote(
            _("%(model)s is not drawn: %(why)s")
            % {"model": absence.version.card.marked_name, "why": absence.why},
            reverse("admin:catalog_modelcard_change", args=[absence.version.card_id]),
            key=f"absent:{absence.version.card.slug}",
        )
        for absence in catalog.absences(versions)
    ]
    if sum(not version.card.unlisted for version in versions.values()) < 2:
        text = _("Fewer than two models are active, so no battle can be drawn.")
        if len(versions) > 1:
            text = _("Fewer than two listed models are active, so only invited people get battles.")
        url = reverse("admin:catalog_modelcard_changelist")
        notes.append(AttentionNote(text, url, key="few_models"))
    return notes


def failing_models(outcomes: Iterable[CardOutcomes]) -> list[AttentionNote]:
    """Return a note for each model of which many answers failed within a day."""
    return [
        AttentionNote(
            _("%(model)s answered %(share)d%% of what it was asked within a day.")
            % {"model": row.name, "share": row.share},
            reverse("admin:battles_generation_changelist") + "?state__exact=failed",
            key=f"failing:{row.name}",
        )
        for row in outcomes
        if row.share is not None
        and row.ended + row.failed >= FAILING_LEAST
        and row.share < FAILING_SHARE
    ]


def short_of_workers(overview: WorkerOverview) -> list[AttentionNote]:
    """Return notes on Redis that is away, on missing workers and on answers that wait."""
    url = reverse("admin:catalog_workers")
    if not overview.is_known:
        text = _("Redis can't be reached: nothing can be answered.")
        return [AttentionNote(text, url, key="redis_away")]
    notes = []
    if not overview.workers:
        text = _("No worker has reported within the last seconds. Without one nothing is answered.")
        notes.append(AttentionNote(text, url, key="no_worker"))
    if overview.oldest is not None:
        seconds = int((timezone.now() - overview.oldest).total_seconds())
        if seconds > SLOW_SECONDS:
            text = ngettext(
                "An answer has waited for %(n)d second.",
                "An answer has waited for %(n)d seconds.",
                seconds,
            )
            notes.append(AttentionNote(text % {"n": seconds}, url, key="waiting_answer"))
    return notes


def ledger_notes(waiting: VoteBacklog) -> list[AttentionNote]:
    """Return notes on a recount that found something, and on votes that nobody folds."""
    notes, recount = [], newest_recount()
    if recount is not None and recount.findings:
        text = _("The last recount of the ledger found something wrong.")
        url = reverse("admin:ledger_recount_changelist")
        notes.append(AttentionNote(text, url, key="recount"))
    if waiting.since is not None:
        seconds = (timezone.now() - waiting.since).total_seconds()
        if seconds > SLOW_SECONDS:
            text = _("Votes wait for the ledger. Does the site's own worker run?")
            notes.append(AttentionNote(text, key="waiting_votes"))
    return notes


def used_up_budgets(lines: Iterable[BudgetLine]) -> list[AttentionNote]:
    """Return a note for each model whose budget of today is used up."""
    return [
        AttentionNote(
            _("%(model)s has used up its budget of today.")
            % {"model": line.budget.card.marked_name},
            reverse("admin:spending_cardbudget_change", args=[line.budget.pk]),
            key=f"budget:{line.budget.card.slug}",
        )
        for line in lines
        if line.is_used_up
    ]


def full_stores() -> list[AttentionNote]:
    """Return notes on a disk and a Redis that will soon refuse battles, or do so already."""
    notes = []
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < FULL_DISK * settings.DISK_FREE_BYTES:
        text = _(
            "The disk of pictures has %(free)d MB left; under %(least)d MB battles are refused."
        )
        room = {"free": free >> 20, "least": settings.DISK_FREE_BYTES >> 20}
        notes.append(AttentionNote(text % room, key="disk"))
    try:
        memory = cast(dict[str, int], redis.client().info("memory"))
    except RedisError:
        return notes  # what is away is said with the workers
    allowed = memory["maxmemory"] * settings.REDIS_SHARE
    if allowed and memory["used_memory"] > FULL_SHARE * allowed:
        text = _("Redis holds %(used)d MB; over %(most)d MB battles are refused.")
        sizes = {"used": memory["used_memory"] >> 20, "most": int(allowed) >> 20}
        notes.append(AttentionNote(text % sizes, key="redis_full"))
    return notes


def missing_backups() -> list[AttentionNote]:
    """Return a note where the last backup failed, or the last good one is too old."""
    last = BackupRun.objects.first()
    if last is not None and last.problem:
        text = _("The last backup failed: %(problem)s")
        return [AttentionNote(text % {"problem": last.problem}, key="backup")]
    hours = settings.ALARM_BACKUP_HOURS
    if hours and (last is None or timezone.now() - last.ended_at > timedelta(hours=hours)):
        text = ngettext(
            "There has been no backup for over %(n)d hour.",
            "There has been no backup for over %(n)d hours.",
            int(hours),
        )
        return [AttentionNote(text % {"n": hours}, key="backup")]
    return []


def failed_publications() -> list[AttentionNote]:
    """Return a note where the last try to publish an export has failed."""
    last = Publication.objects.first() if settings.PUBLICATION_PLACE else None
    if last is None or not last.problem:
        return []
    text = _("An export could not be published: %(problem)s") % {"problem": last.problem}
    url = reverse("admin:datasets_publication_changelist")
    return [AttentionNote(text, url, key="publication")]


def open_cases() -> list[AttentionNote]:
    """Return a note where integrity has found something that nobody has decided about, and one
    where votes wait for that."""
    found = undecided_cases()
    if not found.cases:
        return []
    text = ngettext(
        "%(n)d case of integrity waits for a decision.",
        "%(n)d cases of integrity wait for a decision.",
        found.cases,
    )
    url = reverse("admin:integrity_case_changelist") + f"?status__exact={CaseStatus.OPEN}"
    notes = [AttentionNote(text % {"n": found.cases}, url, key="cases")]
    if found.votes:
        notes.append(AttentionNote(held_votes(found), url, key="held_votes"))
    return notes


def held_votes(found: UndecidedCases) -> str:
    """Return how many votes wait for a decision, and what becomes of them without one."""
    said = {"n": found.votes, "carrying": found.carrying, "days": settings.HOLD_DAYS}
    text = _("%(n)d votes wait for that. Without a decision none of them counts.")
    if settings.HOLD_DAYS:
        text = _(
            "%(n)d votes wait for that. Without a decision, those of new voters count when they are"
            " %(days)d days old, and the %(carrying)d that carry the evidence do not count."
        )
    return text % said


def hasty_veil(slow: SlowModel | None) -> list[AttentionNote]:
    """Return a note where veiled answers wait for a model, by which a voter can tell it."""
    if slow is None:
        return []
    text = _(
        "%(model)s writes %(pace)d tokens a second, and veiled answers wait for it, by which it can"
        " be told. ARENA_VEILED_SECONDS=%(seconds)d hides that."
    )
    said = {"model": slow.name, "pace": round(slow.pace), "seconds": slow.seconds}
    return [AttentionNote(text % said, key="hasty_veil")]
