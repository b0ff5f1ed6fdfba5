"""The programs that strike servers: what they would notice, and a short run of each."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests import ballots, compose
from tests.chaos import migrate, servers
from tests.chaos.servers import Poll, plan_of
from tests.stack import UNLIMITED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def test_every_target_is_struck_as_often_within_the_run():
    plan = plan_of(random.Random(7), servers.TARGETS, 20, 200.0)
    names = [name for _, name, _ in plan]
    assert {names.count(target) for target in servers.TARGETS} == {5}
    assert [when for when, _, _ in plan] == sorted(when for when, _, _ in plan)
    assert plan[-1][0] < 200.0


def test_the_same_seed_strikes_the_same():
    plans = [plan_of(random.Random(3), servers.TARGETS, 8, 60.0) for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_span_of_errors_ends_with_the_last_one_before_the_next_strike():
    poll = Poll(kills=[(10.0, "web"), (20.0, "redis")], errors=[9.0, 11.0, 13.5, 21.0])
    assert poll.windows() == [3.5, 1.0]


def judged(monkeypatch, acknowledged, stored, entries, distinct):
    monkeypatch.setattr(servers, "stored", lambda _: (stored, entries, distinct))
    found = servers.figures(None, Poll(acknowledged=acknowledged, delays=[0.1]), len(acknowledged))
    return {figure.name for figure in found if figure.ok is False}


@pytest.mark.parametrize(
    ("stored", "entries", "distinct", "missed"),
    [
        ({"x": "a", "y": "b"}, 2, 2, set()),
        ({"x": "a"}, 1, 1, {"acknowledged votes lost"}),
        ({"x": "a", "y": "a"}, 2, 2, {"changed"}),
        ({"x": "a", "y": "b"}, 3, 2, {"twice in the ledger"}),
        ({"x": "a", "y": "b"}, 2, 1, {"twice in the ledger", "not in the ledger"}),
    ],
)
def test_whatever_is_lost_changed_or_doubled_is_noticed(
    monkeypatch, stored, entries, distinct, missed
):
    assert judged(monkeypatch, {"x": "a", "y": "b"}, stored, entries, distinct) == missed


def test_no_vote_is_lost_when_each_server_dies_once(monkeypatch):
    """Not timed: how long errors last on a busy machine is for the program to say."""
    monkeypatch.setattr(servers, "WINDOW_SECONDS", float("inf"))
    assert servers.main(["--votes", "60", "--rate", "4", "--kills", "4"]) == 0


def test_an_upgrade_gives_way_to_a_report_and_loses_no_vote(monkeypatch):
    # A vote that a busy machine takes long for has not failed.
    monkeypatch.setattr(ballots, "_PATIENCE", 60.0)
    with compose.running(["web"], also=UNLIMITED) as arena:
        found = {f.name: f for f in asyncio.run(migrate.run(arena, 40, 4.0))}
    assert found["votes that failed"].ok
    assert found["acknowledged votes lost"].ok
    assert found["upgrade"].ok
