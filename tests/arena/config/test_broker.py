"""What the site's worker takes from its queues: its own, and outcomes."""

from __future__ import annotations

import json
import queue as queues

import pytest
from celery import Celery
from kombu import Queue
from msgspec.structs import asdict

from arena.config.broker import SiteTransport
from arena.config.celery import app
from arena.core.redis import client
from inference_worker.wire import keys
from inference_worker.wire.messages import BATTLE_OUTCOME, OUTCOME_QUEUE, GenerationOutcome
from tests.poison import POISON, envelope

REAP = "arena.battles.reap"
OUTCOME = GenerationOutcome("s", "a", 1, "f", "ended", "", "text", "stop", 1, 1, 1, "w", "r")


@pytest.fixture
def taken(valkey_url):
    """Takes all that lies on both of the site's queues, and says which tasks were handed on."""

    def take():
        tasks = []
        with app.connection() as connection, connection.channel() as channel:
            assert isinstance(connection.transport, SiteTransport)
            sources = [Queue("arena"), Queue(OUTCOME_QUEUE)]
            with connection.Consumer(sources, channel=channel, accept=["json"]) as consumer:
                consumer.callbacks = [lambda _, message: (tasks.append(message), message.ack())]
                while any(client().llen(source.name) for source in sources):
                    try:
                        connection.drain_events(timeout=1)
                    except (TimeoutError, queues.Empty):
                        continue
        return [message.headers["task"] for message in tasks]

    return take


def outcome(task=BATTLE_OUTCOME, arguments=None, following=None, **changes):
    body = [arguments or [{**asdict(OUTCOME), **changes}], {}, following or {}]
    return envelope(body, task=task)


def test_what_the_site_says_to_itself_is_taken(taken):
    app.send_task(REAP, queue="arena")
    assert taken() == [REAP]
    assert not client().exists(keys.REFUSED)


def test_what_a_worker_says_is_no_task_of_the_site(taken, valkey_url):
    with Celery("worker", broker=valkey_url, set_as_current=False) as worker:
        worker.send_task(REAP, queue="arena")
        worker.send_task(REAP, queue=OUTCOME_QUEUE)
        worker.send_task(BATTLE_OUTCOME, [asdict(OUTCOME)], queue="arena")
    assert taken() == []
    assert client().hgetall(keys.REFUSED) == {b"task": b"3"}


def test_a_signed_message_is_no_other_message(taken):
    for change in ({"task": "arena.battles.expire"}, {"expires": "2099-01-01T00:00:00"}):
        app.send_task(REAP, queue="arena")
        message = json.loads(client().lpop("arena"))
        message["headers"] |= change
        client().lpush("arena", json.dumps(message))
    assert taken() == []


def test_a_signed_message_is_taken_from_its_own_queue_alone(taken):
    app.send_task(REAP, queue="arena")
    client().rpoplpush("arena", OUTCOME_QUEUE)
    assert taken() == []


def test_an_outcome_comes_without_a_signature(taken, valkey_url):
    with Celery("worker", broker=valkey_url, set_as_current=False) as worker:
        worker.send_task(BATTLE_OUTCOME, [asdict(OUTCOME)], queue=OUTCOME_QUEUE)
    assert taken() == [BATTLE_OUTCOME]


@pytest.mark.parametrize(
    "raw",
    [
        outcome(following={"callbacks": [{"task": REAP}]}),
        outcome(following={"errbacks": [{"task": REAP}]}),
        outcome(following={"chain": [{"task": REAP}]}),
        outcome(following={"chord": {"task": REAP}}),
        outcome(arguments=[1]),
        outcome(arguments=[asdict(OUTCOME)] * 2),
        outcome(tokens=2**63),
        outcome(tokens=-1),
        outcome(text=None),
        outcome(side="c"),
        outcome(status="voted"),
        outcome(more=1),
    ],
)
def test_an_outcome_is_an_outcome_and_nothing_follows_it(taken, raw):
    client().lpush(OUTCOME_QUEUE, raw)
    assert taken() == []
    assert client().hgetall(keys.REFUSED) == {b"arguments": b"1"}


def test_poison_is_dropped_logged_and_counted_and_what_follows_it_is_taken(taken, caplog):
    for queue in ("arena", OUTCOME_QUEUE):
        client().lpush(queue, *[raw for raw, _ in POISON.values()])
    client().lpush(OUTCOME_QUEUE, outcome())
    app.send_task(REAP, queue="arena")
    assert sorted(taken()) == [BATTLE_OUTCOME, REAP]
    assert sum(map(int, client().hvals(keys.REFUSED))) == 2 * len(POISON)
    assert "dropped a message on arena: size, 1000" in caplog.text


def test_poison_on_one_queue_keeps_no_other_waiting(taken):
    """Readers take from their queues in turn, also when what they took is dropped."""
    client().lpush(OUTCOME_QUEUE, *[b"x"] * 50)
    app.send_task(REAP, queue="arena")
    with app.connection() as connection, connection.channel() as channel:
        sources = [Queue(OUTCOME_QUEUE), Queue("arena")]
        with connection.Consumer(sources, channel=channel, accept=["json"]) as consumer:
            heard = []
            consumer.callbacks = [lambda _, message: heard.append(message)]
            while not heard:
                connection.drain_events(timeout=2)
    assert client().llen(OUTCOME_QUEUE) > 40
