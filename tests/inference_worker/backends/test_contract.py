"""What every backend promises, run over whatever module is found in the folder."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pytest

from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import BackendError, BatchModel, StreamingModel
from inference_worker.wire import manifests
from inference_worker.wire.messages import FAILURE_CODES
from tests.architecture.test_environment_file import listed
from tests.inference_worker.backends.remote.serving import Reply, serving
from tests.inference_worker.making import ask, settings, spec


@dataclass
class Case:
    """How to try one kind of model of a backend."""

    model: object
    spec: object
    is_wanted: Callable[[], bool] = lambda: True

    def answers(self, *asks):
        """The pieces of each ask, run at the same time where the model can."""
        if isinstance(self.model, StreamingModel) and not isinstance(self.model, BatchModel):
            return [list(self.model.stream(one, self.is_wanted)) for one in asks]
        return _stepped(self.model, list(asks))


def _stepped(batch, asks):
    pieces, waiting, inside = {one.id: [] for one in asks}, list(asks), set()
    while waiting or inside:
        while waiting and len(inside) < batch.slots:
            inside.add(waiting[0].id)
            batch.join(waiting.pop(0))
        for piece in batch.step():
            pieces[piece.id].append(piece)
            inside -= {piece.id} if piece.finish else set()
    return [pieces[one.id] for one in asks]


CASES = [(name, source) for name in manifests.names() for source in manifests.read(name).examples]
"""Every example of every backend that lies in the folder."""


@pytest.fixture(scope="module")
def backends():
    return BackendRegistry(settings(endpoint_allow=("127.0.0.1",)))


@pytest.fixture(scope="module")
def base_url():
    """What gives the address of an endpoint for a backend, and none for one that needs none."""
    with ExitStack() as servers:

        @cache
        def started(name):
            if not manifests.read(name).remote:
                return ""
            speaks = importlib.import_module(f"tests.inference_worker.backends.endpoints.{name}")
            port = servers.enter_context(serving(lambda asked: Reply(speaks.answer(asked))))
            return f"http://127.0.0.1:{port}/v1"

        yield started


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request, backends, base_url):
    name, source = request.param
    pinned = backends[name].resolve_revision(spec(source, name, base_url=base_url(name)))
    return Case(backends[name].load(pinned), pinned)


@pytest.fixture
def cap(case):
    """Fewer tokens than the model's whole answer has, at most 5."""
    [pieces] = case.answers(ask(tokens=64))
    tokens = sum(piece.tokens for piece in pieces)
    assert tokens > 1, "an example needs an answer of at least two tokens"
    return min(5, tokens - 1)


@pytest.mark.parametrize("name", manifests.names())
def test_its_manifest_is_what_its_module_has(name):
    module = importlib.import_module(f"inference_worker.backends.{name}")
    assert manifests.read(name) == module.MANIFEST
    assert module.MANIFEST.examples


@pytest.mark.parametrize("name", manifests.names())
def test_its_settings_are_settings_of_the_worker(name):
    assert set(manifests.read(name).settings) <= set(listed())


def test_a_model_says_what_it_is(case):
    assert case.model.revision == case.spec.revision
    assert case.model.device


def test_pinning_a_pinned_spec_changes_nothing(case, backends):
    assert backends[case.spec.backend].resolve_revision(case.spec) == case.spec


def test_a_model_has_a_weight(case, backends):
    assert backends[case.spec.backend].memory_mb(case.spec) >= 0


def test_an_answer_ends_once_and_with_its_last_piece(case, cap):
    [pieces] = case.answers(ask(tokens=cap))
    assert [bool(piece.finish) for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_pieces_carry_the_id_that_asked(case):
    one, two = case.answers(ask("one", tokens=3), ask("two", tokens=3))
    assert {piece.id for piece in one} == {"one"}
    assert {piece.id for piece in two} == {"two"}


def test_no_more_tokens_than_allowed_and_the_cut_is_said(case, cap):
    [pieces] = case.answers(ask(tokens=cap))
    assert sum(piece.tokens for piece in pieces) == cap
    assert pieces[-1].finish == "length"


def test_the_first_text_comes_before_the_last_token(case):
    [pieces] = case.answers(ask(tokens=8))
    assert any(piece.text for piece in pieces[: len(pieces) // 2])


def test_the_same_ask_gives_the_same_answer(case):
    first, second = (case.answers(ask(tokens=8))[0] for _ in range(2))
    assert "".join(p.text for p in first) == "".join(p.text for p in second)


def test_a_request_that_left_is_never_heard_of_again(case):
    if isinstance(case.model, BatchModel):
        case.model.join(ask("gone", tokens=50))
        case.model.step()
        case.model.leave("gone")
        [pieces] = case.answers(ask("stays", tokens=3))
    else:
        stream = case.model.stream(ask("gone", tokens=50), lambda: False)
        pieces = list(stream)
    assert "gone" not in {piece.id for piece in pieces}


def test_leaving_without_being_inside_is_no_error(case):
    if isinstance(case.model, BatchModel):
        case.model.leave("nobody")


@pytest.mark.parametrize("name", manifests.names())
def test_a_source_that_makes_no_sense_is_refused_with_a_code(name, backends):
    backend = backends[name]
    with pytest.raises(BackendError) as refused:
        backend.load(backend.resolve_revision(spec("\n no such thing \n", name)))
    assert refused.value.code in FAILURE_CODES


def test_a_name_without_a_module_is_refused(backends):
    with pytest.raises(BackendError):
        backends["base"]
