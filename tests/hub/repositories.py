"""The repositories of a loopback Hub: folders OWNER/NAME, each with what the Hub knows of it.

A folder may hold ``hub.json``, which is served to nobody: ``cardData``, ``config``, ``gated``,
``evalResults``, ``safetensors``, ``downloads`` and the like, as the public Hub's API calls them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

ABOUT = "hub.json"
LARGE = (".safetensors", ".bin", ".pt")
"""Files that the public Hub stores apart and reaches by a redirect."""


@dataclass(frozen=True)
class HubRepository:
    """One repository at its only commit, which changes with its files."""

    name: str
    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """Return what the Hub's API says of it beside its files."""
        path = self.folder / ABOUT
        said: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return said

    @cached_property
    def files(self) -> dict[str, Path]:
        """Return the files by their paths."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path for path in found if path.name != ABOUT}

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file."""
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.files.items()
        }

    @property
    def commit(self) -> str:
        return hashlib.sha1(repr(sorted(self.digests.items())).encode()).hexdigest()  # noqa: S324  # git's own

    def info(self) -> dict[str, Any]:
        """Return everything that the API may say of it; the client asks for a part."""
        return {
            "_id": self.commit[:24],
            "id": self.name,
            "modelId": self.name,
            "author": self.name.partition("/")[0],
            "sha": self.commit,
            "private": False,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "pipeline_tag": "image-text-to-text",
            "tags": ["image-text-to-text"],
            "safetensors": self._safetensors(),
            "config": self._config(),
            "siblings": [{"rfilename": name} for name in self.files],
            **self.about,
        }

    def tree(self) -> list[dict[str, Any]]:
        """Return all files with their sizes, large ones with what stands for them in git."""
        return [self._entry(name, self.size_of(name)) for name in self.files]

    def size_of(self, name: str) -> int:
        """Return the bytes of a file, or what ``sizes`` in hub.json claims them to be."""
        claimed: dict[str, int] = self.about.get("sizes", {})
        return claimed.get(name, self.files[name].stat().st_size)

    def _entry(self, name: str, size: int) -> dict[str, Any]:
        digest = self.digests[name]
        entry = {"type": "file", "path": name, "oid": digest[:40], "size": size}
        if name.endswith(LARGE):
            entry["lfs"] = {"oid": digest, "size": size, "pointerSize": 134}
        return entry

    def _config(self) -> dict[str, Any] | None:
        """Return the part of config.json that the Hub's API repeats."""
        if "config.json" not in self.files:
            return None
        config = json.loads(self.files["config.json"].read_text())
        return {name: config[name] for name in ("architectures", "model_type") if name in config}

    def _safetensors(self) -> dict[str, Any] | None:
        """Return the numbers of parameters by their types, from the headers."""
        counts: Counter[str] = Counter()
        for name, path in self.files.items():
            if name.endswith(".safetensors"):
                data = path.read_bytes()
                [length] = struct.unpack("<Q", data[:8])
                header = json.loads(data[8 : 8 + length])
                for key, tensor in header.items():
                    if key != "__metadata__":
                        counts[tensor["dtype"]] += prod(tensor["shape"])
        return {"parameters": dict(counts), "total": sum(counts.values())} if counts else None


def read(folder: Path) -> dict[str, HubRepository]:
    """Return the repositories below a folder by name."""
    found = sorted(path for path in folder.glob("*/*") if path.is_dir())
    return {
        name: HubRepository(name, path)
        for path in found
        if (name := f"{path.parent.name}/{path.name}")
    }
