"""What the latency bench makes of frames: a token that is lost, doubled or late must show."""

from __future__ import annotations

import pytest

from tests.bench.added_latency import Reader
from tests.figures import quantile


def frame(side, more, state="streaming", html=""):
    return {"type": "side", "side": side, "state": state, "html": html, "more": more}


def read(*pieces, final):
    """A reader of side a. One piece arrives each second, from second 1 on."""
    reader = Reader()
    for second, piece in enumerate(pieces, start=1):
        reader.take(frame("a", piece), float(second))
    reader.take(frame("a", "", "ended", f"<p>{final}</p>"), len(pieces) + 1.0)
    return reader


def whole(reader, tokens):
    """Whether it is, with a side b that got the same."""
    reader.arrivals["b"], reader.final["b"] = reader.arrivals["a"], reader.final["a"]
    return reader.is_whole(tokens)


def test_all_tokens_in_order_are_whole():
    assert whole(read("1000000 ", "2000000 ", final="1000000 2000000"), 2)


def test_a_token_that_only_the_last_frame_has_counts_from_then():
    reader = read("1000000 ", final="1000000 2000000")
    assert reader.arrivals["a"] == [(1.0, 1.0), (2.0, 2.0)]


@pytest.mark.parametrize("pieces", [("2000000 ",), ("1000000 ", "1000000 "), ("1 ", "2000000 ")])
def test_a_lost_doubled_or_changed_token_is_not_whole(pieces):
    assert not whole(read(*pieces, final="1000000 2000000"), 2)


def test_the_delay_is_from_made_to_arrived():
    assert read("500000 ", "1500000 ", final="500000 1500000").delays(0.0, 9.0) == [0.5]


def test_a_quantile_is_the_value_that_the_share_does_not_exceed():
    assert (quantile(range(1, 101), 0.99), quantile(range(1, 21), 0.95)) == (99, 19)
