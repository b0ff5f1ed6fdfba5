"""Budgets of cards: no more battles, answers or money than they say, whoever asks at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from arena.battles.models import Battle, Generation
from arena.battles.selectors import pairing
from arena.core.errors import DomainError
from arena.core.images import PlainPicture
from arena.orchestration import services
from arena.orchestration.services import BattleInput
from arena.orchestration.services.ending import NotRetryable
from arena.orchestration.services.outcomes import begin_next_attempt
from arena.spending import selectors
from arena.spending import services as spending
from arena.spending.models import AnswerCharge, BudgetDay, CardBudget
from arena.spending.selectors import AnswerSize
from inference_worker.wire.messages import GenerationOutcome
from tests.arena.at_once import at_once
from tests.factories import PIXEL, make_models, make_voter, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]


@pytest.fixture
def three(settings):
    make_worker()
    return make_models("heron", "newt", "owl")


def send(prompt="What is it?"):
    picture = PlainPicture(PIXEL, "image/png", 1, 1)
    return services.start_battle(voter=make_voter(), question=BattleInput(picture, prompt))


def limit(version, **fields):
    return CardBudget.objects.create(card=version.card, **fields)


def battles_of(version):
    return Battle.objects.filter(turns__generations__version=version).count()


def ended(generation, tokens):
    return services.finish_generation(
        GenerationOutcome(
            stream=generation.turn.battle.public_id,
            side=generation.side,
            attempt=generation.attempt,
            fence=generation.fence,
            status="ended",
            code="",
            text="A disc.",
            finish="stop",
            tokens=tokens,
            first_text_ms=1,
            total_ms=2,
            worker="w",
            revision="",
        )
    )


def test_a_card_takes_part_in_as_many_battles_as_its_budget_has(three):
    heron = three[0]
    limit(heron, battles_a_day=3)
    for _ in range(30):
        send()
    assert battles_of(heron) == 3
    assert Battle.objects.count() == 30


@pytest.mark.parametrize("price", ["price_input", "price_output"])
def test_a_limit_of_money_needs_a_price(admin_client, price):
    sent = {
        "card": make_models("heron")[0].card_id,
        "money_a_day": "5",
        "price_input": "0",
        "price_output": "0",
    }
    answer = admin_client.post("/admin/spending/cardbudget/add/", sent)
    assert list(answer.context["adminform"].errors) == ["money_a_day"]
    assert not CardBudget.objects.exists()
    admin_client.post("/admin/spending/cardbudget/add/", sent | {price: "0.5"})
    assert CardBudget.objects.get().money_a_day == 5


def test_a_budget_of_no_battle_keeps_a_card_out(three):
    limit(three[0], battles_a_day=0)
    for _ in range(10):
        send()
    assert battles_of(three[0]) == 0


def test_where_fewer_than_two_cards_have_a_place_nothing_is_started(three):
    limit(three[0], battles_a_day=0)
    limit(three[1], battles_a_day=1)
    send()
    with pytest.raises(pairing.NotEnoughModels):
        send()
    assert Battle.objects.count() == 1
    assert not pairing.is_open()


def test_the_next_day_begins_with_a_full_budget(three):
    budget = limit(three[0], battles_a_day=1)
    yesterday = selectors.today() - timedelta(days=1)
    BudgetDay.objects.create(card=budget.card, day=yesterday, battles=1)
    assert selectors.used_up(AnswerSize(1, 1), dict) == set()
    BudgetDay.objects.create(card=budget.card, day=selectors.today(), battles=1)
    assert selectors.used_up(AnswerSize(1, 1), dict) == {budget.pk}


def test_the_probability_is_that_of_the_draw_among_those_with_a_place(three):
    limit(three[0], battles_a_day=0)
    battle = send()
    assert battle.draw_probability == pytest.approx(1.0)


def test_no_more_answers_at_a_time_than_the_budget_says(three):
    heron = three[0]
    limit(heron, at_once=1)
    for _ in range(12):
        send()
    assert battles_of(heron) == 1
    [answer] = Generation.objects.filter(version=heron)
    ended(answer, 5)
    for _ in range(12):
        send()
    assert battles_of(heron) == 2


def test_money_is_reserved_at_its_most_and_settled_by_what_was_written(three):
    heron = three[0]
    limit(heron, price_input=Decimal(1), price_output=Decimal(4))
    while not battles_of(heron):
        send("Four")
    charge = AnswerCharge.objects.get()
    assert charge.cost is None
    size = AnswerSize(charge.tokens_input, charge.tokens_output)
    assert charge.reserved == size.tokens_input + 4 * size.tokens_output
    [answer] = Generation.objects.filter(version=heron)
    assert ended(answer, 10)
    charge.refresh_from_db()
    assert (charge.cost, charge.tokens_output) == (charge.tokens_input + 40, 10)
    assert not ended(answer, 500)
    spending.settle(generation=answer.pk, attempt=answer.attempt, tokens_output=900)
    charge.refresh_from_db()
    assert charge.tokens_output == 10


def test_the_money_of_a_day_is_never_exceeded_by_what_answers_may_cost(three, settings):
    settings.ANSWER_MAX_TOKENS, settings.ANSWER_MAX_REASONING_TOKENS = 1000, 0
    heron = three[0]
    limit(heron, price_output=Decimal(10), money_a_day=Decimal("0.05"))
    for _ in range(40):
        send()
    # An answer is at most 10,000 millionths: five fit.
    assert battles_of(heron) == 5
    for answer in Generation.objects.filter(version=heron):
        ended(answer, 100)
    for _ in range(60):
        send()
    spent = selectors.committed(heron.card_id, selectors.today())
    assert 40_000 < spent <= 50_000


def test_a_failed_answer_is_not_tried_again_without_the_money_for_it(three, settings):
    settings.ANSWER_MAX_TOKENS, settings.ANSWER_MAX_REASONING_TOKENS = 1000, 0
    heron = three[0]
    limit(heron, price_output=Decimal(10), money_a_day=Decimal("0.01"))
    while not battles_of(heron):
        battle = send()
    [answer] = Generation.objects.filter(version=heron)
    begin_next_attempt(answer, counted=True)
    answer.refresh_from_db()
    assert answer.state == "failed"
    battle.refresh_from_db()
    for other in Generation.objects.exclude(pk=answer.pk).filter(turn__battle=battle):
        ended(other, 5)
    battle.refresh_from_db()
    assert battle.state == "failed"
    with pytest.raises(NotRetryable):
        services.retry_battle(battle=battle)


def test_a_battle_that_is_rolled_back_has_taken_no_place(three):
    budget = limit(three[0], battles_a_day=5)
    for _ in range(8):
        with transaction.atomic():
            send()
            transaction.set_rollback(True)
    assert not BudgetDay.objects.filter(card=budget.card).exists()


def test_without_a_budget_a_battle_costs_one_query_more(three, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert selectors.used_up(AnswerSize(1, 1), dict) == set()
    limit(three[0], battles_a_day=9)
    with django_assert_num_queries(3):
        assert selectors.used_up(AnswerSize(1, 1), dict) == set()


@pytest.mark.django_db(transaction=True)
def test_at_once_no_place_is_taken_twice(three):
    heron = three[0]
    limit(heron, battles_a_day=7)
    limit(three[1], battles_a_day=11)

    def asked(_number):
        try:
            send()
        except DomainError as error:
            return type(error).__name__
        return ""

    at_once(asked, range(40))
    assert battles_of(heron) == 7
    assert battles_of(three[1]) == 11
    assert dict(BudgetDay.objects.values_list("card", "battles")) == {
        heron.card_id: 7,
        three[1].card_id: 11,
    }
