"""Old leaderboards can be computed again: the first version of each method stays as it was."""

from __future__ import annotations

import json

import pytest

from arena.rating.methods import available_methods, load_method
from tests.arena.rating.methods import first_version


@pytest.fixture(scope="module")
def kept():
    return json.loads(first_version.KEPT.read_text())


def test_the_first_version_computes_what_it_always_did(kept):
    now = first_version.boards(version=1)
    assert {name: now[name] for name in kept} == kept


def test_the_newest_version_is_another(kept):
    now = first_version.boards()
    assert [name for name in kept if now[name] == kept[name]] == []


@pytest.mark.parametrize("method", available_methods())
def test_a_version_has_a_number(method):
    assert load_method(method).VERSION >= 2


def test_a_style_that_no_answer_had_is_not_reported():
    votes = first_version.votes_of(5, 60)
    fit = load_method("style_controlled").fit(votes, models=first_version.MODELS)
    assert list(fit.details["style"]) == ["token_length", "headers", "lists"]
