from __future__ import annotations

import os

import pytest

from inference_worker import process
from inference_worker.backends import BackendRegistry
from inference_worker.backends.scripted import ScriptedBackend
from inference_worker.wire import presence
from tests.inference_worker.making import settings, until


class Stage(BackendRegistry):
    """Scripts under the name of every backend; notes what is loaded."""

    def __init__(self):
        self.loaded = []

    def __getitem__(self, name):
        stage = self

        class Noting(ScriptedBackend):
            def load(self, spec):
                stage.loaded.append((name, spec.source))
                return super().load(spec)

        return Noting()


@pytest.fixture
def build(valkey, valkey_url):
    made = []

    def built(**more):
        stage = Stage()
        made.append(process.build(settings(redis_url=valkey_url, **more), backends=stage))
        return stage

    yield built
    for runner in made:
        runner.stop()


def test_named_models_are_loaded_at_the_start(build):
    stage = build(preload=("tag=one", "tag=two"))
    until(lambda: stage.loaded == [("transformers", "tag=one"), ("transformers", "tag=two")])


def test_a_model_that_does_not_load_does_not_keep_the_next_from_loading(build):
    stage = build(preload=("nonsense", "tag=two"))
    until(lambda: stage.loaded == [("transformers", "tag=two")])


def test_shipped_stands_for_all_that_come_with_the_project(monkeypatch, tmp_path):
    for slug in ("wren-s", "kestrel-xs"):
        (tmp_path / slug).mkdir()
        (tmp_path / slug / "config.json").touch()
    monkeypatch.setattr(process, "SHIPPED", tmp_path)
    assert process.preloaded(settings(preload=("x", "shipped"))) == [
        "x",
        "shipped:kestrel-xs",
        "shipped:wren-s",
    ]


def test_a_loaded_model_is_reported(build, valkey):
    build(preload=("tag=one",), name="me", queues=("big",))
    until(lambda: [r.loaded for r in presence.workers(valkey)] == [("tag=one",)])
    [report] = presence.workers(valkey)
    assert (report.name, report.queues, report.device) == ("me", ("big",), "script")


@pytest.fixture
def own_runner(monkeypatch, valkey_url):
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    process._runner.cache_clear()
    yield process.runner
    process.runner().stop()
    process._runner.cache_clear()


def test_one_process_has_one_runner(own_runner):
    assert own_runner() is own_runner()


@pytest.mark.parametrize(("hub", "offline"), [("0", "1"), ("1", "0")])
def test_one_setting_opens_the_hub(own_runner, monkeypatch, hub, offline):
    monkeypatch.setenv("ARENA_HUB", hub)
    own_runner()
    assert os.environ["HF_HUB_OFFLINE"] == offline
