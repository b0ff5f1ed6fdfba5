from __future__ import annotations

import base64
import json
from datetime import timedelta
from io import BytesIO
from typing import get_args

import pytest
import redis
from django.utils import timezone
from msgspec.structs import replace
from PIL import Image

from arena.catalog.models import ModelVersion, ProbeReport
from arena.catalog.questions import CIRCLE, FIRST, LARGEST, QUESTIONS, SECOND, picture
from arena.catalog.services import VersionSettings
from arena.core.errors import Conflict
from arena.core.images import STORED_SIDE
from arena.core.redis import client
from arena.onboarding import services as onboarding
from arena.probes import dispatch, services
from arena.probes.causes import WORDS
from arena.probes.findings import judge
from arena.probes.tasks import store_report
from inference_worker.wire import blobs, probes
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.detections import Detection
from inference_worker.wire.probes import FormatPlaces, ProbeProgress, ProbeRequest
from tests.arena.probes.probing import a_worker, answers, failed, outcome_of, probed
from tests.factories import make_card, make_version, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(monkeypatch):
    versions = []
    monkeypatch.setattr(dispatch, "begin_probe", versions.append)
    return versions


@pytest.fixture
def tried(submitted):
    version = make_version(make_card(state="draft"), probe="pending")
    services.start_probe(version=version)
    return version


def finish(version, **changes):
    assert services.finish_report(outcome_of(version, **changes))
    version.refresh_from_db()
    return version.reports.first()


def findings(version):
    return {name: (verdict, value) for name, verdict, value in version.reports.first().checks}


def test_a_probe_that_answers_lets_the_version_pass_and_pins_its_revision(tried):
    assert store_report(outcome_of(tried).to_json())
    tried.refresh_from_db()
    assert (tried.probe, tried.revision) == ("passed", "abc")
    assert tried.probe_note == "Answered in 1.2 s on worker-1: A red disc."
    report = tried.reports.get()
    assert (report.result, report.cause, report.worker) == ("passed", "", "worker-1")
    assert [answer["name"] for answer in report.outcome["answers"]] == [q.name for q in QUESTIONS]
    assert "fence" not in report.outcome


def test_a_report_says_what_the_model_can_do(tried):
    finish(tried, answers=answers(long_answer={"tokens": 40, "pieces": 30, "total_ms": 4000}))
    found = findings(tried)
    assert found["sees"][0] == found["streams"][0] == found["pictures"][0] == "yes"
    assert found["thinks"] == ("no", 0)
    assert found["turns"][0] == "yes"
    assert found["tokens_a_second"] == ("yes", 10.0)
    assert found["first_text"] == ("yes", 0.1)
    assert found["memory"] == ("yes", 12)
    assert found["memory_used"] == ("yes", 15)


def test_an_answer_in_one_piece_does_not_stream(tried):
    finish(tried, answers=answers(long_answer={"tokens": 40, "pieces": 1}))
    assert findings(tried)["streams"] == ("no", 1)
    assert tried.probe == "passed"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Red and blue.", ("yes", 2)),
        ("Both are red.", ("no", 2)),
        ({"text": "", "code": "refused", "cause": "too_many_pictures"}, ("no", 1)),
        ({"text": "", "code": "timeout", "cause": "timeout"}, ("unknown", None)),
    ],
)
def test_two_pictures_are_tried(tried, answer, expected):
    finish(tried, answers=answers(two_pictures=answer))
    assert findings(tried)["pictures"] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A red disc.", ("yes", 2048)),
        ("Something.", ("unknown", 2048)),
        (("unavailable", "no_memory"), ("no", 2048)),
        (("internal", "no_memory"), ("no", 2048)),
        (("refused", "request_refused"), ("no", 2048)),
        (("refused", "context_too_small"), ("no", 2048)),
        (("refused", "stream_error"), ("no", 2048)),
        (("refused", "other"), ("no", 2048)),
        (("refused", "declined"), ("unknown", None)),
        (("overloaded", "no_memory"), ("unknown", None)),
        (("timeout", "timeout"), ("unknown", None)),
        (("unavailable", "server_error"), ("unknown", None)),
        (("unavailable", "broke_off"), ("unknown", None)),
        (("unavailable", "nothing_listens"), ("unknown", None)),
        (("empty", "empty"), ("unknown", None)),
        (("empty", "only_thought"), ("unknown", None)),
        (("internal", "other"), ("unknown", None)),
    ],
)
def test_a_picture_of_the_largest_size_is_tried(tried, answer, expected):
    if isinstance(answer, tuple):
        code, cause = answer
        answer = {"text": "", "code": code, "cause": cause}
    finish(tried, answers=answers(largest_picture=answer))
    assert findings(tried)["pixels"] == expected
    assert tried.probe == "passed"


def test_the_largest_picture_is_as_large_as_the_arena_stores_any():
    with Image.open(BytesIO(picture(LARGEST))) as image:
        assert image.size == (STORED_SIDE, STORED_SIDE)
    assert QUESTIONS[-1].pictures == (LARGEST,)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Red.", "yes"),
        ("Which thing do you mean?", "no"),
        ({"text": "", "code": "refused", "cause": "request_refused"}, "no"),
        ({"text": "", "code": "overloaded", "cause": "rate_limited"}, "unknown"),
    ],
)
def test_a_second_turn_is_tried(tried, answer, expected):
    finish(tried, answers=answers(second_turn=answer))
    assert findings(tried)["turns"][0] == expected


def places(*named):
    """Each format with one box."""
    return tuple(
        FormatPlaces(name, (Detection("circle", "box", numbers),)) for name, numbers in named
    )


def test_the_grounding_format_is_the_one_by_which_the_box_is_right(tried):
    read = places(("qwen2_vl", (0.6, 0.6, 0.9, 0.9)), ("qwen3_vl", (0.1, 0.1, 0.43, 0.45)))
    finish(tried, answers=answers(place={"places": read}))
    assert findings(tried)["places"] == ("yes", "qwen3_vl")


def test_a_box_elsewhere_fits_no_format(tried):
    read = places(("qwen2_vl", (0.6, 0.6, 0.9, 0.9)))
    finish(tried, answers=answers(place={"places": read}))
    assert findings(tried)["places"][0] == "no"


@pytest.mark.parametrize("cause", get_args(FailureCause))
def test_every_cause_has_a_sentence_and_a_way_out_for_the_operator(tried, cause):
    reason = "org/model says\nso\u202e."
    report = finish(tried, answers=failed(cause, reason=reason))
    happened, way_out = (str(words) for words in WORDS[cause])
    assert (tried.probe, report.cause) == ("failed", cause)
    assert (happened[-1], way_out[-1]) == (".", ".")
    assert tried.probe_note.startswith(happened)
    if cause not in ("blind", "does_not_look"):
        assert tried.probe_note == f"{happened} It says: org/model says so. {way_out}"


def test_a_model_that_could_not_be_loaded_says_why(tried):
    gone = {"answers": (), "code": "unavailable", "cause": "no_folder", "reason": "no model in /x"}
    report = finish(tried, **gone)
    assert (report.cause, report.details) == ("no_folder", "no model in /x")


def test_a_failed_second_question_fails_the_probe(tried):
    late = {"text": "", "code": "unavailable", "cause": "server_error", "reason": "again"}
    assert finish(tried, answers=answers(second_picture=late)).cause == "server_error"


def test_a_pinned_revision_is_not_replaced(submitted):
    version = make_version(probe="pending", revision="pinned")
    services.start_probe(version=version)
    finish(version)
    assert version.revision == "pinned"


def test_a_long_answer_is_cut_to_the_column(tried):
    finish(tried, answers=answers(first_picture="red " * 400))
    assert len(tried.probe_note) <= 500
    assert tried.probe_note.endswith("…")


@pytest.mark.parametrize(
    "change",
    [{"fence": "guessed"}, {"stream": "probe-1-guessed"}, {"stream": "probe-x-y"}, {"stream": "b"}],
)
def test_an_outcome_without_stream_and_fence_of_the_probe_changes_nothing(tried, change):
    assert not services.finish_report(outcome_of(tried, **change))
    tried.refresh_from_db()
    assert tried.probe == "running"


def test_the_outcome_of_an_earlier_probe_is_void(tried):
    earlier = outcome_of(tried, answers=failed("timeout"))
    services.start_probe(version=tried)
    assert not services.finish_report(earlier)
    assert [report.result for report in tried.reports.all()] == ["running", "failed"]


def test_an_outcome_that_comes_twice_is_stored_once(tried):
    outcome = outcome_of(tried)
    assert services.finish_report(outcome)
    assert not services.finish_report(replace(outcome, answers=failed("timeout")))


def test_a_version_that_was_never_probed_takes_no_outcome(tried):
    outcome = outcome_of(tried)
    ModelVersion.objects.filter(pk=tried.pk).update(tried_at=None)
    assert not services.finish_report(outcome)


def test_a_probe_is_submitted_once_its_transaction_stands(
    submitted, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        version = onboarding.add_version(card=make_card(), recipe=VersionSettings(source="x/y"))
        assert submitted == []
    assert submitted == [version]


@pytest.mark.parametrize("before", ["pending", "passed"])
def test_a_queue_that_cant_be_reached_is_said(
    monkeypatch, django_capture_on_commit_callbacks, before
):
    def refuse(version):
        raise redis.ConnectionError

    monkeypatch.setattr(dispatch, "begin_probe", refuse)
    version = make_version(probe=before)
    with django_capture_on_commit_callbacks(execute=True):
        services.start_probe(version=version)
    version.refresh_from_db()
    assert version.probe == ("failed" if before == "pending" else "passed")
    assert "can't be reached" in version.probe_note
    assert version.reports.get().cause == "queue_unreachable"


def test_the_request_reaches_the_cards_queue_with_its_pictures(valkey_url):
    version = make_version(make_card(queue="gpu"), probe="pending", tried_at=timezone.now())
    dispatch.begin_probe(version)
    with redis.Redis.from_url(valkey_url) as connection:
        [message] = connection.lrange("gpu", 0, -1)
        body = json.loads(base64.b64decode(json.loads(message)["body"]))[1]
        request = ProbeRequest.from_json(body["request"])
        assert blobs.get(connection, request.questions[0].images[0]) == picture(CIRCLE)
    assert request.model == version.spec
    assert [question.name for question in request.questions] == [one.name for one in QUESTIONS]


def test_what_a_probe_learned_is_proposed_and_changes_nothing_by_itself(tried):
    thought = answers(first_picture={"reasoning_tokens": 7})
    finish(tried, learned='{"thinks":true}', answers=thought)
    assert (tried.options, tried.learned) == ("", '{"thinks":true}')
    assert "It reasoned for 7 tokens first." in tried.probe_note
    assert findings(tried)["thinks"] == ("yes", 7)


@pytest.mark.parametrize("learned", ["{", '{"no":"option"}', "x" * 4000])
def test_what_is_no_option_is_not_proposed(tried, learned):
    finish(tried, learned=learned)
    assert (tried.probe, tried.learned) == ("passed", "")


def test_a_remark_on_the_answer_stands_behind_a_long_one(tried):
    remark = "the endpoint says that llama answered, not finch"
    finish(tried, answers=answers(first_picture="red " * 400), remark=remark)
    assert tried.probe_note.endswith(f"Look at this: {remark}.")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I cannot see any image.",
        "I can't actually view images or pictures.",
        "I am unable to view the image you mention.",
        "No image was provided. Could you attach it?",
        "I don't see an image attached.",
        "Ich kann kein Bild sehen.",
    ],
)
def test_a_model_that_says_that_it_sees_nothing_fails_its_probe(tried, text):
    report = finish(tried, answers=answers(first_picture=text, second_picture=text))
    assert (tried.probe, report.cause) == ("failed", "blind")
    assert text.rstrip(".") in tried.probe_note


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A red disc.", "A red disc."),
        ("A blue square.", "A red disc."),
        ("Colours: red, blue, green.", "Colours: red, blue, green."),
        ("qx zz 7 the the the", "the qx"),
        ("A photo of a dog.", "A photo of a dog."),
    ],
)
def test_a_model_that_does_not_look_fails_its_probe(tried, first, second):
    report = finish(tried, answers=answers(first_picture=first, second_picture=second))
    assert (tried.probe, report.cause) == ("failed", "does_not_look")
    assert findings(tried)["sees"][0] == "no"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A red disc on a white background.", "A blue square."),
        ("The image shows a red circle. I can't see anything else in the picture.", "It is blue."),
        ("I see a picture of a red ball; no shadow is visible.", "a BLUE box"),
        ("Ein roter Kreis", "Ein blaues Quadrat"),
        ("Un cercle rouge", "Un carré bleu"),
        ("Un círculo rojo", "Un cuadrado azul"),
        ("一个红色的圆形", "一个蓝色的正方形"),
    ],
)
def test_a_model_that_describes_both_pictures_passes(tried, first, second):
    finish(tried, answers=answers(first_picture=first, second_picture=second))
    assert tried.probe == "passed"


def test_a_probe_gives_room_for_reasoning_and_says_the_options(settings, submitted):
    settings.ANSWER_MAX_REASONING_TOKENS = 77
    version = make_version(probe="pending", options='{"thinks":true}')
    services.start_probe(version=version)
    request = dispatch.probe_of(version)
    assert request.max_reasoning_tokens == 77
    assert request.model.options == '{"thinks":true}'


def test_the_proposed_options_make_the_next_version_with_the_same_key(submitted):
    endpoint = {"backend": "openai", "base_url": "https://93.184.216.34/v1", "source": "m"}
    kept = {"sealed_key": "sealed", "learned": '{"max_images":1}'}
    version = make_version(probe="failed", **endpoint, **kept)
    made = onboarding.adopt_learned(card=version.card)
    assert (made.number, made.options, made.sealed_key) == (
        version.number + 1,
        '{"max_images":1}',
        "sealed",
    )
    assert (made.source, made.base_url, made.probe) == ("m", version.base_url, "running")
    with pytest.raises(Conflict, match="proposes no options"):
        onboarding.adopt_learned(card=version.card)


def test_the_options_of_a_stored_version_never_change():
    version = make_version()
    version.options = '{"thinks":true}'
    with pytest.raises(ValueError, match="immutable"):
        version.save(update_fields=["options"])


class TestWatching:
    """Probes whose worker is gone, or that nobody takes, come to an end."""

    @pytest.fixture(autouse=True)
    def _redis(self, valkey_url):
        """What a worker says stands in it."""

    def asked(self, version, **ago):
        then = timezone.now() - timedelta(**ago)
        ProbeReport.objects.filter(version=version).update(asked_at=then)
        ModelVersion.objects.filter(pk=version.pk).update(tried_at=then)

    def cause(self, version):
        services.watch_probes()
        return version.reports.first().cause

    def test_one_that_a_worker_speaks_of_goes_on(self, tried):
        make_worker()
        self.asked(tried, minutes=30)
        tried.refresh_from_db()
        fence = dispatch.probe_of(tried).fence
        probes.say(client(), fence, ProbeProgress("downloading", percent=43))
        assert self.cause(tried) == ""
        client().flushall()
        assert self.cause(tried) == "worker_lost"

    def test_one_on_a_queue_that_nobody_serves_ends_soon(self, tried, monkeypatch):
        monkeypatch.setattr("arena.catalog.selectors.served_queues", frozenset)
        self.asked(tried, seconds=10)
        assert self.cause(tried) == ""
        self.asked(tried, seconds=20)
        assert self.cause(tried) == "no_worker"

    def test_one_in_a_long_line_has_as_long_as_a_battle(self, tried, settings):
        make_worker()
        self.asked(tried, seconds=settings.QUEUE_SECONDS)
        assert self.cause(tried) == ""
        self.asked(tried, seconds=settings.QUEUE_SECONDS + 20)
        assert self.cause(tried) == "no_worker"
        tried.refresh_from_db()
        assert (tried.probe, tried.card.state) == ("failed", "draft")


def test_the_pictures_differ_and_the_answers_to_one_are_wrong_for_the_other(tried):
    assert picture("red_circle") != picture("blue_square")
    swapped = answers(first_picture="A blue square.", second_picture="A red disc.")
    assert judge(outcome_of(tried, answers=swapped)).cause == "does_not_look"


class TestRealWorker:
    """Through the worker's own code."""

    def test_a_model_that_looks_passes_with_all_its_phases(self, submitted, valkey_url):
        version = make_version(probe="pending", backend="scripted", source="tokens=8,text=sees")
        with a_worker(valkey_url) as worker:
            report = probed(version, worker)
        assert (version.probe, report.cause) == ("passed", "")
        assert version.revision == "script"
        assert findings(version)["pictures"] == ("yes", 2)

    def test_random_words_fail(self, submitted, valkey_url):
        version = make_version(probe="pending", backend="scripted", source="tokens=8")
        with a_worker(valkey_url) as worker:
            assert probed(version, worker).cause == "does_not_look"

    def test_one_that_never_ends_is_left_at_its_deadline(self, submitted, valkey_url, settings):
        settings.ANSWER_SECONDS = 0.3
        version = make_version(probe="pending", backend="scripted", source="rate=0.01")
        with a_worker(valkey_url) as worker:
            report = probed(version, worker)
        assert report.cause == "timeout"
        assert [answer["name"] for answer in report.outcome["answers"]] == [FIRST]

    @pytest.mark.parametrize("fail", ["join", "load", "fail"])
    def test_a_failure_anywhere_comes_back(self, submitted, valkey_url, fail):
        source = f"tag={fail},tokens=8,{fail}=overloaded"
        version = make_version(probe="pending", backend="scripted", source=source)
        with a_worker(valkey_url) as worker:
            assert probed(version, worker).result == "failed"
        assert "the script says so" in version.probe_note

    def test_pictures_that_are_gone_are_said(self, submitted, valkey_url):
        version = make_version(probe="pending", backend="scripted", source="text=sees")
        services.start_probe(version=version)
        with a_worker(valkey_url) as worker:
            client().flushall()
            services.finish_report(worker.prober.run(dispatch.probe_of(version)))
        assert "are gone" in version.reports.first().details

    def test_what_is_no_request_gives_an_outcome_of_nobody(self, valkey_url):
        with a_worker(valkey_url) as worker:
            assert worker.prober.answer({"no": "request"})["stream"] == ""


def test_the_second_question_is_the_first_with_another_picture():
    first, second = QUESTIONS[:2]
    assert (first.name, second.name) == (FIRST, SECOND)
    assert (first.prompt, first.needed) == (second.prompt, second.needed)
    assert first.pictures != second.pictures
