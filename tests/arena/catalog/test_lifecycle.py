"""The states of a card: a table of moves, each of them a line of its public history."""

from __future__ import annotations

import itertools

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from arena.catalog import selectors, services
from arena.catalog.models import CardChange, ModelCard, VersionHealth
from arena.catalog.services.lifecycle import move_card
from arena.catalog.states import CARD_TRANSITIONS, CardState, ChangeReason
from arena.core.errors import Conflict
from arena.onboarding import services as onboarding
from arena.probes import dispatch
from arena.probes import services as probes
from tests.arena.at_once import at_once
from tests.arena.probes.probing import failed, outcome_of
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)


def add(name="New"):
    card = ModelCard(slug=name.lower(), name=name)
    return onboarding.add_model(card=card, recipe=services.VersionSettings(source="org/new"))


def end(version, **changes):
    version.refresh_from_db()
    assert probes.finish_report(outcome_of(version, **changes))


def add_to(card, source="org/next"):
    return onboarding.add_version(card=card, recipe=services.VersionSettings(source=source))


def state_of(card):
    return ModelCard.objects.get(pk=card.pk).state


def history(card):
    rows = CardChange.objects.filter(card=card).order_by("pk")
    return [(row.before, row.after, row.reason, row.actor) for row in rows]


def drawn(card):
    return selectors.active_versions().get(card.slug)


@pytest.mark.parametrize(("before", "after"), [*itertools.permutations(CardState, 2)])
def test_a_card_moves_by_the_table_alone_and_says_so(before, after):
    card = make_card(state=before)
    if after in CARD_TRANSITIONS[before]:
        move_card(card, after, ChangeReason.PAUSED, words="too\nslow \u202e")
        change = CardChange.objects.get()
        assert (change.before, change.after, change.words) == (before, after, "too slow")
    else:
        with pytest.raises(Conflict):
            move_card(card, after, ChangeReason.PAUSED)
        assert not CardChange.objects.exists()
    assert card.state == (after if after in CARD_TRANSITIONS[before] else before)


def test_from_a_draft_to_retirement():
    version = add()
    card = version.card
    end(version)
    assert state_of(card) == "trial"
    services.activate(card=card)
    services.pause(card=card, words="its licence is looked at")
    services.activate(card=card)
    services.retire(card=card)
    assert history(card) == [
        ("draft", "draft", "added", "operator"),
        ("draft", "probing", "probe_began", "operator"),
        ("probing", "trial", "probe_passed", "site"),
        ("trial", "active", "activated", "operator"),
        ("active", "paused", "paused", "operator"),
        ("paused", "active", "activated", "operator"),
        ("active", "retired", "retired", "operator"),
    ]


@pytest.mark.parametrize("state", ["paused", "retired"])
def test_a_card_that_is_there_already_is_said_to_be(state):
    card = make_card(name="Linnet", state=state)
    step = {"paused": services.pause, "retired": services.retire}[state]
    with pytest.raises(Conflict) as refusal:
        step(card=card)
    assert str(refusal.value.message) == f"Linnet is already in the state “{state}”."
    assert not card.changes.exists()


def test_a_failed_probe_makes_a_draft_again_and_says_so():
    version = add()
    end(version, answers=failed("unauthorized"))
    assert history(version.card)[-1] == ("probing", "draft", "probe_failed", "site")
    probes.start_probe(version=version)
    assert state_of(version.card) == "probing"


def test_who_made_a_change_is_kept_and_is_not_public():
    user = User.objects.create(username="operator")
    card = make_version(make_card(state="trial")).card
    services.activate(card=card, by=user)
    assert CardChange.objects.get().account == user
    user.delete()
    assert CardChange.objects.get().account is None


def test_a_change_is_never_altered():
    services.retire(card=make_version().card)
    change = CardChange.objects.get()
    with pytest.raises(ValueError, match="can't be changed"):
        change.save()
    with pytest.raises(ValueError, match="can't be deleted"):
        CardChange.objects.all().delete()


@pytest.mark.parametrize("state", ["paused", "retired", "trial", "draft", "probing"])
def test_only_an_active_card_is_drawn(state):
    version = make_version(make_card(state=state))
    assert drawn(version.card) is None


class TestVersions:
    """Which version answers is chosen, and never changes in silence."""

    @pytest.fixture
    def card(self):
        version = add()
        end(version)
        services.activate(card=version.card)
        return version.card

    def test_a_new_version_that_passes_waits_until_it_is_chosen(self, card):
        first = drawn(card)
        second = add_to(card)
        end(second)
        assert drawn(card) == first
        services.choose_version(version=second)
        assert drawn(card) == second
        change = CardChange.objects.first()
        assert (change.reason, change.replaced, change.version) == ("chosen", first, second)

    def test_going_back_is_one_step(self, card):
        first = drawn(card)
        second = add_to(card)
        end(second)
        services.choose_newest(card=card)
        services.go_back(card=card)
        assert drawn(card) == first
        assert CardChange.objects.first().reason == "went_back"

    def test_there_is_nothing_to_go_back_to_at_first(self, card):
        with pytest.raises(Conflict, match="has answered before"):
            services.go_back(card=card)

    def test_a_version_that_failed_is_not_chosen(self, card):
        second = add_to(card)
        end(second, answers=failed("no_model"))
        with pytest.raises(Conflict, match="has passed no probe"):
            services.choose_version(version=second)

    @pytest.mark.parametrize("cause", ["server_error", "timeout"])
    def test_a_failed_probe_of_another_version_changes_nothing_for_voters(self, card, cause):
        first = drawn(card)
        end(add_to(card), answers=failed(cause))
        assert drawn(card) == first
        assert not first.is_out

    def test_a_failed_probe_of_the_one_that_answers_takes_it_out_and_no_other_in(self, card):
        second = add_to(card)
        end(second)
        services.choose_version(version=second)
        probes.start_probe(version=second)
        assert drawn(card) == second
        end(second, answers=failed("server_error"))
        assert drawn(card) == second
        assert drawn(card).is_out
        health = VersionHealth.objects.get(version=second)
        assert (health.reason, health.code) == ("check", "server_error")
        assert CardChange.objects.first().reason == "benched_check"
        services.retire(card=card)
        with pytest.raises(Conflict, match="failed its last probe"):
            services.activate(card=card)

    def test_a_card_of_an_earlier_release_keeps_its_version_when_another_is_added(self):
        first = make_version(make_card())
        assert first.card.answering_version is None
        end(add_to(first.card))
        assert drawn(first.card) == first

    def test_each_version_is_a_line_of_the_history(self, card):
        end(add_to(card))
        assert [row[2] for row in history(card)[-2:]] == ["new_version", "probe_passed"]

    @pytest.mark.parametrize("passes", [True, False])
    def test_before_activation_the_newest_that_passed_would_answer(self, passes):
        version = add()
        end(version)
        second = add_to(version.card)
        end(second, **({} if passes else {"answers": failed("timeout")}))
        services.activate(card=version.card)
        assert drawn(version.card) == (second if passes else version)


def test_being_benched_and_coming_back_are_lines_of_the_history():
    version = make_version()
    for _ in range(3):
        services.record_end(version=version, code="timeout")
    probes.start_probe(version=version)
    end(version)
    assert [row[2] for row in history(version.card)] == [
        "benched_row",
        "probe_passed",
        "returned",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_activate_at_once_one_line_is_written():
    card = make_version(make_card(state="trial")).card
    at_once(lambda _: services.activate(card=card), [1, 2])
    assert history(card) == [("trial", "active", "activated", "operator")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_cards_of_the_release_before_keep_their_versions_and_move_on(empty_database):
    executor = MigrationExecutor(connection)
    executor.migrate([("catalog", "0007_options_of_models")])
    apps = executor.loader.project_state([("catalog", "0007_options_of_models")]).apps
    cards, versions = (apps.get_model("catalog", n) for n in ("ModelCard", "ModelVersion"))
    probes = {
        "drawn": ("active", ["passed", "passed", "failed"]),
        "ready": ("draft", ["passed"]),
        "asked": ("draft", ["running"]),
        "broken": ("draft", ["failed"]),
        "gone": ("retired", ["passed"]),
    }
    for slug, (state, results) in probes.items():
        card = cards.objects.create(slug=slug, name=slug, state=state)
        for number, probe in enumerate(results, start=1):
            versions.objects.create(card=card, number=number, source="x", probe=probe)
    call_command("migrate", verbosity=0)
    found = {
        card.slug: (card.state, card.answering_version and card.answering_version.number)
        for card in ModelCard.objects.all()
    }
    assert found == {
        "drawn": ("active", 2),
        "ready": ("trial", 1),
        "asked": ("probing", None),
        "broken": ("draft", None),
        "gone": ("retired", 1),
    }
