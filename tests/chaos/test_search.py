"""The search for leaks finds what is planted: a search that finds nothing proves nothing."""

from __future__ import annotations

import base64

import pytest

from tests.chaos.leaks import SUPPORT, Findings, _pattern


@pytest.mark.parametrize("text", ["Quiet Heron", "QUIET HERON", "xQuiet Heronx", "quiet heron"])
def test_a_name_is_found_in_any_case_and_place(text):
    assert _pattern({"Quiet Heron"}).search(text)


@pytest.mark.parametrize("before", ["", "x", "xx"])
@pytest.mark.parametrize("after", ["", "y", "yy"])
def test_a_name_is_found_in_base64(before, after):
    hidden = base64.b64encode(f"{before}Quiet Heron{after}".encode()).decode()
    assert _pattern({"Quiet Heron"}).search(hidden)


def test_another_name_is_not_found():
    assert not _pattern({"Quiet Heron"}).search("Amber Newt")


def played(*, models):
    """Findings of so many battles; a word of theirs goes with each model's slug."""
    found = Findings()
    for number, pair in enumerate(models):
        battle = f"battle-{number}"
        found.models[battle] = set(pair)
        found.battles["everywhere"].add(battle)
        for slug in pair:
            found.battles[f"colour-of-{slug}"].add(battle)
    return found


def test_a_word_that_goes_with_one_model_is_reported():
    found = played(models=[("heron", "newt"), ("stoat", "plover"), ("heron", "stoat")] * SUPPORT)
    assert "'colour-of-heron' goes with heron" in found.betrayers()


def test_a_word_that_all_battles_say_is_not_reported():
    found = played(models=[("heron", "newt"), ("stoat", "plover")] * SUPPORT)
    assert not [line for line in found.betrayers() if "everywhere" in line]
