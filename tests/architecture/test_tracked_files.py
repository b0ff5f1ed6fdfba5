"""What a stranger's clone holds."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT, tracked

REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("deb", "debian", "org"),
            ("proxy", "golang", "org"),
        ]
    ).encode()
)
MACHINE = re.compile(rb"(?<![\w.])/(?:work|root/\.|home/\w+|opt/pypi)/")
LARGEST_BYTES = 20 * 1024 * 1024


@pytest.fixture(scope="module")
def files():
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in tracked()}


def test_no_file_names_a_package_registry(files):
    assert [name for name, content in files.items() if REGISTRIES.search(content)] == []


def test_pytorchs_index_stands_in_one_place(files):
    index = b"download." + b"pytorch.org"
    assert [name for name, content in files.items() if index in content] == [
        "arena/bootstrap/installation.py"
    ]


def test_no_file_names_a_path_of_somebodys_machine(files):
    code = {name: content for name, content in files.items() if not name.endswith(".safetensors")}
    assert [name for name, content in code.items() if MACHINE.search(content)] == []


def test_no_file_is_too_large_for_a_clone(files):
    assert [name for name, content in files.items() if len(content) > LARGEST_BYTES] == []


def test_every_top_level_folder_has_its_place(files):
    tops = {name.split("/")[0] for name in files if "/" in name}
    assert tops <= {
        *("arena", "inference_worker", "templates", "static", "tests", "docs", "requirements"),
        ".ci",
    }
