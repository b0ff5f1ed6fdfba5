from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference_worker.settings import read
from inference_worker.wire.environment import BadEnvironment

URL = {"REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def told(monkeypatch):
    """Reads the settings where these variables are set and no others of the worker."""

    def reading(variables):
        for name in [name for name in os.environ if name.startswith(("ARENA_", "REDIS_"))]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return read()

    return reading


def test_one_variable_is_enough(told):
    settings = told(URL)
    assert (settings.slots, settings.concurrency, settings.memory_mb) == (8, 32, 0)
    assert (settings.queues, settings.torch_threads) == (("inference",), 1)


def test_hub_and_scripts_are_off_unless_asked(told):
    assert (told(URL).hub, told(URL).allow_scripted) == (False, False)


def test_a_worker_without_a_name_gets_its_hosts_and_process(told):
    assert told(URL).name.endswith(f"-{os.getpid()}")


def test_lists_are_split(told):
    settings = told({**URL, "ARENA_WORKER_QUEUES": "big, small", "ARENA_WORKER_PRELOAD": "shipped"})
    assert (settings.queues, settings.preload) == (("big", "small"), ("shipped",))


def test_folders_are_split_as_the_system_does(told):
    settings = told({**URL, "ARENA_MODEL_DIRS": os.pathsep.join(["/models", "/more"])})
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
        ("ARENA_HUB", "perhaps"),
        ("ARENA_ENDPOINT_ALLOW", "gpu.lan:8000,http://gpu.lan"),
        ("ARENA_ALLOW_SCRIPTED", "2"),
        ("ARENA_LOG_LEVEL", "info"),
        ("ARENA_WORKER_SPARE", "yes"),
    ],
)
def test_a_wrong_value_names_its_variable(told, name, value):
    with pytest.raises(BadEnvironment, match=name):
        told({**URL, name: value})


def test_a_secret_may_lie_in_a_file(told, tmp_path):
    keys = tuple(f"{digit * 43}=" for digit in "04")
    (tmp_path / "key").write_text(f"{','.join(keys)}\n")
    given = {"REDIS_URL": "redis://x", "ARENA_SEALING_KEY_FILE": str(tmp_path / "key")}
    assert told(given).sealing_keys == keys


def test_a_secret_s_missing_file_is_named(told, tmp_path):
    given = {"REDIS_URL": "redis://x", "ARENA_SEALING_KEY_FILE": str(tmp_path / "missing")}
    with pytest.raises(BadEnvironment, match="ARENA_SEALING_KEY_FILE"):
        told(given)


def test_all_wrong_values_are_named_at_once(told):
    with pytest.raises(BadEnvironment) as refused:
        told({"ARENA_HUB": "perhaps", "ARENA_WORKER_SLOTS": "0", "ARENA_MODEL_DIRS": "models"})
    names = [line.split()[0] for line in str(refused.value).splitlines()[1:]]
    assert names == ["ARENA_HUB", "ARENA_MODEL_DIRS", "ARENA_WORKER_SLOTS", "REDIS_URL"]


@pytest.mark.parametrize(("word", "on"), [("1", True), ("yes", True), ("0", False), ("Off", False)])
def test_a_switch_takes_the_words_that_the_site_takes(told, word, on):
    assert told({**URL, "ARENA_HUB": word}).hub is on
