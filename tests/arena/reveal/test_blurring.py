"""Regions of a picture are blurred by hand wherever it is published, and nowhere else."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core import signing
from PIL import Image

from arena.battles.models import BlurredRegions
from arena.battles.models import Image as Picture
from arena.battles.selectors.pictures import public_bytes, regions_in
from arena.battles.states import ErasureReason
from arena.core.errors import NotFound
from arena.core.images import normalise
from arena.mine.services import own_archive
from arena.orchestration.services.regions import (
    RegionsChanged,
    blur_everywhere,
    blur_for_voter,
    version_of,
)
from arena.privacy.services import erase_battles
from arena.reveal.services import share_battle
from arena.voters.selectors import COOKIE, SALT
from tests.arena.at_once import at_once
from tests.arena.core.pictures import encoded, held
from tests.arena.reveal.marked import (
    DATA,
    NOTHING,
    QUARTER,
    colours,
    noisy,
    noisy_picture,
    sent,
    vote_on_noise,
)
from tests.factories import ballot, make_battle, make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote(valkey_url):
    return vote_on_noise("ash", "elm")


@pytest.fixture
def owner(client, vote):
    client.cookies[COOKIE] = signing.dumps(str(vote.voter_id), salt=SALT)
    return client


@pytest.fixture
def digest(vote):
    return vote.battle.turns.get().image_id


@pytest.fixture
def page(vote, digest):
    return f"/battles/{vote.battle.public_id}/blur/{digest}/"


def test_what_the_voter_marks_is_blurred_for_others_and_the_rest_stays(owner, vote, digest, page):
    shared = f"/shared/{share_battle(**ballot(vote.battle))}/images/0"
    assert owner.get(shared).content == DATA
    answer = owner.post(page, sent((0, 0, 50, 50)), follow=True)
    assert "Saved." in answer.content.decode()
    shown = owner.get(shared)
    assert colours(DATA, (0, 0, 40, 30)) > 500
    assert colours(shown.content, (0, 0, 40, 30)) <= 25
    assert colours(shown.content, (40, 0, 80, 60)) == colours(DATA, (40, 0, 80, 60))
    assert "no-store" in shown["Cache-Control"]
    assert owner.get(f"{page}shown").content == shown.content
    assert owner.get(f"/battles/{vote.battle.public_id}/images/{digest}").content == DATA


def test_a_draft_is_shown_and_not_stored(owner, vote, page):
    answer = owner.post(page, sent((0, 0, 50, 50), action="look"))
    assert f"{page}shown?draft={NOTHING}&amp;region=0%2C0%2C50%2C50" in answer.content.decode()
    draft = owner.get(f"{page}shown", {"draft": NOTHING, "region": ["0,0,50,50"]})
    assert colours(draft.content, (0, 0, 40, 30)) <= 25
    assert owner.get(f"{page}shown").content == DATA
    assert not BlurredRegions.objects.exists()


def test_without_scripts_rows_are_added_and_taken_away_by_buttons(owner, page):
    more = owner.post(page, sent((1, 2, 3, 4), action="add")).content.decode()
    assert more.count('name="left"') == 3  # one is the script's
    rows = ((1, 2, 3, 4), (5, 6, 7, 8))
    fewer = owner.post(page, sent(*rows, action="", remove="0")).content.decode()
    assert ('value="5"' in fewer, 'value="1"' in fewer) == (True, False)
    assert not BlurredRegions.objects.exists()


@pytest.mark.parametrize(
    "rows",
    [
        [("nan", 0, 10, 10)],
        [("inf", 0, 10, 10)],
        [(0, 0, "1e999", 10)],
        [("", 0, 10, 10)],
        [("<script>", 0, 10, 10)],
        [(120, 0, 10, 10)],
        [(-30, 0, 10, 10)],
        [(10, 10, 0, 10)],
        [(10, 10, -5, 10)],
        [(n % 90, 0, 5, 5) for n in range(61)],
        [(n % 90, 0, 5, 5) for n in range(240)],
    ],
    ids=lambda rows: f"{rows[0]} and {len(rows) - 1} more",
)
def test_numbers_that_are_no_regions_are_refused_in_words(owner, page, rows):
    answer = owner.post(page, sent(*rows))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not BlurredRegions.objects.exists()
    assert "<script>" not in answer.content.decode().split("</head>")[1]


def test_thousands_of_fields_and_lists_of_unequal_length_store_nothing(owner, page):
    for hostile in (
        sent(*[(0, 0, 5, 5)] * 3000),
        {"left": ["0"] * 5, "top": ["0"], "seen": NOTHING},
    ):
        assert owner.post(page, {**hostile, "action": "save"}).status_code == 400
    assert owner.get(f"{page}shown", {"draft": "x", "region": ["nan,0,1,1"]}).status_code == 400
    assert not BlurredRegions.objects.exists()


def test_regions_end_at_the_edge_and_are_never_too_thin_to_hide(owner, vote, digest, page):
    owner.post(page, sent((90, 90, 500, 500), (-5, 50, 10, 0.001)))
    wide, thin = regions_in(vote.battle_id, Picture.objects.get(pk=digest))
    assert wide == (0.9, 0.9, 1.0, 1.0)
    assert (thin[0], thin[2]) == (0.0, 0.05)
    assert (thin[3] - thin[1]) * 60 == pytest.approx(2, abs=0.01)


def test_nobody_else_looks_or_marks_and_no_battle_without_the_vote(client, owner, vote, page):
    other = make_vote(*make_models("oak", "yew"))
    open_battle = make_battle(voter=vote.voter)
    foreign = f"/battles/{vote.battle.public_id}/blur/{other.battle.turns.get().image_id}/"
    early = f"/battles/{open_battle.public_id}/blur/"
    for address in (foreign, early):
        assert owner.get(address).status_code == owner.post(address, sent()).status_code == 404
    for stranger in (make_voter().pk, None):
        client.cookies[COOKIE] = signing.dumps(str(stranger), salt=SALT) if stranger else ""
        for address in (page, f"{page}shown"):
            assert client.get(address).status_code == 404
        assert client.post(page, sent((0, 0, 5, 5))).status_code == 404
    assert not BlurredRegions.objects.exists()


def test_two_windows_lose_nothing_of_each_other(owner, vote, page):
    owner.post(page, sent((0, 0, 50, 50)))
    answer = owner.post(page, sent((50, 50, 20, 20)))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert text.count('name="left"') == 3
    seen = version_of([QUARTER])
    assert f'value="{seen}"' in text
    rows = ((0, 0, 50, 50), (50, 50, 20, 20))
    assert owner.post(page, sent(*rows, seen=seen)).status_code == 303
    assert len(BlurredRegions.objects.get().regions) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_that_it_was_not_the_first(vote, digest):
    def save(number):
        region = (number / 10, 0.0, 0.5, 0.5)
        try:
            blur_for_voter(battle=vote.battle, digest=digest, regions=[region], seen=NOTHING)
        except RegionsChanged:
            return "late"
        return "stored"

    assert sorted(at_once(save, [1, 2, 3, 4])) == ["late", "late", "late", "stored"]


def test_erasure_takes_the_regions_and_those_of_other_battles_stay(vote, digest):
    other = make_vote(*make_models("oak", "yew"))
    other.battle.turns.update(image=digest)
    for one in (vote, other):
        blur_for_voter(battle=one.battle, digest=digest, regions=[QUARTER], seen=NOTHING)
    blur_everywhere(digest=digest, regions=[QUARTER], seen=NOTHING)
    erase_battles(battles=[vote.battle_id], reason=ErasureReason.VOTER)
    assert BlurredRegions.objects.get().battle_id == other.battle_id
    with pytest.raises(NotFound):
        blur_for_voter(battle=vote.battle, digest=digest, regions=[QUARTER], seen=NOTHING)
    erase_battles(battles=[other.battle_id], reason=ErasureReason.VOTER)
    assert not BlurredRegions.objects.exists()
    assert not Picture.objects.filter(pk=digest).exists()
    with pytest.raises(NotFound):
        blur_everywhere(digest=digest, regions=[QUARTER], seen=NOTHING)


def test_the_voter_gets_them_in_the_own_data(vote, digest):
    blur_for_voter(battle=vote.battle, digest=digest, regions=[QUARTER], seen=NOTHING)
    archive = ZipFile(BytesIO(b"".join(own_archive(vote.voter_id))))
    [line] = archive.read("battles.jsonl").splitlines()
    [regions] = json.loads(line)["stored"]["battles.blurredregions"]
    assert regions == {"digest": digest, "regions": [list(QUARTER)]}


def test_regions_lie_where_the_voter_sees_the_picture_of_a_turned_camera(db):
    """Pictures are stored upright and without what turns them, so regions need no turning."""
    turned, exif = held(noisy(), 6)
    picture = normalise(encoded(turned, "PNG", exif=exif))
    assert Image.open(BytesIO(picture.data)).size == (80, 60)
    image = noisy_picture(picture.data)
    blur_everywhere(digest=image.pk, regions=[QUARTER], seen=NOTHING)
    shown = public_bytes(Picture.objects.get(pk=image.pk))
    assert colours(shown, (0, 0, 40, 30)) <= 25 < 500 < colours(shown, (40, 0, 80, 60))
