"""What templates and scripts owe each other, and what the content policy forbids both."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.template.loader import render_to_string

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
DJANGOS = Path(admin.__file__).parent
OTHERS = (p for kind in ("*.py", "*.html", "*.css", "*.js") for p in DJANGOS.rglob(kind))
GIVEN = "\n".join(
    p.read_text() for p in (*TEMPLATES, *SCRIPTS, *(ROOT / "arena").rglob("*.py"), *OTHERS)
)
"""Where a class can come from; what a number or a word of the server ends is in MADE."""
MADE = re.compile(
    r"(?:win|many|place-)-\d|shares--\w+|field-(?:draw|newest|picture|probe)|messagelist"
)
PHYSICAL = re.compile(
    r"^\s*(?:(?:scroll-)?(?:margin|padding|border)-(?:left|right)\b|(?:left|right|float): (?!none)"
    r"|(?:margin|padding|inset):(?: [^ ;]+){3} [^ ;(]+;)",
    re.MULTILINE,
)
"""A side by its place on the screen, which does not turn round where a language does."""
WORD_IN_SCRIPT = re.compile(r"\bword\(\s*\"([a-z-]+)\"")
WORD_IN_TEMPLATE = re.compile(r"data-word=\"([a-z-]+)\"")
LONGEST_SCRIPT = 200


def modules_of(entry):
    """A script and everything it imports."""
    found, waiting = set(), [entry]
    while waiting:
        script = waiting.pop()
        if script not in found:
            found.add(script)
            names = re.findall(r"(?:from |import\()\"\./([a-z]+\.js)\"", script.read_text())
            waiting += [script.parent / name for name in names]
    return found


@pytest.mark.parametrize("page", ["compose", "battle"])
def test_every_word_of_a_page_s_scripts_stands_in_its_template(page):
    scripts = "".join(s.read_text() for s in modules_of(ROOT / f"static/js/{page}.js"))
    names = (f"_{page}_words.html", "_question_words.html")  # the first includes the second
    template = "".join((ROOT / "templates/battle_pages" / name).read_text() for name in names)
    assert set(WORD_IN_SCRIPT.findall(scripts)) <= set(WORD_IN_TEMPLATE.findall(template))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_code(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stay_small(script):
    assert len(script.read_text().splitlines()) < LONGEST_SCRIPT


@pytest.mark.parametrize("name", ["500.html", "403_csrf.html", "404.html"])
def test_error_pages_need_no_request(name):
    html = render_to_string(name)
    assert "<h1>" in html
    assert "csrfmiddlewaretoken" not in html


def test_colours_are_named_for_both_themes_in_one_place():
    for sheet in SHEETS:
        colours = re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", sheet.read_text())
        assert colours == [] or sheet.name == "tokens.css", sheet.name


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_sides_turn_round_with_the_language(sheet):
    assert PHYSICAL.findall(sheet.read_text()) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_class_of_a_sheet_is_given_to_something(sheet):
    rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", sheet.read_text(), flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][\w-]*)", rules))
    assert {name for name in classes if name not in GIVEN and not MADE.match(name)} == set()


def test_what_the_manifest_names_is_there():
    icons = json.loads((ROOT / "static/site.webmanifest").read_text())["icons"]
    assert all((ROOT / "static" / icon["src"]).is_file() for icon in icons)
