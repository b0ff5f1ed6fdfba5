"""Clients of evaluators that hang up, and answers that end while somebody asks after them."""

from __future__ import annotations

import asyncio
import base64
import json
import threading

import pytest
from kombu.exceptions import OperationalError

from arena.catalog.models import ModelVersion
from arena.core.redis import client as redis
from arena.evaluation import answering, dispatch, services, views
from arena.evaluation.answering import EvaluatorAnswer
from arena.evaluation.chat_errors import Busy
from arena.evaluation.chat_requests import ChatTurn
from arena.evaluation.line import slot
from arena.evaluation.services import TokenReservation
from inference_worker.wire import keys
from inference_worker.wire.messages import AnswerLimits
from tests.arena.probes.probing import a_worker

LIMITS = AnswerLimits(
    max_new_tokens=16, max_characters=500, temperature=0.0, seconds=30, max_reasoning_tokens=0
)


def an_answer(version=None):
    return EvaluatorAnswer(version, [ChatTurn("What is this?", ())], LIMITS, None, ())


@pytest.mark.one_database
async def test_a_slot_that_comes_after_its_client_hung_up_is_given_back(monkeypatch):
    asked, going, given = threading.Event(), threading.Event(), []

    def take(name, **_):
        asked.set()
        return going.wait(120)

    async def hold():
        async with slot():
            pass

    monkeypatch.setattr(dispatch, "take_slot", take)
    monkeypatch.setattr(dispatch, "give_slot_back", given.append)
    holding = asyncio.create_task(hold())
    await asyncio.to_thread(asked.wait, 30)
    holding.cancel()
    await asyncio.sleep(0)
    going.set()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert len(given) == 1


@pytest.mark.one_database
async def test_a_client_that_hangs_up_while_it_waits_for_a_slot_costs_no_tokens(monkeypatch):
    asked, settled = threading.Event(), []
    monkeypatch.setattr(dispatch, "take_slot", lambda name, **_: asked.set())
    monkeypatch.setattr(dispatch, "give_slot_back", lambda name: None)
    monkeypatch.setattr(services, "settle", lambda **held: settled.append(held["used"]))
    pieces = views._settled(an_answer(), TokenReservation(day=1, tokens=16))
    waiting = asyncio.create_task(anext(pieces))
    await asyncio.to_thread(asked.wait, 30)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert settled == [0]


@pytest.mark.one_database
async def test_who_finds_no_slot_in_time_is_told_to_come_later(monkeypatch, settings):
    settings.EVALUATION_SLOTS = 1
    monkeypatch.setattr(dispatch, "take_slot", lambda name, **_: True)
    monkeypatch.setattr(dispatch, "give_slot_back", lambda name: None)
    async with slot():
        settings.EVALUATION_SECONDS = 0.01
        with pytest.raises(Busy) as refused:
            async with slot():
                pass
    assert (refused.value.status, refused.value.code) == (503, "overloaded")
    settings.EVALUATION_SECONDS = 300.0
    async with slot():
        pass


@pytest.fixture
def version(endpoint):
    return ModelVersion.objects.select_related("card").get(card__slug="wordy")


async def test_an_answer_that_ends_while_its_worker_is_asked_after_is_not_lost(
    version, valkey_url, monkeypatch
):
    observe = dispatch.observe
    with a_worker(valkey_url) as worker:

        def answered_meanwhile(request):
            taken = redis().rpop("inference")
            if taken:
                body = json.loads(base64.b64decode(json.loads(taken)["body"]))
                worker.answer(body[1]["request"])
            return observe(request)

        monkeypatch.setattr(dispatch, "observe", answered_meanwhile)
        monkeypatch.setattr(answering, "BLOCK_MS", 20)
        monkeypatch.setattr(answering, "USAGE_SECONDS", 0.0)
        text = "".join([piece async for piece in an_answer(version).pieces()])
    assert text.split() == [f"word{number}" for number in range(6)]


def test_a_request_that_could_not_be_sent_stands_in_no_line(version, monkeypatch):
    def broken(*_, **__):
        raise OperationalError("no broker")

    monkeypatch.setattr(dispatch.task, "submit", broken)
    with pytest.raises(Busy):
        dispatch.begin(version, [dispatch.PicturedTurn("?", (), "")], LIMITS, None)
    assert redis().zcard(keys.queue("inference")) == 0


def test_who_lists_models_too_fast_is_refused_in_the_same_form(client, endpoint, settings):
    settings.RATE_READS_NETWORK = "0/minute"
    for address in ("/v1/models", "/v1/models/wordy"):
        response = client.get(address)
        assert (response.status_code, response.json()["error"]["code"]) == (429, "too_many")
        assert int(response["Retry-After"]) > 0
