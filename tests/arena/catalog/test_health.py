"""A version that fails too often leaves the draw, and a check brings it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from msgspec.structs import replace

from arena.catalog import dispatch, selectors, services
from arena.catalog.models import VersionHealth
from arena.catalog.services import health as module
from arena.catalog.states import LOST, HealthState, OutReason
from arena.catalog.tasks import finish_check
from arena.core.redis import client
from arena.probes import dispatch as probes_dispatch
from arena.probes import services as probes
from inference_worker.wire import keys, leases, presence
from inference_worker.wire.leases import LeaseHolder
from inference_worker.wire.messages import FAILURE_CODES, GenerationOutcome
from tests.arena.at_once import at_once
from tests.arena.probes.probing import outcome_of
from tests.factories import make_card, make_models, make_version, make_worker

pytestmark = pytest.mark.django_db
CLEAR = ("unavailable", "timeout", "overloaded", "internal")
UNCLEAR = ("refused", "empty", LOST)


@pytest.fixture
def version():
    return make_version()


@pytest.fixture
def check(valkey_url, django_capture_on_commit_callbacks):
    """Start what is due, as the clock does, on queues that are served."""
    make_worker()

    def begin():
        with django_capture_on_commit_callbacks(execute=True):
            return services.start_checks()

    return begin


def ends(version, *codes):
    for code in codes:
        services.record_end(version=version, code=code)


def health_of(version):
    return VersionHealth.objects.select_related("version__card").get(version=version)


def is_out(version):
    return type(version).objects.get(pk=version.pk).is_out


def due(version, **ago):
    """As if the check had been due so long ago, or just now."""
    then = timezone.now() - timedelta(**ago)
    VersionHealth.objects.filter(version=version).update(check_at=then)


def outcome_for(version, **changes):
    """The outcome of the check that is under way, right but for the changes."""
    request = dispatch.check_of(health_of(version))
    right = GenerationOutcome(
        stream=request.stream,
        side="a",
        attempt=1,
        fence=request.fence,
        status="ended",
        code="",
        text="A red disc.",
        finish="stop",
        tokens=4,
        first_text_ms=100,
        total_ms=1230,
        worker="worker-1",
        revision="abc",
    )
    return replace(right, **changes)


def answer_check(version, **changes):
    return finish_check(outcome_for(version, **changes).to_json())


@pytest.mark.parametrize("code", CLEAR)
def test_three_failures_in_a_row_take_a_version_out(version, code, caplog):
    ends(version, "", code, code)
    assert not is_out(version)
    ends(version, code)
    assert is_out(version)
    health = health_of(version)
    assert (health.reason, health.code) == (OutReason.ROW, code)
    assert health.since <= timezone.now() < health.check_at
    assert f"{version} is out of the draw" in caplog.text


def test_an_answer_between_failures_keeps_a_version_in(version):
    ends(version, *["timeout", "timeout", "", "internal", "internal", ""])
    assert not is_out(version)


def test_six_failures_among_twenty_answers_take_a_version_out(version):
    ends(version, *["timeout", "", "", ""] * 5)
    assert not is_out(version)
    ends(version, "timeout")
    assert not is_out(version)  # the first of the six is the twenty-first answer from the end
    ends(version, "", "timeout")
    assert is_out(version)
    assert health_of(version).reason == OutReason.SHARE


def test_what_was_long_ago_is_forgotten(version):
    ends(version, *["timeout", *[""] * 20] * 8)
    assert not is_out(version)


@pytest.mark.parametrize("code", UNCLEAR)
def test_what_voters_may_bring_about_takes_nobody_out(version, code):
    ends(version, *[code] * 30)
    assert not is_out(version)


def test_a_refusal_between_failures_neither_counts_nor_helps(version):
    ends(version, "timeout", "refused", "timeout", "empty")
    assert not is_out(version)
    ends(version, "timeout")
    assert is_out(version)


def test_every_failure_of_the_wire_says_something_of_its_version(version):
    ends(version, *FAILURE_CODES)


def test_an_answer_of_a_version_that_never_failed_writes_nothing(
    version, django_assert_num_queries
):
    with django_assert_num_queries(1):
        services.record_end(version=version)
    assert not VersionHealth.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_failures_at_the_same_moment_none_is_lost():
    version = make_version()
    at_once(lambda code: services.record_end(version=version, code=code), ["timeout"] * 4)
    health = health_of(version)
    assert (health.state, health.failures) == (HealthState.OUT, 4)


def test_all_failures_are_counted_for_the_plan(version):
    ends(version, "timeout", "", "refused", "", "", "empty")
    assert selectors.failures_by_card() == {version.card.slug: 3}


class TestChecks:
    """While it is out, a version is asked again and again, less and less often."""

    @pytest.fixture(autouse=True)
    def _others(self):
        """Where fewer than two were left, checks would come faster."""
        make_models("first", "second")

    def test_nothing_is_asked_before_it_is_due(self, version, check):
        ends(version, *["timeout"] * 3)
        assert check() == 0
        assert health_of(version).asked_at is None

    def test_a_check_that_is_answered_brings_a_version_back(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        assert check() == 1
        assert client().llen("inference") == 1
        assert answer_check(version)
        assert not is_out(version)
        ends(version, "timeout", "timeout")
        assert not is_out(version)  # what was before the check counts no more

    def test_each_failed_check_doubles_the_wait_up_to_a_quarter_of_an_hour(self, version, check):
        ends(version, *["timeout"] * 3)
        waits = [_wait(version)]
        for _ in range(6):
            due(version)
            check()
            answer_check(version, status="failed", code="unavailable")
            assert is_out(version)
            waits.append(_wait(version))
        assert waits == [1, 2, 4, 8, 15, 15, 15]

    def test_a_version_that_passes_checks_and_fails_battles_stays_away_longer(self, version, check):
        waits = []
        for _ in range(3):
            ends(version, *["internal"] * 3)
            waits.append(_wait(version))
            due(version)
            check()
            answer_check(version)
        assert waits == [1, 2, 4]

    def test_a_version_that_was_well_for_an_hour_begins_anew(self, version, check):
        for _ in range(2):
            ends(version, *["internal"] * 3)
            due(version)
            check()
            answer_check(version)
        hours = timezone.now() - module.CALM - timedelta(seconds=1)
        VersionHealth.objects.update(since=hours)
        ends(version, *["internal"] * 3)
        assert _wait(version) == 1

    @pytest.mark.parametrize("code", [*CLEAR, "refused", "empty", ""])
    def test_a_check_asks_what_can_be_answered_so_every_failure_counts(self, version, check, code):
        ends(version, *["refused"] * 3)
        assert check() == 1
        answer_check(version, status="failed", code=code)
        health = health_of(version)
        assert (health.state, health.reason) == (HealthState.OUT, OutReason.CHECK)
        assert health.code in FAILURE_CODES

    def test_a_doubt_is_drawn_still_and_ends_with_a_check_that_is_answered(self, version, check):
        ends(version, *["refused"] * 3)
        assert health_of(version).state == HealthState.DOUBTED
        check()
        answer_check(version)
        assert health_of(version).state == HealthState.WELL

    def test_voters_cannot_bring_about_more_than_a_check_in_five_minutes(self, version, check):
        for _ in range(5):
            ends(version, *["refused"] * 5)
            if check():
                answer_check(version)
        assert client().llen("inference") == 1

    def test_nothing_is_put_on_a_queue_that_nobody_serves(self, check):
        away = make_version(make_card(queue="gpu"))
        ends(away, *["timeout"] * 3)
        due(away)
        assert check() == 0
        assert client().llen("gpu") == 0

    def test_two_clocks_ask_once(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        found = health_of(version)
        slot = dispatch.observe_check(found) if found.asked_at else None
        check()
        module._go_on(found, slot)
        assert client().llen("inference") == 1

    def test_the_outcome_of_an_earlier_check_is_void(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        earlier = dispatch.check_of(health_of(version))
        answer_check(version, status="failed", code="timeout")
        due(version)
        check()
        assert not answer_check(version, stream=earlier.stream, fence=earlier.fence)
        assert is_out(version)

    def test_a_repeated_outcome_counts_once(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        outcome = outcome_for(version, status="failed", code="timeout").to_json()
        assert finish_check(outcome)
        assert not finish_check(outcome)
        assert _wait(version) == 2

    def test_a_second_delivery_that_lost_the_check_says_nothing(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        assert not answer_check(version, status="lost")
        assert answer_check(version)

    def test_a_check_that_took_its_worker_with_it_has_failed(self, version, check):
        ends(version, *[LOST] * 3)
        check()
        request = dispatch.check_of(health_of(version))
        dying = LeaseHolder(request.stream, request.side, request.fence, "delivery-1")
        assert leases.claim(client(), dying, queue=request.queue) == "ok"
        client().delete(keys.lease(keys.address(request.fence)))
        due(version)
        check()
        assert health_of(version).reason == OutReason.CHECK

    def test_a_check_that_redis_forgot_is_asked_again(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        client().flushall()
        make_worker()
        due(version)
        check()
        assert client().llen("inference") == 1
        assert answer_check(version)

    def test_a_check_that_waits_in_a_long_line_is_left_there(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        due(version)
        check()
        assert client().llen("inference") == 1
        assert answer_check(version)

    def test_a_check_whose_callback_was_lost_is_read_from_its_slot(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        request = dispatch.check_of(health_of(version))
        slot = {"state": "done", "status": "ended", "code": ""}
        client().hset(keys.slot(keys.address(request.fence)), mapping=slot)
        due(version)
        check()
        assert not is_out(version)

    def test_a_broker_that_is_away_costs_no_check(self, version, check, monkeypatch):
        ends(version, *["timeout"] * 3)
        due(version)
        with monkeypatch.context() as away:
            away.setattr(dispatch, "begin_check", _refuse)
            check()
        assert check() == 1
        assert answer_check(version)

    def test_an_operators_probe_that_passes_brings_a_version_back(self, version, monkeypatch):
        ends(version, *["timeout"] * 3)
        monkeypatch.setattr(probes_dispatch, "begin_probe", lambda version: None)
        probes.start_probe(version=version)
        assert probes.finish_report(outcome_of(version))
        assert not is_out(version)

    def test_a_check_that_sees_nothing_brings_no_version_back(self, version, check):
        ends(version, *["timeout"] * 3)
        due(version)
        check()
        assert answer_check(version, text="I cannot see any image.")
        assert is_out(version)
        assert health_of(version).code == "blind"


def test_where_fewer_than_two_are_left_a_check_comes_each_minute(check):
    one, _other = make_models("one", "other")
    ends(one, *["timeout"] * 3)
    hour = timezone.now() + timedelta(hours=1)
    VersionHealth.objects.update(check_at=hour)
    assert check() == 0
    VersionHealth.objects.update(checked_at=timezone.now() - module.FIRST_DELAY)
    assert check() == 1


class TestAvailable:
    """Who can answer now."""

    def names(self):
        return sorted(selectors.available(selectors.active_versions()))

    def test_a_version_that_is_out_is_not(self, valkey_url):
        one, _other = make_models("one", "other")
        make_worker()
        ends(one, *["timeout"] * 3)
        assert self.names() == ["other"]

    def test_a_version_is_not_whose_queue_nobody_serves(self, valkey_url):
        make_models("one")
        make_version(make_card("heavy", queue="gpu"))
        make_worker()
        assert self.names() == ["one"]
        [absence] = selectors.absences(selectors.active_versions())
        assert str(absence) == "Heavy: no worker listens to the queue gpu"
        make_worker("gpu", "inference")
        assert self.names() == ["heavy", "one"]
        assert selectors.absences(selectors.active_versions()) == []

    @pytest.mark.parametrize("old", [True, False])
    def test_a_redis_that_has_just_begun_may_not_know_its_workers_yet(
        self, valkey_url, monkeypatch, old
    ):
        monkeypatch.setattr(presence, "remembers_workers", lambda _redis: old)
        make_models("one", "other")
        assert self.names() == ([] if old else ["one", "other"])

    def test_an_older_version_does_not_stand_in_for_one_that_is_out(self, valkey_url):
        old = make_version()
        new = make_version(old.card)
        make_worker()
        ends(new, *["timeout"] * 3)
        assert self.names() == []

    def test_why_says_since_when_and_until_when(self, valkey_url):
        [one] = make_models("one")
        make_worker()
        ends(one, *["timeout"] * 3)
        [absence] = selectors.absences(selectors.active_versions())
        assert "3 failures in a row (timeout); next check " in absence.why


def _refuse(_health):
    raise OSError("the broker is away")


def _wait(version):
    health = health_of(version)
    return round((health.check_at - health.checked_at).total_seconds() / 60)
