"""pip, driven so that a newcomer sees what happens and one sentence when it can't.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

TORCH = "torch.txt"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""Asked for torch alone, and only where no wheel nearer by and no NVIDIA GPU is found."""

_DEMO = ("site.txt", "worker.txt", TORCH)
_PIP_OPTIONS = (
    *("--only-binary=:all:", "--no-input", "--progress-bar=off", "--retries=2"),
    "--no-compile",  # most is never imported; the rest is compiled at its import, see bytecode.py
)
_STEP = re.compile(
    r"^(?:Collecting|Downloading|Using cached|Processing) (\S+)|^Installing (coll)", re.M
)
_OFFLINE = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|SSLError"
    r"|Temporary failure in name resolution|Read timed out|Connection (?:refused|reset|broken)"
)
_REASONS = (
    (re.compile(r"No space left on device|Errno 28"), "the disk is full."),
    (_OFFLINE, "no package index could be reached; is there a network?"),
    (
        re.compile(r"No matching distribution found for (\S+)"),
        "there is no wheel of {} for this machine and Python {}.",
    ),
    (re.compile(r"DO NOT MATCH THE HASHES"), "a package differs from the one that was locked."),
    (re.compile(r"Permission denied: '([^']+)'"), "{} can't be written."),
)


class CannotInstall(Exception):
    """The reason why the environment can't be made, for the person who started it."""


def locks_for(command: str) -> tuple[str, ...]:
    """The files under `requirements/` that a command of manage.py needs, in order."""
    return (*_DEMO, "test.txt") if command == "test" else _DEMO


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what an operating system says about `path` into `CannotInstall`."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotInstall(f"The disk that holds {path} is full.") from error
        raise CannotInstall(f"{path} can't be written: {error.strerror}.") from error


def install(names: Sequence[str], folder: Path, log: Path) -> None:
    """Bring this environment to the locks `names` in `folder`; pip's words go to `log`.

    Raises CannotInstall.
    """
    hashed = [name for name in names if name != TORCH]
    with explained(log):
        log.write_bytes(b"")
        pip = _find_pip(log)
        files = [word for name in hashed for word in ("-r", str(folder / name))]
        # The locks name all that is needed, and leave out what has no wheel and is never imported.
        _run("the libraries", [*pip, "install", *_PIP_OPTIONS, "--no-deps", *files], log)
        if TORCH in names:
            _install_torch(pip, (folder / TORCH).read_text().splitlines()[-1], log)


def _install_torch(pip: Sequence[str], pin: str, log: Path) -> None:
    """torch's default build brings gigabytes of CUDA: only a machine with such a GPU gets it.

    Its own dependencies stand in the worker's lock, hence --no-deps for the CPU build.
    """
    plain = [*pip, "install", *_PIP_OPTIONS]
    if not sys.platform.startswith("linux") or _has_nvidia_gpu():
        _run("torch", [*plain, pin], log)
        return
    cpu_only = [*plain, "--no-deps", f"{pin}+cpu"]
    try:
        _run("torch for the CPU, from what pip knows", cpu_only, log)
    except CannotInstall:
        _run("torch for the CPU", [*cpu_only, "--index-url", TORCH_CPU_INDEX], log)


def install_beside_torch(packages: Sequence[str], log: Path) -> None:
    """Install packages that fit the installed torch; pip's words go to `log`.

    torchvision comes from torch's own index, in the version made for this torch: another one breaks
    every model. Raises CannotInstall.
    """
    with explained(log):
        log.write_bytes(b"")
        pip = _find_pip(log)
    torch = importlib.metadata.version("torch")
    for name in packages:
        plain = [*pip, "install", *_PIP_OPTIONS, name]
        if name != "torchvision":
            _run(name, plain, log)
            continue
        # Everything else that it needs is here, so the index is asked for it alone.
        fitting = [*plain, f"torch=={torch}"]
        on_cpu = torch.endswith("+cpu")
        _run(name, [*fitting, "--index-url", TORCH_CPU_INDEX] if on_cpu else fitting, log)


def _has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()


def _find_pip(log: Path) -> list[str]:
    """The base Python's pip serves this environment too, which spares it a pip of its own."""
    base = getattr(sys, "_base_executable", sys.executable)
    own = [sys.executable, "-m", "pip"]
    for candidate in ([base, "-m", "pip", "--python", sys.executable], own):
        found = subprocess.run([*candidate, "--version"], capture_output=True, check=False)
        if found.returncode == 0:
            return candidate
    try:
        _run("pip", [sys.executable, "-m", "ensurepip"], log)
    except CannotInstall as error:
        raise CannotInstall(
            "This Python has no pip: install it first (on Debian the package python3-pip)."
        ) from error
    return own


def _run(title: str, argv: Sequence[str], log: Path) -> None:
    """Run one step to its end while saying how far it is; raises CannotInstall."""
    before = log.stat().st_size
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with log.open("ab") as stream:
        step = subprocess.Popen(
            argv, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        began = time.monotonic()
        live = sys.stderr.isatty()
        told = 0.0
        while True:
            elapsed = time.monotonic() - began
            if live or elapsed >= told:
                _tell(f"Installing {title}: {_latest(log)} ({elapsed:.0f} s)", live=live)
                told = elapsed + 15
            with contextlib.suppress(subprocess.TimeoutExpired):
                step.wait(timeout=0.5)
                break
        if step.returncode == 0:
            _tell(f"Installed {title} in {time.monotonic() - began:.0f} s.", live=live)
        if live:
            sys.stderr.write("\n")
    finally:
        if step.poll() is None:
            step.kill()
            step.wait()
    if step.returncode:
        said = log.read_text(errors="replace")[before:]
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        reasons = ((pattern.search(said), sentence) for pattern, sentence in _REASONS)
        known = (sentence.format(*found.groups(), python) for found, sentence in reasons if found)
        reason = next(known, f"pip failed; its words are in {log}.")
        raise CannotInstall(f"Could not install {title}: {reason}")


def _latest(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4000))
        found = _STEP.findall(stream.read().decode(errors="replace"))
    if not found:
        return "starting"
    fetched, unpacking = found[-1]
    return "unpacking" if unpacking else Path(fetched).name


def _tell(line: str, *, live: bool) -> None:
    sys.stderr.write(f"\r\033[K{line}" if live else f"{line}\n")
    sys.stderr.flush()
