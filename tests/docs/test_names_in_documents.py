"""What documents name is there: links, files, settings, commands, modules and what is in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.architecture import walls
from tests.architecture.sources import ROOT, tracked
from tests.architecture.test_environment_file import listed

DOCUMENTS = sorted(
    path for path in tracked() if path.suffix == ".md" and "checkpoints" not in path.parts
)
BY_THE_BOOTSTRAP = {"demo", "test"}
"""Commands that manage.py knows before Django."""
KINDS = "py|md|toml|txt|html|yml|conf|json|css|js|in|svg|acl"
ROOMS = ("", "arena", "inference_worker", "docs", "tests/e2e", "tests/arena/rating")
"""Where a path in a document may begin, beside the document's own folder."""
TASKS = set(walls.task_names(ROOT))
"""A task keeps the name under which it may wait in a queue, wherever its module is."""
APPS = sorted(path.parent.name for path in (ROOT / "arena").glob("*/__init__.py"))


def named(path):
    return str(path.relative_to(ROOT))


def spans(path):
    """The words between backticks, line by line."""
    return re.findall(r"`([^`\n]+)`", path.read_text())


def anchors(path):
    """What a browser can jump to: each heading in small letters, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.fixture(params=DOCUMENTS, ids=named)
def document(request):
    return request.param


def test_every_link_leads_somewhere(document):
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if "://" not in link and not (
            target.exists() and (not anchor or anchor in anchors(target))
        ):
            dead.append(link)
    assert dead == []


def test_every_file_that_is_named_is_in_the_tree(document):
    found = [
        span for span in spans(document) if re.fullmatch(rf"[\w./-]+/[\w.-]+\.({KINDS})", span)
    ]
    places = [document.parent, *(ROOT / room for room in ROOMS)]
    relative = [name for name in found if not name.startswith("/")]
    assert [n for n in relative if not any((place / n).exists() for place in places)] == []


def test_every_setting_that_is_named_is_in_the_example(document):
    names = set(re.findall(r"\bARENA_[A-Z_]*[A-Z]\b", document.read_text())) - set(listed())
    assert {name.removesuffix("_FILE") for name in names} - set(listed()) == set()


def test_every_command_that_is_named_is_one_of_manage_py(document):
    commands = set(re.findall(r"\bmanage\.py\s+([a-z]\w+)", document.read_text()))
    assert commands - set(get_commands()) - BY_THE_BOOTSTRAP == set()


def test_every_program_that_is_named_can_be_started(document):
    modules = re.findall(r"\b((?:tests|arena|inference_worker)(?:\.\w+)+)", document.read_text())
    settled = [name for name in set(modules) - TASKS if not is_file(name)]
    assert [name for name in settled if not is_there(name.split("."))] == []


def test_what_is_named_with_its_module_is_in_it(document):
    dotted = [span.partition("(")[0] for span in spans(document)]
    of_apps = [name for name in dotted if re.fullmatch(rf"({'|'.join(APPS)})(\.\w+)+", name)]
    settled = [name for name in of_apps if not (is_permission(name) or is_file(name))]
    assert [name for name in settled if not is_there(["arena", *name.split(".")])] == []


def test_every_table_is_whole(document):
    """A row after an empty line is text with bars; a row with more cells loses the last."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.M | re.S)
    for block in re.findall(r"(?:^ *\|.*\n)+", text + "\n", re.M):
        rows = [re.sub(r"\\\||`[^`]*`", "", row) for row in block.strip().splitlines()]
        assert len(rows) > 1, block
        assert re.fullmatch(r"[ |:-]+", rows[1]), block
        assert {row.strip().count("|") for row in rows} == {rows[0].strip().count("|")}, block


def is_there(words):
    """Whether the first words name a module or package, and the next one stands in its text."""
    place, rest = ROOT, list(words)
    while rest and (place / rest[0]).is_dir():
        place = place / rest.pop(0)
    if rest and (place / f"{rest[0]}.py").exists():
        place = place / f"{rest.pop(0)}.py"
    return not rest or any(re.search(rf"\b{rest[0]}\b", text) for text in texts(place))


def texts(place):
    files = [place] if place.suffix else sorted(place.glob("*.py"))
    return [file.read_text() for file in files]


def is_permission(name):
    return bool(re.fullmatch(r"\w+\.(add|change|delete|view|try|switch|erase)_\w+", name))


def is_file(name):
    """Or the number of a migration."""
    ending = Path(name).suffix.lstrip(".")
    return ending in {*KINDS.split("|"), "sqlite3"} or ending.isdecimal()
