"""Code stays small enough to be read: the budgets of docs/architecture."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.architecture.sources import ROOT, functions, lines, modules

APP_LINES = 2600
"""Of a folder of the site, without migrations."""
LIBRARIES = {"rating"}
"""Packages of the site's folder that are no apps: pure, and used without the site, too."""
MODULE_LINES = 300
VIEW_LINES = 15
TASK_LINES = 5
GENERATE_LINES = 20
"""The worker's one task."""
BANNED_NAMES = {"utils", "util", "helpers", "helper", "managers", "manager", "common", "misc"}


def all_sizes():
    return sorted(lines(function) for path in modules() for function in functions(path))


def test_half_of_all_functions_have_twelve_lines_at_most():
    sizes = all_sizes()
    assert sizes[len(sizes) // 2] <= 12


def test_nine_tenths_of_all_functions_have_thirty_lines_at_most():
    sizes = all_sizes()
    assert sizes[len(sizes) * 9 // 10] <= 30


def test_no_module_is_longer_than_its_budget():
    long = {str(p.relative_to(ROOT)): p.read_text().count("\n") for p in modules()}
    assert {name: count for name, count in long.items() if count > MODULE_LINES} == {}


def test_no_app_of_the_site_is_longer_than_its_budget():
    sizes = Counter[str]()
    for path in modules():
        top, app, *_ = path.relative_to(ROOT).parts
        if top == "arena" and app not in LIBRARIES:
            sizes[app] += path.read_text().count("\n")
    assert {app: count for app, count in sizes.items() if count > APP_LINES} == {}
    assert len(sizes) > 30


def test_modules_are_named_for_what_they_are_about():
    assert [str(path) for path in modules() if path.stem in BANNED_NAMES] == []


def body_lines(function):
    """Without decorators, signature and docstring: what the function does."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def decorated_with(function, word):
    return any(word in ast.unparse(decorator) for decorator in function.decorator_list)


@pytest.mark.parametrize(
    "path", [p for p in modules() if "views" in (p.stem, p.parent.name)], ids=str
)
def test_a_view_is_only_an_edge(path):
    views = [f for f in functions(path) if f.args.args and f.args.args[0].arg == "request"]
    assert {view.name: lines(view) for view in views if lines(view) > VIEW_LINES} == {}


def test_a_task_is_a_doorbell():
    tasks = [
        (path, function)
        for path in modules()
        for function in functions(path)
        if decorated_with(function, "shared_task") or decorated_with(function, "app.task")
    ]
    budgets = {"arena": TASK_LINES, "inference_worker": GENERATE_LINES}
    top = {id(f): path.relative_to(ROOT).parts[0] for path, f in tasks}
    long = {f.name: body_lines(f) for _, f in tasks if body_lines(f) > budgets[top[id(f)]]}
    assert tasks
    assert long == {}
