"""The contract of all gates, and what single ones say."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from arena.battles.selectors.samples import sample_bytes, shipped_samples
from arena.core.images import normalise
from arena.gates import proofs
from arena.gates.attempts import BattleAttempt, GateReport
from arena.gates.checks import account_age, all_gates, proof_of_work, repeated_question
from arena.gates.states import ACCOUNT_AGE, REPEATED_QUESTION, GateStage, GateVerdict
from tests.arena.at_once import at_once
from tests.arena.core.pictures import encoded
from tests.arena.gates.counts import forget_counts
from tests.arena.gates.test_proofs import solved

PASS, FAIL = GateVerdict.PASS, GateVerdict.FAIL
ASKED = BattleAttempt(
    voter="voter-of-mine",
    network="network-of-mine",
    wide_network="wide-of-mine",
    prompt="What is this?",
    pictures=(normalise(encoded()),),
)


@pytest.fixture(autouse=True)
def _counts(valkey_url, settings):
    settings.REPEATED_QUESTIONS = "once"
    forget_counts()
    yield
    forget_counts()


@pytest.mark.django_db
@pytest.mark.parametrize("name", all_gates())
class TestContract:
    """Each file of the folder is a gate."""

    def test_it_says_when_it_is_asked(self, name):
        stages = all_gates()[name].STAGES
        assert stages
        assert all(isinstance(stage, GateStage) for stage in stages)

    @pytest.mark.parametrize("attempt", [BattleAttempt(), ASKED], ids=["nothing", "everything"])
    def test_it_has_a_verdict_with_a_source_that_names_nobody(self, name, attempt):
        report = all_gates()[name].report(attempt)
        assert isinstance(report, GateReport)
        assert report.verdict in GateVerdict
        assert 0 < len(report.source) <= 100
        assert "mine" not in report.source
        assert report.refusal is None or report.verdict == FAIL

    def test_its_name_fits_into_its_column(self, name):
        assert len(name) <= 40


def test_gates_are_asked_in_the_order_of_a_request():
    firsts = [min(gate.STAGES) for gate in all_gates().values()]
    assert firsts == sorted(firsts)


class TestProofOfWork:
    """Nobody who behaves is asked for work."""

    @pytest.fixture(autouse=True)
    def _free(self, settings, monkeypatch):
        settings.PROOF_FREE_NETWORK, settings.PROOF_FREE_SITE = "3/minute", "5/minute"
        monkeypatch.setattr(proofs, "COST", 1)

    def asked(self, tries, **who):
        """The verdicts on so many attempts."""
        return [proof_of_work.report(BattleAttempt(**who)).verdict for _ in range(tries)]

    def test_a_network_has_so_many_free_battles(self):
        assert self.asked(4, network="n") == [PASS] * 3 + [FAIL]

    def test_the_site_has_so_many_over_all_networks(self):
        networks = [self.asked(1, network=f"n{number}") for number in range(6)]
        assert networks == [[PASS]] * 5 + [[FAIL]]

    def test_who_has_been_known_for_a_day_is_not_asked(self):
        since = timezone.now() - timedelta(days=2)
        assert self.asked(9, network="n", known_since=since) == [PASS] * 9

    def test_who_came_today_is_asked_as_a_stranger(self):
        since = timezone.now() - timedelta(hours=2)
        assert self.asked(4, network="n", known_since=since)[-1] == FAIL

    def test_a_proof_opens_a_network_under_load_once(self):
        self.asked(4, network="n")
        proof = solved()
        assert self.asked(2, network="n", proof=proof) == [PASS, FAIL]

    def test_a_refusal_says_when_it_goes_on_without_work(self):
        self.asked(3, network="n")
        refusal = proof_of_work.report(BattleAttempt(network="n")).refusal
        assert (refusal.status, refusal.code) == (428, "proof_needed")
        assert 1 <= refusal.retry_after <= 60

    def test_an_arena_without_strangers_asks_nobody(self, settings):
        settings.PROOF_FREE_NETWORK = settings.PROOF_FREE_SITE = ""
        assert self.asked(50, network="n") == [PASS] * 50


class TestAccountAge:
    """Nobody is refused for a young account."""

    def said(self, **who):
        report = account_age.report(BattleAttempt(**who))
        assert report.refusal is None
        return report.verdict, report.source

    def test_the_name_under_which_the_ledger_reads_it_is_its_own(self):
        assert all_gates()[ACCOUNT_AGE] is account_age

    def test_an_arena_that_asks_for_no_account_passes_everybody(self):
        assert self.said() == (PASS, "not asked")

    def test_an_account_counts_from_the_hour_that_is_set(self, settings):
        settings.ACCOUNT_HOURS = 24
        now = timezone.now()
        assert self.said(known_since=now - timedelta(days=9)) == (FAIL, "no account")
        young, old = (now - timedelta(hours=24) + timedelta(minutes=by) for by in (60, -60))
        assert self.said(account_since=young) == (FAIL, "young account")
        assert self.said(account_since=old) == (PASS, "account")

    def test_where_nobody_can_have_an_account_nothing_is_known(self, settings):
        settings.ACCOUNT_HOURS, settings.VOTER_ACCOUNTS = 24, False
        assert self.said() == (GateVerdict.UNKNOWN, "no accounts here")


@pytest.mark.django_db
class TestRepeatedQuestion:
    """A question counts for the first who asks it."""

    def verdict(self, **changes):
        return repeated_question.report(replace(ASKED, **changes)).verdict

    def test_the_name_under_which_the_ledger_reads_it_is_its_own(self):
        assert all_gates()[REPEATED_QUESTION] is repeated_question

    def test_another_identity_comes_second(self):
        assert [self.verdict(voter=who) for who in "aba"] == [PASS, FAIL, PASS]

    def test_who_is_nobody_yet_is_somebody_else_each_time(self):
        assert [self.verdict(voter="") for _ in range(3)] == [PASS, FAIL, FAIL]

    def test_case_and_blanks_make_no_other_prompt(self):
        self.verdict(voter="a")
        assert self.verdict(voter="b", prompt="  what IS\nthis? ") == FAIL
        assert self.verdict(voter="b", prompt="Who is this?") == PASS

    def test_another_encoding_of_the_picture_is_the_same_picture(self):
        chart = next(iter(shipped_samples()))
        png = normalise(sample_bytes(chart))
        jpeg = BytesIO()
        Image.open(BytesIO(png.data)).save(jpeg, "JPEG", quality=85)
        self.verdict(voter="a", pictures=(png,))
        assert self.verdict(voter="b", pictures=(normalise(jpeg.getvalue()),)) == FAIL

    def test_a_sample_counts_once_for_each_network_and_day(self):
        sample = {"sample": "meadow"}
        assert self.verdict(voter="a", **sample) == PASS
        assert self.verdict(voter="b", **sample) == FAIL
        assert self.verdict(voter="c", network="another", **sample) == PASS

    def test_no_two_rows_of_a_person_can_be_joined(self):
        self.verdict(voter="a")
        self.verdict(voter="a", prompt="And this?")
        askers = repeated_question.QuestionSighting.objects.values_list("asker", flat=True)
        assert len(set(askers)) == 2

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_one_comes_first(self):
        for prompt in ("One?", "Two?", "Three?"):
            asked = [replace(ASKED, voter=f"voter-{number}", prompt=prompt) for number in range(8)]
            said = [report.verdict for report in at_once(repeated_question.report, asked)]
            assert sorted(said) == [FAIL] * 7 + [PASS]

    def test_an_arena_that_counts_them_remembers_nothing(self, settings):
        settings.REPEATED_QUESTIONS = "count"
        assert [self.verdict(voter=who) for who in "ab"] == [PASS, PASS]
        assert not repeated_question.QuestionSighting.objects.exists()


def test_a_gate_knows_no_other_gate():
    folder = Path(proof_of_work.__file__).parent
    for path in folder.glob("*.py"):
        imported = [
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        assert not [name for name in imported if name and name.startswith("arena.gates.checks.")]
