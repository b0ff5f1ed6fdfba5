"""No answer, header, feed, badge or webhook holds anything of voters, keys, networks or of a battle
that has no vote."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from arena.api.models import RankingChange
from arena.api.services.announcing import note_changes
from arena.api.services.webhooks import event_body
from arena.api.views import schema
from arena.battles.models import Battle, GateResult, Generation, Turn
from arena.boards.selectors import latest
from arena.catalog.models import ModelCard
from arena.datasets.models import Publication
from arena.feedback.models import CorrectnessMark, VoteReason
from arena.integrity.models import Case, CaseDecision
from tests.e2e.addresses import NO_PAGES, PAGES, VISITED
from tests.factories import make_battle, make_card, make_version, make_vote, make_voter

pytestmark = pytest.mark.django_db
FORMS = ("json", "csv", "parquet")


@pytest.fixture
def secrets(voted, settings):
    """Everything that must not be found; some of it in rows that the answers are made of."""
    settings.RANKING_CHANGE_SECONDS = 0
    sealed = make_version(
        make_card("sealed"),
        backend="openai",
        source="inner-name",
        base_url="https://inner.example/v1",
        sealed_key="SEALEDKEY",
        options='{"extra_body": {"secret_switch": 1}}',
    )
    open_voter = make_voter(network="bucket-of-a-network", consent_at=timezone.now())
    battle = make_battle(sealed, state="voting", voter=open_voter)
    voted_one = make_vote(sealed, make_version(make_card("other")), voter=open_voter)
    Turn.objects.update(prompt="Prompt of somebody")
    Generation.objects.update(text="Answer of some model", worker="worker-17", fence="FENCE")
    tell_trust(sealed.card, battle, voted_one, open_voter)
    voted(1)
    note_changes()
    return [
        *("inner-name", "inner.example", "SEALEDKEY", "secret_switch", "bucket-of-a-network"),
        *("Prompt of somebody", "Answer of some model", "worker-17", "FENCE"),
        *("EVIDENCE", "operator-jane", "unvoted_gate", "PROBLEM", "gate-source"),
        *(battle.public_id, voted_one.battle.public_id, str(open_voter.pk), "127.0.0.1"),
        *(one.turns.get().image.digest for one in (battle, voted_one.battle)),
    ]


def tell_trust(card, battle, voted_one, voter):
    """A case, a decision, reasons, gates and publications, with what of them is not public."""
    case = Case.objects.create(
        kind="betting", card=card, voter=voter, last_vote=1, evidence={"votes": 1, "of": "EVIDENCE"}
    )
    CaseDecision.objects.create(case=case, action="dismiss", votes=1, by="operator-jane")
    VoteReason.objects.create(vote=voted_one, side="a", reason="reads")
    CorrectnessMark.objects.create(vote=voted_one, side="a", mark="right")
    gates = {battle: "unvoted_gate", voted_one.battle: "voter_rate"}
    for one, gate in gates.items():
        GateResult.objects.create(battle=one, gate=gate, verdict="fail", source="gate-source")
    facts = {"ledger_number": 1, "votes": 1, "battles": 0, "withdrawn": 0, "files": 1, "size": 1}
    now = timezone.now()
    kept = {"begun_at": now, "due_at": now, "problem": "PROBLEM", **facts}
    Publication.objects.create(name="shown", state="published", published_at=now, **kept)
    Publication.objects.create(name="PROBLEM-one", **kept)


def answers(client):
    """Every address in every form, with its headers."""
    names = {"model_name": "sealed", "etag": latest().etag}
    for path in schema()["paths"]:
        for form in FORMS if "{suffix}" in path else ("",):
            query = "?a=sealed&b=other" if "head-to-head" in path else ""
            response = client.get(path.format(**names, suffix=form) + query)
            headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
            assert response.status_code == 200, path
            yield f"{path} {form}", headers.encode() + response.content


def test_nothing_that_is_nobodys_business_leaves(client, secrets):
    found = [
        (where, secret)
        for where, body in answers(client)
        for secret in secrets
        if secret.encode() in body
    ]
    assert found == []


def test_the_scan_looks_at_what_was_added(client, secrets):
    """Each of the answers about trust has a row in it, so that the scan has something to find."""
    for path in ("correctness", "integrity", "recent-votes", "exports"):
        body = client.get(f"/api/v1/{path}").json()
        assert any(value for value in body.values() if isinstance(value, list)), path
    assert client.get("/api/v1/models/sealed").json()["reasons"][0]["reason"] == "reads"


def test_no_page_holds_it_either_whoever_asks(client, secrets):
    """Of battles of others not even whether there are any: their own addresses are asked, too."""
    ids = [secret for secret in secrets if secret in public_ids()]
    digests = [secret for secret in secrets if len(secret) == 64]
    found = []
    for path in sorted({*PAGES, *VISITED, *NO_PAGES}):
        for public_id, digest in zip(ids, digests, strict=True):
            words = {"public_id": public_id, "digest": digest, "token": "x" * 32, "sample": digest}
            words |= {"side": "a", "place": "1"}
            address = f"/{filled(path, {**words, 'slug': page_slug(path)})}"
            response = client.get(address)
            headers = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
            body = headers.encode() + b"".join(response)
            body = body.replace(address.encode(), b"")
            found += [(address, secret) for secret in secrets if secret.encode() in body]
    assert found == []


def public_ids():
    return set(Battle.objects.values_list("public_id", flat=True))


def filled(path, words):
    """The address of a route, with words in the places of its converters."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda one: words[one[1]], path)


def page_slug(path):
    return "sealed" if path.startswith(("models", "v1")) else "overall"


def test_a_webhook_holds_no_more_than_ranks(secrets):
    for change in RankingChange.objects.all():
        body = event_body(change)
        assert [secret for secret in secrets if secret.encode() in body] == []


def test_a_battle_without_a_vote_changes_no_answer(client, voted):
    """Whoever watches the API while a battle runs learns nothing of its two models."""
    before = dict(answers_of(client))
    first, second = (latest().rows[place]["model"].split("@")[0] for place in (0, 1))
    versions = [ModelCard.objects.get(slug=slug).current for slug in (first, second)]
    sizes = {"tokens": 900, "first_text_ms": 5, "total_ms": 10, "length": 5000}
    make_battle(*versions, state="voting", a=sizes, b=sizes)
    assert dict(answers_of(client)) == before


def answers_of(client):
    """The bodies alone: what is left of a rate moves by itself."""
    names = {"model_name": "first", "etag": latest().etag}
    for path in schema()["paths"]:
        query = "?a=first&b=second" if "head-to-head" in path else ""
        response = client.get(path.format(**names, suffix="csv") + query)
        assert response.status_code == 200, path
        yield path, (response.content, response["ETag"])
