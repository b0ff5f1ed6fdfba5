from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference_worker.settings import BadSetting, read

URL = {"REDIS_URL": "redis://127.0.0.1:1/0"}


def test_one_variable_is_enough():
    settings = read(URL)
    assert (settings.slots, settings.concurrency, settings.memory_mb) == (8, 32, 4096)
    assert (settings.queues, settings.torch_threads) == (("inference",), 1)


def test_hub_and_scripts_are_off_unless_asked():
    assert (read(URL).hub, read(URL).allow_scripted) == (False, False)


def test_a_worker_without_a_name_gets_its_hosts_and_process():
    assert read(URL).name.endswith(f"-{os.getpid()}")


def test_lists_are_split():
    settings = read({**URL, "ARENA_WORKER_QUEUES": "big, small", "ARENA_WORKER_PRELOAD": "shipped"})
    assert (settings.queues, settings.preload) == (("big", "small"), ("shipped",))


def test_folders_are_split_as_the_system_does():
    settings = read({**URL, "ARENA_MODEL_DIRS": os.pathsep.join(["/models", "/more"])})
    assert settings.model_dirs == (Path("/models"), Path("/more"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", ""),
        ("REDIS_URL", "http://x"),
        ("ARENA_WORKER_SLOTS", "0"),
        ("ARENA_WORKER_CONCURRENCY", "many"),
        ("ARENA_WORKER_MEMORY_MB", "-1"),
        ("ARENA_TORCH_THREADS", "1.5"),
        ("ARENA_MODEL_DIRS", "models"),
        ("ARENA_HUB", "yes"),
        ("ARENA_ENDPOINT_ALLOW", "gpu.lan:8000,http://gpu.lan"),
        ("ARENA_ALLOW_SCRIPTED", "true"),
        ("ARENA_LOG_LEVEL", "info"),
        ("ARENA_WORKER_SPARE", "yes"),
    ],
)
def test_a_wrong_value_names_its_variable(name, value):
    with pytest.raises(BadSetting, match=name):
        read({**URL, name: value})


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("one,two\n")
    told = {"REDIS_URL": "redis://x", "ARENA_SEALING_KEY_FILE": str(tmp_path / "key")}
    assert read(told).sealing_keys == ("one", "two")


def test_a_secret_s_missing_file_is_named(tmp_path):
    told = {"REDIS_URL": "redis://x", "ARENA_SEALING_KEY_FILE": str(tmp_path / "missing")}
    with pytest.raises(BadSetting, match="ARENA_SEALING_KEY_FILE"):
        read(told)
