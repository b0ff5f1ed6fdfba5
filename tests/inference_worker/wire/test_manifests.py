"""Manifests of backends, read from their source."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from inference_worker.wire import manifests
from inference_worker.wire.manifests import BackendManifest, BadManifest
from tests.architecture.sources import ROOT

GOOD = 'MANIFEST = BackendManifest(title="t", summary="s", source="o", examples=("e",))\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.py").write_text("")
    (tmp_path / "__init__.py").write_text("")
    return tmp_path


def test_a_module_and_a_package_are_found_and_not_imported(folder):
    (folder / "one.py").write_text(f"import no_such_library\n{GOOD}")
    (folder / "two").mkdir()
    (folder / "two" / "__init__.py").write_text(f"raise SystemExit\n{GOOD}")
    (folder / "notes").mkdir()
    assert manifests.names(folder) == ["one", "two"]
    expected = BackendManifest("t", "s", "o", ("e",))
    assert [manifests.read(name, folder) for name in ("one", "two")] == [expected, expected]


def test_words_are_read_as_they_are_where_they_are_marked_for_translation(folder):
    (folder / "one.py").write_text(GOOD.replace('"t"', 'gettext_noop("t")'))
    assert manifests.read("one", folder).title == "t"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no MANIFEST"),
        ("MANIFEST = (", "can't be read"),
        ("MANIFEST = None", "keywords alone"),
        ("MANIFEST: object", "keywords alone"),
        ("MANIFEST = BackendManifest('t', 's', 'o', ('e',))", "keywords alone"),
        (GOOD.replace('"t"', "TITLE"), "more than literals"),
        (GOOD.replace('"t"', "gettext_noop(TITLE)"), "more than literals"),
        (GOOD.replace('"t"', 'gettext_noop("t", "u")'), "more than literals"),
        (GOOD.replace('"t"', "1"), "title"),
        (GOOD.replace("title", "name"), "title|name"),
        (GOOD.replace("(title", "(**MORE, title"), "more than literals"),
        (GOOD.replace("))", "), images=-1)"), "images"),
        (GOOD.replace("))", '), remote="yes")'), "remote"),
    ],
)
def test_a_bad_manifest_is_refused_by_the_name_of_its_backend(folder, text, reason):
    (folder / "bad.py").write_text(text)
    with pytest.raises(BadManifest, match=reason) as refused:
        manifests.read("bad", folder)
    assert "'bad'" in str(refused.value)


def test_a_name_without_a_backend_has_no_manifest():
    assert manifests.find("vllm") is None
    assert manifests.find("base") is None
    assert manifests.find("../settings") is None
    with pytest.raises(BadManifest, match="can't be read"):
        manifests.read("vllm")


def test_the_command_prints_every_backend_and_imports_none():
    code = "import sys; from inference_worker.wire import manifests; code = manifests.main()"
    heavy = "{'torch', 'transformers', 'openai', 'inference_worker.backends'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; assert not {heavy}; sys.exit(code)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name, one in manifests.every().items():
        assert f"{name}: {one.title}" in done.stdout


def test_the_site_compares_nothing_with_the_name_of_a_backend():
    names = set(manifests.names())
    found = []
    for path in sorted((ROOT / "arena").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            operands = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            said = {one.value for one in operands if isinstance(one, ast.Constant)}
            found += [f"{path.relative_to(ROOT)}:{node.lineno}"] if said & names else []
    assert found == []
