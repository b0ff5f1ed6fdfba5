"""What a page is told of a battle, and when."""

from __future__ import annotations

import pytest

from arena.live.pacing import BattleView
from inference_worker.wire.events import FINAL, StreamEvent
from tests.arena.live.reading import (
    BATTLE_FIELDS,
    SIDE_FIELDS,
    answer,
    event,
    of_battle,
    opened,
)


@pytest.mark.parametrize("end", ["ended", "failed", "stopped"])
def test_every_frame_of_a_scene_has_just_the_fields_of_the_contract(end):
    scene = BattleView(state="generating", ahead=3)
    frames = scene.frames()
    for one in [*answer("x\n\ny", end=end), *answer("z", end=end, side="b")]:
        scene.apply(one)
        frames += scene.frames()
    assert {frozenset(f) for f in frames} == {frozenset(SIDE_FIELDS), frozenset(BATTLE_FIELDS)}


def test_many_events_make_one_frame():
    scene = BattleView(state="generating")
    for one in answer(*"many words", end=None):
        scene.apply(one)
    assert [f["type"] for f in scene.frames()] == ["side", "side", "battle"]
    assert scene.frames() == []


class TestScene:
    """Both panes and the battle."""

    def test_it_begins_with_both_sides_and_then_the_battle(self):
        frames = BattleView(state="generating").frames()
        assert [(f["type"], f.get("side")) for f in frames] == [
            ("side", "a"),
            ("side", "b"),
            ("battle", None),
        ]

    def test_the_vote_opens_when_it_is_announced(self):
        assert state_after([*answer("x"), *answer("y", side="b"), opened()]) == "voting"

    def test_both_answers_alone_do_not_open_the_vote(self):
        assert state_after([*answer("x"), *answer("y", side="b")]) == "generating"

    def test_an_announcement_alone_does_not_open_the_vote(self):
        assert state_after([*answer("x"), opened()]) == "generating"

    def test_a_failed_side_waits_for_the_other(self):
        assert state_after(answer("x", end="failed")) == "generating"

    def test_a_failed_side_fails_the_battle_once_the_other_is_over(self):
        assert state_after([*answer("x", end="failed"), *answer("y", side="b")]) == "failed"

    def test_a_stopped_side_stops_the_battle(self):
        events = [*answer("x", end="stopped"), *answer("y", end="stopped", side="b")]
        assert state_after(events) == "stopped"

    def test_a_retry_leads_back_to_answering(self):
        events = [*answer("x", end="failed"), *answer("y", side="b"), *answer("z", attempt=2)[:1]]
        assert state_after(events) == "generating"

    @pytest.mark.parametrize("final", sorted(FINAL))
    def test_the_end_of_the_battle_is_told(self, final):
        events = [*answer("x"), *answer("y", side="b"), opened(), of_battle(final)]
        assert state_after(events) == final

    @pytest.mark.parametrize("final", sorted(FINAL))
    def test_of_the_end_of_a_battle_only_its_kind_is_told(self, final):
        scene = BattleView(state="voting")
        scene.frames()
        scene.apply(StreamEvent(side="", attempt=7, number=7, kind=final, text="quetzal"))
        assert scene.frames() == [{"type": "battle", "state": final, "ahead": None}]

    def test_a_battle_ends_once(self):
        assert state_after([of_battle("voted"), of_battle("skipped")]) == "voted"

    @pytest.mark.parametrize("final", ["voted", "skipped", "expired"])
    def test_no_event_changes_what_is_over(self, final):
        assert state_after(answer("x"), begin=final) == final

    def test_the_place_is_told_while_a_side_waits(self):
        scene = BattleView(state="generating", ahead=4)
        assert scene.frames()[-1]["ahead"] == 4

    def test_the_place_is_told_anew_only_when_it_changes(self):
        scene = BattleView(state="generating", ahead=4)
        scene.frames()
        assert scene.frames() == []
        scene.ahead = 3
        assert scene.frames() == [{"type": "battle", "state": "generating", "ahead": 3}]

    def test_there_is_no_place_once_both_sides_have_started(self):
        scene = BattleView(state="generating", ahead=4)
        for side in "ab":
            scene.apply(event("started", side=side))
        assert scene.frames()[-1]["ahead"] is None

    def test_the_sides_are_kept_apart(self):
        scene = BattleView(state="generating")
        for one in [*answer("left", end=None), *answer("right", end=None, side="b")]:
            scene.apply(one)
        assert [f.get("more") for f in scene.frames()][:2] == ["left", "right"]


def state_after(events, *, begin="generating"):
    scene = BattleView(state=begin)
    for one in events:
        scene.apply(one)
    return scene.frames()[-1]["state"]


class TestOneSideAlone:
    """A conversation with one model: its page knows of no other side."""

    def test_it_is_over_when_the_site_says_so(self):
        scene = BattleView(state="generating", sides=["a"])
        for each in answer("x"):
            scene.apply(each)
        assert (scene.complete, scene.state) == (True, "generating")
        scene.apply(of_battle("answered"))
        assert scene.frames()[-1] == {"type": "battle", "state": "answered", "ahead": None}

    def test_what_is_said_of_another_side_is_passed_over(self):
        scene = BattleView(state="generating", sides=["a"])
        for each in [*answer("x"), *answer("stray", side="b")]:
            scene.apply(each)
        assert {frame["side"] for frame in scene.frames() if frame["type"] == "side"} == {"a"}

    def test_a_refusal_ends_it(self):
        scene = BattleView(state="generating", sides=["a"])
        scene.apply(event("started"))
        scene.apply(event("failed", "refused", number=1))
        assert scene.state == "failed"
