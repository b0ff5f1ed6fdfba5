"""Pictures that no vote rests on leave the disk after a while."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from arena.battles.models import Battle, Image
from arena.battles.selectors import pictures, reading
from arena.battles.states import BattleState
from arena.core.images import normalise
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.orchestration.services import BattleInput, collecting
from arena.orchestration.services.storing import store_pictures
from tests.arena.at_once import at_once
from tests.arena.core.pictures import corners, encoded
from tests.factories import make_models, make_voter

UNVOTED = [
    BattleState.SKIPPED,
    BattleState.EXPIRED,
    BattleState.AGREED,
    BattleState.DISCARDED,
]
NEEDED = [s for s in BattleState if s not in UNVOTED]


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT, settings.PICTURE_HOURS = str(tmp_path / "media"), 24


def picture_of(size):
    return normalise(encoded(corners((size, 24))))


@pytest.fixture
def begin(commit, models):
    """Start a battle with a picture of its own, or with the one of ``size``."""
    sizes = iter(range(40, 400, 2))

    def call(size=0):
        question = BattleInput(picture=picture_of(size or next(sizes)), prompt="What is this?")
        return commit(services.start_battle, voter=make_voter(), question=question)

    return call


def age(battle, hours, state=BattleState.SKIPPED):
    """The battle and its picture are so old now."""
    then = timezone.now() - timedelta(hours=hours)
    Battle.objects.filter(pk=battle.pk).update(created_at=then, state=state)
    Image.objects.filter(turns__battle=battle).update(created_at=then)
    return battle


def file_of(battle):
    return Path(reading.first_turn(battle).image.file.path)


def has_picture(battle):
    image = reading.first_turn(battle).image
    assert file_of(battle).exists() is (image.removed_at is None)
    return image.removed_at is None


@pytest.mark.parametrize("state", UNVOTED)
def test_a_picture_without_a_vote_goes_after_a_day(begin, state):
    old, young = age(begin(), 25, state), age(begin(), 23, state)
    size = reading.first_turn(old).image.size
    assert services.collect_pictures() == size
    assert (has_picture(old), has_picture(young)) == (False, True)


@pytest.mark.parametrize("state", NEEDED)
def test_a_picture_that_has_a_vote_or_can_get_one_stays(begin, state):
    battle = age(begin(), 999, state)
    assert services.collect_pictures() == 0
    assert has_picture(battle)


@pytest.mark.parametrize("state", NEEDED)
def test_a_picture_that_another_battle_needs_stays(begin, state):
    needed, skipped = age(begin(50), 999, state), age(begin(50), 999)
    services.collect_pictures()
    assert has_picture(needed)
    assert has_picture(skipped)


def test_a_picture_of_a_young_battle_stays_however_old_it_is(begin):
    age(begin(50), 999)
    young = begin(50)
    Battle.objects.filter(pk=young.pk).update(state=BattleState.SKIPPED)
    services.collect_pictures()
    assert has_picture(young)


def test_a_voted_picture_is_looked_at_once(begin):
    battle = age(begin(), 999, BattleState.VOTED)
    services.collect_pictures()
    assert reading.first_turn(battle).image.kept
    assert not pictures.unvoted_images(timezone.now()).exists()


def test_the_same_picture_again_brings_the_file_back(begin, commit):
    old = age(begin(50), 99)
    services.collect_pictures()
    assert not has_picture(old)
    again = begin(50)
    assert has_picture(again)
    assert has_picture(old)


def test_a_picture_without_any_battle_goes_too(models):
    [image] = store_pictures([picture_of(60)])
    Image.objects.update(created_at=timezone.now() - timedelta(hours=25))
    services.collect_pictures()
    assert not default_storage.exists(image.file.name)


@pytest.mark.parametrize(("hours", "stays"), [(0.5, True), (2, False)])
def test_a_file_that_no_row_names_goes_after_an_hour(hours, stays):
    name = default_storage.save("images/ab/" + "ab" * 32 + ".png", ContentFile(b"x" * 100))
    path, then = default_storage.path(name), time.time() - hours * 3600
    os.utime(path, (then, then))
    assert services.collect_pictures() == (0 if stays else 100)
    assert default_storage.exists(name) is stays


def test_files_that_rows_name_are_no_orphans(begin):
    battle = begin()
    os.utime(file_of(battle), (1, 1))
    assert services.collect_pictures() == 0
    assert has_picture(battle)


def test_a_file_of_a_removed_picture_is_an_orphan(begin):
    """A kill came between the mark and the removal."""
    battle = age(begin(), 99)
    Image.objects.update(removed_at=timezone.now())
    os.utime(file_of(battle), (1, 1))
    assert services.collect_pictures() > 0
    assert not has_picture(battle)


def test_a_file_that_is_gone_already_ends_nothing(begin):
    gone, other = age(begin(), 99), age(begin(), 99)
    file_of(gone).unlink()
    services.collect_pictures()
    assert not has_picture(gone)
    assert not has_picture(other)


def test_twice_collects_nothing_twice(begin):
    age(begin(), 99)
    assert services.collect_pictures() > 0
    assert services.collect_pictures() == 0


def test_it_is_logged_and_counted(begin, caplog):
    age(begin(), 99)
    caplog.set_level("INFO")
    size = services.collect_pictures()
    assert f"collected 1 pictures, {size} bytes" in caplog.text
    counted = client().hgetall(dispatch.COLLECTED)
    assert counted == {b"pictures": b"1", b"bytes": str(size).encode()}


def test_without_redis_it_collects_all_the_same(begin, no_redis):
    battle = age(begin(), 99)
    services.collect_pictures()
    assert not has_picture(battle)


@pytest.mark.django_db(transaction=True)
def test_a_battle_that_begins_while_its_picture_goes_has_it():
    make_models("one", "two")
    picture = picture_of(70)
    question = BattleInput(picture=picture, prompt="?")
    for _ in range(5):
        first = services.start_battle(voter=make_voter(), question=question)
        age(first, 99)
        voter = make_voter()

        def do(what, voter=voter):
            if what == "start":
                return services.start_battle(voter=voter, question=question)
            return services.collect_pictures()

        done = at_once(do, ["collect", "start"])
        [started] = [one for one in done if isinstance(one, Battle)]
        assert has_picture(started)
        age(started, 99)
        collecting.collect_pictures()
