"""What is blurred by hand is in no export and no publication that ends after it was."""

from __future__ import annotations

import hashlib
import json

import pyarrow.parquet as pq
import pytest

from arena.battles.models import BlurredRegions
from arena.datasets.models import Publication
from arena.datasets.services import exporting
from arena.datasets.services.exporting import ExportOptions, export
from arena.datasets.services.increments import earlier_export
from arena.ledger.services.folding import fold
from arena.orchestration.services.regions import blur_everywhere, blur_for_voter, version_of
from arena.publications.services.publishing import ENDLESS, publish
from arena.publications.services.stores import PublicationStore
from tests.arena.reveal.marked import DATA, NOTHING, QUARTER, colours, vote_on_noise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


@pytest.fixture
def vote(valkey_url):
    vote = vote_on_noise("ash", "elm")
    fold()
    return vote


def mark(vote):
    digest = vote.battle.turns.get().image_id
    blur_for_voter(battle=vote.battle, digest=digest, regions=[QUARTER], seen=NOTHING)


def published_picture(folder):
    """The bytes of the one picture of an export, which its digest and its file agree with."""
    [row] = pq.read_table(folder / "battles/train-00000.parquet").to_pylist()
    [image], [digest] = row["images"], row["image_sha256"]
    assert hashlib.sha256(image["bytes"]).hexdigest() == digest
    assert [path.stem for path in (folder / "images").glob("*")] in ([digest], [])
    return image["bytes"]


@pytest.mark.parametrize("whose", ["voter", "operator"])
def test_what_is_marked_during_an_export_is_blurred_in_it(vote, whose, tmp_path):
    def mark_once(name, at, end):
        digest = vote.battle.turns.get().image_id
        if whose == "operator" and not vote.battle.turns.get().image.marked:
            blur_everywhere(digest=digest, regions=[QUARTER], seen=NOTHING)
        elif whose == "voter" and not BlurredRegions.objects.exists():
            mark(vote)

    export(tmp_path / "before", ExportOptions(seed=1))
    assert published_picture(tmp_path / "before") == DATA
    export(
        tmp_path / "out",
        ExportOptions(seed=1),
        progress=lambda *at: at[0] == "battles" and mark_once(*at),
    )
    data = published_picture(tmp_path / "out")
    assert colours(data, (0, 0, 40, 30)) <= 25 < 500 < colours(data, (40, 0, 80, 60))
    assert not any(DATA in path.read_bytes() for path in (tmp_path / "out").rglob("*.*"))


def draw(vote, whose, *, before=(), regions=()):
    """The voter or an operator replaces the regions of the picture."""
    picture = {"digest": vote.battle.turns.get().image_id, "seen": version_of(before)}
    if whose == "voter":
        blur_for_voter(battle=vote.battle, regions=regions, **picture)
    else:
        blur_everywhere(regions=regions, **picture)


@pytest.mark.parametrize("whose", ["voter", "operator"])
def test_what_is_taken_away_while_it_is_read_and_marked_again_is_blurred(
    vote, whose, tmp_path, monkeypatch
):
    """At the end the regions are those of the start, and the picture was read without them."""
    draw(vote, whose, regions=[QUARTER])
    readings = []

    def read(*given, **more):
        readings.append(given)
        if len(readings) == 1:
            draw(vote, whose, before=[QUARTER])
        yield from pages(*given, **more)
        if len(readings) == 1:
            draw(vote, whose, regions=[QUARTER])

    pages = exporting.battle_pages
    monkeypatch.setattr(exporting, "battle_pages", read)
    export(tmp_path / "out", ExportOptions())
    assert len(readings) == 2
    assert colours(published_picture(tmp_path / "out"), (0, 0, 40, 30)) <= 25


def test_rows_name_pictures_that_are_there_where_one_is_marked_late(vote, tmp_path, monkeypatch):
    """All is written and checked by then: the whole picture stays, for the next export."""
    check = exporting.is_outdated

    def marking(*given):
        found = check(*given)
        mark(vote)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "is_outdated", marking)
        export(tmp_path / "0", ExportOptions())
    lines = (tmp_path / "0/battles-train.jsonl").read_text().splitlines()
    [path] = [path for line in lines for path in json.loads(line)["images"]]
    assert (tmp_path / "0" / path).read_bytes() == DATA
    before = earlier_export(tmp_path / "0")
    export(tmp_path / "1", ExportOptions(since=before.number), earlier=before)
    assert tombstones(tmp_path / "1") == [{"ledger_number": 1, "changed": True}]


def test_the_next_export_of_a_chain_has_the_battle_anew_and_says_so_once(vote, tmp_path):
    export(tmp_path / "0", ExportOptions())
    mark(vote)
    for earlier, name in (("0", "1"), ("1", "2")):
        before = earlier_export(tmp_path / earlier)
        export(tmp_path / name, ExportOptions(since=before.number), earlier=before)
    assert tombstones(tmp_path / "1") == [{"ledger_number": 1, "changed": True}]
    assert colours(published_picture(tmp_path / "1"), (0, 0, 40, 30)) <= 25
    assert tombstones(tmp_path / "2") == []
    assert pq.read_table(tmp_path / "2" / "battles/train-00000.parquet").num_rows == 0


def tombstones(folder):
    return [json.loads(line) for line in (folder / "tombstones.jsonl").read_text().splitlines()]


@pytest.fixture
def place(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.PUBLICATION_PLACE = str(tmp_path / "public")
    return tmp_path / "public"


def test_a_publication_with_the_whole_picture_leaves_the_store(vote, place):
    for _ in range(2):
        assert publish(at_once=True, patience=ENDLESS).state == "published"
    mark(vote)
    newest = publish(at_once=True, patience=ENDLESS)
    assert sorted(one.name for one in place.iterdir()) == sorted([newest.name, "latest.json"])
    assert Publication.objects.filter(state="superseded").count() == 2
    assert colours(published_picture(place / newest.name), (0, 0, 40, 30)) <= 25


def test_what_is_marked_while_files_are_sent_is_never_pointed_at(vote, place, monkeypatch):
    send = PublicationStore.send

    def marking(self, source, path):
        if not BlurredRegions.objects.exists():
            mark(vote)
        send(self, source, path)

    monkeypatch.setattr(PublicationStore, "send", marking)
    assert publish(patience=ENDLESS).state == "abandoned"
    assert not (place / "latest.json").exists()
    newest = publish(at_once=True, patience=ENDLESS)
    assert colours(published_picture(place / newest.name), (0, 0, 40, 30)) <= 25


def test_what_is_marked_at_the_very_end_of_an_export_is_in_the_next_one(
    vote, tmp_path, monkeypatch
):
    """Its files are there already, with the whole picture."""
    describe = exporting.write_tombstones

    def marking(*given):
        mark(vote)
        return describe(*given)

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "write_tombstones", marking)
        export(tmp_path / "0", ExportOptions())
    before = earlier_export(tmp_path / "0")
    assert before.changed(before.number) == [1]
    export(tmp_path / "1", ExportOptions(since=before.number), earlier=before)
    assert tombstones(tmp_path / "1") == [{"ledger_number": 1, "changed": True}]
    assert colours(published_picture(tmp_path / "1"), (0, 0, 40, 30)) <= 25
