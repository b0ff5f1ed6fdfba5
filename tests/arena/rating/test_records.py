from __future__ import annotations

import pytest

from arena.rating import records as module
from arena.rating.records import RecordReader


def lines(text):
    return text.splitlines(keepends=True)


def seen(text):
    """Every record with its line; torn ones are read again."""
    records, found = RecordReader(lines(text)), []
    for record in records:
        torn = records.unclosed and records.reread()
        found.append((records.line, None if torn else record))
    return found


def test_records_carry_the_number_of_their_first_line():
    assert seen('a,b\n"x\ny",2\nc,d\n') == [(1, ["a", "b"]), (2, ["x\ny", "2"]), (4, ["c", "d"])]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone():
    assert seen('a,b\n1,"x\n2,y\n3,z\n') == [
        (1, ["a", "b"]),
        (2, None),
        (3, ["2", "y"]),
        (4, ["3", "z"]),
    ]


def test_several_open_quotes_cost_a_line_each():
    found = seen('a,"\nb,c\nd,"\ne,f\ng,"\n')
    assert [line for line, record in found if record == ["e", "f"]] == [4]
    assert found[-1][0] == 5


def test_an_open_quote_in_the_last_line_is_seen():
    records = RecordReader(lines('a,b\n1,"x'))
    assert [records.unclosed for _ in records] == [False, True]
    assert not records.reread()


@pytest.mark.parametrize("text", ["", "a", "a\n", '"a"\n', "\n"])
def test_whole_files_have_nothing_unclosed(text):
    records = RecordReader(lines(text))
    assert not any(records.unclosed for _ in records)


def test_reading_again_has_an_end(monkeypatch):
    monkeypatch.setattr(module, "_MOST_AGAIN", 10)
    found = seen('x","\n' * 50)
    assert len(found) < 50


def test_a_field_may_be_longer_than_the_usual_limit():
    assert len(seen(f"a,{'x' * 200_000}\n")[0][1][1]) == 200_000
