"""The hooks of .pre-commit-config.yaml fire for the files that they are there for."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.architecture.sources import ROOT, tracked


@pytest.fixture(scope="module")
def hooks():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    return {hook["id"]: hook for repo in config["repos"] for hook in repo["hooks"]}


def test_every_pattern_meets_a_tracked_file(hooks):
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    idle = [
        name
        for name, hook in hooks.items()
        if not any(re.search(hook.get("files", ""), file) for file in names)
    ]
    assert idle == []


def test_a_changed_table_asks_for_its_migration(hooks):
    tables = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py"
        and b"models.Model)" in path.read_bytes()
        and "tests" not in path.parts
    ]
    assert len(tables) > 3
    missed = [file for file in tables if not re.search(hooks["migrations"]["files"], file)]
    assert missed == []
