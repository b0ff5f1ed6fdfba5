from __future__ import annotations

import pytest

from arena.rating.vote_file import BadRow, UnusableFile, read_votes

HEADER = "model_a,model_b,winner,voter,category,tstamp\n"


def read(text):
    return read_votes(text.splitlines(keepends=True), "votes.csv")


def test_models_are_numbered_by_name():
    file = read("model_a,model_b,winner\nzeta,alpha,model_a\nalpha,beta,tie\n")
    assert file.models == ("alpha", "beta", "zeta")
    assert file.votes.a.tolist() == [2, 0]
    assert file.votes.outcome.tolist() == [0, 2]


def test_columns_may_stand_in_any_order_with_others():
    file = read("id,winner,model_b,model_a\n1,model_b,x,y\n")
    assert (file.models[file.votes.a[0]], file.models[file.votes.b[0]]) == ("y", "x")


def test_votes_are_ordered_by_their_time():
    file = read(f"{HEADER}x,y,tie,v,c,20\nx,y,model_a,v,c,3\n")
    assert file.votes.outcome.tolist() == [0, 2]


def test_dates_are_ordered_as_text():
    file = read(f"{HEADER}x,y,tie,v,c,2025-03-02\nx,y,model_a,v,d,2025-03-01\n")
    assert file.votes.outcome.tolist() == [0, 2]
    assert [file.categories[i] for i in file.category] == ["d", "c"]


def test_voters_are_numbered():
    file = read(f"{HEADER}x,y,tie,bob,c,1\nx,y,tie,ann,c,2\nx,y,tie,bob,c,3\n")
    assert file.votes.voter.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,x,tie", "'x' meets itself"),
        ("x,,tie", "a model has no name"),
        ("x,y,both", "winner 'both' is unknown"),
        ("x,y", "too few fields"),
    ],
)
def test_a_bad_row_is_named_and_left_out(line, reason):
    file = read(f"model_a,model_b,winner\nx,y,tie\n{line}\n")
    assert file.bad == (BadRow(3, reason),)
    assert len(file.votes) == 1


def test_an_empty_line_is_no_bad_row():
    assert read("model_a,model_b,winner\nx,y,tie\n\n  \n,,\n").bad == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column model_a, model_b, winner"),
        ("model_a,winner\n", "no column model_b"),
        ("model_a,model_b,winner\n", "no usable row"),
        ("model_a,model_b,winner\nx,x,tie\n", "line 2: 'x' meets itself"),
    ],
)
def test_a_file_without_a_usable_row_says_why(text, reason):
    with pytest.raises(UnusableFile, match=reason):
        read(text)


STYLED = "model_a,model_b,winner,bold_a,bold_b,headers_a\n"


def test_style_becomes_relative_differences():
    file = read(f"{STYLED}x,y,tie,3,1,9\nx,y,tie,0,0,9\n")
    assert file.features == ("bold",)
    assert file.votes.features is not None
    assert file.votes.features.tolist() == [[0.5], [0.0]]


PLAIN = "model_a,model_b,winner\n"


def test_a_model_of_bad_rows_alone_is_no_model():
    assert read(f"{PLAIN}x,y,tie\nz,z,tie\nz,x,perhaps\n").models == ("x", "y")


def test_margins_around_cells_do_not_count():
    file = read("Model_A , model_b,WINNER\n x,y , Model_A\nx, y,TIE\n")
    assert file.models == ("x", "y")
    assert file.votes.outcome.tolist() == [0, 2]


def test_a_torn_row_does_not_take_others_with_it():
    file = read(f'{PLAIN}x,y,"tie\ny,z,model_a\nz,x,"tie"\nx,z,tie\n')
    assert [(row.line, row.reason) for row in file.bad] == [(2, "a quote is not closed")]
    assert len(file.votes) == 3


def test_a_torn_name_is_no_name():
    file = read(f'{PLAIN}"x,y,tie\ny",z",model_a\nz,x,tie\n')
    assert file.models == ("x", 'y"', "z", 'z"')
    assert file.bad == (BadRow(2, "a quote is not closed"),)


def test_lines_before_the_header_may_be_blank():
    assert len(read(f"\n   \n{PLAIN}x,y,tie\n").votes) == 1


def test_a_vote_hidden_in_the_text_of_a_bad_row_is_no_vote():
    text = 'model_a,model_b,winner,prompt\nx,y,tie,hello\nx,y,never,"say\ny,x,model_a,\nplease"\n'
    file = read(text)
    assert [row.line for row in file.bad] == [3]
    assert len(file.votes) == 1


def test_long_texts_with_line_breaks_are_passed_over():
    file = read(f'model_a,model_b,winner,prompt\nx,y,tie,"{"word " * 50_000}\n\nend"\ny,x,tie,hi\n')
    assert (len(file.votes), file.bad) == (2, ())


def test_bytes_that_are_no_text_cost_their_row():
    file = read(f"{PLAIN}x,y,tie\nx,z\udcff,tie\n")
    assert [row.reason for row in file.bad] == ["a cell is no line of UTF-8 text"]


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(UnusableFile, match="more than one column winner"):
        read("model_a,model_b,winner,winner\nx,y,tie,model_a\n")


def test_reasons_stay_short():
    file = read(f"{PLAIN}x,y,tie\nx,y,{'long' * 5000}\n")
    assert len(file.bad[0].reason) < 80


def test_a_voter_column_without_voters_is_none():
    file = read(f"{HEADER}x,y,tie,,c,1\nx,y,tie,,c,2\n")
    assert file.votes.voter is None


def test_unknown_voters_stand_alone():
    file = read(f"{HEADER}x,y,tie,bob,c,1\nx,y,tie,,c,2\n")
    assert file.votes.voter.tolist() == [0, -1]


def test_sizes_beyond_all_measure_stay_finite():
    file = read(f"{STYLED}x,y,tie,1e308,1e308,9\nx,y,tie,1e308,0,9\nx,y,tie,5e-324,0,9\n")
    assert file.votes.features.tolist() == [[0.0], [1.0], [1.0]]


@pytest.mark.parametrize("cell", ["many", "-1", "inf", ""])
def test_a_size_that_is_none_names_the_row(cell):
    file = read(f"{STYLED}x,y,tie,3,1,9\nx,y,tie,{cell},1,9\n")
    assert [row.line for row in file.bad] == [3]
    assert repr(cell) in file.bad[0].reason
