from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from arena.catalog import dispatch, services
from arena.catalog.models import ModelVersion
from arena.catalog.tasks import finish_probe
from inference_worker.wire import blobs, keys
from inference_worker.wire.messages import GenerationRequest, Outcome
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(monkeypatch):
    versions = []
    monkeypatch.setattr(dispatch, "begin_trial", versions.append)
    return versions


@pytest.fixture
def tried(submitted):
    version = make_version(probe="pending")
    services.start_trial(version=version)
    return version


def outcome_for(version, **changes):
    request = dispatch.trial_of(version)
    ended = Outcome(
        stream=request.stream,
        side="a",
        attempt=1,
        fence=request.fence,
        status="ended",
        code="",
        text="A red disc.",
        finish="stop",
        tokens=4,
        first_text_ms=100,
        total_ms=1230,
        worker="worker-1",
        revision="abc",
    )
    return replace(ended, **changes)


def test_a_trial_that_answers_lets_the_version_pass_and_pins_its_revision(tried):
    assert finish_probe(outcome_for(tried).to_json())
    tried.refresh_from_db()
    assert (tried.probe, tried.revision) == ("passed", "abc")
    assert tried.probe_note == "Answered in 1.2 s on worker-1: A red disc."


def test_a_trial_that_fails_says_what_it_means(tried):
    services.finish_trial(outcome_for(tried, status="failed", code="unavailable", revision=""))
    tried.refresh_from_db()
    assert tried.probe == "failed"
    assert "couldn't be found, loaded or reached" in tried.probe_note


def test_a_trial_that_fails_repeats_the_reason_that_the_worker_gave(tried):
    reason = "org/model is not\npinned\u202e to a commit."
    services.finish_trial(outcome_for(tried, status="failed", code="unavailable", reason=reason))
    tried.refresh_from_db()
    assert tried.probe_note.endswith("worker-1 says: org/model is not pinned to a commit.")


def test_a_pinned_revision_is_not_replaced(submitted):
    version = make_version(probe="pending", revision="pinned")
    services.start_trial(version=version)
    services.finish_trial(outcome_for(version))
    version.refresh_from_db()
    assert version.revision == "pinned"


def test_a_long_answer_is_cut_to_the_column(tried):
    services.finish_trial(outcome_for(tried, text="x" * 3000))
    tried.refresh_from_db()
    assert len(tried.probe_note) == 500


@pytest.mark.parametrize(
    "change",
    [{"fence": "guessed"}, {"stream": "probe-1-guessed"}, {"stream": "probe-x-y"}, {"stream": "b"}],
)
def test_an_outcome_without_stream_and_fence_of_the_trial_changes_nothing(tried, change):
    assert not services.finish_trial(outcome_for(tried, **change))
    tried.refresh_from_db()
    assert tried.probe == "running"


def test_the_outcome_of_an_earlier_trial_is_void(tried):
    earlier = outcome_for(tried, status="failed", code="timeout")
    tried.tried_at = timezone.now() + timedelta(seconds=1)
    tried.save(update_fields=["tried_at"])
    assert not services.finish_trial(earlier)


def test_a_version_that_was_never_tried_takes_no_outcome(tried):
    outcome = outcome_for(tried)
    ModelVersion.objects.filter(pk=tried.pk).update(tried_at=None)
    assert not services.finish_trial(outcome)


def test_trying_again_keeps_a_version_in_the_draw_until_the_outcome(submitted):
    version = make_version()
    services.start_trial(version=version)
    assert version.probe == "passed"
    services.finish_trial(outcome_for(version, status="failed", code="internal"))
    version.refresh_from_db()
    assert version.probe == "failed"


def test_a_trial_is_submitted_once_its_transaction_stands(
    submitted, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        version = services.add_version(card=make_card(), recipe=services.Recipe(source="x/y"))
        assert submitted == []
    assert submitted == [version]


def test_a_queue_that_cant_be_reached_is_said(monkeypatch, django_capture_on_commit_callbacks):
    def refuse(version):
        raise redis.ConnectionError

    monkeypatch.setattr(dispatch, "begin_trial", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        version = services.add_version(card=make_card(), recipe=services.Recipe(source="x/y"))
    version.refresh_from_db()
    assert version.probe == "failed"
    assert "can't be reached" in version.probe_note


def test_the_request_reaches_the_cards_queue_with_its_picture(valkey_url):
    version = make_version(make_card(queue="gpu"), probe="pending", tried_at=timezone.now())
    dispatch.begin_trial(version)
    with redis.Redis.from_url(valkey_url) as connection:
        [message] = connection.lrange("gpu", 0, -1)
        body = json.loads(message)
        picture = blobs.get(connection, blobs.digest(dispatch.sample_picture()))
        request = GenerationRequest.from_json(_kwargs(body)["request"])
        assert connection.hget(keys.slot(keys.address(request.fence)), "state") == b"queued"
    assert picture.startswith(b"\x89PNG")
    assert request.model == version.spec


def _kwargs(message):
    return json.loads(base64.b64decode(message["body"]))[1]
