"""What site and worker agree on about repositories of the Hub: names, files, native families."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
"""OWNER/NAME."""
COMMIT = re.compile(r"[0-9a-f]{40}")
"""What pins a revision."""
FILES = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt")
"""The files that a worker fetches; no other format of weights is ever read."""

MISSING_PACKAGES = 3
"""The exit status of the program that prepares a model where packages have to be installed."""

_NATIVE = Path(__file__).with_name("native_architectures.txt")


@cache
def native_architectures() -> dict[str, str]:
    """Return the class that the pinned transformers has for each ``model_type`` of a config.json.

    Only families that take a picture and a text and answer with text are listed.
    """
    lines = _NATIVE.read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: architecture for [name, architecture] in pairs}
