from __future__ import annotations

import threading

import pytest

from inference_worker import engine as engines
from inference_worker.backends.base import BackendError, TokenDelta
from inference_worker.backends.scripted import ScriptedBackend
from inference_worker.background import RepeatedText
from inference_worker.engine import Engine
from inference_worker.model_cache import ModelCache
from inference_worker.wire.capacity import MemoryBudget
from tests.inference_worker.making import Collected, Shelf, ask, spec, until


class Played:
    """A batch whose every step waits to be allowed, and which notes who was inside."""

    revision = "played"
    device = "test"
    slots = 64

    def __init__(self, *, light=False):
        self.light = light
        self.permits = threading.Semaphore(0)
        self.steps = []
        self.left = []
        self.inside = {}
        self.error = None

    def join(self, ask):
        self.inside[ask.id] = ask.sampling.max_new_tokens

    def leave(self, id):
        self.left.append(id)
        self.inside.pop(id, None)

    def step(self):
        assert self.permits.acquire(timeout=120)
        if self.error:
            raise self.error
        self.steps.append(sorted(self.inside))
        pieces = [TokenDelta(id, "x", finish="stop" if n == 1 else None) for id, n in self._count()]
        self.inside = {id: n - 1 for id, n in self.inside.items() if n > 1}
        return pieces

    def allow(self, steps=1):
        for _ in range(steps):
            self.permits.release()

    def _count(self):
        return list(self.inside.items())


class Stage(ScriptedBackend):
    """Gives each spec the batch that a test made for it."""

    def __init__(self, batches):
        self.batches = batches

    def resolve_revision(self, spec):
        return spec

    def memory_mb(self, spec):
        return 0

    def load(self, spec):
        return self.batches[spec.source]


def engine_of(slots=8, **batches):
    stage = Shelf(scripted=ScriptedBackend(), played=Stage(batches))
    return Engine(ModelCache(stage, budget=MemoryBudget(100)), slots=slots)


def submit(engine, source, id="1", tokens=3, backend="played"):
    sink = Collected()
    engine.submit(spec(source, backend=backend), ask(id, tokens=tokens), sink)
    return sink


def test_a_batch_answers():
    sink = submit(engine_of(), "tokens=3", tokens=64, backend="scripted")
    assert sink.over.wait(120)
    assert (sink.text, sink.finish, sink.tokens) == ("word0 word1 word2 ", "stop", 3)
    assert sink.revision == "script"


def test_a_remote_answers():
    sink = submit(engine_of(), "tokens=3,via=remote", tokens=64, backend="scripted")
    assert sink.over.wait(120)
    assert (sink.text, sink.finish) == ("word0 word1 word2 ", "stop")


def test_a_request_joins_while_another_runs():
    batch = Played()
    engine = engine_of(m=batch)
    first = submit(engine, "m", "1")
    batch.allow()
    until(lambda: batch.steps)
    submit(engine, "m", "2")
    batch.allow(4)
    until(lambda: ["1", "2"] in batch.steps)
    assert first.over.wait(120)


def test_no_more_run_than_there_are_slots():
    batch = Played()
    engine = engine_of(slots=2, m=batch)
    sinks = [submit(engine, "m", str(i)) for i in range(5)]
    batch.allow(20)
    assert all(sink.over.wait(120) for sink in sinks)
    assert max(len(inside) for inside in batch.steps) == 2


def test_first_come_first_served():
    batch = Played()
    engine = engine_of(slots=1, m=batch)
    sinks = [submit(engine, "m", str(i), tokens=1) for i in range(4)]
    batch.allow(4)
    assert all(sink.over.wait(120) for sink in sinks)
    assert batch.steps == [["0"], ["1"], ["2"], ["3"]]


def test_who_is_no_longer_wanted_leaves_within_one_step():
    batch = Played()
    engine = engine_of(m=batch)
    gone, stays = submit(engine, "m", "1", tokens=99), submit(engine, "m", "2", tokens=4)
    batch.allow()
    until(lambda: batch.steps)
    gone.wanted = False
    batch.allow(6)
    assert stays.over.wait(120)
    assert batch.left == ["1"]
    assert sum("1" in inside for inside in batch.steps) <= 2


def test_who_is_no_longer_wanted_never_joins():
    batch = Played()
    engine = engine_of(slots=1, m=batch)
    submit(engine, "m", "1", tokens=1)
    submit(engine, "m", "2").wanted = False
    last = submit(engine, "m", "3", tokens=1)
    batch.allow(2)
    assert last.over.wait(120)
    assert batch.steps == [["1"], ["3"]]


def test_a_model_that_stalls_keeps_no_other_waiting():
    stalled, quick = Played(), Played()
    engine = engine_of(a=stalled, b=quick)
    submit(engine, "a")
    quick.allow(3)
    assert submit(engine, "b").over.wait(120)
    stalled.allow(3)


def test_a_model_that_loads_keeps_no_other_waiting():
    engine = engine_of()
    slow = submit(engine, "seconds=1,tag=slow", backend="scripted")
    quick = submit(engine, "tag=quick", backend="scripted")
    assert quick.over.wait(120)
    assert not slow.over.is_set()
    assert slow.over.wait(120)


def test_light_models_share_one_thread():
    names = set()

    class Light(Played):
        def step(self):
            names.add(threading.current_thread().name)
            return super().step()

    one, two = Light(light=True), Light(light=True)
    engine = engine_of(a=one, b=two)
    one.allow(3)
    two.allow(3)
    assert all(submit(engine, source).over.wait(120) for source in "ab")
    assert names == {"round-robin"}


def test_a_request_that_breaks_the_join_fails_alone(caplog):
    class Choosy(Played):
        def join(self, ask):
            if ask.id == "bad":
                raise ValueError(ask.prompt)
            super().join(ask)

    batch = Choosy()
    engine = engine_of(m=batch)
    good, bad = submit(engine, "m", "good"), submit(engine, "m", "bad")
    batch.allow(3)
    assert good.over.wait(120)
    assert bad.over.wait(120)
    assert (good.finish, bad.code) == ("stop", "internal")
    assert ask().prompt not in caplog.text


@pytest.mark.parametrize("light", [False, True])
def test_a_step_that_breaks_fails_its_requests_and_loads_the_model_anew(light):
    batch = Played(light=light)
    engine = engine_of(m=batch)
    batch.error = ZeroDivisionError("tensor")
    broken = submit(engine, "m")
    batch.allow()
    assert broken.over.wait(120)
    assert broken.code == "internal"
    batch.error = None
    batch.inside.clear()
    batch.allow(3)
    assert submit(engine, "m", "2").over.wait(120)


def test_who_waits_while_a_step_breaks_is_answered_by_the_model_loaded_anew():
    batch = Played()
    engine = engine_of(slots=1, m=batch)
    batch.error = ZeroDivisionError("tensor")
    broken, waiting = submit(engine, "m"), submit(engine, "m", "2")
    batch.allow()
    assert broken.over.wait(120)
    batch.error = None
    batch.inside.pop("1")
    batch.allow(3)
    assert waiting.over.wait(120)
    assert (broken.code, waiting.text, waiting.finish) == ("internal", "xxx", "stop")


def test_a_model_that_breaks_twice_in_a_row_fails_all_that_wait():
    batch = Played()
    engine = engine_of(slots=1, m=batch)
    batch.error = ZeroDivisionError("tensor")
    sinks = [submit(engine, "m", id) for id in "123"]
    batch.allow(2)
    assert all(sink.over.wait(120) for sink in sinks)
    assert {sink.code for sink in sinks} == {"internal"}


@pytest.mark.parametrize("moment", ["join", "step"])
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), "no_memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 9 GiB."), "no_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "no_memory"),
        (ValueError("a memory"), "other"),
    ],
)
def test_memory_that_ran_out_is_the_cause_of_a_failure(monkeypatch, moment, error, cause):
    batch = Played()

    def fail(*_):
        raise error

    monkeypatch.setattr(batch, moment, fail)
    sink = submit(engine_of(m=batch), "m")
    assert sink.over.wait(120)
    assert (sink.code, sink.cause) == ("internal", cause)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("join=refused", "refused"),
        ("load=unavailable", "unavailable"),
        ("fail=overloaded,after=2", "overloaded"),
        ("fail=timeout,after=1,via=remote", "timeout"),
    ],
)
def test_failures_reach_the_sink(source, code):
    sink = submit(engine_of(), source, tokens=64, backend="scripted")
    assert sink.over.wait(120)
    assert sink.code == code


def test_a_stream_that_stops_without_an_end_is_a_failure(monkeypatch):
    engine = engine_of(m=type("Cut", (), {"revision": "", "stream": lambda *_: iter(())})())
    sink = submit(engine, "m")
    assert sink.over.wait(120)
    assert sink.code == "internal"


def test_an_unknown_backend_is_refused_at_once():
    with pytest.raises(BackendError):
        submit(engine_of(), "m", backend="telepathy")


def test_an_idle_queue_ends_and_a_new_request_opens_another(monkeypatch):
    monkeypatch.setattr(engines, "IDLE_SECONDS", 0.01)
    engine = engine_of()
    assert submit(engine, "", backend="scripted").over.wait(120)
    until(lambda: not engine._queues)
    assert submit(engine, "", backend="scripted").over.wait(120)


def test_a_preloaded_model_is_there():
    cache = ModelCache(Shelf(scripted=ScriptedBackend()), budget=MemoryBudget(100))
    Engine(cache, slots=8).preload(spec("tag=early"))
    assert list(cache.loaded) == ["tag=early"]


def test_the_clocks_of_all_that_wait_stand_while_a_model_loads():
    engine = engine_of()
    first, second = (submit(engine, "seconds=0.3,tokens=1", id, backend="scripted") for id in "12")
    assert first.over.wait(120)
    assert second.over.wait(120)
    assert [sink.loads for sink in (first, second)] == [["began", "ended"]] * 2


def test_the_clocks_go_on_where_a_load_fails():
    sink = submit(engine_of(), "seconds=0.1,load=unavailable", backend="scripted")
    assert sink.over.wait(120)
    assert (sink.loads, sink.code) == (["began", "ended"], "unavailable")


class Thinking(Played):
    """Says its words one after the other, a token each."""

    WORDS = ("<th", "ink>", "so ", "so", "</think>", "\n\n", "yes ", "it is")

    def step(self):
        number = self.WORDS[len(self.steps)]
        self.steps.append(sorted(self.inside))
        finish = "stop" if len(self.steps) == len(self.WORDS) else None
        return [TokenDelta(id, number, finish=finish) for id in self.inside]


def test_reasoning_within_the_text_of_a_model_of_this_process_is_no_part_of_its_answer():
    sink = submit(engine_of(thinking=Thinking()), "thinking")
    assert sink.over.wait(120)
    assert (sink.text, sink.reasoning, sink.finish) == ("yes it is", "so so", "stop")
    assert sink.tokens + sink.reasoning_tokens == 8
    assert sink.tokens <= 5


class Marking(Played):
    """A batch that says by itself which of its pieces are reasoning."""

    def step(self):
        kinds = {"so": "reasoning", "yes": "answer"}
        self.steps.append(sorted(self.inside))
        word = list(kinds)[len(self.steps) - 1]
        finish = "stop" if word == "yes" else None
        return [TokenDelta(id, word, finish=finish, kind=kinds[word]) for id in self.inside]


def test_a_piece_that_a_model_of_this_process_calls_reasoning_is_no_part_of_its_answer():
    sink = submit(engine_of(marking=Marking()), "marking")
    assert sink.over.wait(120)
    assert (sink.text, sink.reasoning, sink.finish) == ("yes", "so", "stop")


def background(engine, source, id, tokens=3):
    sink = Collected()
    engine.submit(spec(source, backend="played"), ask(id, tokens=tokens, is_background=True), sink)
    return sink


def test_the_background_leaves_its_model_for_a_voter_and_says_nothing_twice():
    batch = Played()
    engine = engine_of(one=batch)
    evaluated = background(engine, "one", "evaluation", tokens=3)
    batch.allow(1)
    until(lambda: evaluated.text == "x")
    voter = submit(engine, "one", "voter", tokens=2)
    batch.allow(20)
    voter.over.wait(120), evaluated.over.wait(120)
    inside = ["".join(step) for step in batch.steps]
    assert inside[-5:] == ["voter", "voter", "evaluation", "evaluation", "evaluation"]
    assert (evaluated.text, evaluated.tokens, evaluated.finish) == ("xxx", 3, "stop")


def test_the_background_waits_while_a_voter_asks_another_model():
    first, other = Played(), Played()
    engine = engine_of(one=first, other=other)
    voter = submit(engine, "one", "voter", tokens=2)
    until(lambda: first.inside)
    evaluated = background(engine, "other", "evaluation", tokens=1)
    other.allow(5)
    first.allow(1)
    until(lambda: voter.text == "x")
    assert other.steps == []
    first.allow(1)
    assert evaluated.over.wait(120)


def test_an_answer_that_comes_out_differently_after_it_gave_way_fails():
    said = RepeatedText()
    said.add("one two", 2)
    said.begin_again()
    said.add("one", 1)
    assert not said.differs
    said.add(" and", 1)
    assert said.differs
