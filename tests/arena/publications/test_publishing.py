"""Publications appear whole, are gone on with after failures, and what was withdrawn leaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from arena.battles.models import Battle
from arena.boards.services.updating import update_live_boards
from arena.console.selectors.attention import failed_publications
from arena.datasets.models import Publication
from arena.publications.services import publishing
from arena.publications.services.publishing import ENDLESS, publish
from arena.publications.services.stores import PublicationStore, publication_store
from tests.arena.console.receivers import serving
from tests.bucket import KEY, SECRET, Bucket
from tests.factories import make_vote, make_voter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


@pytest.fixture
def agreed(models):
    """Six battles that may be published."""
    voter = make_voter(publish=True)
    votes = [make_vote(*models[:2], choice, voter=voter, publish=True) for choice in "ababab"]
    update_live_boards()
    return votes


@pytest.fixture
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.PUBLICATION_PLACE = str(tmp_path / "public")
    return tmp_path / "public"


@pytest.fixture
def bucket(settings, tmp_path):
    with serving(Bucket()) as server:
        settings.DATA_DIR = tmp_path / "data"
        settings.PUBLICATION_PLACE = "s3://data/exports"
        settings.PUBLICATION_ENDPOINT = server.address
        settings.PUBLICATION_KEY, settings.PUBLICATION_SECRET = KEY, SECRET
        settings.ENDPOINT_ALLOW = ["127.0.0.1"]
        yield server


def published():
    """Publish now, as a whole."""
    publication = publish(at_once=True, patience=ENDLESS)
    assert publication.state == "published", publication.problem
    return publication


def test_a_bucket_holds_a_whole_export_that_anybody_can_verify(agreed, bucket, capsys):
    publication = published()
    assert bucket.written[-1] == "exports/latest.json"
    assert bucket.written[-2] == f"exports/{publication.name}/export.json"
    assert json.loads(bucket.objects["exports/latest.json"])["name"] == publication.name
    call_command("verify", f"{bucket.address}/data/exports/latest.json")
    assert capsys.readouterr().out.count("equal byte for byte") == 1
    path = f"exports/{publication.name}/snapshots/overall.json"
    bucket.objects[path] = bucket.objects[path].replace(b"0", b"1", 1)
    with pytest.raises(CommandError, match="is not the file that"):
        call_command("verify", f"{bucket.address}/data/exports/{publication.name}")


def test_a_folder_holds_the_same_and_the_site_keeps_nothing_of_it(agreed, folder, settings):
    publication = published()
    call_command("verify", folder / publication.name)
    assert [one for one in (settings.DATA_DIR / "publications").iterdir() if one.is_dir()] == []
    assert (publication.votes, publication.battles, publication.withdrawn) == (6, 6, 0)


def test_steps_without_patience_end_with_a_whole_one(agreed, bucket, monkeypatch):
    monkeypatch.setattr(publishing, "SHARD_BYTES", 1)
    states = []
    while (publication := publish(patience=-1.0)).state != "published":
        states.append(publication.state)
        assert "exports/latest.json" not in bucket.objects
        assert len(states) < 100
        if publication.state == "sending":
            publish(patience=ENDLESS)
            break
    assert {"writing", "sending"} >= set(states)
    assert "sending" in states
    assert "exports/latest.json" in bucket.objects


def test_a_kill_while_sending_is_gone_on_with_and_nothing_is_sent_twice(
    agreed, bucket, monkeypatch
):
    send, sent = PublicationStore.send, []

    def dying(self, source, path):
        if len(sent) == 3:
            raise KeyboardInterrupt
        sent.append(path)
        send(self, source, path)

    with monkeypatch.context() as patch:
        patch.setattr(PublicationStore, "send", dying)
        with pytest.raises(KeyboardInterrupt):
            publish()
    assert "exports/latest.json" not in bucket.objects
    publication = published()
    assert len(Publication.objects.all()) == 1
    assert len(bucket.written) == len(set(bucket.written)) == publication.files + 1


def test_a_store_that_refuses_is_said_and_asked_again_later(agreed, bucket):
    bucket.refuse = 403
    publication = publish(patience=ENDLESS)
    assert (publication.state, publication.attempts) == ("sending", 1)
    assert "bucket" in publication.problem or "AWS" in publication.problem
    [note] = failed_publications()
    assert SECRET not in note.text
    bucket.refuse = 0
    assert publish(patience=ENDLESS).state == "sending"  # not due yet
    Publication.objects.update(due_at=publication.begun_at)
    assert publish(patience=ENDLESS).state == "published"
    assert failed_publications() == []


def test_what_was_withdrawn_is_listed_and_leaves_the_store_with_every_older_one(agreed, folder):
    older = [published().name for _ in range(2)]
    Battle.objects.filter(vote=agreed[0]).update(publish=False)
    newest = published()
    assert sorted(one.name for one in folder.iterdir()) == sorted([newest.name, "latest.json"])
    lines = (folder / newest.name / "tombstones.jsonl").read_text().splitlines()
    assert len(lines) == newest.withdrawn == 1
    again = published()
    assert again.withdrawn == 1
    assert (folder / newest.name).is_dir()
    assert {one.name for one in Publication.objects.filter(state="superseded")} == set(older)


def test_older_ones_leave_the_store_though_as_many_are_listed_as_before(agreed, folder):
    """One battle was withdrawn, and another one may be published again."""
    published()
    for withdrawn in agreed[:2]:
        Battle.objects.update(publish=True)
        Battle.objects.filter(vote=withdrawn).update(publish=False)
        newest = published()
        assert (newest.withdrawn, newest.battles) == (1, 5)
    assert sorted(one.name for one in folder.iterdir()) == sorted([newest.name, "latest.json"])


def test_what_is_withdrawn_while_files_are_sent_is_never_pointed_at(agreed, folder, monkeypatch):
    send = PublicationStore.send

    def withdrawing(self, source, path):
        Battle.objects.filter(vote=agreed[0]).update(publish=False)
        send(self, source, path)

    with monkeypatch.context() as patch:
        patch.setattr(PublicationStore, "send", withdrawing)
        given_up = publish(patience=ENDLESS)
    assert given_up.state == "abandoned"
    assert not (folder / "latest.json").exists()
    publication = published()
    assert publication.battles == 5
    assert not (folder / given_up.name).exists()


def test_the_newest_ones_are_kept(agreed, folder, settings):
    settings.PUBLICATIONS_KEPT = 2
    names = [published().name for _ in range(3)]
    assert not (folder / names[0]).exists()
    assert (folder / names[1]).is_dir()
    pointer = json.loads((folder / "latest.json").read_text())
    assert [one["name"] for one in pointer["publications"]] == [names[2], names[1]]


def test_one_is_published_when_it_is_due_and_nobody_publishes_beside_it(agreed, folder, settings):
    assert publish(patience=ENDLESS).state == "published"
    assert publish() is None
    Publication.objects.update(begun_at=Publication.objects.get().begun_at - timedelta(hours=25))
    with publishing.locked(settings.DATA_DIR / "publications"):
        assert publish(patience=ENDLESS) is None
    assert publish(patience=ENDLESS).state == "published"


def test_what_a_publication_wrote_leaves_the_disk_once_it_fails_after_a_day(
    agreed, bucket, settings
):
    bucket.refuse = 403
    waiting = publish(patience=ENDLESS)
    written = settings.DATA_DIR / "publications" / waiting.name
    assert written.is_dir()
    a_day_ago = waiting.begun_at - timedelta(hours=25)
    Publication.objects.update(begun_at=a_day_ago, due_at=a_day_ago)
    assert publish(patience=ENDLESS).state == "abandoned"
    assert not written.exists()


def test_nothing_is_published_unless_an_operator_says_where(agreed, settings, tmp_path):
    settings.DATA_DIR, settings.PUBLICATION_PLACE = tmp_path, ""
    begun = tmp_path / "publications" / "20261129T101500000000Z.partial"
    begun.mkdir(parents=True)
    assert publish(at_once=True) is None
    assert not begun.exists()
    with pytest.raises(CommandError):
        call_command("publish")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"no json", "is no export"),
        (b'{"name": "../secret"}', "names no export"),
    ],
)
def test_a_pointer_that_leads_elsewhere_is_refused(bucket, document, words):
    bucket.objects["exports/latest.json"] = document
    with pytest.raises(CommandError, match=words):
        call_command("verify", f"{bucket.address}/data/exports/")


def test_a_manifest_cannot_name_files_of_this_machine(bucket):
    manifest = {"ledger": {}, "sha256": {}, "snapshots": [{"file": "../../etc/passwd"}]}
    bucket.objects["export.json"] = json.dumps(manifest).encode()
    with pytest.raises(CommandError, match="as a snapshot"):
        call_command("verify", f"{bucket.address}/data")


def test_private_addresses_are_not_called(bucket, settings):
    settings.ENDPOINT_ALLOW = []
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify", f"{bucket.address}/data")


def test_a_store_without_an_export_is_no_reason_to_fail(folder):
    assert publication_store().pointer() is None
    (folder / "latest.json").write_text("rubbish")
    assert publication_store().pointer() is None
