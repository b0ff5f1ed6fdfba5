from __future__ import annotations

import numpy as np
import pytest

from arena.rating.winners import UnknownWinners, WinnerColumn, read_winners, told_words


def winners(*rows):
    """From rows of two models and a winner."""
    words = sorted({word for row in rows for word in row})
    a, b, winner = ([words.index(row[i]) for row in rows] for i in range(3))
    return WinnerColumn(words, np.array(a), np.array(b), np.array(winner))


def column(*words):
    """Winners of two models whose names are no word for a side."""
    return winners(*(("x", "y", word) for word in words))


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["model_a", "model_b", "tie", "tie (bothbad)"], [0, 1, 2, 3]),
        (["A", "b", "Tie", "both_bad"], [0, 1, 2, 3]),
        (["left", "right", "draw", "neither"], [0, 1, 2, 3]),
        (["Model A", "Model B", "tie (both good)", "Both Bad"], [0, 1, 2, 3]),
        (["model_1", "model_2", "equal"], [0, 1, 2]),
        (["first", "second", "same"], [0, 1, 2]),
        (["A>>B", "A>B", "B>A", "A=B"], [0, 0, 1, 2]),
        (["1", "2", "tie"], [0, 1, 2]),
        (["1.0", "2.0"], [0, 1]),
        (["1", "0", "0.5"], [0, 1, 2]),
        (["x", "y", "tie", "tie (bothbad)"], [0, 1, 2, 3]),
    ],
)
def test_a_column_is_read_by_what_it_says(words, codes):
    assert read_winners(column(*words)).outcome.tolist() == codes


@pytest.mark.parametrize("words", [["0", "1"], ["0", "1", "2"], ["1"], ["1", "2", "3"], ["1", "?"]])
def test_numbers_that_could_mean_anything_are_refused_with_what_was_met(words):
    with pytest.raises(UnknownWinners, match=rf"'{words[0]}' \(9\)"):
        read_winners(column(*words * 9))


def test_winners_are_names_whichever_side_they_stand_on():
    read = read_winners(winners(("x", "y", "x"), ("y", "x", "x"), ("x", "y", "y")))
    assert read.outcome.tolist() == [0, 1, 1]
    assert "name of a model" in read.told


def test_models_called_a_and_b_are_no_doubt_where_both_readings_agree():
    rows = [("a", "b", "a"), ("a", "b", "b"), ("a", "b", "tie")]
    assert read_winners(winners(*rows)).outcome.tolist() == [0, 1, 2]


def test_models_called_a_and_b_are_a_doubt_where_the_readings_differ():
    with pytest.raises(UnknownWinners, match="as sides and as names"):
        read_winners(winners(("A", "B", "A"), ("B", "A", "A")))


def test_a_side_that_is_no_name_of_the_row_decides_for_sides():
    rows = [("A", "C", "A"), ("C", "B", "A"), ("C", "A", "B"), ("B", "C", "B")]
    assert read_winners(winners(*rows * 9)).outcome.tolist() == [0, 0, 1, 1] * 9


def test_a_name_that_is_no_side_decides_for_names():
    rows = [("A", "C", "A"), ("C", "B", "C"), ("C", "A", "C"), ("B", "C", "B")]
    assert read_winners(winners(*rows * 9)).outcome.tolist() == [0, 0, 0, 0] * 9


def test_a_model_called_tie_is_a_doubt():
    with pytest.raises(UnknownWinners, match="'tie'"):
        read_winners(winners(("x", "tie", "tie"), ("x", "tie", "x")))


def test_models_called_1_and_2_are_a_doubt():
    with pytest.raises(UnknownWinners, match="names and as numbers"):
        read_winners(winners(("1", "2", "1"), ("2", "1", "1"), ("2", "1", "2")))


def test_a_stray_word_is_left_out():
    read = read_winners(column(*["a", "b", "tie"] * 10, "n/a"))
    assert (read.unread, read.outcome[-1]) == (1, -1)


def test_a_twentieth_may_be_left_out_and_no_more():
    assert read_winners(column(*["a", "b", "tie", "a"] * 19, *["n/a"] * 4)).unread == 4
    with pytest.raises(UnknownWinners, match="5 of 80"):
        read_winners(column(*["a", "b", "tie"] * 25, *["n/a"] * 5))


@pytest.mark.parametrize("known", [["a", "b"], ["a", "tie"], ["b", "both_bad"], ["tie"]])
def test_words_that_may_be_a_whole_outcome_are_refused_however_few(known):
    with pytest.raises(UnknownWinners, match=r"2 of 202 .*'wer\?' \(2\)"):
        read_winners(column(*(known * 200)[:200], *["wer?"] * 2))


def test_an_empty_cell_is_no_winner():
    with pytest.raises(UnknownWinners, match=r"'' \(3\)"):
        read_winners(column("a", "b", "", "", ""))


@pytest.mark.parametrize(("asked", "codes"), [("sides", [0, 0]), ("names", [0, 1])])
def test_what_was_asked_for_decides(asked, codes):
    read = read_winners(winners(("A", "B", "A"), ("B", "A", "A")), asked=asked)
    assert read.outcome.tolist() == codes


@pytest.mark.parametrize("asked", ["names", "numbers", "points"])
def test_what_was_asked_for_has_to_be_there(asked):
    with pytest.raises(UnknownWinners, match=f"can be read as {asked}"):
        read_winners(column("model_a", "tie"), asked=asked)


def test_words_are_read_as_told():
    read = read_winners(column("0", "1", "2", "0"), asked="0=a, 1 = model_b,2=tie")
    assert read.outcome.tolist() == [0, 1, 2, 0]


def test_a_word_that_was_not_told_is_unknown():
    with pytest.raises(UnknownWinners, match="'2'"):
        read_winners(column("0", "1", "2", "2"), asked="0=a,1=b")


@pytest.mark.parametrize("text", ["", "a", "0=x", "=a", "0=a,", "names,sides"])
def test_a_list_of_words_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="no list like"):
        told_words(text)


def test_long_words_are_cut_and_many_are_summed_up():
    words = [f"{i:02}" + "long" * 500 for i in range(20)]
    with pytest.raises(UnknownWinners) as raised:
        read_winners(column(*words))
    assert "and 12 more" in str(raised.value)
    assert len(str(raised.value)) < 900
