"""The worker as it really runs: a Celery process of its own, and the site's end of the queue."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from contextlib import contextmanager

from celery import Celery

from arena.bootstrap.environment import ROOT
from arena.demo import child
from inference_worker.wire import presence, stream, task
from inference_worker.wire.messages import OUTCOME_QUEUE, GenerationOutcome
from tests.inference_worker.making import until

PATIENCE = 240


@contextmanager
def worker(url, name, log, *, queue="inference", **env):
    """A running worker that has reported; whatever happens, it is gone afterwards."""
    argv = f"-m celery -A inference_worker.celery_app worker -Q {queue} --pool threads"
    names = {"REDIS_URL": url, "ARENA_WORKER_NAME": name, "ARENA_WORKER_QUEUES": queue}
    with log.open("ab") as output:
        program = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", child.__file__, str(os.getpid())),
                *(sys.executable, *argv.split(), "--without-gossip", "--without-mingle"),
            ],
            env={**os.environ, **names, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        yield program
    finally:
        program.kill()
        program.wait()


class Site:
    """Submits attempts and reads the outcomes that come back."""

    def __init__(self, url, valkey):
        self.valkey = valkey
        self._app = Celery("site", broker=url)
        self._outcomes = []

    def submit(self, request):
        task.submit(self._app, request, callback="site.finish", callback_queue=OUTCOME_QUEUE)

    def order_samples(self, count, *, queue):
        task.draw_samples(self._app, queue=queue, count=count, seconds=60)

    def outcomes(self, count):
        """The first ``count`` outcomes since the beginning, in the order of their arrival."""
        until(lambda: len(self._read()) >= count, seconds=PATIENCE)
        return self._outcomes

    def await_worker(self, name):
        until(lambda: name in [report.name for report in presence.workers(self.valkey)], PATIENCE)

    def await_text(self, request, events=3):
        until(lambda: len(stream.read(self.valkey, request.stream)) >= events, PATIENCE)

    def said(self, request):
        """What the stream holds of this attempt."""
        events = stream.read(self.valkey, request.stream)
        return stream.text_of(events, side=request.side, attempt=request.attempt)

    def _read(self):
        while (message := self.valkey.lpop(OUTCOME_QUEUE)) is not None:
            [outcome], _, _ = json.loads(base64.b64decode(json.loads(message)["body"]))
            self._outcomes.append(GenerationOutcome.from_json(outcome))
        return self._outcomes

    def close(self):
        self._app.close()
