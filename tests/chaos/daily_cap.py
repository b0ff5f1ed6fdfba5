"""A card's budget of battles under many web processes at once: as many as it has, and not one more.

    python -m tests.chaos.daily_cap --sends 400 --cap 100 --webs 8

Each battle is a form over HTTP, spread over ``--webs`` web processes on one database. Of three
cards one has a budget; a site that is full for a moment is asked again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

import httpx

from tests.figures import Figure, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor

CAPPED = "quiet-heron"
CARDS = (
    Card(CAPPED, "tag=one,tokens=4", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,tokens=4", "Amber Newt XL"),
    Card("brown-owl", "tag=three,tokens=4", "Brown Owl"),
)
_TRIES, _PAUSE = 60, 0.5
_LIMIT = """
from arena.catalog.models import ModelCard
from arena.spending.models import CardBudget
CardBudget.objects.create(card=ModelCard.objects.get(slug={slug!r}), battles_a_day={cap})
"""
_TAKEN = (
    "SELECT count(DISTINCT t.battle_id) AS n FROM battles_generation g"
    " JOIN battles_turn t ON t.id = g.turn_id JOIN catalog_modelversion v ON v.id = g.version_id"
    " JOIN catalog_modelcard c ON c.id = v.card_id WHERE c.slug = ?"
)


async def send_all(stack: Stack, sends: int) -> int:
    """Send so many battles, as many at a time as there are web processes; return how many were
    accepted."""
    left = iter(range(sends))

    async def sender(address: str) -> int:
        accepted = 0
        async with Visitor(address) as visitor:
            for _ in left:
                accepted += await _send(visitor)
        return accepted

    return sum(await asyncio.gather(*(sender(address) for address in stack.addresses)))


async def _send(visitor: Visitor) -> bool:
    for _ in range(_TRIES):
        try:
            await visitor.send()
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 503:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return True
    return False


def figures(stack: Stack, *, cap: int, sends: int, accepted: int) -> list[Figure]:
    """Return the table's rows."""
    [taken] = stack.rows(_TAKEN, CAPPED)
    [stored] = stack.rows("SELECT count(*) AS n FROM battles_battle")
    [counted] = stack.rows("SELECT sum(battles) AS n FROM spending_budgetday")
    return [
        Figure("battles accepted", f"{accepted} of {sends}", f"{sends}", accepted == sends),
        Figure("battles stored", str(stored["n"]), str(accepted), stored["n"] == accepted),
        Figure("of them with the capped card", str(taken["n"]), str(cap), taken["n"] == cap),
        Figure("places that are counted", str(counted["n"]), str(cap), counted["n"] == cap),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sends", type=int, default=400)
    parser.add_argument("--cap", type=int, default=100)
    parser.add_argument("--webs", type=int, default=8, help="web processes")
    args = parser.parse_args(argv)
    with running(cards=CARDS, webs=args.webs) as stack:
        stack.call(_LIMIT.format(slug=CAPPED, cap=args.cap))
        accepted = asyncio.run(send_all(stack, args.sends))
        rows = figures(stack, cap=args.cap, sends=args.sends, accepted=accepted)
    return conclude("A budget of battles", rows)


if __name__ == "__main__":
    sys.exit(main())
