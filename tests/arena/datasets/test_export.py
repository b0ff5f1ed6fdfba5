"""One folder: whole or not there, the same each time, and gone on with after a kill."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat

import pyarrow.parquet as pq
import pytest
import yaml
from django.core.management import CommandError, call_command

from arena.battles.models import Battle, Generation, Image, Turn
from arena.battles.selectors import pictures
from arena.core import face_detection
from arena.core.faces import around_face, without_regions
from arena.datasets.formats import export_formats
from arena.datasets.selectors import ledger as reading_ledger
from arena.datasets.services import exporting
from arena.datasets.services.exporting import ExportOptions, export
from arena.datasets.services.state import ExportRefused, locked
from arena.ledger.selectors.head import head
from arena.ledger.services.folding import fold
from arena.rating.verify.__main__ import verify_export
from tests.factories import make_models, make_vote, make_voter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


class Killed(BaseException):
    """Stands for a kill between two pages."""


def test_the_card_names_no_table_and_no_split_without_rows(agreed, tmp_path):
    call_command("export", tmp_path / "export", form=["parquet"], verbosity=0)
    card = yaml.safe_load((tmp_path / "export" / "README.md").read_text().split("---")[1])
    splits = {
        one["config_name"]: [file["split"] for file in one["data_files"]] for one in card["configs"]
    }
    assert splits["votes"] == ["train"]
    assert {"battles", "preference", "kto", "sft", "chat"} <= splits.keys()
    assert "decisions" not in splits


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder, name, split="train"):
    shards = sorted((folder / name).glob(f"{split}-*.parquet"))
    return [row for shard in shards for row in pq.read_table(shard).to_pylist()]


def options(**fields):
    return ExportOptions(**{"seed": 1, "shard_bytes": 2_000, **fields})


@pytest.mark.timeout(600)
def test_the_same_export_twice_is_byte_for_byte_the_same(arena, agreed, in_small_pages, tmp_path):
    export(tmp_path / "one", options())
    export(tmp_path / "two", options())
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two")
    assert len([name for name in one if name.startswith("votes/train")]) > 2
    assert len([name for name in one if name.startswith("battles/train")]) > 1


def test_faces_are_blurred_in_it_and_what_was_not_looked_at_is_left_out(
    agreed, settings, monkeypatch, tmp_path
):
    settings.BLUR_FACES = True
    monkeypatch.setattr(face_detection, "__file__", str(tmp_path / "absent.py"))
    export(tmp_path / "none", options())
    assert rows(tmp_path / "none", "battles") == []
    original = pictures.picture_bytes(Image.objects.get())
    faces = [[0.1, 0.1, 0.9, 0.9]]
    digest = hashlib.sha256(without_regions(original, [around_face(faces[0])])).hexdigest()
    Image.objects.update(faces=faces, public_digest=digest)
    export(tmp_path / "some", options())
    found = rows(tmp_path / "some", "battles")
    assert len(found) == len(agreed)
    for row in found:
        [image] = row["images"]
        assert image["bytes"] == without_regions(original, [around_face(faces[0])]) != original
        assert row["image_sha256"] == [digest]


def test_without_a_seed_only_the_pseudonyms_differ(arena, agreed, tmp_path):
    for name in ("one", "two"):
        export(tmp_path / name, options(seed=None))
    found = [rows(tmp_path / name, "votes") for name in ("one", "two")]
    assert {row["judge"] for row in found[0]}.isdisjoint({r["judge"] for r in found[1]} - {None})
    for row in (*found[0], *found[1]):
        row["judge"] = row["judge"] is None
    assert found[0] == found[1]
    battles = [rows(tmp_path / name, "battles") for name in ("one", "two")]
    assert {r["battle_id"] for r in battles[0]}.isdisjoint({r["battle_id"] for r in battles[1]})


@pytest.mark.timeout(600)
def test_a_killed_export_goes_on_and_gives_the_same_bytes(arena, agreed, in_small_pages, tmp_path):
    export(tmp_path / "whole", options())
    pages = []
    export(tmp_path / "count", options(), progress=lambda *at: pages.append(at))
    for kill_at in (1, len(pages) // 3, len(pages) * 2 // 3, len(pages)):
        seen = []

        def die(*at, seen=seen, kill_at=kill_at):
            seen.append(at)
            if len(seen) == kill_at:
                raise Killed

        folder = tmp_path / f"killed-{kill_at}"
        with pytest.raises(Killed):
            export(folder, options(), progress=die)
        assert not folder.exists()
        again = []
        export(folder, options(), progress=lambda *at, again=again: again.append(at))
        assert contents(folder) == contents(tmp_path / "whole"), kill_at
        assert len(again) <= len(pages)
    assert len(again) < len(pages)  # the last one had next to nothing left to do


def test_votes_that_come_meanwhile_wait_for_the_next_export(
    arena, models, in_small_pages, tmp_path
):
    upto = head().number

    def vote(*_at):
        make_vote(*models[:2])
        fold()

    export(tmp_path / "out", options(), progress=vote)
    manifest = json.loads((tmp_path / "out" / "export.json").read_text())
    assert manifest["ledger"]["number"] == upto < head().number
    assert verify_export(tmp_path / "out", lambda line: None) == 0


def test_what_is_withdrawn_while_an_export_is_broken_off_is_not_in_it(
    agreed, in_small_pages, tmp_path
):
    """Also where the shard that holds it had been written already."""
    first = agreed[0].battle
    Turn.objects.filter(battle=first).update(prompt="a secret of mine")

    def die(name, at, end):
        if name == "battles" and at > 6:
            raise Killed

    folder = tmp_path / "out"
    with pytest.raises(Killed):
        export(folder, options(shard_bytes=1), progress=die)
    partial = folder.with_name("out.partial")
    assert any(b"a secret of mine" in data for data in contents(partial).values())
    Battle.objects.filter(pk=first.pk).update(publish=False)
    export(folder, options(shard_bytes=1))
    assert not any(b"a secret of mine" in data for data in contents(folder).values())
    assert len(rows(folder, "battles")) == len(agreed) - 1


def test_what_is_withdrawn_is_not_in_it_though_somebody_else_agreed_meanwhile(
    agreed, in_small_pages, tmp_path
):
    first, last = agreed[0].battle, agreed[-1].battle
    Turn.objects.filter(battle=first).update(prompt="a secret of mine")
    Battle.objects.filter(pk=last.pk).update(publish=False)

    def change(name, at, end):
        if name == "battles":
            Battle.objects.filter(pk=first.pk).update(publish=False)
            Battle.objects.filter(pk=last.pk).update(publish=True)

    export(tmp_path / "out", options(), progress=change)
    assert not any(b"a secret of mine" in data for data in contents(tmp_path / "out").values())


def test_what_is_withdrawn_during_the_export_is_not_in_it(agreed, in_small_pages, tmp_path):
    def withdraw(name, at, end):
        Generation.objects.filter(turn__battle=agreed[1].battle).update(text="")

    export(tmp_path / "out", options(), progress=withdraw)
    assert len(rows(tmp_path / "out", "battles")) == len(agreed) - 1
    assert len(rows(tmp_path / "out", "votes")) == len(agreed)


def test_neither_is_it_in_one_without_parquet(agreed, in_small_pages, tmp_path):
    late, withdrawn = (vote.battle for vote in agreed[:2])
    Battle.objects.filter(pk=late.pk).update(publish=False)
    Turn.objects.filter(battle=withdrawn).update(prompt="a secret of mine")

    def swap(name, at, end):
        if name == "battles" and at == end:
            Battle.objects.filter(pk=withdrawn.pk).update(publish=False)
            Battle.objects.filter(pk=late.pk).update(publish=True)

    folder = tmp_path / "out"
    export(folder, options(forms=("jsonl",)), progress=swap)
    assert not any(b"a secret of mine" in data for data in contents(folder).values())


def test_an_empty_arena_gives_a_whole_folder(tmp_path):
    export(tmp_path / "out", options())
    for name, one in export_formats().items():
        for split in one.SPLITS:
            assert pq.read_table(tmp_path / "out" / name / f"{split}-00000.parquet").num_rows == 0
    assert verify_export(tmp_path / "out", lambda line: None) == 0


def test_a_split_without_rows_has_a_file_behind_many_shards(models, in_small_pages, tmp_path):
    for _ in range(30):
        make_vote(*models[:2])
    fold()
    export(tmp_path / "out", options())
    assert pq.read_table(tmp_path / "out" / "votes" / "excluded-00000.parquet").num_rows == 0
    assert len(list((tmp_path / "out" / "votes").glob("train-*"))) > 1


def test_no_folder_is_written_over_and_no_two_write_one(models, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export", tmp_path / "full")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportRefused, match="not empty"):
        export(tmp_path / "file", options())
    (tmp_path / "out.partial").mkdir()
    with locked(tmp_path / "out.partial"), pytest.raises(ExportRefused, match="Another process"):
        export(tmp_path / "out", options())
    (tmp_path / "empty").mkdir()
    export(tmp_path / "empty", options())


def test_an_unfinished_export_is_not_gone_on_with_under_other_options(models, tmp_path):
    def die(*_at):
        raise Killed

    make_vote(*models[:2])
    fold()
    with pytest.raises(Killed):
        export(tmp_path / "out", options(), progress=die)
    state = tmp_path / "out.partial" / "state.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    with pytest.raises(ExportRefused, match="other options"):
        export(tmp_path / "out", options(seed=2))
    state.write_text("{")
    with pytest.raises(ExportRefused, match="can't be read"):
        export(tmp_path / "out", options())


def test_a_full_disk_ends_with_a_sentence_and_the_next_call_goes_on(agreed, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CommandError, match="No space left"):
            call_command("export", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    call_command("export", tmp_path / "out")
    assert len(rows(tmp_path / "out", "battles")) == len(agreed)


def test_the_secret_of_the_pseudonyms_is_gone_with_the_last_file(arena, tmp_path, monkeypatch):
    secrets = []
    kept = exporting._secret
    monkeypatch.setattr(exporting, "_secret", lambda seed: secrets.append(kept(seed)) or secrets[0])
    export(tmp_path / "out", options(seed=None))
    found = contents(tmp_path / "out")
    assert not {"state.json", "lock"} & found.keys()
    for data in found.values():
        assert secrets[0] not in data
        assert secrets[0].hex().encode() not in data


def test_the_manifest_names_each_file_with_its_digest(exported):
    manifest = json.loads((exported / "export.json").read_text())
    found = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in contents(exported).items()
        if name != "export.json"
    }
    assert manifest["sha256"] == found
    assert manifest["rows"]["votes/train"] == len(rows(exported, "votes"))
    assert manifest["schema_version"] == 2


def test_csv_cells_start_no_formula(models, tmp_path):
    card = models[0].card
    type(card).objects.filter(pk=card.pk).update(slug="-2+3")
    make_vote(*models[:2])
    fold()
    export(tmp_path / "out", options())
    with (tmp_path / "out" / "votes-train.csv").open(newline="") as lines:
        assert next(csv.DictReader(lines))["model_a"] == "'-2+3"
    assert rows(tmp_path / "out", "votes")[0]["model_a"] == "-2+3"
    assert verify_export(tmp_path / "out", lambda line: None) == 0


def test_a_battle_whose_picture_cannot_be_read_is_left_out(agreed, tmp_path):
    turn = Turn.objects.get(battle=agreed[0].battle)
    lost = Image.objects.create(
        digest="0" * 64, file="images/lost.png", mime="image/png", width=1, height=1, size=9
    )
    Turn.objects.filter(pk=turn.pk).update(image=lost)
    export(tmp_path / "out", options())
    assert len(rows(tmp_path / "out", "battles")) == len(agreed) - 1


def test_json_lines_alone_name_pictures_by_their_files(tmp_path):
    first, second = make_models("alone", "together")
    make_vote(first, second, "both_bad", publish=True, voter=make_voter(publish=True))
    fold()
    export(tmp_path / "out", options(forms=("jsonl",)))
    line = json.loads((tmp_path / "out" / "battles-train.jsonl").read_text())
    assert (tmp_path / "out" / line["images"][0]).is_file()
    assert line["winner"] == "tie (bothbad)"


@pytest.mark.parametrize("few", [0, 500], ids=["asked for by range", "asked for one by one"])
def test_a_vote_says_which_gates_failed_and_which_found_nothing_out(
    models, tmp_path, monkeypatch, few
):
    monkeypatch.setattr(reading_ledger, "FEW", few)
    for verdicts in ({}, {"one": "pass"}, {"one": "fail", "three": "unknown", "two": "fail"}):
        vote = make_vote(*models[:2])
        for gate, verdict in verdicts.items():
            vote.battle.gate_results.create(gate=gate, verdict=verdict, source="a list")
    fold()
    export(tmp_path / "out", options())
    found = rows(tmp_path / "out", "votes")
    assert [(row["gates_failed"], row["gates_unknown"]) for row in found] == [
        (None, None),
        ("", ""),
        ("one: a list; two: a list", "three: a list"),
    ]
