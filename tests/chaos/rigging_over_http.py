"""A script that pushes one model over HTTP, with a fresh cookie for every few battles.

    python -m tests.chaos.rigging_over_http --seconds 120 --networks 50 --each 1

Honest votes of a known world are stored first, so that there is a board to be moved. The script
always sends the same picture and prompt, reads which model is which by its answers, votes for the
target and leaves all other battles. At the end it says how many of its votes reached the fit, by
the reasons of the ledger, and how far the target has moved. ``--undefended`` lifts what this arena
does after a vote: the budget of counted votes, the exclusions of integrity and the votes that wait
while an alarm is open; ``--unheld`` lifts the last alone. ``--public`` sets
what a public arena sets by default, and the script sends a new picture each time and does each
proof of work that is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.chaos.vote_attack import noise, solve
from tests.figures import Figure, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor, picture

MODELS, TARGET, HONEST = 12, 7, 900
WORDS = [6 + 2 * number for number in range(MODELS)]
"""The length of each model's answers, by which the script knows it."""
CARDS = [
    Card(f"model-{number:02}", f"tag=m{number},tokens={words},rate=400", f"M {number}")
    for number, words in enumerate(WORDS)
]
LIMITS = {
    "ARENA_PROXY_HOPS": "1",
    "ARENA_RATE_BATTLES": "20/minute",
    "ARENA_RATE_BATTLES_NETWORK": "60/minute",
    "ARENA_RATE_VOTES": "60/minute",
    "ARENA_RATE_READS_NETWORK": "3000/minute",
    "ARENA_COUNTED_VOTES_A_DAY": "50",
}
"""The defaults of a site, which a stack for tests lifts."""
PUBLIC = {
    "ARENA_PUBLIC": "1",
    "ARENA_PACING": "veiled",
    "ARENA_RATE_BATTLES": "20/minute;300/day",
    "ARENA_RATE_BATTLES_NETWORK": "60/minute;3000/day",
    "ARENA_RATE_BATTLES_WIDE": "300/minute;20000/day",
    "ARENA_PROOF_FREE_NETWORK": "20/10 minutes",
    "ARENA_PROOF_FREE_SITE": "600/10 minutes",
    "ARENA_REPEATED_QUESTIONS": "once",
}
UNHELD = {"ARENA_HOLD_HOURS": "0"}
UNDEFENDED = {**UNHELD, "ARENA_COUNTED_VOTES_A_DAY": "0", "ARENA_INTEGRITY_EXCLUDES": "0"}
STORE = f"""
from arena.catalog.models import ModelVersion
from arena.integrity.services.examination import examine_votes
from tests.arena.integrity.stored_votes import made_earlier, store
from tests.rigged_votes import VoteWorld
versions = list(ModelVersion.objects.order_by("card__slug"))
store(VoteWorld({MODELS}, 1).honest({HONEST}), versions)
made_earlier(2)
examine_votes()
"""
EXAMINE = """
from arena.integrity.services.examination import examine_votes
from arena.ledger.services.folding import fold
fold()
examine_votes()
"""


@dataclass(slots=True)
class AttackLog:
    """What the script did and what came back."""

    answers: Counter[int] = field(default_factory=Counter)
    """Answers to its battles, by status."""
    votes: int = 0
    proofs: int = 0
    proof_seconds: float = 0.0
    """Of a core, for all proofs of work."""
    dice: Random | None = None
    """For a new picture in each battle; None sends the same one."""
    odd: Counter[str] = field(default_factory=Counter)


async def attack(
    stack: Stack, *, networks: int, each: int, senders: int, seconds: float, new: bool = False
) -> AttackLog:
    """Push the target for so long from so many networks, with ``each`` battles to a cookie."""
    log, until = AttackLog(dice=Random(7) if new else None), time.monotonic() + seconds
    turns = itertools.cycle(range(networks))
    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(_push(stack.address, turns, each, until, log))
    return log


async def _push(
    address: str, turns: Iterator[int], each: int, until: float, log: AttackLog
) -> None:
    while time.monotonic() < until:
        try:
            async with Visitor(address, network=f"10.{next(turns)}.0.1") as visitor:
                for _ in range(each):
                    if time.monotonic() < until and not await _battle(visitor, log):
                        await asyncio.sleep(1.0)
                        break
        except (httpx.HTTPError, OSError) as error:
            log.odd[type(error).__name__] += 1
            await asyncio.sleep(1.0)


async def _offer(visitor: Visitor, log: AttackLog) -> httpx.Response:
    """Ask for a battle, with a proof of work where one is asked for."""
    image = noise(log.dice) if log.dice else picture()
    response = await visitor.offer(image)
    if response.status_code != 428:
        return response
    log.proofs += 1
    challenge = (await visitor.get("/battles/proof")).json()
    began = time.thread_time()
    proof = solve(challenge)
    log.proof_seconds += time.thread_time() - began
    return await visitor.offer(image, proof=proof)


async def _battle(visitor: Visitor, log: AttackLog) -> bool:
    """One battle of the script; False where it was refused."""
    response = await _offer(visitor, log)
    log.answers[response.status_code] += 1
    if response.status_code != 201:
        return False
    battle = response.json()["url"]
    screen = await asyncio.wait_for(visitor.watch(battle), 60)
    said = {side: pane.html + pane.open for side, pane in screen.panes.items()}
    sides = [side for side, text in said.items() if text.count("word") == WORDS[TARGET]]
    if screen.state == "voting" and sides:
        answer = await visitor.vote(battle, sides[0])
        log.votes += answer.status_code == 200
    else:
        await visitor.post(f"{battle}skip")
    return True


def rank_of_target(stack: Stack) -> int:
    """The target's rank on the newest overall board."""
    newest = "SELECT body FROM leaderboard_snapshot WHERE body != '' ORDER BY id DESC LIMIT 1"
    [row] = stack.rows(newest)
    ranks = {one["model"].split("@")[0]: one["rank"] for one in json.loads(row["body"])["rows"]}
    return int(ranks[CARDS[TARGET].slug])


def excluded_by_reason(stack: Stack, after: int) -> dict[str, int]:
    """Votes behind this one that do not count, by reason."""
    rows = stack.rows(
        "SELECT reason, COUNT(DISTINCT vote_id) AS votes FROM leaderboard_ledgerentry"
        " WHERE kind = 'exclusion' AND vote_id > ? GROUP BY reason",
        after,
    )
    return {row["reason"]: row["votes"] for row in rows}


def measure(stack: Stack, told: argparse.Namespace) -> list[Figure]:
    """Prepare, attack, examine; the table."""
    stack.call(STORE)
    time.sleep(3.0)
    [row] = stack.rows("SELECT MAX(id) AS vote FROM battles_vote")
    before = rank_of_target(stack)
    ways = {"networks": told.networks, "each": told.each, "senders": told.senders}
    log = asyncio.run(attack(stack, **ways, seconds=told.seconds, new=told.public))
    stack.call(EXAMINE)
    time.sleep(3.0)
    after, out = rank_of_target(stack), excluded_by_reason(stack, row["vote"])
    kept = log.votes - sum(out.values())
    cases = stack.rows("SELECT kind, status FROM integrity_case ORDER BY id")
    hours = told.seconds / 3600
    moved = before - after
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(log.answers.items()))
    return [
        Figure("battles asked for", answers),
        Figure("proofs of work", f"{log.proofs}, {log.proof_seconds:.1f} s of a core"),
        Figure("votes of the script", f"{log.votes}, {log.votes / hours:.0f} an hour"),
        Figure("of them excluded", ", ".join(f"{n} {why}" for why, n in out.items()) or "0"),
        Figure("votes that reach the fit", f"{kept}, {kept / hours:.0f} an hour"),
        Figure("rank of the target", f"{before} before, {after} after"),
        Figure("votes for each place", f"{log.votes / moved:.0f}" if moved > 0 else "no place"),
        Figure("cases", ", ".join(f"{one['kind']} {one['status']}" for one in cases) or "none"),
        Figure("odd answers", str(dict(log.odd) or 0)),
        Figure("programs that ended", str(stack.ended() or 0), "0", not stack.ended()),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", type=int, default=1)
    parser.add_argument("--each", type=int, default=1, help="battles of a cookie")
    parser.add_argument("--senders", type=int, default=4, help="battles at the same time")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--undefended", action="store_true")
    parser.add_argument("--unheld", action="store_true", help="votes of newcomers never wait")
    parser.add_argument("--public", action="store_true")
    told = parser.parse_args(argv)
    settings = LIMITS | (PUBLIC if told.public else {}) | (UNHELD if told.unheld else {})
    settings |= UNDEFENDED if told.undefended else {}
    with running(cards=CARDS, settings=settings) as stack, bar("rigging", 1) as shown:
        found = measure(stack, told)
        shown.tick()
    return conclude("Rigging over HTTP", found)


if __name__ == "__main__":
    sys.exit(main())
