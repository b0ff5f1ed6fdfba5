"""What an operator wants to know when something is wrong, in plain words."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

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

from arena.catalog import selectors as catalog
from arena.core import redis
from arena.leaderboard.selectors import newest_recount
from inference_worker.wire import keys, presence
from inference_worker.wire.messages import OUTCOME_QUEUE

_CLOCK_SECONDS = 2.0
_LEAST_FREE_BYTES = 1 << 30
_PING_SECONDS = 2.0
_NAMED = 5
"""So many accounts are named, not all of a large site."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` is None for what works and could be better. ``todo`` says what to do next.

    ``known`` is false where a store that is away or full hides how things are.
    """

    name: str
    ok: bool | None
    says: str
    todo: str = ""
    known: bool = True


def database() -> Finding:
    """Is it reachable, and does it answer quickly?"""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        return Finding("database", False, first, "Start it, or mend DATABASE_URL.")
    spent = 1000 * (time.monotonic() - began)
    return Finding("database", True, f"{connection.vendor} answers in {spent:.0f} ms")


def migrated() -> Finding:
    """Has it the tables of this release?"""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _hidden("migrated", "the database is away", "database")
    if not plan:
        return Finding("migrated", True, "all migrations are applied")
    first = plan[0][0]
    says = f"{len(plan)} to apply, from {first.app_label} {first.name} on"
    return Finding("migrated", False, says, "Run: manage.py upgrade")


def store() -> Finding:
    """Is Redis reachable, and does it keep what it is given?"""
    client = redis.client()
    try:
        memory = cast("dict[str, Any]", client.info("memory"))
    except RedisError as error:
        return Finding("redis", False, str(error), "Start it, or mend REDIS_URL.")
    policy = memory["maxmemory_policy"]
    if policy != "noeviction":
        todo = "Set maxmemory-policy to noeviction: else answers vanish while they are read."
        return Finding("redis", False, f"it evicts ({policy})", todo)
    if not memory["maxmemory"]:
        todo = "Set maxmemory: the site refuses battles before that is reached."
        return Finding("redis", None, "its memory has no limit", todo)
    return Finding("redis", True, "it answers, and evicts nothing")


def clock() -> Finding:
    """Do this machine, the database and Redis agree on the time?"""
    try:
        apart = max(abs(there - time.time()) for there in _other_clocks())
    except (DatabaseError, RedisError):
        return Finding("clock", None, "not compared, for a store is away")
    if apart > _CLOCK_SECONDS:
        todo = "Set the clocks by NTP: deadlines are compared between machines."
        return Finding("clock", False, f"{apart:.1f} s apart", todo)
    return Finding("clock", True, f"{apart:.1f} s apart at most")


def folder() -> Finding:
    """Can pictures be written, and for how long?"""
    path = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=path):
            free = shutil.disk_usage(path).free
    except OSError as error:
        todo = f"Make {path} writable for user {os.getuid()}, or mend ARENA_DATA_DIR."
        return Finding("folder", False, f"{path}: {error.strerror}", todo)
    if free < _LEAST_FREE_BYTES:
        return Finding("folder", False, f"{free >> 20} MB left on its disk", "Make room.")
    return Finding("folder", True, f"{path} can be written, {free >> 30} GB free")


def inference() -> Finding:
    """Is anybody there who answers?"""
    try:
        workers = presence.workers(redis.client())
    except RedisError:
        return _hidden("inference", "Redis is away", "redis")
    if not workers:
        todo = "Start one: celery -A inference_worker.celery_app worker -Q inference --pool threads"
        return Finding("inference", False, "no worker has reported lately", todo)
    return Finding("inference", True, ", ".join(worker.name for worker in workers))


def site_worker() -> Finding:
    """Is anybody there who stores answers and counts votes?"""
    return _who_listens("site-worker", settings.CELERY_TASK_DEFAULT_QUEUE, OUTCOME_QUEUE)


def slow_worker() -> Finding:
    """Is anybody there who fits the slow boards and recounts at night?"""
    return _who_listens("slow-worker", settings.SLOW_QUEUE)


def models() -> Finding:
    """Are there two to compare, and is every active one drawn?"""
    try:
        versions = catalog.active_versions()
        away = catalog.absences(versions)
    except DatabaseError:
        return _hidden("models", "the database is away", "database")
    can = f"{len(versions) - len(away)} of {len(versions)} active models can answer"
    says = "; ".join([can, *map(str, away)])
    if len(versions) < 2:
        return Finding("models", False, says, "Activate two in the admin.")
    if away:
        todo = "Mend what is named, then try the model again in the admin; checks go on meanwhile."
        return Finding("models", False, says, todo)
    return Finding("models", True, says)


def names() -> Finding:
    """Can voters tell the models apart?"""
    try:
        groups = catalog.namesakes()
    except DatabaseError:
        return _hidden("names", "the database is away", "database")
    if not groups:
        return Finding("names", True, "no two models that could meet have one name")
    says = "; ".join(" and ".join(card.slug for card in cards) for cards in groups)
    return Finding("names", False, f"one name for {says}", "Rename or retire all but one of them.")


def ledger() -> Finding:
    """Did the last recount find the counts equal to the ledger?"""
    try:
        newest = newest_recount()
    except DatabaseError:
        return _hidden("ledger", "the database is away", "database")
    if newest is None:
        return Finding(
            "ledger", None, "never recounted", "Wait for the night, or: manage.py recount"
        )
    if newest.findings:
        says = f"{len(newest.findings)} findings, the first: {newest.findings[0]}"
        return Finding("ledger", False, says, "Run: manage.py recount, and see its --repair.")
    return Finding("ledger", True, f"recounted up to entry {newest.ledger_number}")


def second_factors() -> Finding:
    """Is a password alone enough to come in?"""
    staff = User.objects.filter(is_active=True).filter(Q(is_staff=True) | Q(is_superuser=True))
    try:
        without = list(staff.filter(totpdevice=None).order_by("username")[:_NAMED])
    except DatabaseError:
        return Finding("second-factor", None, "unknown, for the database is away", "See database.")
    if without:
        names = ", ".join(user.get_username() for user in without)
        todo = "Turn it on: manage.py second_factor NAME"
        return Finding("second-factor", None, f"a password is enough for {names}", todo)
    return Finding("second-factor", True, "every operator's account asks for a code")


def configuration() -> Finding:
    """What Django's own check says of a public site."""
    found = checks.run_checks(include_deployment_checks=True)
    if not found:
        return Finding("settings", True, "nothing to complain of")
    says = "; ".join(f"{message.id} {message.msg.partition('.')[0]}" for message in found)
    serious = any(message.level >= checks.ERROR for message in found)
    todo = "Behind TLS set ARENA_HTTPS=1; see .env.example and `manage.py check --deploy`."
    return Finding("settings", False if serious else None, says, todo)


CHECKS: dict[str, Callable[[], Finding]] = {
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
}


def examine(names: Iterable[str] = ()) -> list[Finding]:
    """All findings, or those of the given names; never raises."""
    return [CHECKS[name]() for name in names or CHECKS]


def _hidden(name: str, why: str, see: str) -> Finding:
    """Return the finding of a question that a store would have to answer and doesn't."""
    return Finding(name, False, f"unknown, for {why}", f"See {see}.", known=False)


def _who_listens(name: str, *queues: str) -> Finding:
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
        return Finding(name, False, f"none listens to the queue {alone[0]}", todo)
    return Finding(name, True, ", ".join(sorted(there)))


def _other_clocks() -> list[float]:
    seconds, micros = cast("tuple[int, int]", redis.client().time())
    clocks = [seconds + micros / 1e6]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            clocks.append(cast(Any, cursor.fetchone())[0].timestamp())
    return clocks or [timezone.now().timestamp()]
