"""Celery as a queue and nothing more.

It may lose a message and repeat it: a lease says who works, a fence who may write, and the site's
reaper what is tried again. So no setting here is there to redeliver.
"""

from __future__ import annotations

import logging
import os
from threading import Timer
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from kombu import Queue
from pythonjsonlogger.json import JsonFormatter

from inference_worker import process
from inference_worker.settings import read
from inference_worker.wire.broker import RefusedMessage, StrictChannel, StrictTransport
from inference_worker.wire.task import DRAW, GENERATE, LIST_MODELS, PROBE

settings = read()

_TAKES = {
    GENERATE: [("request", dict)],
    DRAW: [("count", int)],
    LIST_MODELS: [("request", dict)],
    PROBE: [("request", dict)],
}
"""Keywords of the tasks, and their types."""

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_JSON = JsonFormatter(
    "%(asctime)s %(levelname)s %(name)s %(message)s",
    rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
)


class WorkerChannel(StrictChannel):
    """Takes what the worker's tasks take; who may put it there Redis decides."""

    def judge_unsigned(self, queue: str, task: str, body: list[Any]) -> None:
        """Raise RefusedMessage unless it is one of the worker's tasks with what that takes."""
        arguments, keywords, following = body
        if task not in _TAKES:
            raise RefusedMessage("task")
        if arguments or [(name, type(value)) for name, value in keywords.items()] != _TAKES[task]:
            raise RefusedMessage("arguments")
        callbacks = following.get("callbacks") or []
        if not isinstance(callbacks, list) or not all(isinstance(one, dict) for one in callbacks):
            raise RefusedMessage("arguments")

    def _size(self, queue: str) -> int:
        """Nobody asks for it, and a worker may not look."""
        return 0

    def _put_fanout(self, *_: object, **__: object) -> None:
        """Send no event of Celery's own, such as its heartbeat each two seconds: nobody listens,
        and Redis refuses it. Celery would keep each refused one for as long as it runs."""

    def _queue_bind(self, *_: object) -> None:
        """Store no binding: each message names its queue, so no table has to be shared."""


class WorkerTransport(StrictTransport):
    """The transport that ``broker_transport`` names."""

    Channel = WorkerChannel


LINGER_SECONDS = 5.0
"""The time that running answers get when the worker is asked to end."""

app = Celery("inference_worker", broker=settings.redis_url, include=["inference_worker.tasks"])
app.conf.update(
    broker_transport="inference_worker.celery_app:WorkerTransport",
    accept_content=["json"],
    task_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_queues=[Queue(name) for name in settings.queues],
    task_default_queue=settings.queues[0],
    worker_pool="threads",
    worker_concurrency=settings.concurrency,
    # Late acknowledgement, prefetch of one: a worker holds no message that it doesn't work on.
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_channel_error_retry=True,  # else a Redis that is full ends the worker
    broker_transport_options={
        # By default a half-open connection is noticed after minutes, or never.
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 5,
        # One queue is one list: no message has a priority.
        "priority_steps": [0],
    },
)


@setup_logging.connect
def _log(**_: Any) -> None:
    """Log to stderr. Otherwise Celery would take over the root logger, at its own level."""
    console = logging.StreamHandler()
    console.setFormatter(_JSON if settings.log_json else logging.Formatter(_LINE))
    logging.basicConfig(level=settings.log_level, handlers=[console])
    # The first logs what a task returns, the answer and the attempt's fence; the second a line for
    # each request to an endpoint.
    for name in ("celery.app.trace", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_ready.connect
def _begin(**_: Any) -> None:
    """Report, and load models, before the first request asks for it."""
    # `-Q` goes before the variable, and the site draws by what is reported.
    os.environ["ARENA_WORKER_QUEUES"] = ",".join(app.amqp.queues.consume_from)
    process.runner()


@worker_shutting_down.connect
def _end(**_: Any) -> None:
    """Threads can't be killed: without this a shutdown would wait for the longest answer."""
    timer = Timer(LINGER_SECONDS, process.runner().abandon)
    timer.daemon = True
    timer.start()
