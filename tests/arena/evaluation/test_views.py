from __future__ import annotations

import json

import pytest
from django.test import AsyncClient

from arena.battles.models import Battle
from arena.catalog.models import ModelCard
from arena.core.redis import client as redis
from arena.evaluation.models import EvaluatorDay, EvaluatorToken
from arena.spending.models import CardBudget
from inference_worker.wire import keys
from tests.arena.evaluation.test_chat_requests import message, picture

ADDRESS = "/v1/chat/completions"
QUESTION = [message("What is this?", picture("red"))]


def asked(client, headers, **more):
    body = {"model": "wordy", "messages": QUESTION, **more}
    return client.post(ADDRESS, json.dumps(body), "application/json", headers=headers)


def said(response):
    return response.json()["choices"][0]["message"]["content"]


def test_an_answer_has_text_usage_and_the_reason_of_its_end(client, db, endpoint, headers, working):
    found = asked(client, headers).json()
    [choice] = found["choices"]
    assert choice["message"]["content"] == "word0 word1 word2 word3 word4 word5 "
    assert choice["finish_reason"] == "stop"
    assert found["usage"]["completion_tokens"] == 6
    assert found["model"] == "wordy"


def test_pictures_come_in_their_order_from_all_messages(client, db, endpoint, headers, working):
    parts = [message("Which?", picture("blue"), picture("red"))]
    assert said(asked(client, headers, model="seeing", messages=parts)).strip() == "blue red"


def test_a_request_leaves_no_battle_and_no_picture(client, db, endpoint, headers, working):
    asked(client, headers)
    assert not Battle.objects.exists()
    assert not redis().keys(f"{keys.PREFIX}:blob:*")
    assert not redis().exists("va:evaluations")


def test_lengths_and_stops_are_kept(client, db, endpoint, headers, working):
    short = asked(client, headers, max_completion_tokens=2, max_tokens=5).json()
    assert short["choices"][0]["finish_reason"] == "length"
    assert said(asked(client, headers, stop=["d2"])) == "word0 word1 wor"


def test_the_budget_counts_what_was_written_and_refuses_what_is_beyond(
    client, db, endpoint, headers, working
):
    asked(client, headers)
    assert EvaluatorDay.objects.get().tokens == 6
    EvaluatorToken.objects.update(tokens_a_day=10)
    refused = asked(client, headers)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert asked(client, headers, max_tokens=4).status_code == 200


def test_a_refusal_of_the_model_costs_no_tokens(client, db, endpoint, headers, working):
    refused = asked(client, headers, model="broken")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "refused")
    assert EvaluatorDay.objects.get().tokens == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"model": "nobody"}, 404, "model_not_found"),
        ({"n": 2}, 400, "invalid_request"),
        ({"messages": []}, 400, "invalid_request"),
        ({"messages": [message("?", "http://127.0.0.1/a.png")]}, 400, "invalid_image_url"),
        ({"messages": [message("?", "data:image/png;base64,AAAA")]}, 400, "invalid_image"),
    ],
)
def test_what_can_not_be_answered_is_refused_by_name(
    client, db, endpoint, headers, change, status, code
):
    response = asked(client, headers, **change)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_a_stranger_and_an_expired_token_are_refused(client, db, endpoint, headers):
    assert asked(client, {}).status_code == 401
    assert asked(client, {"Authorization": "Bearer va-nobody"}).status_code == 401
    EvaluatorToken.objects.update(is_active=False)
    assert asked(client, headers).json()["error"]["code"] == "invalid_api_key"


def test_it_is_off_unless_the_setting_says_otherwise(client, db, endpoint, headers, settings):
    settings.EVALUATION = False
    assert asked(client, headers).json()["error"]["code"] == "endpoint_off"


def test_models_are_listed_without_those_that_have_a_budget(client, db, endpoint, headers):
    assert client.get("/v1/models/wordy", headers=headers).json()["object"] == "model"
    CardBudget.objects.create(card=ModelCard.objects.get(slug="wordy"), battles_a_day=5)
    listed = client.get("/v1/models", headers=headers).json()["data"]
    assert [one["id"] for one in listed] == ["broken", "seeing"]
    assert client.get("/v1/models/wordy", headers=headers).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_a_stream_is_events_that_end_with_usage(endpoint, headers, working):
    body = {
        "model": "wordy",
        "messages": QUESTION,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    client = AsyncClient()
    response = await client.post(ADDRESS, body, "application/json", headers=headers)
    lines = b"".join([part async for part in response]).decode().split("\n\n")
    *events, done, rest = lines
    pieces = [json.loads(event.removeprefix("data: ")) for event in events]
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in pieces if c["choices"])
    assert (done, rest) == ("data: [DONE]", "")
    assert text.split() == [f"word{n}" for n in range(6)]
    assert pieces[-1]["usage"]["completion_tokens"] == 6
