"""What a queue hands on, and what it drops."""

from __future__ import annotations

import json

import pytest

from inference_worker.celery_app import WorkerChannel
from inference_worker.wire import broker
from tests.poison import POISON, envelope

KEY = b"only the site has it"


def judge(raw, queue="inference", of=WorkerChannel):
    """What the channel says without a connection."""
    return of.judge(of.__new__(of), raw, queue)


@pytest.mark.parametrize("name", POISON)
def test_poison_is_refused_for_its_reason(name):
    raw, reason = POISON[name]
    with pytest.raises(broker.RefusedMessage) as refused:
        judge(raw)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        [[{}], {}, {}],
        [[], {}, {}],
        [[], {"request": 1}, {}],
        [[], {"request": {}, "more": 1}, {}],
        [[], {"request": {}}, {"callbacks": "x"}],
        [[], {"request": {}}, {"callbacks": ["x"]}],
    ],
)
def test_a_workers_task_takes_what_it_takes(body):
    with pytest.raises(broker.RefusedMessage, match="arguments"):
        judge(envelope(body))


def test_nothing_is_kept_of_an_unsigned_message_but_its_task():
    headers = {
        "id": "x\n" * 9,
        "eta": "2099-01-01",
        "timelimit": [1, 1],
        "retries": 9,
        "group": "g",
    }
    taken = judge(envelope(headers=headers))
    assert set(taken["headers"]) == {"lang", "task", "id", "root_id", "expires"}
    assert taken["properties"]["delivery_tag"] == taken["headers"]["id"] != headers["id"]


def test_a_time_that_is_none_is_refused():
    with pytest.raises(broker.RefusedMessage, match="shape"):
        judge(envelope(headers={"expires": "soon"}))


def test_a_signature_holds_for_one_queue_and_one_message():
    message = json.loads(envelope())
    signature = broker.sign(KEY, "arena", message)
    assert broker.sign(KEY, "arena", json.loads(json.dumps(message))) == signature
    assert broker.sign(KEY, "outcomes", message) != signature
    assert broker.sign(b"another", "arena", message) != signature
    assert broker.sign(KEY, "arena", {**message, "body": ""}) != signature
