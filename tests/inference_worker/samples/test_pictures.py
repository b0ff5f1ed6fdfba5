from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import arena
from inference_worker.samples import fonts
from inference_worker.samples.pictures import alt, drawable, put, write
from inference_worker.samples.questions import TASKS
from inference_worker.wire import samples as wire
from tests.inference_worker.samples.scenery import chart, pair, row, sign

SHIPPED = Path(arena.__file__).parent / "battles" / "samples"


@pytest.fixture(scope="module")
def rows():
    return json.loads((SHIPPED / "samples.json").read_text())


def test_there_are_enough_for_many_surprises(rows):
    assert len(rows) >= 50
    assert {row["category"] for row in rows} == {"shapes", "text", "charts", "emoji"}


def test_every_row_has_its_picture_and_every_picture_its_row(rows):
    assert {row["file"] for row in rows} == {path.name for path in SHIPPED.glob("*.png")}


def test_pictures_are_small_and_light(rows):
    for told in rows:
        path = SHIPPED / told["file"]
        assert path.stat().st_size < 60_000
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("RGB", (320, 320))


def test_every_row_says_how_hard_it_is(rows):
    assert all(row["stratum"].partition(": ")[0] in TASKS for row in rows)


def test_prompts_are_whole_sentences(rows):
    assert all(row["prompt"][0].isupper() and row["prompt"][-1] in "?." for row in rows)


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (row(), "Shapes: red circle, blue star, red cross"),
        (sign(), 'The text "K7Q" in green'),
        (chart(), "A bar chart with bars in red, blue, gray"),
        (pair(), "Emoji: a taco, a fox"),
    ],
)
def test_alternative_texts_say_what_is_in_the_picture(scene, words):
    assert alt(scene) == words


@pytest.mark.usefixtures("needs_fonts")
def test_fresh_ones_can_be_drawn_and_a_seed_repeats_them(tmp_path):
    first, again = write(tmp_path / "a", 5, seed=9), write(tmp_path / "b", 5, seed=9)
    assert first == again
    assert first != write(tmp_path / "c", 5, seed=10)
    one, other = tmp_path / "a", tmp_path / "b"
    for told in first:
        assert (one / told.file).read_bytes() == (other / told.file).read_bytes()


@pytest.fixture
def drawn(valkey):
    put(valkey, 12)
    return wire.take(valkey, 12)


@pytest.mark.usefixtures("needs_fonts")
def test_no_two_visitors_see_the_same_fresh_picture(drawn, valkey):
    put(valkey, 12)
    more = wire.take(valkey, 12)
    assert len({sample.name for sample in [*drawn, *more]}) == 24
    assert len({sample.data for sample in [*drawn, *more]}) == 24


@pytest.mark.usefixtures("needs_fonts")
def test_fresh_pictures_are_small_and_light(drawn):
    for sample in drawn:
        assert len(sample.data) < 60_000
        with Image.open(BytesIO(sample.data)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (320, 320))


@pytest.mark.usefixtures("needs_fonts")
def test_fresh_ones_come_with_all_that_the_page_needs(drawn):
    for sample in drawn:
        assert sample.name.startswith(f"{sample.category}-")
        assert sample.prompt[0].isupper()
        assert sample.alt
        assert sample.stratum.partition(": ")[0] in TASKS


def test_without_fonts_what_needs_none_is_drawn(monkeypatch, valkey):
    monkeypatch.setattr(fonts, "find", lambda name: None)
    assert set(drawable()) == {"shapes", "bars"}
    put(valkey, 6)
    assert {one.category for one in wire.take(valkey, 6)} <= {"shapes", "charts"}


@pytest.mark.usefixtures("needs_fonts")
def test_with_fonts_every_kind_comes_up():
    assert set(drawable()) == {"shapes", "text", "bars", "emoji"}
