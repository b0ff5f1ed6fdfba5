"""What both programs can store and send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_worker.wire.texts import writable


@given(st.text(st.characters(codec=None)))
def test_what_is_writable_can_be_written_as_utf8_and_json(text):
    kept = writable(text)
    assert "\0" not in kept
    assert json.loads(json.dumps(kept, ensure_ascii=False).encode()) == kept


@given(st.text())
def test_text_without_nul_is_left_alone(text):
    text = text.replace("\0", "")
    assert writable(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Grüße\r\n\x1b[0m \t\xa0 e\u0301", "Grüße\r\n\x1b[0m \t\xa0 e\u0301"),
        ("\n leading and trailing \n", "\n leading and trailing \n"),
        ("a\0b", "ab"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("\ud83d\udd25", "🔥"),
    ],
)
def test_only_what_nothing_can_hold_is_changed(text, kept):
    assert writable(text) == kept
