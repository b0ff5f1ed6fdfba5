"""A model comes from a loopback Hub to this machine, through the real client, as a program does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.hub.serving import serving
from tests.inference_worker import tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHUNK = 10 * 1024 * 1024
"""The bytes that the client writes at once: a shorter beginning of a file is not kept."""
PROGRAM = "inference_worker.backends.transformers.preparing"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("whole") / "tiny", width=512)


@pytest.fixture
def hub(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "hub" / "maker" / "tiny")
    with serving(tmp_path / "hub") as served:
        yield served


@pytest.fixture
def prepare(hub, tmp_path):
    """Run the program as the demo does; ``more`` are variables of its environment."""

    def run(**more):
        told = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "0",
            "HF_TOKEN": "",
            "ARENA_HUB": "1",
            "REDIS_URL": "redis://127.0.0.1:9",
        }
        found = hub.find("maker/tiny")
        argv = [sys.executable, "-m", PROGRAM, "maker/tiny", found.commit if found else "0" * 40]
        env = {**os.environ, **told, **more}
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)

    return run


def test_a_download_that_is_cut_goes_on_where_it_broke_and_is_not_repeated(hub, prepare):
    size = hub.find("maker/tiny").size_of("model.safetensors")
    assert size > CHUNK + 1
    hub.cut("maker/tiny", "model.safetensors", after=CHUNK + 1)
    ended = prepare()
    assert ended.returncode == 0, ended.stderr
    assert "To fetch:" in ended.stdout
    assert "100%" in ended.stdout
    assert "Memory: " in ended.stdout
    came = [one.range for one in hub.downloads("model.safetensors") if "/blobs/" in one.path]
    assert came == ["", f"bytes={CHUNK}-"]
    before = len(hub.downloads(".safetensors"))
    again = prepare()
    assert again.returncode == 0
    assert "To fetch" not in again.stdout
    assert len(hub.downloads(".safetensors")) == before


def test_too_little_memory_is_one_sentence_with_the_setting(prepare):
    ended = prepare(ARENA_WORKER_MEMORY_MB="1")
    assert ended.returncode == 1
    assert "set ARENA_WORKER_MEMORY_MB to" in ended.stderr.strip().splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_a_full_disk_is_named_before_anything_is_fetched(hub, prepare):
    claimed = {"sizes": {"model.safetensors": 10**15}}
    (hub.folder / "maker" / "tiny" / "hub.json").write_text(json.dumps(claimed))
    ended = prepare()
    assert ended.returncode == 1
    assert "GB free: make room, or set HF_HOME" in ended.stderr
    assert not [one for one in hub.downloads("model.safetensors") if "/blobs/" in one.path]
