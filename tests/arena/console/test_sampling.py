"""What a policy would do, before it is in force."""

from __future__ import annotations

from itertools import pairwise

import pytest

from arena.battles.models import DrawPlan
from arena.boards.services.updating import update_live_boards
from tests.arena.queries import queries_of
from tests.factories import make_card, make_models, make_version, make_vote

pytestmark = pytest.mark.django_db
PAGE = "/admin/sampling/"


@pytest.fixture
def three(no_layer):
    first, second, third = make_models("first", "second", "third")
    for _ in range(20):
        make_vote(first, second, "a")
        make_vote(second, first, "a")
    make_vote(second, third, "tie")
    update_live_boards()


def preview(client, **asked):
    return client.get(PAGE, asked).context["preview"]


def test_the_policy_in_force_is_previewed_as_it_is(admin_client, three):
    found = preview(admin_client)
    [plan] = DrawPlan.objects.all()
    by_name = {slug.title(): slug for slug in ("first", "second", "third")}
    chances = {(by_name[p.first], by_name[p.second]): p.percent / 100 for p in found.pairs}
    assert {pair: pytest.approx(chance) for pair, chance in chances.items()} == {
        (first, second): chance for first, second, chance in plan.pairs
    }
    assert sum(model.share for model in found.models) == pytest.approx(200.0)


def test_another_policy_is_previewed_and_nothing_is_stored(admin_client, three):
    before = DrawPlan.objects.values_list("pk", "pairs").get()
    found = preview(admin_client, strategy="uniform")
    assert {round(pair.percent, 6) for pair in found.pairs} == {round(100 / 3, 6)}
    assert DrawPlan.objects.values_list("pk", "pairs").get() == before


def test_twice_the_votes_a_day_take_half_the_days(admin_client, three):
    slow = preview(admin_client, votes_a_day=100, width=60)
    fast = preview(admin_client, votes_a_day=200, width=60)
    assert slow.days == pytest.approx(2 * fast.days)
    assert slow.days > 0


def test_without_votes_nothing_ever_gets_narrow(admin_client, three):
    assert preview(admin_client, votes_a_day=0, width=60).days is None


def test_all_pairs_of_a_model_are_listed(admin_client, three):
    found = preview(admin_client, model="third")
    assert len(found.pairs) == 2
    assert all("Third" in (pair.first, pair.second) for pair in found.pairs)


@pytest.mark.parametrize(
    "asked", [{"width": "0"}, {"strategy": "best"}, {"votes_a_day": "-1"}, {"model": "nobody"}]
)
def test_nonsense_is_refused_in_the_form(admin_client, three, asked):
    page = admin_client.get(PAGE, asked)
    assert page.status_code == 200
    assert page.context["preview"] is None
    assert page.context["form"].errors


def test_one_model_makes_no_pair(admin_client, db):
    make_models("alone")
    assert "there is no pair to draw" in admin_client.get(PAGE).content.decode()


def test_an_unlisted_model_stands_apart_with_its_pairs(admin_client, three):
    make_version(make_card("hidden", name="Hidden", unlisted=True))
    found = admin_client.get(PAGE)
    [hidden] = found.context["invited"]
    assert (hidden.name, hidden.opponents) == ("Hidden (unlisted)", 3)
    assert hidden.percent == pytest.approx(100 / 3)
    assert {model.slug for model in found.context["preview"].models} == {"first", "second", "third"}
    assert "drawn for invited people alone" in found.content.decode()


def test_the_number_of_queries_does_not_grow_with_models_or_votes(admin_client, three):
    preview(admin_client)
    few = queries_of(admin_client, PAGE)
    models = make_models(*"defgh")
    for first, second in pairwise(models):
        make_vote(first, second, "a")
    update_live_boards()
    preview(admin_client)
    assert queries_of(admin_client, PAGE) == few
