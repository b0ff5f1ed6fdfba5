"""A version with a limit below what every battle may ask for is never drawn, and says why."""

from __future__ import annotations

import pytest
from django.utils import timezone

from arena.battles.selectors import pairing
from arena.catalog import selectors
from arena.catalog.models import ProbeReport
from arena.catalog.states import ProbeResult
from tests.factories import make_card, make_models, make_version, make_worker

pytestmark = pytest.mark.django_db

LIMITED = "short-heron"
ENDPOINT = "http://127.0.0.1:9/v1"
MEASURED = {
    "one turn": ("turns", "no"),
    "one picture": ("pictures", "no", 1),
}
DECLARED = {
    "three turns": ('{"max_turns":3}', ""),
    "one picture": ('{"max_images":1}', ""),
    "seven pictures": ('{"max_images":7}', ""),
    "four pictures at an endpoint": ('{"max_images":4}', ENDPOINT),
}
MET = {
    "enough turns": ('{"max_turns":8}', ""),
    "enough pictures": ('{"max_images":8}', ""),
    "enough pictures at an endpoint": ('{"max_images":8}', ENDPOINT),
    "nothing known": ("", ""),
}


@pytest.fixture(autouse=True)
def conditions(valkey_url, settings):
    settings.BATTLE_TURNS, settings.TURN_IMAGES, settings.BATTLE_IMAGES = 8, 4, 8
    make_worker()


def limited(options="", base_url="", findings=()):
    """The third of three models; its probe passed and found this."""
    make_models("first-newt", "second-newt")
    version = make_version(make_card(LIMITED), options=options, base_url=base_url)
    if findings:
        report(version, findings)
    return version


def report(version, findings, result=ProbeResult.PASSED):
    now = timezone.now()
    ProbeReport.objects.create(version=version, result=result, asked_at=now, checks=findings)


def drawn():
    """The slugs that come up in draws, by name, and beside a model whose partner failed."""
    pairs = [pairing.draw_matchup()[:2] for _ in range(40)]
    kept = pairs[0][0]
    beside = [pairing.replacement_for(kept, (), None) for _ in range(20)]
    found = {version.card.slug for pair in pairs for version in pair}
    return (
        found | {one.version.card.slug for one in beside if one} | set(pairing.askable_versions())
    )


def reasons():
    return [
        absence.why
        for absence in selectors.absences(selectors.active_versions())
        if absence.version.card.slug == LIMITED
    ]


@pytest.mark.parametrize("finding", MEASURED.values(), ids=MEASURED)
def test_a_measured_limit_keeps_a_version_out_and_says_which(finding):
    limited(findings=[["reachable", "yes"], [*finding]])
    assert LIMITED not in drawn()
    [why] = reasons()
    assert f"fewer {finding[0]}" in why


def test_a_version_that_takes_no_large_picture_is_kept_out_and_says_so():
    limited(findings=[["pixels", "no", 2048]])
    assert LIMITED not in drawn()
    [why] = reasons()
    assert "no picture of the largest size" in why


@pytest.mark.parametrize(("options", "base_url"), DECLARED.values(), ids=DECLARED)
def test_a_declared_limit_keeps_a_version_out_and_says_which(options, base_url):
    limited(options, base_url)
    assert LIMITED not in drawn()
    [why] = reasons()
    assert ("fewer turns" if "turns" in options else "fewer pictures") in why


@pytest.mark.parametrize(("options", "base_url"), MET.values(), ids=MET)
def test_a_limit_that_meets_the_conditions_keeps_nobody_out(options, base_url):
    limited(options, base_url)
    assert LIMITED in drawn()
    assert reasons() == []


@pytest.mark.parametrize(
    "finding",
    [
        ["turns", "unknown"],
        ["pictures", "unknown"],
        ["pictures", "no", 2],
        ["pixels", "unknown"],
    ],
    ids=["turns not tried", "pictures not tried", "two, not told apart", "large, nothing found"],
)
def test_what_is_no_limit_keeps_nobody_out(finding):
    limited(findings=[finding])
    assert LIMITED in drawn()


@pytest.mark.parametrize("finding", MEASURED.values(), ids=MEASURED)
def test_an_arena_that_asks_for_less_draws_it(finding, settings):
    settings.BATTLE_TURNS = settings.TURN_IMAGES = settings.BATTLE_IMAGES = 1
    limited(findings=[[*finding]])
    assert LIMITED in drawn()


def test_the_newest_probe_that_passed_is_the_one_that_counts():
    version = limited(findings=[["turns", "no"]])
    report(version, [["turns", "yes"]])
    report(version, [["turns", "no"]], ProbeResult.FAILED)
    assert LIMITED in drawn()
