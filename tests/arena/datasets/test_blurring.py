"""What is blurred by hand is in no export and no publication that ends after it was."""

from __future__ import annotations

import hashlib

import pyarrow.parquet as pq
import pytest

from arena.battles.models import BlurredRegions
from arena.datasets.services.exporting import ExportOptions, export
from arena.ledger.services.folding import fold
from arena.orchestration.services.regions import blur_everywhere, blur_for_voter
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
