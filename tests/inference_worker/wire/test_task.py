from __future__ import annotations

import base64
import json

import msgspec
from celery import Celery

from inference_worker.wire import task
from tests.inference_worker.making import request


def test_a_submitted_attempt_carries_its_callback(valkey, valkey_url):
    with Celery("site", broker=valkey_url) as app:
        sent = request()
        task.submit(app, sent, callback="site.finish", callback_queue="arena")
    message = json.loads(valkey.lpop("inference"))
    _, kwargs, embed = json.loads(base64.b64decode(message["body"]))
    assert message["headers"]["task"] == task.GENERATE
    assert kwargs == {"request": json.loads(json.dumps(sent.to_json()))}
    assert embed["callbacks"][0]["task"] == "site.finish"


def test_the_backlog_counts_what_no_worker_has_taken(valkey, valkey_url):
    with Celery("site", broker=valkey_url) as app:
        task.submit(app, request(), callback="site.finish", callback_queue="arena")
        task.submit(app, request(), callback="site.finish", callback_queue="arena")
    valkey.rpop("inference")
    assert task.backlog(valkey, "inference") == 1


def test_an_order_for_samples_says_how_many_and_is_void_when_late(valkey, valkey_url):
    with Celery("site", broker=valkey_url) as app:
        task.draw_samples(app, queue="inference", count=7, seconds=5)
    message = json.loads(valkey.lpop("inference"))
    assert message["headers"]["task"] == task.DRAW
    assert message["headers"]["expires"] is not None
    assert json.loads(base64.b64decode(message["body"]))[1] == {"count": 7}


def test_messages_about_an_erased_battle_leave_the_queue_and_others_stay(valkey, valkey_url):
    with Celery("site", broker=valkey_url) as app:
        for stream in ("erased", "kept"):
            sent = msgspec.structs.replace(request(), stream=stream)
            task.submit(app, sent, callback="site.finish", callback_queue="arena")
    valkey.lpush("inference", "no message of ours")
    assert task.withdraw(valkey, queue="inference", stream="erased") == 1
    assert task.backlog(valkey, "inference") == 2
