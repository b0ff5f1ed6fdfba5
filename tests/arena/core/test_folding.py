from __future__ import annotations

import pytest

from arena.core.folding import folded


@pytest.mark.parametrize(
    "other",
    [
        *("Café 2", "CAFÉ 2", "café  2", " Café 2 ", "Café\u00a02", "Cafe\u0301 2", "Café2"),
        *("Ｃａｆé ２", "Ca\u200bfé 2", "Café\u00ad 2", "ⓒafé ②", "Ca\u202efé 2"),
    ],
)
def test_what_a_reader_sees_as_one_name_is_one(other):
    assert folded(other) == folded("Café 2")


@pytest.mark.parametrize("other", ["Cafe 2", "Café 3", "Café", "Café 2 B", "Café-2"])
def test_what_a_reader_can_tell_apart_is_not(other):
    assert folded(other) != folded("Café 2")


def test_folding_twice_changes_nothing():
    assert folded(folded("Straße ﬁx")) == folded("STRASSE FIX") == "strassefix"
