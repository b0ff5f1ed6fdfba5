"""What a machine and the control groups around a process leave for models."""

from __future__ import annotations

import pytest

from inference_worker import host_memory

MEGABYTE = 1_000_000


@pytest.fixture
def root(tmp_path):
    """A machine with 10,240 MB available, in the files that Linux has."""
    put(tmp_path, "proc/meminfo", "MemTotal: 20000000 kB\nMemAvailable: 10000000 kB\n")
    return tmp_path


def put(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def group(root, name, most, used, *, cached=0):
    """A control group of the second version."""
    folder = f"sys/fs/cgroup/{name}".rstrip("/")
    put(root, f"{folder}/memory.max", f"{most}\n")
    put(root, f"{folder}/memory.current", f"{used}\n")
    put(root, f"{folder}/memory.stat", f"anon 5\ninactive_file {cached}\n")


def test_without_a_limit_the_machine_decides(root):
    assert host_memory.budget_mb(root) == int(10_240 * host_memory.SHARE)


def test_a_container_that_sees_its_group_as_the_top(root):
    put(root, "proc/self/cgroup", "0::/docker/abc\n")
    group(root, "", 6_000 * MEGABYTE, 1_500 * MEGABYTE, cached=500 * MEGABYTE)
    assert host_memory.budget_mb(root) == 4_000


@pytest.mark.parametrize("limited", ["a", "a/b"])
def test_the_narrowest_group_decides(root, limited):
    put(root, "proc/self/cgroup", "0::/a/b\n")
    for name in ("a", "a/b"):
        group(root, name, 2_000 * MEGABYTE if name == limited else "max", 0)
    assert host_memory.budget_mb(root) == 1_600


def test_a_group_of_the_first_version(root):
    put(root, "proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n")
    put(root, "sys/fs/cgroup/memory/x/memory.limit_in_bytes", f"{3_000 * MEGABYTE}\n")
    put(root, "sys/fs/cgroup/memory/x/memory.usage_in_bytes", f"{1_000 * MEGABYTE}\n")
    assert host_memory.budget_mb(root) == 1_600


def test_a_full_container_still_has_the_least(root):
    put(root, "proc/self/cgroup", "0::/\n")
    group(root, "", 1_000 * MEGABYTE, 1_000 * MEGABYTE)
    assert host_memory.budget_mb(root) == host_memory.LEAST_MB


@pytest.mark.parametrize("text", ["0::\n", "nonsense\n", "0::/../../..\n", "4:memory:/x\n", "\x00"])
def test_files_that_make_no_sense_set_no_limit(root, text):
    put(root, "proc/self/cgroup", text)
    group(root, "", "max", "nonsense")
    assert host_memory.budget_mb(root) == int(10_240 * host_memory.SHARE)


def test_a_system_that_tells_nothing_is_asked_otherwise(tmp_path):
    assert host_memory.budget_mb(tmp_path) >= host_memory.LEAST_MB


def test_this_machine_has_a_budget():
    assert host_memory.budget_mb() >= host_memory.LEAST_MB


def test_what_this_process_has_in_memory_is_read_where_the_system_says_it(tmp_path):
    put(tmp_path, "proc/self/status", "Name: worker\nVmRSS:\t 500000 kB\n")
    assert host_memory.resident_mb(tmp_path) == 512
    assert host_memory.resident_mb(tmp_path / "elsewhere") == 0


@pytest.mark.parametrize(
    ("hidden", "device", "sees"),
    [(None, True, True), ("0", True, True), ("", True, False), ("-1", True, False), ("0", 0, 0)],
)
def test_a_gpu_is_seen_by_its_device_file(tmp_path, monkeypatch, hidden, device, sees):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    if device:
        put(tmp_path, "dev/nvidiactl", "")
    assert host_memory.sees_nvidia(tmp_path) == bool(sees)
