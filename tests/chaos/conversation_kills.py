"""Conversations in a real browser while the inference worker and the web process are killed.

    python -m tests.chaos.conversation_kills --rounds 20 --seed 1

A round is one battle of three questions: about a picture, with a second picture, with the second
page of a PDF. In each turn the page is reloaded once and its line is cut once, and one program is
killed (SIGKILL) and started again, all at seeded moments. A kill comes ``within`` the answers,
``before`` the voter goes on, or at the ``click`` that sends the next question or the vote. The
voter does what a person would: reloads a page that did not come, presses Send or the vote again
where the page says that nothing was sent, and lets a failed answer begin again.

At the open vote and again after it the text of each answer on the page is compared with the stored
one. At the end every snapshot is computed anew from the ledger. A spare inference worker stands by,
as in docker-compose.yml. Scripts that write for two seconds; ``--shipped`` takes real models.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Error, FilePayload, Page, TimeoutError, expect

from tests.chaos import ledger_of
from tests.e2e.browser import chromium
from tests.e2e.line import Line
from tests.e2e.steps import PICTURE, battle_of, pane_of
from tests.figures import Figure, bar, conclude
from tests.stack import SHIPPED, Card, Stack, running

SCRIPTS = (
    Card("calm-owl", "tag=a,tokens=40,rate=20", "Calm Owl"),
    Card("calm-elk", "tag=b,tokens=30,rate=20", "Calm Elk"),
)
QUESTIONS = (
    "What is in the picture?",
    "And what is in this one?",
    "What does the page of the document show?",
)
PROGRAMS = ("inference", "web")
MOMENTS = ("within", "before", "click")
SPAN_SECONDS = 2.0
"""Within so many seconds after a question its page is disturbed."""
PATIENCE_SECONDS = 90.0
_CLICK_MS = 3000
_TRIES = 5
_ANSWERS = (
    "SELECT g.side, t.prompt, g.text FROM battles_generation g"
    " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
    " WHERE b.public_id = ? ORDER BY t.number"
)
_VOTES = (
    "SELECT v.choice, v.turns FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id"
    " WHERE b.public_id = ?"
)

Kill = tuple[str, str]
"""A program and a moment."""


class Agreed(Exception):
    """Both models gave the same answer, so that the battle is over: no fault, and no vote."""


@dataclass(slots=True)
class Round:
    """One battle."""

    kills: Sequence[Kill]
    faults: list[str] = field(default_factory=list)
    retries: int = 0
    """How often answers that failed, or that the arena stopped, had to be started again."""
    resent: int = 0
    """How often a question or a vote was sent again, as the page asked for."""
    lost_pages: int = 0
    """How often a page had to be fetched once more, since the web process was away."""


class Voter:
    """A person with a browser, a line that can be cut, and somebody who kills programs."""

    def __init__(
        self, stack: Stack, line: Line, page: Page, dice: random.Random, found: Round
    ) -> None:
        self.stack, self.line, self.page, self.dice, self.found = stack, line, page, dice, found
        self.address = line.address

    def play(self) -> None:
        """One battle from its first question to the names. Raises AssertionError, Agreed, Error."""
        self._begin()
        for number, (program, moment) in enumerate(self.found.kills, start=1):
            self._disturb(program if moment == "within" else "")
            self._until_open()
            if moment == "before":
                self._kill(program)
                self._pause(1.0)
            struck = program if moment == "click" else ""
            if number < len(QUESTIONS):
                self._ask(number, struck)
            else:
                self._compare()
                self._vote(struck)
        self._compare()

    def _begin(self) -> None:
        self._open(self.line.address)
        self.page.locator("input[name=image]").set_input_files(PICTURE)
        self.page.get_by_label("Your question").fill(QUESTIONS[0])
        self.page.get_by_role("button", name="Send to both").click()
        self.page.wait_for_url("**/battles/*/")
        self.address = self.page.url

    def _disturb(self, program: str) -> None:
        """Reload the page, cut its line and kill a program, in any order and at random times."""
        deeds = [self._reload, self.line.cut, *([lambda: self._kill(program)] if program else [])]
        times = sorted(self.dice.uniform(0, SPAN_SECONDS) for _ in deeds)
        self.dice.shuffle(deeds)
        began = time.monotonic()
        for moment, deed in zip(times, deeds, strict=True):
            self.page.wait_for_timeout(1000 * max(0.0, began + moment - time.monotonic()))
            deed()

    def _kill(self, program: str) -> None:
        """As the operator's supervisor starts a program that ended: at once."""
        self.stack.kill(program)
        self.stack.launch(program, wait=False)

    def _pause(self, most: float) -> None:
        self.page.wait_for_timeout(1000 * self.dice.uniform(0, most))

    def _reload(self) -> None:
        """Fetch the battle, also where the browser shows an error page with no address."""
        self._open(self.address)

    def _open(self, address: str) -> None:
        """As often as it takes."""
        for _ in self._patience("a page"):
            try:
                answer = self.page.goto(address)
                if answer is not None and answer.ok:
                    return
            except Error as error:
                if "net::" not in str(error):
                    raise
            self.found.lost_pages += 1
            self.page.wait_for_timeout(500)

    def _fetch_again(self) -> None:
        """The arena's own page on a lost connection, or the browser's, is there in its place."""
        self.found.lost_pages += 1
        self.page.wait_for_timeout(500)
        self._reload()

    def _until_open(self) -> None:
        """Wait for the vote; start again what failed, fetch a page that is not there."""
        for _ in self._patience("an open vote"):
            state = self._state()
            if state == "voting":
                return
            if state == "agreed":
                raise Agreed
            if state == "":
                self._fetch_again()
            elif state in ("failed", "stopped"):
                self.found.retries += 1
                self.page.keyboard.press("r")
                self.page.wait_for_timeout(1000)
            self.page.wait_for_timeout(50)

    def _state(self) -> str:
        """Of the battle on the page; empty on a page that says that the arena is not there."""
        script = "document.getElementById('battle')?.dataset.state ?? ''"
        return self._evaluated(script, otherwise="on its way")

    def _ask(self, number: int, struck: str) -> None:
        """Send the next question, and again where the page says that it was not sent.

        A question whose receipt was lost is shown by and by, and its answers may agree: then there
        is no button any more.
        """
        before = self._turn()
        self._fill(number)
        for _ in self._patience("a further question"):
            lost = self.found.lost_pages
            with suppress(TimeoutError):
                self.page.get_by_role("button", name="Ask both").click(timeout=_CLICK_MS)
            struck = self._strike(struck)
            if self._is_taken(before):
                return
            if self.found.lost_pages > lost:
                self._fill(number)
            self.found.resent += 1

    def _fill(self, number: int) -> None:
        file = coloured("navy") if number == 1 else document()
        self.page.locator("#asking input[name=image]").set_input_files(file)
        self.page.get_by_role("textbox", name="One more question").fill(QUESTIONS[number])
        if number == 2:
            self.page.get_by_label("Pages of the document").fill("2")

    def _is_taken(self, before: str) -> bool:
        """True once the page shows another turn; False where it says that it was not sent."""
        for _ in self._patience("an answer to a question"):
            if lost := self._state() == "":
                self._fetch_again()
            if self._turn() not in ("", before):
                return True
            if lost or self._said("#asking .form-error"):
                self.page.wait_for_timeout(500)
                return self._turn() not in ("", before)
            self.page.wait_for_timeout(50)
        return False

    def _turn(self) -> str:
        return self._evaluated("document.getElementById('battle')?.dataset.socket ?? ''")

    def _said(self, place: str) -> str:
        return self._evaluated(f"document.querySelector('{place}')?.textContent ?? ''")

    def _evaluated(self, script: str, *, otherwise: str = "") -> str:
        """The text that a script on the page gives, or ``otherwise`` while another page comes."""
        try:
            return str(self.page.evaluate(script))
        except Error as error:
            if "navigation" not in str(error):
                raise
            return otherwise

    def _strike(self, program: str) -> str:
        """Kill, where a program is named, a moment after a click."""
        if program:
            self._pause(0.08)
            self._kill(program)
        return ""

    def _vote(self, struck: str) -> None:
        """Vote by key, and again where the page says that the vote did not arrive."""
        key = self.dice.choice("abtx")
        self.page.locator("h1").focus()
        for _ in self._patience("the names"):
            self.page.keyboard.press(key)
            struck = self._strike(struck)
            if self._is_revealed():
                break
            self.found.resent += 1
        expect(self.page.locator(".plate__name a")).to_have_count(2)
        wanted = [{"choice": {"t": "tie", "x": "both_bad"}.get(key, key), "turns": len(QUESTIONS)}]
        votes = self.stack.rows(_VOTES, battle_of(self.page))
        assert votes == wanted, f"stored are the votes {votes}"

    def _is_revealed(self) -> bool:
        for _ in self._patience("an answer to the vote"):
            if self.page.locator(".plate__name a").count() == 2:
                return True
            if self._said("[data-trouble=refused]:not([hidden])").strip():
                self.page.wait_for_timeout(500)
                return self.page.locator(".plate__name a").count() == 2
            self.page.wait_for_timeout(50)
        return False

    def _compare(self) -> None:
        """Raise AssertionError unless the page shows what is stored, and all three pictures."""
        rows = self.stack.rows(_ANSWERS, battle_of(self.page))
        for side in "ab":
            own = [row for row in rows if row["side"] == side]
            asked = [row["prompt"] for row in own]
            assert asked == list(QUESTIONS), f"{side} was asked {asked}"
            kept = [" ".join(row["text"].split()) for row in own]
            seen = [
                " ".join(text.split())
                for text in pane_of(self.page, side).locator(".answer").all_inner_texts()
            ]
            assert all(kept), f"{side} has an empty answer"
            assert seen == kept, f"{side} shows {seen}, stored is {kept}"
        expect(self.page.locator(".subject__image img")).to_have_count(len(QUESTIONS))

    def _patience(self, what: str) -> Iterator[None]:
        """Yield as long as somebody would try. Raises AssertionError then."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            yield
        raise AssertionError(f"waited for {what} in vain")


def coloured(colour: str) -> FilePayload:
    """A picture of one colour."""
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": out.getvalue()}


def document() -> FilePayload:
    """A PDF of two pages."""
    out, pages = BytesIO(), [Image.new("RGB", (120, 160), colour) for colour in ("white", "teal")]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    return {"name": "pages.pdf", "mimeType": "application/pdf", "buffer": out.getvalue()}


def plans(rounds: int, dice: random.Random) -> list[list[Kill]]:
    """For each round a kill for each turn; over all rounds every kind about as often."""
    kinds = [(program, moment) for program in PROGRAMS for moment in MOMENTS]
    turns = len(QUESTIONS)
    kills = [kinds[number % len(kinds)] for number in range(rounds * turns)]
    dice.shuffle(kills)
    return [kills[at : at + turns] for at in range(0, len(kills), turns)]


def play(stack: Stack, browser: Browser, kills: Sequence[Kill], dice: random.Random) -> Round:
    """One battle that gets to its vote; where both models agree, another one."""
    found = Round(kills)
    for _ in range(_TRIES):
        found = Round(kills)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        with Line(stack.address) as line:
            try:
                Voter(stack, line, context.new_page(), dice, found).play()
            except Agreed:
                continue
            except (Error, AssertionError) as error:
                found.faults.append(" ".join(str(error).split())[:400])
            finally:
                context.close()
        found.faults += [f"{program} ended" for program in stack.ended()]
        return found
    found.faults.append("all pairs agreed")
    return found


def ledger_figures(stack: Stack, votes: int) -> list[Figure]:
    """The ledger counted again, and every snapshot computed again."""
    ledger_of.settle(stack, PATIENCE_SECONDS)
    entries = ledger_of.number(stack, "SELECT COUNT(*) AS n FROM leaderboard_ledgerentry")
    wrong = ledger_of.faults(stack) + ledger_of.recount(stack)
    rebuilt = ledger_of.run(stack, "manage.py", "reproduce_snapshot", "--all")
    said = (rebuilt.stdout or rebuilt.stderr).strip().splitlines()[-1]
    return [
        Figure("entries of the ledger", str(entries), str(votes), entries == votes),
        Figure("faults of the ledger", "; ".join(wrong) or "0", "0", not wrong),
        Figure("snapshots computed again", said, "all", rebuilt.returncode == 0),
    ]


def figures(found: Sequence[Round]) -> list[Figure]:
    """The table's rows."""
    good = sum(not one.faults for one in found)
    kills = Counter(kill for one in found for kill in one.kills)
    told = ", ".join(f"{n}x {program} {moment}" for (program, moment), n in sorted(kills.items()))
    return [
        Figure("kills", told),
        Figure(
            "battles of three turns with one vote, text equal on both sides before and after it",
            f"{good} of {len(found)}",
            "all",
            good == len(found),
        ),
        Figure(
            "failed or stopped answers started again by the voter",
            str(sum(o.retries for o in found)),
        ),
        Figure("questions and votes sent again", str(sum(one.resent for one in found))),
        Figure("pages fetched again", str(sum(one.lost_pages for one in found))),
        *(Figure("fault", f"{o.kills}: {fault}", ok=False) for o in found for fault in o.faults),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shipped", action="store_true", help="real models instead of scripts")
    args = parser.parse_args(argv)
    dice = random.Random(args.seed)
    cards = SHIPPED if args.shipped else SCRIPTS
    with (
        running(cards=cards, settings={"ARENA_WORKER_SPARE": "1"}) as stack,
        chromium() as browser,
        bar("Conversations", args.rounds) as ticks,
    ):
        stack.await_models(2 if args.shipped else 0)
        found = []
        for kills in plans(args.rounds, dice):
            found.append(play(stack, browser, kills, dice))
            ticks.tick()
        table = figures(found) + ledger_figures(stack, args.rounds)
    return conclude("Conversations and kills", table)


if __name__ == "__main__":
    sys.exit(main())
