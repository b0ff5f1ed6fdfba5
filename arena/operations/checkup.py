"""The checks of the doctor, which tell an operator in plain words what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import django
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import KombuError
from redis import RedisError

from arena.bootstrap import usage
from arena.catalog import selectors as catalog
from arena.core import redis
from arena.integrity.selectors.public import undecided_cases
from arena.ledger.selectors.audit import newest_recount
from inference_worker.wire import keys, presence
from inference_worker.wire.messages import OUTCOME_QUEUE

_CLOCK_SECONDS = 2.0
_LEAST_FREE_BYTES = 1 << 30
_PING_SECONDS = 2.0
_NAMED = 5
"""The number of accounts that are named, not all of a large site."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``ok`` is None for what works and could be better. ``todo`` says what to do next.

    ``known`` is false where a store that is away or full hides how things are.
    """

    name: str
    ok: bool | None
    says: str
    todo: str = ""
    known: bool = True


def version() -> CheckResult:
    """Return the versions that a report of a fault should name; nothing can be wrong with them."""
    python, framework = platform.python_version(), django.get_version()
    says = f"Vision Arena {usage.version()}, Python {python}, Django {framework}"
    return CheckResult("version", True, says)


def database() -> CheckResult:
    """Check that the database is reachable and answers quickly."""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        return CheckResult("database", False, first, "Start it, or mend DATABASE_URL.")
    spent = 1000 * (time.monotonic() - began)
    return CheckResult("database", True, f"{connection.vendor} answers in {spent:.0f} ms")


def migrated() -> CheckResult:
    """Check that the database has the tables of this release."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _hidden("migrated", "the database is away", "database")
    if not plan:
        return CheckResult("migrated", True, "all migrations are applied")
    first = plan[0][0]
    says = f"{len(plan)} to apply, from {first.app_label} {first.name} on"
    return CheckResult("migrated", False, says, "Run: manage.py upgrade")


def store() -> CheckResult:
    """Check that Redis is reachable and keeps what it is given."""
    client = redis.client()
    try:
        memory = cast("dict[str, Any]", client.info("memory"))
    except RedisError as error:
        return CheckResult("redis", False, str(error), "Start it, or mend REDIS_URL.")
    policy = memory["maxmemory_policy"]
    if policy != "noeviction":
        todo = "Set maxmemory-policy to noeviction: else answers vanish while they are read."
        return CheckResult("redis", False, f"it evicts ({policy})", todo)
    if not memory["maxmemory"]:
        todo = "Set maxmemory: the site refuses battles before that is reached."
        return CheckResult("redis", None, "its memory has no limit", todo)
    return CheckResult("redis", True, "it answers, and evicts nothing")


def clock() -> CheckResult:
    """Do this machine, the database and Redis agree on the time?"""
    try:
        apart = max(abs(there - time.time()) for there in other_clocks())
    except (DatabaseError, RedisError):
        return CheckResult("clock", None, "not compared, for a store is away")
    if apart > _CLOCK_SECONDS:
        todo = "Set the clocks by NTP: deadlines are compared between machines."
        return CheckResult("clock", False, f"{apart:.1f} s apart", todo)
    return CheckResult("clock", True, f"{apart:.1f} s apart at most")


def folder() -> CheckResult:
    """Check that pictures can be written, and how much room is left."""
    path = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=path):
            free = shutil.disk_usage(path).free
    except OSError as error:
        todo = f"Make {path} writable for user {os.getuid()}, or mend ARENA_DATA_DIR."
        return CheckResult("folder", False, f"{path}: {error.strerror}", todo)
    if free < _LEAST_FREE_BYTES:
        return CheckResult("folder", False, f"{free >> 20} MB left on its disk", "Make room.")
    return CheckResult("folder", True, f"{path} can be written, {free >> 30} GB free")


def inference() -> CheckResult:
    """Check that an inference worker is there."""
    try:
        workers = presence.workers(redis.client())
    except RedisError:
        return _hidden("inference", "Redis is away", "redis")
    if not workers:
        todo = "Start one: celery -A inference_worker.celery_app worker -Q inference --pool threads"
        return CheckResult("inference", False, "no worker has reported lately", todo)
    return CheckResult("inference", True, ", ".join(worker.name for worker in workers))


def site_worker() -> CheckResult:
    """Check that the site's worker is there, which stores answers and counts votes."""
    return _who_listens("site-worker", settings.CELERY_TASK_DEFAULT_QUEUE, OUTCOME_QUEUE)


def slow_worker() -> CheckResult:
    """Check that a worker is there which fits the slow boards and recounts at night."""
    return _who_listens("slow-worker", settings.SLOW_QUEUE)


def models() -> CheckResult:
    """Are there two to compare, and is every active one drawn?"""
    try:
        active = catalog.active_versions(unlisted=True)
        away = catalog.absences(active)
    except DatabaseError:
        return _hidden("models", "the database is away", "database")
    can = f"{len(active) - len(away)} of {len(active)} active models can answer"
    says = "; ".join([can, *map(str, away)])
    if sum(not version.card.unlisted for version in active.values()) < 2:
        return CheckResult("models", False, says, "Activate two in the admin.")
    if away:
        todo = "Mend what is named, then try the model again in the admin; checks go on meanwhile."
        return CheckResult("models", False, says, todo)
    return CheckResult("models", True, says)


def names() -> CheckResult:
    """Check that voters can tell the models apart."""
    try:
        groups = catalog.namesakes()
    except DatabaseError:
        return _hidden("names", "the database is away", "database")
    if not groups:
        return CheckResult("names", True, "no two models that could meet have one name")
    says = "; ".join(" and ".join(card.slug for card in cards) for cards in groups)
    return CheckResult(
        "names", False, f"one name for {says}", "Rename or retire all but one of them."
    )


def ledger() -> CheckResult:
    """Did the last recount find the counts equal to the ledger?"""
    try:
        newest = newest_recount()
    except DatabaseError:
        return _hidden("ledger", "the database is away", "database")
    if newest is None:
        return CheckResult(
            "ledger", None, "never recounted", "Wait for the night, or: manage.py verify_ledger"
        )
    if newest.findings:
        says = f"{len(newest.findings)} findings, the first: {newest.findings[0]}"
        return CheckResult(
            "ledger", False, says, "Run: manage.py verify_ledger, and see its --repair."
        )
    return CheckResult("ledger", True, f"recounted up to entry {newest.ledger_number}")


def cases() -> CheckResult:
    """Check whether votes wait for an operator's decision."""
    try:
        found = undecided_cases()
    except DatabaseError:
        return _hidden("cases", "the database is away", "database")
    if not found.cases:
        return CheckResult("cases", True, "none is open")
    says = f"{found.cases} open, {found.votes} votes wait ({found.carrying} carry the evidence)"
    days = settings.HOLD_DAYS
    late = f"; the others do when they are {days} days old" if days else ", nor do the others"
    todo = f"Decide in the admin (Cases): until then those do not count{late}."
    return CheckResult("cases", None, says, todo)


def second_factors() -> CheckResult:
    """Check whether a password alone is enough to sign in."""
    staff = User.objects.filter(is_active=True).filter(Q(is_staff=True) | Q(is_superuser=True))
    try:
        without = list(staff.filter(totpdevice=None).order_by("username")[:_NAMED])
    except DatabaseError:
        return CheckResult(
            "second-factor", None, "unknown, for the database is away", "See database."
        )
    if without:
        names = ", ".join(user.get_username() for user in without)
        todo = "Turn it on: manage.py second_factor NAME"
        return CheckResult("second-factor", None, f"a password is enough for {names}", todo)
    return CheckResult("second-factor", True, "every operator's account asks for a code")


def configuration() -> CheckResult:
    """Return what Django's own check says of a public site."""
    found = checks.run_checks(include_deployment_checks=True)
    if not found:
        return CheckResult("settings", True, "nothing to complain of")
    says = "; ".join(f"{message.id} {message.msg.partition('. ')[0]}" for message in found)
    serious = any(message.level >= checks.ERROR for message in found)
    todo = "Behind TLS set ARENA_HTTPS=1; see .env.example and `manage.py check --deploy`."
    return CheckResult("settings", False if serious else None, says, todo)


CHECKS: dict[str, Callable[[], CheckResult]] = {
    "version": version,
    "settings": configuration,
    "second-factor": second_factors,
    "database": database,
    "migrated": migrated,
    "redis": store,
    "clock": clock,
    "folder": folder,
    "site-worker": site_worker,
    "slow-worker": slow_worker,
    "inference": inference,
    "models": models,
    "names": names,
    "ledger": ledger,
    "cases": cases,
}


def examine(names: Iterable[str] = ()) -> list[CheckResult]:
    """Return all findings, or those of the given names; never raises."""
    return [CHECKS[name]() for name in names or CHECKS]


def _hidden(name: str, why: str, see: str) -> CheckResult:
    """Return the finding of a question that a store would have to answer and doesn't."""
    return CheckResult(name, False, f"unknown, for {why}", f"See {see}.", known=False)


def _who_listens(name: str, *queues: str) -> CheckResult:
    try:
        # A full Redis takes no reply either.
        redis.client().set(f"{keys.PREFIX}:doctor:{name}", b"", ex=1)
        replies = current_app.control.inspect(timeout=_PING_SECONDS).active_queues() or {}
    except (KombuError, RedisError, OSError):
        return _hidden(name, "Redis is away or full", "redis")
    taken = {worker: {q["name"] for q in of_worker} for worker, of_worker in replies.items()}
    there = {worker for worker, names in taken.items() if names & set(queues)}
    alone = [queue for queue in queues if not any(queue in names for names in taken.values())]
    if alone:
        listens = ",".join(queues)
        todo = f"Start one: celery -A arena.config.celery worker -Q {listens} --pool threads"
        return CheckResult(name, False, f"none listens to the queue {alone[0]}", todo)
    return CheckResult(name, True, ", ".join(sorted(there)))


def other_clocks() -> list[float]:
    seconds, micros = cast("tuple[int, int]", redis.client().time())
    clocks = [seconds + micros / 1e6]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            clocks.append(cast(Any, cursor.fetchone())[0].timestamp())
    return clocks or [timezone.now().timestamp()]
