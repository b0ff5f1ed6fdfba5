"""A proof of work is taken once, in time, and as it was asked for."""

from __future__ import annotations

import base64
import json

import altcha
import pytest
from redis import Redis

from arena.gates import proofs


@pytest.fixture(autouse=True)
def _store(valkey_url):
    """The server of the tests keeps the proofs that were used."""


def solved(**changes):
    """A proof of a new challenge, with parts of the challenge or of the solution changed."""
    challenge = altcha.Challenge.from_dict(proofs.challenge())
    solution = altcha.solve_challenge(challenge)
    proof = {"challenge": challenge.to_dict(), "solution": solution.to_dict()}
    for name, value in changes.items():
        part = "solution" if name in ("counter", "derivedKey") else "challenge"
        place = (
            proof[part] if part == "solution" or name == "signature" else proof[part]["parameters"]
        )
        place[name] = value
    return base64.b64encode(json.dumps(proof).encode()).decode()


@pytest.fixture
def quick(monkeypatch):
    """Sums that take a moment."""
    monkeypatch.setattr(proofs, "COST", 1)
    monkeypatch.setattr(proofs, "LEAST_KEYS", 1)
    monkeypatch.setattr(proofs, "MOST_KEYS", 20)


@pytest.mark.usefixtures("quick")
class TestQuick:
    """Whatever is wrong with a proof, it is none."""

    def test_a_solved_challenge_is_a_proof(self):
        assert proofs.is_valid(solved())

    def test_it_is_one_once_only_however_it_is_written(self):
        proof = solved()
        again = json.loads(base64.b64decode(proof))
        spaced = base64.b64encode(json.dumps(again, indent=1).encode()).decode()
        again["challenge"]["signature"] = again["challenge"]["signature"].upper()
        raised = base64.b64encode(json.dumps(again).encode()).decode()
        assert [proofs.is_valid(one) for one in (proof, proof, spaced, raised)] == [
            True,
            False,
            False,
            False,
        ]

    def test_one_without_redis_is_taken_once_by_each_process(self, monkeypatch, unused_tcp_port):
        away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
        monkeypatch.setattr(proofs, "client", lambda: away)
        proof = solved()
        assert [proofs.is_valid(proof), proofs.is_valid(proof)] == [True, False]

    @pytest.mark.parametrize(
        "changed",
        [
            {"derivedKey": "00" * 32},
            {"derivedKey": ""},
            {"signature": "0" * 64},
            {"cost": 2},
            {"keySignature": "0" * 64},
            {"expiresAt": 4_000_000_000},
            {"salt": "0" * 32},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_what_was_changed_is_none(self, changed):
        assert not proofs.is_valid(solved(**changed))

    def test_a_challenge_of_another_key_is_none(self, settings):
        proof = solved()
        settings.SECRET_KEY = "another key of another arena"
        assert not proofs.is_valid(proof)

    def test_an_answer_that_comes_too_late_is_none(self, monkeypatch):
        monkeypatch.setattr(proofs, "SECONDS", -1)
        assert not proofs.is_valid(solved())


@pytest.mark.parametrize("proof", ["", "x", "e30=", "bnVsbA==", "[]", "A" * 5000, "\udcff", "é"])
def test_what_is_no_proof_at_all_is_refused(proof):
    assert not proofs.is_valid(proof)
