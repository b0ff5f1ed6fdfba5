from __future__ import annotations

import gc
import json
import threading

import pytest
from msgspec.structs import replace

from inference_worker import process, runner
from inference_worker.answers import RunningAnswer
from inference_worker.backends.base import AnsweredTurn
from inference_worker.wire import blobs, keys, leases, presence, stream
from inference_worker.wire.messages import EarlierTurn, GenerationOutcome
from tests.inference_worker.making import (
    again,
    picture,
    prepared,
    request,
    settings,
    spec,
    until,
)


@pytest.fixture
def running(valkey_url):
    made = process.build(settings(redis_url=valkey_url, name="me"))
    yield made
    made.abandon()
    made.stop()


def log(valkey, side):
    return [(e.number, e.kind, e.text) for e in stream.read(valkey, side.stream)]


def answers_in_memory():
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is RunningAnswer]


class InThread:
    """A request on its way, as in a task's thread."""

    def __init__(self, running, side):
        self.outcome = None
        self._thread = threading.Thread(target=self._run, args=(running, side), daemon=True)
        self._thread.start()

    def _run(self, running, side):
        self.outcome = GenerationOutcome.from_json(running.answer(side.to_json()))

    def join(self):
        self._thread.join(120)
        return self.outcome


def begun(valkey, running, source="rate=50,tokens=1000", **more):
    """A long request that has said something."""
    side = prepared(valkey, source, max_new_tokens=1000, **more)
    thread = InThread(running, side)
    until(lambda: len(log(valkey, side)) > 1)
    return side, thread


def test_an_answer_is_streamed_and_returned(valkey, running):
    side = prepared(valkey, "tokens=3,rate=100")
    outcome = running.run(side)
    events = stream.read(valkey, side.stream)
    assert (outcome.status, outcome.finish, outcome.tokens) == ("ended", "stop", 3)
    assert outcome.text == stream.text_of(events, side="a", attempt=1) == "word0 word1 word2 "
    assert [event.number for event in events] == list(range(len(events)))
    assert (events[0].kind, events[-1].kind) == ("started", "ended")


def test_nothing_is_kept_of_answers_that_are_over(valkey, running):
    """However many there were: without a request in the background, too."""
    before = len(answers_in_memory())
    for _ in range(5):
        assert running.run(prepared(valkey, "tokens=1")).status == "ended"
    until(lambda: len(answers_in_memory()) <= before)


def test_a_runner_that_was_stopped_has_no_connection_open(valkey, valkey_url):
    before = len(valkey.client_list())
    made = process.build(settings(redis_url=valkey_url, name="me"))
    assert made.run(prepared(valkey, "tokens=1")).status == "ended"
    assert len(valkey.client_list()) > before
    made.stop()
    until(lambda: len(valkey.client_list()) <= before)
    assert made is not None  # it was not the collector that closed them


def test_a_conversation_reaches_the_model_with_all_its_pictures(valkey, running):
    before, now = (blobs.put(valkey, picture(colour)) for colour in ("blue", "red"))
    earlier = (EarlierTurn("What is it?", (before,), "A disc."),)
    side = replace(request(images=[now]), earlier=earlier)
    asked = running._input_of(RunningAnswer(side, flush_soon=lambda: None))
    assert asked.earlier == (AnsweredTurn("What is it?", (picture("blue"),), "A disc."),)
    assert asked.all_images == (picture("blue"), picture("red"))
    assert asked.all_words == "What is it?\nA disc.\nWhat is this?"


def test_the_outcome_names_its_attempt(valkey, running):
    side = prepared(valkey, attempt=2, side="b")
    outcome = running.run(side)
    assert (outcome.stream, outcome.side, outcome.attempt) == (side.stream, "b", 2)
    assert (outcome.fence, outcome.worker, outcome.revision) == (side.fence, "me", "script")
    assert 0 <= outcome.first_text_ms <= outcome.total_ms


def test_a_second_attempt_restarts(valkey, running):
    side = prepared(valkey, attempt=2)
    running.run(side)
    assert log(valkey, side)[0] == (0, "restarted", "")


def test_the_cap_on_tokens_is_kept(valkey, running):
    outcome = running.run(prepared(valkey, "tokens=50", max_new_tokens=5))
    assert (outcome.tokens, outcome.finish) == (5, "length")


def test_the_cap_on_characters_is_kept(valkey, running):
    outcome = running.run(prepared(valkey, "tokens=50", max_characters=12))
    assert (outcome.text, outcome.finish) == ("word0 word1 ", "length")


def test_a_deadline_ends_the_answer_and_keeps_what_was_said(valkey, running):
    side = prepared(valkey, "tokens=1000,rate=50", max_new_tokens=1000, seconds=2)
    outcome = running.run(side)
    assert (outcome.status, outcome.code) == ("failed", "timeout")
    assert outcome.text.startswith("word0 ")
    assert log(valkey, side)[-1][1:] == ("failed", "timeout")


def test_the_time_of_a_load_is_no_part_of_an_answers_time(valkey, running):
    outcome = running.run(prepared(valkey, "seconds=3", seconds=2.5))
    assert (outcome.status, outcome.code) == ("ended", "")
    assert outcome.load_ms >= 3000 > outcome.total_ms >= outcome.first_text_ms


def test_who_comes_while_the_model_loads_waits_for_it_alike(valkey, running):
    source = "seconds=3,tag=shared"
    first = InThread(running, prepared(valkey, source, seconds=2.5))
    until(lambda: running._engine._queues)
    second = running.run(prepared(valkey, source, seconds=2.5))
    assert [one.status for one in (first.join(), second)] == ["ended", "ended"]


def test_a_load_without_an_end_is_given_up(valkey, running, monkeypatch):
    monkeypatch.setattr(runner, "LOAD_SECONDS", 0.1)
    outcome = running.run(prepared(valkey, "seconds=3", seconds=0.2))
    assert (outcome.status, outcome.code) == ("failed", "overloaded")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("fail=refused,after=0", "refused"),
        ("fail=overloaded,after=3", "overloaded"),
        ("text=blank", "empty"),
        ("load=unavailable", "unavailable"),
        ("nonsense", "unavailable"),
    ],
)
def test_every_failure_is_an_event_and_an_outcome(valkey, running, source, code):
    side = prepared(valkey, source)
    outcome = running.run(side)
    assert (outcome.status, outcome.code) == ("failed", code)
    assert log(valkey, side)[-1][1:] == ("failed", code)


def test_an_unknown_backend_is_unavailable(valkey, running):
    side = prepared(valkey, model=spec(backend="telepathy"))
    assert running.run(side).code == "unavailable"


@pytest.mark.parametrize("model", [spec("fail=refused,after=0"), spec(backend="telepathy")])
def test_a_probe_hears_the_reason_and_a_battle_does_not(valkey, running, model):
    side = prepared(valkey, model=model)
    assert running.run(side).reason == ""
    probe = replace(side, stream=f"probe-1-{side.stream}")
    leases.prepare(valkey, probe)
    outcome = running.run(probe)
    assert outcome.status == "failed"
    assert outcome.reason
    assert outcome.reason not in str(log(valkey, probe))


def test_images_are_fetched_by_their_digest(valkey, running):
    side = prepared(valkey, images=[blobs.put(valkey, picture())])
    assert running.run(side).status == "ended"


def test_an_image_that_is_gone_is_left_to_the_next_attempt_that_brings_it_again(valkey, running):
    side = prepared(valkey, images=[blobs.digest(picture())])
    assert running.run(side).status == "lost"
    assert "failed" not in str(log(valkey, side))
    blobs.put(valkey, picture())
    assert running.run(again(valkey, side)).status == "ended"


def test_a_duplicate_delivery_changes_nothing(valkey, running):
    side, first = begun(valkey, running, "rate=50,tokens=20")
    assert running.run(side).status == "lost"
    outcome = first.join()
    assert outcome.status == "ended"
    assert stream.text_of(stream.read(valkey, side.stream), side="a", attempt=1) == outcome.text


def test_a_delivery_after_the_end_changes_nothing(valkey, running):
    side = prepared(valkey)
    running.run(side)
    before = log(valkey, side)
    assert running.run(side).status == "lost"
    assert log(valkey, side) == before


def test_an_attempt_that_was_replaced_writes_no_more(valkey, running):
    old, thread = begun(valkey, running, "rate=50,tokens=150")
    new = again(valkey, old)
    assert thread.join().status == "lost"
    outcome = running.run(new)
    assert outcome.code == ""
    events = stream.read(valkey, old.stream)
    attempts = [event.attempt for event in events]
    assert attempts == sorted(attempts)


def test_a_dead_owner_is_followed_by_the_next_attempt(valkey, running):
    side = prepared(valkey)
    dead = leases.LeaseHolder(side.stream, side.side, side.fence, "dead")
    leases.claim(valkey, dead, queue=side.queue)
    valkey.delete(keys.lease(keys.address(side.fence)))
    assert running.run(side).status == "lost"
    outcome = running.run(again(valkey, side))
    assert (outcome.status, outcome.attempt) == ("ended", 2)


def test_an_end_whose_callback_is_lost_can_be_read_from_the_stream(valkey, running):
    side = prepared(valkey, "tokens=3")
    outcome = running.run(side)
    slot = leases.observe(valkey, [side.fence])[0]
    assert (slot.state, slot.status, slot.leased) == ("done", "ended", False)
    assert stream.text_of(stream.read(valkey, side.stream), side="a", attempt=1) == outcome.text


def test_a_stop_ends_the_work_within_a_second(valkey, running):
    side, thread = begun(valkey, running)
    stream.close(valkey, side, kind="stopped")
    assert thread.join().status == "lost"
    assert log(valkey, side)[-1][1] == "stopped"


def test_a_waiting_answer_keeps_its_lease(valkey, running):
    side = prepared(valkey, "seconds=5,tokens=1")
    thread = InThread(running, side)
    until(lambda: leases.observe(valkey, [side.fence])[0].leased)
    valkey.pexpire(keys.lease(keys.address(side.fence)), 4000)
    assert thread.join().status == "ended"


def test_an_emptied_redis_loses_the_side_and_frees_the_thread(valkey, running):
    _, thread = begun(valkey, running)
    valkey.flushall()
    assert thread.join().status == "lost"


def test_abandoning_frees_every_thread(valkey, running):
    _, thread = begun(valkey, running)
    running.abandon()
    assert thread.join().status == "lost"


def test_the_report_counts_what_runs(valkey, running):
    _, thread = begun(valkey, running, "rate=50,tokens=1000,tag=counted")
    until(lambda: presence.workers(valkey) and presence.workers(valkey)[0].running == 1)
    report = presence.workers(valkey)[0]
    assert (report.name, report.device) == ("me", "script")
    assert report.loaded == ("rate=50,tokens=1000,tag=counted",)
    running.abandon()
    thread.join()


@pytest.mark.parametrize("message", [None, [], {}, {"stream": 5, "side": "c", "attempt": "x"}])
def test_what_is_no_request_is_lost_and_never_raises(running, message):
    outcome = GenerationOutcome.from_json(json.loads(json.dumps(running.answer(message))))
    assert (outcome.status, outcome.text) == ("lost", "")


def test_logs_hold_no_prompt(valkey, running, caplog):
    for source in ("fail=internal", "nonsense", "load=internal"):
        running.run(prepared(valkey, source))
    running.answer({**request().to_json(), "attempt": None, "turn": {"prompt": "What is this?"}})
    assert caplog.records
    assert "What is this?" not in caplog.text


def test_both_sides_draw_from_seeds_of_their_own():
    a = request()
    seeds = {runner._seed(a), runner._seed(request(side="b")), runner._seed(request())}
    assert len(seeds) == 3
    assert runner._seed(a) == runner._seed(a)
