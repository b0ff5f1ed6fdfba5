"""A site whose endpoint is on, and a real worker that takes what is put on its queue."""

from __future__ import annotations

import base64
import json
from threading import Event, Thread

import pytest
from redis import Redis

from arena.evaluation import dispatch, services
from inference_worker.wire.messages import GenerationOutcome
from tests.arena.probes.probing import a_worker
from tests.factories import make_card, make_version, make_worker

WORDS = "tokens=6"
SEES = "text=sees,tokens=2"


@pytest.fixture
def endpoint(db, valkey_url, settings):
    settings.EVALUATION = True
    make_worker()
    for slug, source in {"wordy": WORDS, "seeing": SEES, "broken": "join=refused"}.items():
        make_version(make_card(slug), backend="scripted", source=source)


@pytest.fixture
def token():
    return services.create_token(name="bench", requests_a_day=50, tokens_a_day=2000)


@pytest.fixture
def headers(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def working(valkey_url):
    """Answers what stands on the queue, as Celery would have it answered."""
    over = Event()
    with a_worker(valkey_url) as worker, Redis.from_url(valkey_url) as connection:

        def serve():
            while not over.is_set():
                taken = connection.brpop("inference", timeout=0.1)
                if taken:
                    body = json.loads(base64.b64decode(json.loads(taken[1])["body"]))
                    outcome = worker.answer(body[1]["request"])
                    dispatch.store_usage(GenerationOutcome.from_json(outcome))

        threads = [Thread(target=serve, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        yield worker
        over.set()
        for thread in threads:
            thread.join()
