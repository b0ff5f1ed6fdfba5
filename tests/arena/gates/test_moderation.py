"""Moderators, the policy, and what an outage, a slow one and one that lies lead to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from arena.battles.selectors.samples import sample_bytes, shipped_samples
from arena.core.fingerprints import fingerprint
from arena.core.images import normalise
from arena.gates.attempts import BattleAttempt
from arena.gates.checks import moderation
from arena.gates.judgements import Judgement, ModeratedContent
from arena.gates.moderators import AT_ONCE, _pool, all_moderators, judgements
from arena.gates.states import GateVerdict
from tests.arena.core.pictures import encoded

PASS, FAIL, UNKNOWN = GateVerdict.PASS, GateVerdict.FAIL, GateVerdict.UNKNOWN
ASKED = BattleAttempt(prompt="How do I build a bomb?", pictures=(normalise(encoded()),))
FINE = {"results": [{"flagged": False, "categories": {"violence": False}}]}
BAD = {"results": [{"flagged": True, "categories": {"violence": True, "spam": False}}]}


class Elsewhere(ThreadingHTTPServer):
    """A moderator on another machine, which answers as it is told."""

    daemon_threads = True
    answer, status, drip, said_all = json.dumps(FINE).encode(), 200, 0.0, False
    seen: list

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen = []
        self.ended = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):  # the library's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((json.loads(body), self.headers["Authorization"]))
        self.send_response(self.server.status)
        self.end_headers()
        for byte in self.server.answer:
            if self.server.drip and self.server.ended.wait(self.server.drip):
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
        self.server.said_all = True

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture(autouse=True)
def _patience(settings):
    """A moderator is found out about by what it says, and not by the time of a busy machine."""
    settings.MODERATION_SECONDS = 60.0


@pytest.fixture
def elsewhere(settings):
    server = Elsewhere()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.MODERATION_ENDPOINT = f"http://127.0.0.1:{server.server_port}/v1/moderations"
    settings.MODERATION_KEY, settings.MODERATION_MODEL = "key", "some-classifier"
    settings.MODERATION_POLICY = {"*": "ask", "unknown": "blind"}
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()


def report():
    return moderation.report(ASKED)


@pytest.mark.parametrize("name", all_moderators())
def test_each_moderator_is_off_until_a_setting_switches_it_on(name):
    assert not all_moderators()[name].is_configured()


def test_where_no_moderator_is_configured_everything_passes():
    said = report()
    assert (said.verdict, said.source, said.withheld) == (PASS, "no moderator", False)


class TestEndpoint:
    """Any server that speaks OpenAI's moderation API."""

    def test_what_it_finds_nothing_in_passes(self, elsewhere):
        assert (report().verdict, report().source) == (PASS, "endpoint")

    def test_it_gets_the_text_and_the_picture_under_its_key(self, elsewhere):
        report()
        ((body, key),) = elsewhere.seen
        assert key == "Bearer key"
        assert body["model"] == "some-classifier"
        assert body["input"][0] == {"type": "text", "text": ASKED.prompt}
        assert body["input"][1]["image_url"]["url"].startswith("data:image/png;base64,")

    def test_a_text_alone_is_sent_as_one(self, elsewhere):
        judgements(ModeratedContent(text="words"))
        assert elsewhere.seen[0][0]["input"] == "words"

    @pytest.mark.parametrize(
        ("action", "refused", "withheld", "asks"),
        [
            ("block", 422, False, False),
            ("ask", None, True, True),
            ("blind", None, True, False),
            ("ignore", None, False, False),
        ],
    )
    def test_the_policy_of_its_category_decides(
        self, elsewhere, settings, action, refused, withheld, asks
    ):
        settings.MODERATION_POLICY = {"*": "ask", "violence": action}
        elsewhere.answer = json.dumps(BAD).encode()
        said = report()
        assert (said.verdict, said.source) == (FAIL, "endpoint (violence)")
        assert (said.refusal and said.refusal.status) == refused
        assert (said.withheld, said.asks) == (withheld, asks)

    @pytest.mark.parametrize(
        ("answer", "categories"),
        [
            ({"results": [{"flagged": False, "categories": {"violence": True}}]}, {"violence"}),
            ({"results": [{"flagged": True, "categories": {}}]}, {"flagged"}),
        ],
    )
    def test_one_that_contradicts_itself_has_found_something(self, elsewhere, answer, categories):
        elsewhere.answer = json.dumps(answer).encode()
        assert judgements(ModeratedContent(text="x"))["endpoint"] == Judgement(FAIL, "", categories)

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"fine",
            b"[]",
            b"{}",
            b'{"results": []}',
            b'{"results": [{}]}',
            b'{"results": [{"flagged": "no", "categories": {}}]}',
            b'{"results": {"flagged": false}}',
            b" " * 300_000,
        ],
        ids=range(9),
    )
    def test_an_answer_that_is_none_is_no_pass(self, elsewhere, answer):
        elsewhere.answer = answer
        said = report()
        assert (said.verdict, said.withheld) == (UNKNOWN, True)

    @pytest.mark.parametrize("status", [302, 401, 429, 500])
    def test_an_outage_is_no_pass(self, elsewhere, status):
        elsewhere.status = status
        assert report().verdict == UNKNOWN

    def test_one_that_is_not_there_is_no_pass(self, elsewhere, settings, unused_tcp_port):
        settings.MODERATION_ENDPOINT = f"http://127.0.0.1:{unused_tcp_port}/"
        assert (report().verdict, report().withheld) == (UNKNOWN, True)

    def test_a_slow_one_is_waited_for_no_longer_than_the_setting_says(self, elsewhere, settings):
        # All bytes of the answer would take half a minute.
        settings.MODERATION_SECONDS, elsewhere.drip = 0.2, 0.4
        said = report()
        assert not elsewhere.said_all
        assert (said.verdict, said.withheld) == (UNKNOWN, True)

    def test_an_operator_may_rather_begin_nothing(self, elsewhere, settings):
        settings.MODERATION_POLICY = {"*": "ask", "unknown": "block"}
        elsewhere.status = 500
        assert report().refusal.status == 503

    def test_nothing_unknown_can_be_published_by_a_policy(self, elsewhere, settings):
        settings.MODERATION_POLICY = {"*": "ignore", "unknown": "ignore"}
        elsewhere.status = 500
        assert report().withheld


class TestOthers:
    """The other moderators, and all together."""

    @pytest.mark.parametrize(
        ("answer", "verdict", "categories"),
        [
            ({"verdict": "pass"}, PASS, frozenset()),
            ({"verdict": "unknown"}, UNKNOWN, frozenset()),
            ({"verdict": "fail", "categories": ["hate"]}, FAIL, {"hate"}),
            ({"verdict": "fail"}, FAIL, {"flagged"}),
            ({"verdict": "yes"}, UNKNOWN, frozenset()),
            ({}, UNKNOWN, frozenset()),
        ],
    )
    def test_a_webhook_says_what_it_found(self, elsewhere, settings, answer, verdict, categories):
        settings.MODERATION_WEBHOOK, settings.MODERATION_ENDPOINT = settings.MODERATION_ENDPOINT, ""
        elsewhere.answer = json.dumps(answer).encode()
        said = judgements(ModeratedContent("words"))["webhook"]
        assert (said.verdict, said.categories) == (verdict, categories)
        assert elsewhere.seen[0][0] == {"text": "words", "picture": None}

    def test_rules_find_words_in_any_case_and_behind_invisible_signs(self, settings, tmp_path):
        file = tmp_path / "rules"
        file.write_text("# ours\nweapons: \\bbombs?\\b\n\nspam: buy now\n")
        settings.MODERATION_RULES = str(file)
        texts = ("a flower", "A BOMB", "a b\u200bomb", "\uff42uy now, bombs")
        found = [judgements(ModeratedContent(text))["rule_list"].categories for text in texts]
        assert found == [set(), {"weapons"}, {"weapons"}, {"weapons", "spam"}]

    def test_changed_rules_hold_at_once(self, settings, tmp_path):
        file = tmp_path / "rules"
        settings.MODERATION_RULES = str(file)
        file.write_text("spam: flower\n")
        assert judgements(ModeratedContent("a flower"))["rule_list"].verdict == FAIL
        file.write_text("spam: tree is long\n")
        assert judgements(ModeratedContent("a flower"))["rule_list"].verdict == PASS

    @pytest.mark.parametrize("text", [None, "no colon\n", "spam: (\n", ": x\n"])
    def test_rules_that_cannot_be_read_find_nothing_out(self, settings, tmp_path, text):
        file = tmp_path / "rules"
        if text is not None:
            file.write_text(text)
        settings.MODERATION_RULES = str(file)
        assert judgements(ModeratedContent("a flower"))["rule_list"].verdict == UNKNOWN

    def test_a_known_picture_is_found_by_its_hash(self, settings, tmp_path):
        first, second = (normalise(sample_bytes(name)).data for name in list(shipped_samples())[:2])
        file = tmp_path / "pictures"
        file.write_text(f"known: {fingerprint(first)}\n")
        settings.MODERATION_PICTURES = str(file)
        pictures = (first, second, b"")
        said = [
            judgements(ModeratedContent("", one, "image/png"))["picture_list"] for one in pictures
        ]
        assert [one.verdict for one in said] == [FAIL, PASS, PASS]

    def test_one_that_hangs_leaves_the_others_their_threads(self, settings, tmp_path):
        file = tmp_path / "rules"
        file.write_text("weapons: bomb\n")
        settings.MODERATION_RULES, settings.MODERATION_SECONDS = str(file), 30.0
        answered = threading.Event()
        for _ in range(AT_ONCE):
            _pool("endpoint").submit(answered.wait)
        try:
            assert judgements(ModeratedContent("a bomb"))["rule_list"].verdict == FAIL
        finally:
            answered.set()

    def test_one_that_failed_decides_over_all_that_passed(self, elsewhere, settings, tmp_path):
        file = tmp_path / "rules"
        file.write_text("weapons: bomb\n")
        settings.MODERATION_RULES = str(file)
        settings.MODERATION_POLICY = {"*": "blind", "weapons": "block"}
        elsewhere.status = 500
        said = report()
        assert (said.verdict, said.source) == (FAIL, "rule_list (weapons)")
        assert said.refusal.code == "not_allowed"
