from __future__ import annotations

import gzip
import io
import json
import sys
from datetime import UTC, datetime

import pytest

from arena.rating.vote_columns import KNOWN
from arena.rating.vote_tables import UnusableFile, table

ROWS = [["model_a", "model_b", "winner"], ["x", "y", "tie"], ["y", "x", "model_a"]]
OBJECTS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
COLUMNS = {title: [row[i] for row in ROWS[1:]] for i, title in enumerate(ROWS[0])}


def read(content):
    return list(table(io.BytesIO(content), "votes", KNOWN))


def as_text(separator):
    return "".join(separator.join(row) + "\n" for row in ROWS)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_first_line(separator):
    assert read(as_text(separator).encode()) == ROWS


def test_a_separator_inside_other_titles_misleads_nobody():
    text = '"a;b;c;d",model_a,model_b,winner\n1,x,y,tie\n'
    assert read(text.encode())[1] == ["1", "x", "y", "tie"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_are_read_as_their_first_ones_say(encoding):
    assert read(as_text(",").encode(encoding)) == ROWS
    assert read(json.dumps(OBJECTS).encode(encoding)) == ROWS


def index(values):
    return {str(i): value for i, value in enumerate(values)}


DOCUMENTS = {
    "objects": OBJECTS,
    "objects in a page of a data set": {"rows": [{"row": row} for row in OBJECTS]},
    "objects beside other things": {"schema": {}, "data": OBJECTS},
    "columns": COLUMNS,
    "columns by row": {title: index(values) for title, values in COLUMNS.items()},
    "rows under their titles": {"columns": ROWS[0], "index": [0, 1], "data": ROWS[1:]},
}


@pytest.mark.parametrize("form", DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_of_json_is_read_in_any_form(form, indent):
    assert read(json.dumps(DOCUMENTS[form], indent=indent).encode()) == ROWS


def test_lines_of_json_are_read_and_what_is_none_has_one_cell():
    lines = [json.dumps(OBJECTS[0]), "", "{torn", "[1]", json.dumps(OBJECTS[1])]
    found = read("\n".join(lines).encode())
    assert found == [ROWS[0], ROWS[1], ["{torn\n"], ["[1]"], ROWS[2]]


def test_one_line_of_json_is_one_vote():
    assert read(json.dumps(OBJECTS[0]).encode()) == ROWS[:2]


def test_keys_may_be_missing_and_others_are_passed_over():
    lines = [{"model_a": "x", "conversation_a": ["long"] * 9}, {"Winner": None, "tstamp": 1.5}]
    found = read("\n".join(map(json.dumps, lines)).encode())
    assert found == [["model_a", "winner", "tstamp"], ["x", "", ""], ["", "", "1.5"]]


def parquet(**columns):
    # Not at the top: else each run of this folder would load pyarrow before its first test.
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_parquet_is_read_with_its_types():
    import pyarrow as pa

    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    times = pa.array([moment, None], pa.timestamp("ns", "Europe/Berlin"))
    names = pa.array(["x", "y"]).dictionary_encode()
    talk = pa.array([[{"role": "user"}]] * 2)
    content = parquet(
        model_a=names, winner_tie=[1, 0], tstamp=times, conv_metadata=talk, other=[1, 2]
    )
    head, first, second = read(content)
    assert head == ["model_a", "winner_tie", "tstamp", "conv_metadata"]
    assert (first[:2], second) == (["x", "1"], ["y", "0", "", ""])
    assert datetime.fromisoformat(first[2]) == moment


def test_parquet_inside_gzip_is_read():
    assert read(gzip.compress(parquet(**COLUMNS))) == ROWS


def test_parquet_without_its_library_ends_with_a_sentence(monkeypatch):
    content = parquet(**COLUMNS)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UnusableFile, match="is a Parquet file, which pyarrow reads"):
        read(content)


@pytest.mark.parametrize("cut", [5, 60, 200])
def test_a_torn_parquet_ends_with_a_sentence(cut):
    with pytest.raises(UnusableFile, match="votes cannot be read"):
        read(parquet(**COLUMNS)[:cut])


def test_a_torn_page_of_parquet_ends_with_a_sentence():
    content = parquet(**COLUMNS)
    with pytest.raises(UnusableFile, match="votes cannot be read"):
        read(content[:4] + b"\xff" * 40 + content[44:])


def test_pipes_can_be_read():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert list(table(Pipe(as_text(",").encode()), "votes", KNOWN)) == ROWS
