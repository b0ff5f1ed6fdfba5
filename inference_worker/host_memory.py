"""The memory of this machine that models may take, within the limit of a container around it."""

from __future__ import annotations

import os
from pathlib import Path

SHARE = 0.8
"""The share of the available memory; requests, pictures and other programs need the rest."""
LEAST_MB = 512
"""A machine that says less than this is believed to have so much."""
UNKNOWN_MB = 4096
"""Taken where the system tells nothing."""

_ROOT = Path("/")


def budget_mb(root: Path = _ROOT) -> int:
    """Return the megabytes that models may take: SHARE of what is available at this moment.

    ``root`` is the folder in which ``proc`` and ``sys`` lie.
    """
    names = [line.split(":", 2) for line in _lines(root / "proc/self/cgroup")]
    found: list[int | None] = []
    for _, controllers, path in (name for name in names if len(name) == 3):
        if not controllers:
            top = root / "sys/fs/cgroup"
            files = ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup/memory"
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # A container often sees its own group as the top, whatever its name says.
        inner = top / path.strip("/")
        folders = {top, *(one for one in (inner, *inner.parents) if one.is_relative_to(top))}
        limit, used, reclaimable = files
        for folder in sorted(folders):
            # What the group's limit leaves, cached files aside; a group may have none.
            most, taken = _number(folder / limit), _number(folder / used)
            if most is not None and taken is not None:
                cached = [line.split() for line in _lines(folder / "memory.stat")]
                freed = (int(one[1]) for one in cached if len(one) == 2 and one[0] == reclaimable)
                found.append(max(0, most - taken + sum(freed)))
    known = [one for one in (_free_of_machine(root), *found) if one is not None]
    return max(LEAST_MB, int(min(known) * SHARE / 1e6)) if known else UNKNOWN_MB


def resident_mb(root: Path = _ROOT) -> int:
    """Return the megabytes of this process that are in memory; 0 where the system does not say."""
    for line in _lines(root / "proc/self/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 // 1_000_000
    return 0


def sees_nvidia(root: Path = _ROOT) -> bool:
    """Return whether this process may use an NVIDIA GPU, as far as files and variables tell."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1")
    return not hidden and (root / "dev/nvidiactl").exists()


def _free_of_machine(root: Path) -> int | None:
    """Return the bytes that the machine could still give; None where it does not say."""
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:  # macOS says how much there is, not how much is free
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError, AttributeError):
        return None


def _number(path: Path) -> int | None:
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdecimal() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except (OSError, ValueError):
        return []
