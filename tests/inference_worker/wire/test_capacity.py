from __future__ import annotations

import pytest

from inference_worker.wire.capacity import HeldModel, MemoryBudget, furthest


@pytest.mark.parametrize(
    ("megabytes", "fit"),
    [
        *((0, "now"), (60, "now"), (61, "after_others_leave"), (100, "after_others_leave")),
        (101, "never"),
    ],
)
def test_what_would_fit_is_known_before_it_is_loaded(megabytes, fit):
    assert MemoryBudget(100, taken=40).fit(megabytes) == fit


def test_a_model_weighs_by_the_numbers_that_its_device_takes():
    cpu, gpu = MemoryBudget(4096), MemoryBudget(4096, bytes_per_number=2)
    assert (cpu.needed(10**9), gpu.needed(10**9)) == (4801, 2401)
    assert (cpu.fit(cpu.needed(10**9)), gpu.fit(gpu.needed(10**9))) == ("never", "now")


def held(phase, *, source="org/finch", percent=0, backend="transformers"):
    return HeldModel(backend, source, "abc", phase, 1.0, percent)


def test_of_several_workers_the_one_that_is_furthest_counts():
    states = [
        held("downloading", percent=90),
        held("loading"),
        held("ready", source="org/other"),
        held("ready", backend="other"),
    ]
    assert furthest(states, backend="transformers", source="org/finch") == states[1]
    assert furthest(states[:1], backend="transformers", source="org/finch").percent == 90
    assert furthest(states, backend="transformers", source="org/absent") is None
