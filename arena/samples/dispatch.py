"""The way to the workers that draw sample pictures: the only module here that submits a task."""

from __future__ import annotations

import logging

from celery import current_app

from arena.core.redis import client
from arena.orchestration.dispatch import BROKEN
from inference_worker.wire import presence, samples, task
from inference_worker.wire.messages import DEFAULT_QUEUE
from inference_worker.wire.samples import DrawnSample

log = logging.getLogger(__name__)

AHEAD = 48
"""Drawn sample pictures that wait for visitors; a worker draws half as many at a time."""
ASK_SECONDS = 5
"""A worker is asked for more at most so often, however fast visitors take them."""
CANDIDATES = 8
"""Pictures that are taken for one choice: those that are not chosen are shown to nobody, since
what is left over by a choice would not be a random picture any more."""


def take_drawn() -> list[DrawnSample]:
    """Return sample pictures that nobody has seen; none where no worker has drawn any."""
    try:
        few = samples.waiting(client()) <= CANDIDATES + AHEAD // 2
        # A worker draws more, unless none listens or one was asked just now.
        if (
            few
            and samples.may_ask(client(), seconds=ASK_SECONDS)
            and any(DEFAULT_QUEUE in worker.queues for worker in presence.workers(client()))
        ):
            queue, count = DEFAULT_QUEUE, AHEAD // 2
            task.draw_samples(current_app, queue=queue, count=count, seconds=ASK_SECONDS)
        return samples.take(client(), CANDIDATES)
    except BROKEN as error:
        log.warning("no fresh sample picture: %s", type(error).__name__)
        return []


def keep(sample: DrawnSample) -> bool:
    """Keep a sample with its choice, to be found by its name; False where Redis can't."""
    try:
        samples.keep(client(), sample)
    except BROKEN as error:
        log.warning("the choice of a sample picture is not kept: %s", type(error).__name__)
        return False
    return True
