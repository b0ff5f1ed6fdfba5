"""From an endpoint through the whole worker: what becomes of a trace, and what a voter can see."""

from __future__ import annotations

import json

import pytest

from inference_worker import process
from inference_worker.backends import BackendRegistry
from inference_worker.wire import leases, stream
from inference_worker.wire.messages import PROBE_STREAM
from inference_worker.wire.sealed import seal
from tests.inference_worker.backends.remote.behaviours import BEHAVIOURS, TEXT
from tests.inference_worker.backends.remote.faults import FAULTS, KEY, UPSTREAM
from tests.inference_worker.backends.remote.serving import Reply, serving
from tests.inference_worker.backends.remote.test_endpoints import KEY as SEALING_KEY
from tests.inference_worker.making import request, settings, spec


@pytest.fixture
def running(valkey_url):
    mine = settings(
        redis_url=valkey_url, endpoint_allow=("127.0.0.1",), sealing_keys=(SEALING_KEY,)
    )
    made = process.build(mine, backends=BackendRegistry(mine))
    yield made
    made.abandon()
    made.stop()


def asked(valkey, port, *, probe=False, **more):
    """A side of a battle, or a probe, of the model at this port."""
    url = f"http://127.0.0.1:{port}/v1"
    sealed = seal(KEY, base_url=url, keys=[SEALING_KEY])
    model = spec("some-vlm", "openai", base_url=url, sealed_key=sealed)
    made = request(model=model, **({"max_new_tokens": 16, "seconds": 2.0} | more))
    if probe:
        made = type(made).from_json(made.to_json() | {"stream": f"{PROBE_STREAM}{made.stream}"})
    leases.prepare(valkey, made)
    return made


def events_of(valkey, side):
    return [(e.number, e.kind, e.text) for e in stream.read(valkey, side.stream) if e.attempt == 1]


@pytest.mark.parametrize("name", ["vllm reasoning", "inline think"])
def test_a_trace_has_events_of_its_own_and_no_part_in_the_text(valkey, running, name):
    behaviour = BEHAVIOURS[name]
    with serving(behaviour.script) as port:
        side = asked(valkey, port, max_reasoning_tokens=100)
        outcome = running.run(side)
    events = [event for event in events_of(valkey, side) if event[1] != "opened"]
    assert [number for number, _, _ in events] == list(range(len(events)))
    said = {kind: "".join(text for _, k, text in events if k == kind) for _, kind, _ in events}
    assert (said["delta"], said["reasoning"]) == (TEXT, behaviour.trace)
    assert (outcome.text, outcome.reasoning) == (TEXT, behaviour.trace)
    assert (outcome.tokens, outcome.reasoning_tokens) == (
        behaviour.tokens,
        behaviour.reasoning_tokens,
    )
    assert (outcome.learned, outcome.remark, outcome.reason) == ("", "", "")


def test_a_site_that_knows_no_reasoning_hears_of_none(valkey, running):
    with serving(lambda message: BEHAVIOURS["vllm reasoning"].script({})) as port:
        side = asked(valkey, port)
        outcome = running.run(side)
    assert {kind for _, kind, _ in events_of(valkey, side)} <= {"started", "delta", "ended"}
    assert (outcome.text, outcome.reasoning) == (TEXT, "")


def test_a_trace_is_cut_where_it_is_longer_than_is_kept(valkey, running):
    chunks = [{"choices": [{"index": 0, "delta": {"reasoning": "x" * 900}}]}] * 3
    more = [{"choices": [{"index": 0, "delta": {"content": "yes"}, "finish_reason": "stop"}]}]
    with serving(lambda _: Reply([*chunks, *more, "[DONE]"])) as port:
        outcome = running.run(asked(valkey, port, max_reasoning_tokens=100))
    assert (outcome.text, len(outcome.reasoning)) == ("yes", 1000)


def test_a_probe_learns_and_remarks(valkey, running):
    with serving(BEHAVIOURS["gpt-5"].script) as port:
        outcome = running.run(asked(valkey, port, probe=True, temperature=0.5))
    assert json.loads(outcome.learned) == BEHAVIOURS["gpt-5"].learned
    with serving(FAULTS["wrong model"].script) as port:
        outcome = running.run(asked(valkey, port, probe=True))
    assert "llama-3-8b answered" in outcome.remark


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.code])
def test_nothing_that_a_faulty_endpoint_says_reaches_a_voter(valkey, running, name):
    fault = FAULTS[name]
    with serving(fault.script) as port:
        side = asked(valkey, port, seconds=fault.seconds)
        outcome = running.run(side)
    said = json.dumps([events_of(valkey, side), outcome.to_json()])
    assert (outcome.status, outcome.code, outcome.reason) == ("failed", fault.code, "")
    assert KEY not in said
    assert UPSTREAM not in said
