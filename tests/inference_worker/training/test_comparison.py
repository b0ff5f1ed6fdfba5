from __future__ import annotations

import pytest

from inference_worker.training.comparison import NotBetter, check_gain, compare


def results(right, of=200):
    return [index < right for index in range(of)]


def test_a_difference_has_the_interval_of_its_pairs():
    found = compare("exam", results(100), results(120))
    assert (found.before, found.after, found.items) == (50.0, 60.0, 200)
    assert 5 < found.lower < 10 < found.upper < 15


def test_items_that_stay_as_they_were_make_no_difference():
    found = compare("exam", results(100), results(100))
    assert (found.lower, found.upper) == (0.0, 0.0)


def test_a_model_that_is_certainly_better_passes():
    check_gain([compare("exam", results(100), results(120))])


@pytest.mark.parametrize(("after", "word"), [(70, "fell"), (101, "did not rise"), (100, "did not")])
def test_another_one_is_kept_out_with_the_reason(after, word):
    with pytest.raises(NotBetter, match=word):
        check_gain([compare("exam", results(100), results(after))])


def test_a_second_measure_may_not_fall():
    gain, loss = compare("exam", results(100), results(130)), compare("b", results(90), results(60))
    with pytest.raises(NotBetter, match="b fell"):
        check_gain([gain, loss])
