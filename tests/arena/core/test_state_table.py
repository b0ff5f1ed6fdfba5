"""State as a table."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from arena.core.errors import Conflict
from arena.core.state_table import transition

TABLE = {"open": frozenset({"shut", "lost"}), "shut": frozenset({"open"}), "lost": frozenset()}
PAIRS = [(one, other) for one in TABLE for other in TABLE]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_only_what_the_table_allows_happens(before, after):
    row = SimpleNamespace(state=before)
    if after in TABLE[before]:
        transition(row, after, allowed=TABLE)
        assert row.state == after
    else:
        with pytest.raises(Conflict):
            transition(row, after, allowed=TABLE)
        assert row.state == before


@pytest.mark.parametrize("state", ["", "unknown", "OPEN"])
def test_an_unknown_state_leads_nowhere(state):
    with pytest.raises(Conflict):
        transition(SimpleNamespace(state=state), "open", allowed=TABLE)


def test_a_visitor_reads_a_sentence_and_a_log_the_states():
    with pytest.raises(Conflict) as refused:
        transition(SimpleNamespace(state="lost"), "open", allowed=TABLE)
    assert refused.value.message == Conflict.message
    assert str(refused.value.__cause__) == "lost can't become open"
