from __future__ import annotations

import threading

import pytest

from inference_worker import residency
from inference_worker.backends.base import BackendError
from inference_worker.backends.scripted import Scripted
from inference_worker.residency import Residency
from tests.inference_worker.making import Shelf, spec, until

SMALL, ALSO_SMALL, BIG = spec("mb=40,tag=a"), spec("mb=40,tag=b"), spec("mb=80,tag=c")


class Counting(Scripted):
    def __init__(self):
        self.loads = []
        self.gate = threading.Event()
        self.gate.set()

    def load(self, spec):
        self.loads.append(spec.source)
        assert self.gate.wait(10)
        return super().load(spec)


@pytest.fixture
def scripted():
    return Counting()


@pytest.fixture
def models(scripted):
    return Residency(Shelf(scripted=scripted), megabytes=100)


def use(models, *specs):
    for one in specs:
        with models.holding(one):
            pass


def test_a_model_is_loaded_once(models, scripted):
    use(models, SMALL, SMALL)
    assert scripted.loads == [SMALL.source]
    assert list(models.loaded) == [SMALL.source]


def test_many_who_ask_at_once_share_one_load(models, scripted):
    scripted.gate.clear()
    threads = [threading.Thread(target=use, args=(models, SMALL)) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: scripted.loads)
    scripted.gate.set()
    for thread in threads:
        thread.join(10)
    assert scripted.loads == [SMALL.source]


def test_models_that_fit_stay_together(models):
    use(models, SMALL, ALSO_SMALL)
    assert set(models.loaded) == {SMALL.source, ALSO_SMALL.source}


def test_the_longest_unused_leaves_first(models):
    third = spec("mb=40,tag=d")
    use(models, SMALL, ALSO_SMALL, SMALL, third)
    assert set(models.loaded) == {SMALL.source, third.source}


def test_as_many_leave_as_must(models):
    use(models, SMALL, ALSO_SMALL, BIG)
    assert list(models.loaded) == [BIG.source]


def test_a_model_in_use_never_leaves(models, monkeypatch):
    monkeypatch.setattr(residency, "ROOM_SECONDS", 0.05)
    with models.holding(SMALL), pytest.raises(BackendError) as refused:
        use(models, BIG)
    assert refused.value.code == "overloaded"
    assert list(models.loaded) == [SMALL.source]


def test_a_load_waits_until_a_busy_model_is_free(models):
    with models.holding(SMALL):
        thread = threading.Thread(target=use, args=(models, BIG))
        thread.start()
    thread.join(10)
    assert list(models.loaded) == [BIG.source]


def test_a_model_that_never_fits_is_unavailable(models):
    with pytest.raises(BackendError) as refused:
        use(models, spec("mb=101"))
    assert refused.value.code == "unavailable"


def test_a_failed_load_is_not_tried_again_at_once(models, scripted):
    broken = spec("load=unavailable")
    for _ in range(3):
        with pytest.raises(BackendError):
            use(models, broken)
    assert len(scripted.loads) == 1


def test_a_failed_load_is_tried_again_later(models, scripted, monkeypatch):
    monkeypatch.setattr(residency, "REMEMBER_SECONDS", 0.0)
    for _ in range(2):
        with pytest.raises(BackendError):
            use(models, spec("load=unavailable"))
    assert len(scripted.loads) == 2


def test_a_failed_load_leaves_its_room(models):
    with pytest.raises(BackendError):
        use(models, spec("mb=80,load=unavailable"))
    use(models, BIG)
    assert list(models.loaded) == [BIG.source]


def test_any_error_of_a_load_is_unavailable(models, scripted, monkeypatch):
    monkeypatch.setattr(scripted, "load", lambda spec: 1 / 0)
    with pytest.raises(BackendError) as refused:
        use(models, SMALL)
    assert refused.value.code == "unavailable"


def test_a_broken_model_is_loaded_anew(models, scripted):
    with models.holding(SMALL) as model:
        models.forget(SMALL, model)
    use(models, SMALL)
    assert len(scripted.loads) == 2
