"""One's own data as a file: complete, of nobody else, and without a name before the vote."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from arena.battles.selectors import reading
from arena.battles.selectors.pictures import picture_bytes
from arena.mine.services import own_archive
from arena.privacy.register import columns
from tests.arena.privacy.conftest import SECRET
from tests.factories import make_battle

EXPORT = "/mine/export/"


def opened(pieces):
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def lines(archive):
    return [json.loads(line) for line in archive.read("battles.jsonl").splitlines()]


def test_it_holds_every_battle_with_texts_names_and_picture(browser, told, models, voter):
    battle = told(voter=voter, version_a=models[0], version_b=models[1])
    told(words="of somebody else")
    response = browser.post(EXPORT)
    assert response["Content-Type"] == "application/zip"
    archive = opened(response.streaming_content)
    [facts] = lines(archive)
    assert facts["battle"] == battle.public_id
    assert facts["models"] == {"a": "First", "b": "Second"}
    assert facts["stored"]["battles.vote"][0]["choice"] == "a"
    assert SECRET in facts["stored"]["battles.turn"][0]["prompt"]
    image = reading.first_turn(battle).image
    assert archive.read(f"pictures/{image.digest}.png") == picture_bytes(image)
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"of somebody else" not in whole


def test_what_was_asked_by_name_is_in_it_as_such(browser, models, voter):
    battle = make_battle(*models[:2], voter=voter, mode="side_by_side", state="answered")
    [facts] = lines(opened(browser.post(EXPORT).streaming_content))
    assert (facts["battle"], facts["mode"]) == (battle.public_id, "side_by_side")
    assert facts["models"] == {"a": "First", "b": "Second"}
    assert facts["stored"]["battles.generation"][0]["text"] == "I am side a."


def test_every_column_that_the_register_exports_is_in_it(told, voter):
    told(voter=voter)
    archive = opened(own_archive(voter.pk))
    [facts] = lines(archive)
    stored = {**facts["stored"], **json.loads(archive.read("about.json"))["voter"]}
    found = {(model, name) for model, rows in stored.items() for row in rows for name in row}
    asked = {
        (column.model, column.name)
        for column in columns()
        if column.exported and (column.battle or column.voter) and stored.get(column.model)
    }
    assert asked <= found
    assert {"battles.turn", "battles.generation", "battles.vote", "voters.voter"} <= set(stored)


def test_names_of_models_stand_in_it_only_after_the_vote(models, voter):
    make_battle(models[0], models[1], voter=voter)
    archive = opened(own_archive(voter.pk))
    whole = b"".join(archive.read(name) for name in archive.namelist()).lower()
    assert b"first" not in whole.replace(b"first_text", b"").replace(b"first sent", b"")
    assert lines(archive)[0]["models"] is None


def test_it_is_made_piece_by_piece(told, voter, monkeypatch):
    from arena.mine.services import exporting

    monkeypatch.setattr(exporting, "PAGE", 2)
    for _ in range(5):
        told(voter=voter)
    sizes = [len(piece) for piece in own_archive(voter.pk)]
    assert len(sizes) > 8


@pytest.mark.asyncio
async def test_pieces_come_one_by_one_on_an_asgi_server():
    from arena.core.web.streaming import _one_by_one

    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield bytes([number])

    stream = aiter(_one_by_one(pieces()))
    assert await anext(stream) == b"\x00"
    assert made == [0]


def test_exports_are_limited(browser, settings):
    settings.RATE_EXPORTS = "1/hour"
    assert [browser.post(EXPORT).status_code for _ in range(2)] == [200, 429]
