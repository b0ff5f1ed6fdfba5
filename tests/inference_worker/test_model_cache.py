from __future__ import annotations

import threading

import pytest

from inference_worker import model_cache
from inference_worker.backends.base import BackendError
from inference_worker.backends.scripted import ScriptedBackend
from inference_worker.model_cache import ModelCache
from inference_worker.wire.capacity import MemoryBudget
from tests.inference_worker.making import Shelf, spec, until

SMALL, ALSO_SMALL, BIG = spec("mb=40,tag=a"), spec("mb=40,tag=b"), spec("mb=80,tag=c")


class Counting(ScriptedBackend):
    def __init__(self):
        self.loads = []
        self.gate = threading.Event()
        self.gate.set()

    def load(self, spec):
        self.loads.append(spec.source)
        assert self.gate.wait(120)
        return super().load(spec)


@pytest.fixture
def scripted():
    return Counting()


@pytest.fixture
def models(scripted):
    return ModelCache(Shelf(scripted=scripted), budget=MemoryBudget(100, by_operator=True))


def use(models, *specs):
    for one in specs:
        with models.acquire(one):
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
        thread.join(120)
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
    monkeypatch.setattr(model_cache, "ROOM_SECONDS", 0.05)
    with models.acquire(SMALL), pytest.raises(BackendError) as refused:
        use(models, BIG)
    assert refused.value.code == "overloaded"
    assert list(models.loaded) == [SMALL.source]


def test_a_load_waits_until_a_busy_model_is_free(models):
    with models.acquire(SMALL):
        thread = threading.Thread(target=use, args=(models, BIG))
        thread.start()
    thread.join(120)
    assert list(models.loaded) == [BIG.source]


def test_a_model_that_never_fits_is_unavailable(models):
    with pytest.raises(BackendError) as refused:
        use(models, spec("mb=101"))
    assert refused.value.code == "unavailable"
    assert "needs 101 MB" in refused.value.reason
    assert "100 MB by ARENA_WORKER_MEMORY_MB: raise it" in refused.value.reason


def test_a_model_that_the_device_cannot_hold_is_told_which_setting_holds_instead(scripted):
    models = ModelCache(Shelf(scripted=scripted), budget=MemoryBudget(100))
    with pytest.raises(BackendError, match=r"101 MB.*100 MB of its device's memory.*MEMORY_MB"):
        use(models, spec("mb=101"))


class OnDevice(Counting):
    """Brings its files in two parts, and looks at a device of 60 MB."""

    def __init__(self):
        super().__init__()
        self.part = threading.Semaphore(0)
        self.told = threading.Event()

    def memory_budget(self):
        return MemoryBudget(60, bytes_per_number=2)

    def fetch(self, spec, tell):
        if "fail" in spec.source:
            raise BackendError("unavailable", "no network")
        for percent in (40, 30):  # a bar may step back where more files come to light
            tell(percent)
            self.told.set()
            assert self.part.acquire(timeout=120)


def test_the_budget_is_the_devices_once_a_backend_has_looked():
    backend = OnDevice()
    models = ModelCache(Shelf(scripted=backend), budget=MemoryBudget(100))
    models.look_at_device("scripted")
    assert (models.budget.megabytes, models.budget.bytes_per_number) == (60, 2)


def test_each_phase_of_a_load_is_told():
    backend = OnDevice()
    models = ModelCache(Shelf(scripted=backend), budget=MemoryBudget(100))
    backend.gate.clear()
    thread = threading.Thread(target=use, args=(models, SMALL))
    thread.start()
    assert backend.told.wait(120)
    [held] = models.held
    assert (held.phase, held.percent, held.source) == ("downloading", 40, SMALL.source)
    backend.part.release()
    backend.part.release()
    until(lambda: backend.loads)
    [held] = models.held
    assert (held.phase, held.megabytes, models.budget.taken) == ("loading", 40, 40)
    backend.gate.set()
    thread.join(120)
    [held] = models.held
    assert (held.phase, held.megabytes, models.budget.taken) == ("ready", 40, 40)


def test_a_download_that_failed_is_not_tried_again_at_once_and_leaves_nothing():
    backend = OnDevice()
    models = ModelCache(Shelf(scripted=backend), budget=MemoryBudget(100))
    for _ in range(2):
        with pytest.raises(BackendError, match="no network"):
            use(models, spec("tag=fail"))
    assert (models.held, backend.loads) == ((), [])


def test_models_that_run_elsewhere_are_not_held_here(models):
    use(models, spec("via=remote"))
    assert models.held == ()


def test_a_failed_load_is_not_tried_again_at_once(models, scripted):
    broken = spec("load=unavailable")
    for _ in range(3):
        with pytest.raises(BackendError):
            use(models, broken)
    assert len(scripted.loads) == 1


def test_a_failed_load_is_tried_again_later(models, scripted, monkeypatch):
    monkeypatch.setattr(model_cache, "REMEMBER_SECONDS", 0.0)
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
    with models.acquire(SMALL) as model:
        models.forget(SMALL, model)
    use(models, SMALL)
    assert len(scripted.loads) == 2
