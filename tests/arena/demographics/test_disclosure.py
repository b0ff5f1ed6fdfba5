"""Which groups may be spoken of, and when a snapshot of one may follow another."""

from __future__ import annotations

import random

import pytest

from arena.demographics.disclosure import LEAST_PEOPLE, disclosable, may_follow


@pytest.mark.parametrize(
    ("people", "everybody", "shown"),
    [
        ({"a": 9, "b": 40}, 100, {"b"}),
        ({"a": 10, "b": 40}, 100, {"a", "b"}),
        ({"a": 12, "b": 40}, 52, {"a", "b"}),
        ({"a": 3, "b": 12, "c": 40}, 55, {"c"}),
        ({"a": 3, "b": 12, "c": 40}, 65, {"b", "c"}),
        ({"a": 95}, 100, set()),
        ({}, 0, set()),
    ],
    ids=[
        "nine are hidden, ten are not",
        "ten are enough",
        "two groups that are everybody are each other's complement",
        "a hidden group that is the whole remainder hides a second one",
        "a hidden group among others who said nothing hides none",
        "a group whose complement is small is hidden",
        "nobody",
    ],
)
def test_groups_are_shown_where_they_and_what_is_left_have_ten_people(people, everybody, shown):
    assert disclosable(people, everybody) == shown


def test_no_difference_of_shown_numbers_is_about_fewer_than_ten_people():
    draw = random.Random(7)
    for _ in range(2000):
        people = {str(name): draw.randint(0, 30) for name in range(draw.randint(1, 6))}
        everybody = sum(people.values()) + draw.choice([0, 0, draw.randint(0, 40)])
        shown = [people[name] for name in disclosable(people, everybody)]
        others = [everybody - one for one in shown]
        assert all(size >= LEAST_PEOPLE for size in (*shown, *others))
        left = everybody - sum(shown)
        assert not shown or left == 0 or left >= LEAST_PEOPLE


@pytest.mark.parametrize(
    ("new", "everybody", "may"),
    [
        ({"a": 10}, 25, True),
        ({"a": 9}, 25, False),
        ({"a": 20}, 25, False),
        ({"a": 10, "b": 0}, 25, True),
        ({"a": 10, "b": 3}, 25, False),
        ({}, 0, False),
        ({"a": 0}, 50, False),
    ],
)
def test_a_snapshot_follows_once_ten_people_of_a_group_and_ten_others_have_voted(
    new, everybody, may
):
    assert may_follow(new, everybody) is may
