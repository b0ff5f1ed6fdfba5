"""Ratings beside what a model takes: its parameters, its price, and what was measured."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arena.catalog.models import ModelCard
from arena.leaderboard.selectors.plot import LogAxis
from arena.leaderboard.selectors.size_and_cost import size_and_cost_page
from arena.spending.models import CardBudget

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
URL = "/leaderboard/overall/size-and-cost/"


@pytest.fixture
def priced(voted):
    for slug, parameters, price in (("first", 7 * 10**9, "2.5"), ("second", 10**9, "0.4")):
        card = ModelCard.objects.get(slug=slug)
        ModelCard.objects.filter(pk=card.pk).update(
            parameters=parameters, accuracy={"count": 80.0, "where": 40.0}
        )
        CardBudget.objects.create(card=card, price_output=Decimal(price))


def test_every_rated_model_stands_in_both_plots_and_in_the_table(priced, client):
    page = size_and_cost_page("overall")
    assert [row.line.model_name for row in page.rows] == ["first", "second"]
    assert [mark.number for mark in page.size.marks] == [mark.number for mark in page.cost.marks]
    (left_7b, left_1b) = (float(mark.left.rstrip("%")) for mark in page.size.marks)
    assert left_1b < left_7b
    text = client.get(URL).content.decode()
    for words in ("7B", "1B", "2.5", "0.4", "60%", "2 tasks"):
        assert words in text


def test_an_interval_stands_upright_around_its_rating(priced):
    for mark in size_and_cost_page("overall").size.marks:
        low, middle, high = (float(y.rstrip("%")) for y in (mark.low, mark.middle, mark.high))
        assert 0 <= high < middle < low <= 100


def test_what_is_not_known_is_said_in_words(voted, client):
    page = size_and_cost_page("overall")
    assert (page.size, page.cost, page.measured) == (None, None, False)
    assert "Fewer than two models" in client.get(URL).content.decode()


@pytest.mark.parametrize(("values", "ends"), [([3e6, 5e9], (6, 10)), ([10.0], (1, 2))])
def test_an_axis_of_powers_holds_its_values(values, ends):
    axis = LogAxis.over(values)
    assert (axis.low, axis.high) == ends
    places = [float(axis.place(value).rstrip("%")) for value in values]
    assert all(0 <= place <= 100 for place in places)
    assert places == sorted(places)
