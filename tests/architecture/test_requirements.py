"""What is installed: floors with their reasons, and locks that keep to them."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.sources import ROOT

FOLDER = ROOT / "requirements"
LOCKS = ["site", "worker", "test", "train", "faces"]

FLOORS = {
    "pillow": ("12.3.0", "out-of-bounds writes and memory bombs in image decoders"),
    "kombu": ("5.7.0", "consumers stay deaf after a dropped Redis connection before it"),
    "celery": ("5.7.0", "the kombu above"),
    "uvicorn": ("0.54.0", "send() waits for a slow websocket reader"),
    "django": ("5.2.19", "the long-term release with its security fixes"),
    "nh3": ("0.3.8", "built on a sanitiser whose mutation flaws are mended"),
    "transformers": ("5.3.0", "code run from a model's config.json before it"),
    "torch": ("2.6.0", "torch.load(weights_only=True) could be bypassed before it"),
}
CEILINGS = {
    "redis": ("8", "its default timeouts close idle sockets of channels_redis 4.3"),
    "django": ("5.3", "the next releases need Python 3.12"),
    "celery": ("5.8", "redelivery settings were checked on 5.7"),
}


def pins(name):
    """Distribution to its locked versions; there may be one per Python version."""
    found = {}
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line):
            found.setdefault(canonicalize_name(match[1]), set()).add(Version(match[2]))
    return found


def asked(name):
    lines = (FOLDER / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def everything():
    merged = {}
    for name in [*LOCKS, "torch"]:
        for package, versions in pins(name).items():
            merged.setdefault(package, set()).update(versions)
    return merged


@pytest.mark.parametrize("package", FLOORS)
def test_a_floor_holds(package):
    floor, reason = FLOORS[package]
    assert min(everything()[package]) >= Version(floor), reason


@pytest.mark.parametrize("package", CEILINGS)
def test_a_ceiling_holds(package):
    ceiling, reason = CEILINGS[package]
    assert max(everything()[package]) < Version(ceiling), reason


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_meets_what_is_asked(name):
    locked = pins(name)
    for requirement in asked(name):
        for version in locked[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize("name", LOCKS[1:])
def test_locks_agree_with_one_another(name):
    site, other = pins("site"), pins(name)
    assert {
        package for package in site.keys() & other.keys() if site[package] != other[package]
    } == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name):
    text = (FOLDER / f"{name}.txt").read_text()
    assert all("--hash=sha256:" in part for part in re.split(r"\n(?=\S+==)", text)[1:])


@pytest.mark.parametrize("name", [*LOCKS, "torch"])
def test_no_lock_names_a_host_or_brings_cuda(name):
    text = (FOLDER / f"{name}.txt").read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|^nvidia-|^triton", text, re.M)


def test_only_training_gets_the_training_tools():
    training = set(pins("train"))
    assert training >= {"trl", "datasets", "peft"}
    assert not {"trl", "datasets", "peft"} & (
        set(pins("site")) | set(pins("worker")) | set(pins("test"))
    )


def test_torch_finds_its_dependencies_in_the_workers_lock():
    """It is installed without them: they would not be locked otherwise."""
    wanted = [Requirement(line) for line in requires("torch") or []]
    names = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    worker = pins("worker")
    for requirement in [r for r in names if not r.name.startswith(("nvidia-", "triton", "cuda"))]:
        for version in worker[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version)


NEVER_IMPORTED = {"docopt"}
"""What the locks leave out although it is asked for: see requirements/compile."""


@pytest.mark.parametrize("name", ["site", "worker", "test"])
def test_a_lock_names_all_that_its_packages_need_since_pip_adds_nothing(name):
    held = {*everything(), *NEVER_IMPORTED}
    missing = set()
    for package in pins(name):
        try:
            needed = [Requirement(line) for line in requires(package) or []]
        except PackageNotFoundError:
            continue  # a package of another system or another Python
        missing |= {
            f"{package} needs {one.name}"
            for one in needed
            if (one.marker is None or one.marker.evaluate({"extra": ""}))
            and canonicalize_name(one.name) not in held
        }
    assert missing == set()
