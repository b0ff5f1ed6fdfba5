"""Many concurrent votes with mixed choices on each of many battles: exactly one is stored.

    python -m tests.chaos.votes_at_once --battles 100 --votes 100 --webs 2

Every vote is a form over HTTP, spread over ``--webs`` web processes on one database. Each answer
must name the choice that is stored, whoever came first, and none may be a server error.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from tests.figures import Figure, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor

CHOICES = ("a", "b", "tie", "both_bad")
CARDS = (
    Card("quiet-heron", "tag=one,tokens=4", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,tokens=4", "Amber Newt XL"),
)
_NAMED = re.compile(r'data-choice="(\w+)"')


@dataclass(slots=True)
class Votes:
    """What all answers said, by battle, and what the database says."""

    statuses: Counter[int] = field(default_factory=Counter)
    named: dict[str, Counter[str]] = field(default_factory=dict)
    stored: dict[str, list[str]] = field(default_factory=dict)
    repeats: int = 0
    """Votes whose connection was closed under them, and which were sent again."""

    @property
    def contradictory(self) -> int:
        """Answers with success that don't name the stored choice."""
        return sum(
            count
            for battle, said in self.named.items()
            for choice, count in said.items()
            if [choice] != self.stored.get(battle)
        )

    @property
    def refused(self) -> int:
        """Answers that are neither a success nor a server error."""
        return sum(count for status, count in self.statuses.items() if 300 <= status < 500)

    @property
    def broken(self) -> int:
        """Server errors."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


async def rush(
    stack: Stack,
    *,
    battles: int,
    votes: int,
    seed: int,
    tick: Callable[[], None] = lambda: None,
) -> Votes:
    """Start each battle, wait for both answers, then let all its votes go at once."""
    dice, found = random.Random(seed), Votes()
    async with Visitor(stack.address) as visitor:
        for _ in range(battles):
            battle = await visitor.send()
            screen = await visitor.watch(battle)
            assert screen.state == "voting", screen
            choices = [dice.choice(CHOICES) for _ in range(votes)]
            answers = await _vote_at_once(stack, visitor, battle, choices)
            _count(found, battle.split("/")[2], answers)
            tick()
        found.repeats = visitor.repeats
    for row in stack.rows(
        "SELECT public_id, choice FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id"
    ):
        if row["public_id"] in found.named:
            found.stored.setdefault(row["public_id"], []).append(row["choice"])
    return found


async def _vote_at_once(
    stack: Stack, visitor: Visitor, battle: str, choices: Sequence[str]
) -> list[httpx.Response]:
    addresses = stack.addresses
    votes = [
        visitor.vote(f"{addresses[number % len(addresses)]}{battle}", choice)
        for number, choice in enumerate(choices)
    ]
    return await asyncio.gather(*votes)


def _count(found: Votes, battle: str, answers: list[httpx.Response]) -> None:
    found.statuses.update(answer.status_code for answer in answers)
    named = [_NAMED.findall(answer.text) for answer in answers if answer.is_success]
    found.named[battle] = Counter(" ".join(choices) for choices in named)


def figures(found: Votes, *, battles: int, votes: int) -> list[Figure]:
    """The table's rows."""
    stored = sum(len(choices) for choices in found.stored.values())
    asked, answered = battles * votes, found.statuses[200]
    return [
        Figure("votes stored", str(stored), f"{battles}", stored == battles),
        Figure(
            "answers that name another choice than the stored one",
            f"{found.contradictory} of {answered}",
            "0",
            found.contradictory == 0,
        ),
        Figure("server errors", f"{found.broken} of {asked}", "0", found.broken == 0),
        Figure("refusals", f"{found.refused} of {asked}", "0", found.refused == 0),
        Figure("votes sent again over a new connection", str(found.repeats)),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=100)
    parser.add_argument("--votes", type=int, default=100, help="at once, on each battle")
    parser.add_argument("--webs", type=int, default=2, help="web processes")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with running(cards=CARDS, webs=args.webs) as stack, bar("Battles", args.battles) as ticks:
        found = asyncio.run(
            rush(stack, battles=args.battles, votes=args.votes, seed=args.seed, tick=ticks.tick)
        )
    return conclude("Votes at once", figures(found, battles=args.battles, votes=args.votes))


if __name__ == "__main__":
    sys.exit(main())
