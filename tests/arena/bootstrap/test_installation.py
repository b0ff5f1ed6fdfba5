"""How pip is asked, and what is made of its answers."""

from __future__ import annotations

import json
import sys

import pytest

from arena.bootstrap import installation

FAKE_PIP = """
import json, sys
with open({log!r}, "a") as out:
    out.write(json.dumps(sys.argv[2:]) + "\\n")
sys.exit({fails!r} in sys.argv and "--index-url" not in sys.argv)
"""


@pytest.fixture
def ask_for_torch(tmp_path, monkeypatch):
    """Returns what a pip that lacks `lacking` is asked for, one list of words per call."""

    def ask(*, gpu, lacking=None):
        monkeypatch.setattr(installation, "_has_nvidia_gpu", lambda: gpu)
        log = tmp_path / "asked"
        code = FAKE_PIP.format(log=str(log), fails=lacking)
        pip = [sys.executable, "-c", code]
        (tmp_path / "install.log").touch()
        installation._install_torch(pip, "torch==2.13.0", tmp_path / "install.log")
        return [json.loads(line) for line in log.read_text().splitlines()]

    return ask


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CUDA is Linux's default")


@linux
def test_without_a_gpu_a_near_cpu_build_is_enough(ask_for_torch):
    [only] = ask_for_torch(gpu=False)
    assert only[-2:] == ["--no-deps", "torch==2.13.0+cpu"]


@linux
def test_without_a_gpu_pytorchs_own_index_is_the_second_choice_and_serves_torch_alone(
    ask_for_torch,
):
    _, second = ask_for_torch(gpu=False, lacking="torch==2.13.0+cpu")
    assert second[-3:] == ["torch==2.13.0+cpu", "--index-url", installation.TORCH_CPU_INDEX]
    assert "--no-deps" in second


@linux
def test_with_a_gpu_torch_comes_as_published(ask_for_torch):
    [only] = ask_for_torch(gpu=True)
    assert only[-1] == "torch==2.13.0"
    assert "--no-deps" not in only


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full."),
        ("NameResolutionError: no\nNo matching distribution found for a==1", "is there a network?"),
        ("ERROR: No matching distribution found for a==1", "there is no wheel of a==1"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "/x can't be written."),
        ("something new", "pip failed; its words are in"),
    ],
)
def test_each_way_to_fail_has_its_sentence(tmp_path, said, sentence):
    log = tmp_path / "install.log"
    log.touch()
    step = [sys.executable, "-c", f"print({said!r}); raise SystemExit(1)"]
    with pytest.raises(
        installation.CannotInstall, match="Could not install the libraries:"
    ) as told:
        installation._run("the libraries", step, log)
    assert sentence in str(told.value)


def test_what_was_said_before_is_not_the_reason(tmp_path):
    log = tmp_path / "install.log"
    log.write_text("No space left on device\n")
    with pytest.raises(installation.CannotInstall, match="pip failed"):
        installation._run("the libraries", [sys.executable, "-c", "raise SystemExit(1)"], log)


def test_progress_names_the_package(tmp_path):
    log = tmp_path / "install.log"
    log.write_text("Collecting numpy==2.4.6 (from -r x)\n  Downloading x\n")
    assert installation._latest(log) == "numpy==2.4.6"
    log.write_text("Collecting numpy\nInstalling collected packages: numpy\n")
    assert installation._latest(log) == "unpacking"
