from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating.vote_file import read_votes
from arena.rating.vote_rows import BadRow
from arena.rating.vote_tables import UnusableFile

HEADER = "model_a,model_b,winner,voter,category,tstamp\n"


def read(text, **options):
    stream = io.BytesIO(text.encode(errors="surrogateescape"))
    return read_votes(stream, "votes.csv", **options)


def named(file):
    """Each vote as the names of its sides and the code of its outcome."""
    names = [[file.models[i] for i in column] for column in (file.votes.a, file.votes.b)]
    return list(zip(*names, file.votes.outcome.tolist(), strict=True))


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


def test_dates_are_ordered_by_their_instant():
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


@pytest.mark.parametrize("cell", ["many", "-1", "inf", "", '"1,200"', "1e400"])
def test_a_row_without_usable_style_is_left_out_of_style_control_alone(cell):
    file = read(f"{STYLED}x,y,tie,3,1,9\nx,y,model_a,{cell},1,9\n")
    assert (len(file.votes), file.bad, file.styled.tolist()) == (2, (), [True, False])
    styled = file.with_style()
    assert styled.votes.outcome.tolist() == [2]
    assert "1 of 2 rows have no usable style" in styled.notes[-1]


def test_style_control_needs_style():
    with pytest.raises(UnusableFile, match="no row has usable bold"):
        read(f"{STYLED}x,y,tie,,1,9\n").with_style()
    with pytest.raises(UnusableFile, match="token_length_a"):
        read(f"{PLAIN}x,y,tie\n").with_style()


def test_the_category_of_styled_rows_stays_with_them():
    file = read("model_a,model_b,winner,category,bold_a,bold_b\nx,y,tie,c,,\nx,y,tie,d,1,2\n")
    assert file.with_style().category.tolist() == [1]


ONE_HOT = "id,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n"


def test_one_column_for_each_outcome_is_a_winner():
    file = read(f"{ONE_HOT}1,x,y,1,0,0\n2,x,y,0,1,0\n3,x,y,0,0,1\n4,x,y,True,False,False\n")
    assert file.votes.outcome.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize("cells", ["1,1,0", "0,0,0", "2,0,0", "1,maybe,0"])
def test_two_outcomes_or_none_are_no_winner(cells):
    rows = "1,x,y,1,0,0\n2,x,y,0,1,0\n3,x,y,0,0,1\n"
    file = read(f"{ONE_HOT}{rows}4,x,y,{cells}\n")
    assert [row.line for row in file.bad] == [5]


def test_models_called_like_sides_do_not_confuse_columns_of_outcomes():
    file = read(f"{ONE_HOT}1,model_b,model_a,1,0,0\n2,model_a,model_b,0,1,0\n")
    assert named(file) == [("model_b", "model_a", 0), ("model_a", "model_b", 1)]


@pytest.mark.parametrize("titles", ["left,right,winner", "Model A,MODEL_B,Winner"])
def test_other_titles_of_the_field_are_read(titles):
    assert named(read(f"{titles}\nx,y,left\n")) == [("x", "y", 0)]


def test_a_missing_column_is_told_with_what_was_met():
    with pytest.raises(UnusableFile, match="no column model_a, model_b; its first line has 'a:b'"):
        read("a:b,winner\nx,y\n")


def test_a_file_of_winners_that_nobody_understands_is_refused():
    rows = "x,y,gauche\n" * 30 + "x,y,tie\n" * 9
    with pytest.raises(UnusableFile, match=r"30 of 39 winners are not understood: 'gauche' \(30\)"):
        read(PLAIN + rows)


def test_a_file_of_rows_that_are_no_votes_is_refused():
    with pytest.raises(UnusableFile, match="2 of 10 rows cannot be used, more than 5%"):
        read(PLAIN + "x,y,tie\n" * 8 + ",y,tie\n" * 2)


def test_how_much_may_be_left_out_can_be_told():
    rows = PLAIN + "x,y,model_a\nx,y,model_b\nx,y,tie\n" * 3 + ",y,tie\n" * 2
    assert len(read(rows, share=0.5).bad) == 2


def test_battles_of_a_model_with_itself_are_told_and_refuse_nothing():
    file = read(PLAIN + "x,y,tie\n" * 2 + "x,x,tie\n" * 9)
    assert {row.reason for row in file.bad} == {"'x' meets itself"}
    assert len(file.votes) == 2


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (PLAIN + "x,y,tie\n", "every vote is a tie"),
        (PLAIN + "x,y,a\n" * 20, "model_b wins no vote"),
        (PLAIN + "x,y,a\nv,w,b\n", "2 parts that never meet"),
        ("id,model_a,model_b,winner\n7,x,y,a\n7,x,y,b\n", "1 rows repeat an earlier id"),
        (PLAIN + "GPT,gpt,a\n", "differ in case or spaces alone"),
        ("model_a,model_b,winner,judge\nx,y,a,me\n", "column judge is ignored: call it voter"),
        ("model_a,model_b,winner,bold_a\nx,y,a,1\n", "bold_a is ignored: the other side has"),
        ("left,right,winner\nx,y,a\n", "left is read as model_a"),
        (PLAIN + "x,y,x\ny,x,y\n", "read as the name of a model"),
        (HEADER + "x,y,a,v,c,yesterday\n", "1 of 1 times cannot be read, first 'yesterday'"),
    ],
)
def test_what_a_reader_should_know_is_told(text, note):
    assert note in "; ".join(read(text).notes)


def test_an_export_of_an_arena_has_its_voters_as_judges():
    file = read("model_a,model_b,winner,judge,ledger_number\nx,y,a,ann,1\ny,x,b,bob,2\n")
    assert file.votes.voter.tolist() == [0, 1]
    assert "judge is read as voter" in "; ".join(file.notes)


def test_a_plain_file_needs_no_note():
    assert read(f"{HEADER}x,y,a,v,c,1\ny,x,b,v,c,2\nx,y,tie (bothbad),w,c,3\n").notes == ()


def test_what_is_left_out_takes_its_voter_style_and_time_with_it():
    header = "model_a,model_b,winner,voter,category,tstamp,bold_a,bold_b\n"
    rows = "x,y,a,ann,c,3,1,0\nx,y,?,bob,d,2,9,9\nx,y,b,cyd,e,1,0,1\nx,y,tie,cyd,e,4,1,1\n"
    file = read(header + rows)
    assert file.votes.outcome.tolist() == [1, 0, 2]
    assert file.votes.voter.tolist() == [1, 0, 1]
    assert file.categories == ("c", "e")
    assert file.votes.features is not None
    assert file.votes.features.ravel().tolist() == [-1.0, 1.0, 0.0]
    assert np.array_equal(file.category, [1, 0, 1])


CELLS = st.sampled_from(
    ["x", "y", "a", "b", "A", "tie", "1", "2", "0", "", '"', "\n", "é", "nan", "-1"]
)
WORDS = ["model_a", "model_b", "winner", "tstamp", "voter", "bold_a", "bold_b", "id", "judge"]


def test_a_file_whose_only_winner_is_not_understood_is_refused():
    with pytest.raises(UnusableFile, match="no usable row"):
        read_votes(io.BytesIO(b"model_a,model_b,winner\nx,y,z\n"), "votes")


@given(
    titles=st.permutations(WORDS),
    rows=st.lists(st.lists(CELLS, min_size=8, max_size=10), max_size=12),
    separator=st.sampled_from(",;\t|"),
    junk=st.binary(max_size=9),
)
def test_whatever_the_file_holds_it_is_read_or_refused(titles, rows, separator, junk):
    lines = [separator.join(row) for row in [titles, *rows]]
    stream = io.BytesIO("\n".join(lines).encode() + junk)
    with contextlib.suppress(UnusableFile):
        file = read_votes(stream, "votes")
        assert set(file.votes.a.tolist() + file.votes.b.tolist()) == set(range(len(file.models)))
        assert len(file.votes) == len(file.styled) > 0
