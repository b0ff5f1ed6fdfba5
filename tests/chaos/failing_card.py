"""A model that fails from now on, under battles: its voters never hear of it.

    python -m tests.chaos.failing_card --battles 50

A few models at endpoints of their own, each a process on loopback. One, drawn by the seed, is
killed after a fifth of the battles. It has to be out of the draw at its third failure. A battle in
which it had not begun to answer has to come to its vote with another model in its place, no frame
may say that a side failed, and each battle's stored probability has to be that of the pair shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import httpx
import pytest

from arena.catalog.states import ROW as FAILURES
from arena.matchmaking import PairProbabilities, shown_probability
from tests.chaos.endpoint_killed import SETTINGS, Endpoints, speaking
from tests.figures import Figure, bar, conclude
from tests.stack import FIRST_VERSION, Stack, running
from tests.visitor import Visitor

UNIFORM = {"ARENA_DRAW_POLICY": "uniform"}
"""So that the probability of each pair can be told from outside."""


@dataclass(slots=True)
class FailingCard:
    """What became of the battles after the death."""

    battles: int = 0
    voted: int = 0
    replaced: int = 0
    """Sides that were given to another model."""
    seen: int = 0
    """Battles in which a page was told that a side failed which had not begun."""
    begun: int = 0
    """Battles that failed because the model died within its answer."""
    failures: int = 0
    """Answers of the dead model that failed before it was out of the draw."""
    out: bool = False
    wrong: list[str] = field(default_factory=list)
    """Battles whose stored probability is not that of the pair that was shown."""


async def fight(
    stack: Stack,
    endpoints: Endpoints,
    found: FailingCard,
    *,
    battles: int,
    visitors: int,
    seed: int,
    tick: Callable[[], None],
) -> None:
    """Battles and votes by so many visitors at once."""
    dice = random.Random(seed)
    dead = dice.randrange(len(endpoints.running))
    died, left = asyncio.Event(), iter(range(battles))
    shown: dict[str, set[str]] = defaultdict(set)

    async def visit() -> None:
        frames: list[str] = []

        def heard(said: httpx.Response | str) -> None:
            if isinstance(said, str):
                frames.append(said)

        async with Visitor(stack.address, heard=heard) as visitor:
            for number in left:
                if number == battles // 5 and not died.is_set():
                    endpoints.running[dead].kill()
                    died.set()
                frames.clear()
                battle = await visitor.send()
                screen = await visitor.watch(battle)
                if died.is_set():
                    name = battle.split("/")[2]
                    shown[name] = {screen.state, *_failed_sides(frames)}
                    found.voted += screen.state == "voting"
                if screen.state == "voting":
                    await visitor.vote(battle, dice.choice(("a", "b", "tie")))
                tick()

    await asyncio.gather(*(visit() for _ in range(visitors)))
    found.battles = len(shown)
    _judge(stack, found, shown, FIRST_VERSION + dead)


def _failed_sides(frames: Sequence[str]) -> set[str]:
    """Return "silent" where a frame says that a side failed of which no word had been shown."""
    words: dict[str, int] = defaultdict(int)
    said = set()
    for frame in map(json.loads, frames):
        if frame["type"] != "side":
            continue
        side = frame["side"]
        words[side] = (0 if frame["reset"] else words[side]) + len(frame["html"] + frame["more"])
        if frame["state"] == "failed":
            said.add("begun" if words[side] else "silent")
    return said


def _judge(stack: Stack, found: FailingCard, shown: dict[str, set[str]], dead: int) -> None:
    found.seen = sum("silent" in states for states in shown.values())
    found.begun = sum("begun" in states for states in shown.values())
    query = "SELECT state FROM catalog_versionhealth WHERE version_id = ?"
    found.out = "out" in {row["state"] for row in stack.rows(query, dead)}
    query = (
        "SELECT b.public_id, b.draw_probability, b.draw_policy, g.id, g.version_id"
        " FROM battles_battle b JOIN battles_turn t ON t.battle_id = b.id"
        " JOIN battles_generation g ON g.turn_id = t.id ORDER BY g.side"
    )
    sides: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in stack.rows(query):
        sides[str(row["public_id"])].append(row)
    swaps = stack.rows("SELECT generation_id, failed_id FROM battles_sidereplacement")
    found.replaced = len(swaps)
    query = "SELECT id FROM battles_generation WHERE version_id = ? AND state = 'failed'"
    alone = stack.rows(query, dead)
    found.failures = len(alone) + sum(swap["failed_id"] == dead for swap in swaps)
    by_side = defaultdict(set)
    for swap in swaps:
        by_side[swap["generation_id"]].add(int(swap["failed_id"]) - FIRST_VERSION)
    models = range(len({row["version_id"] for rows in sides.values() for row in rows} | {dead}))
    uniform = PairProbabilities.from_rows(
        "uniform", [(i, j, 1.0) for i, j in combinations(models, 2)]
    )
    for name, rows in sides.items():
        failed = set().union(*(by_side[row["id"]] for row in rows))
        if not failed or rows[0]["draw_policy"] != "uniform":
            continue
        pair = tuple(int(str(row["version_id"])) - FIRST_VERSION for row in rows)
        expected = shown_probability(uniform, (pair[0], pair[1]), failed)
        if rows[0]["draw_probability"] != pytest.approx(expected):
            found.wrong.append(name)


def figures(found: FailingCard, *, visitors: int) -> list[Figure]:
    """The table's rows. Of several visitors each may have had a battle under way at its end."""
    most = FAILURES + visitors - 1
    return [
        Figure(
            "failures until it was out of the draw",
            f"{found.failures}, {'out' if found.out else 'still in'}",
            f"<= {most}, out",
            found.out and found.failures <= most,
        ),
        Figure(
            "battles in which a side that had not begun was seen to fail",
            f"{found.seen} of {found.battles}",
            "0",
            not found.seen,
        ),
        Figure("battles that failed within an answer at the death", str(found.begun)),
        Figure(
            "battles that came to their vote",
            f"{found.voted} of {found.battles}",
            "all but those",
            found.voted == found.battles - found.begun,
        ),
        Figure("sides given to another model", str(found.replaced)),
        Figure(
            "replaced battles with another probability than that of the pair shown",
            str(len(found.wrong)),
            "0",
            not found.wrong,
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=50)
    parser.add_argument("--endpoints", type=int, default=4)
    parser.add_argument("--visitors", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    found = FailingCard()
    with (
        speaking(args.endpoints) as endpoints,
        running(cards=endpoints.cards(), settings={**SETTINGS, **UNIFORM}) as stack,
        bar("Battles", args.battles) as ticks,
    ):
        given = {"battles": args.battles, "visitors": args.visitors, "seed": args.seed}
        asyncio.run(fight(stack, endpoints, found, **given, tick=ticks.tick))
    return conclude("A model fails from now on", figures(found, visitors=args.visitors))


if __name__ == "__main__":
    sys.exit(main())
