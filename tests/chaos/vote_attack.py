"""A script that votes for one model with a new cookie for each battle, from one or many networks.

    python -m tests.chaos.vote_attack --networks 1 --seconds 60
    python -m tests.chaos.vote_attack --networks 50 --seconds 60 --pictures new

The same attack runs against an arena without the gates of this release, and against a public one
with their defaults. The script knows its model by a word of its answers, leaves other battles, and
does each proof of work that is asked for. Honest visitors, each in a network of their own, start a
battle every three seconds beside it. Counted are votes that reach the fit, and what each cost.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from random import Random

import altcha
import httpx
from PIL import Image

from tests.figures import Figure, Ticks, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor, picture

TAGS = ("cobalt", "saffron", "fuchsia", "ochre", "indigo", "umber")
CARDS = tuple(
    Card(f"model-{tag}", f"tag={tag},tokens={8 if number else 16},rate=400", tag.title())
    for number, tag in enumerate(TAGS)
)
TARGET = "word12"
"""A word that the target's answers alone are long enough for."""
SHARED = {"ARENA_PROXY_HOPS": "1", "ARENA_REPEATED_QUESTIONS": "count"}
ARENAS = {
    "before": {
        **SHARED,
        "ARENA_RATE_BATTLES": "20/minute",
        "ARENA_RATE_BATTLES_NETWORK": "60/minute",
    },
    "after": {
        **SHARED,
        "ARENA_PUBLIC": "1",
        "ARENA_PACING": "live",
        "ARENA_RATE_BATTLES": "20/minute;300/day",
        "ARENA_RATE_BATTLES_NETWORK": "60/minute;3000/day",
        "ARENA_RATE_BATTLES_WIDE": "300/minute;20000/day",
        "ARENA_PROOF_FREE_NETWORK": "20/10 minutes",
        "ARENA_PROOF_FREE_SITE": "600/10 minutes",
        "ARENA_REPEATED_QUESTIONS": "once",
    },
}
FOLD = "from arena.ledger.services.folding import fold; fold()"
COUNTED = "SELECT COALESCE(SUM(votes), 0) AS votes FROM ledger_paircount"


@dataclass(slots=True)
class Attack:
    """What the script did, and what it was answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    battles: int = 0
    votes: int = 0
    counted: int = 0
    proofs: int = 0
    proof_seconds: float = 0.0
    honest: list[float] = field(default_factory=list)
    """Seconds that each start of an honest battle took."""
    honest_refused: int = 0
    honest_proofs: int = 0


def solve(challenge: dict[str, object]) -> str:
    """Return the proof that a challenge asks for."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solution is not None
    return b64encode(
        json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()
    ).decode()


def noise(dice: Random) -> bytes:
    """Return a small picture that nobody has sent before."""
    out = BytesIO()
    Image.frombytes("RGB", (16, 16), dice.randbytes(768)).resize((256, 256)).save(out, "PNG")
    return out.getvalue()


async def attack(stack: Stack, *, networks: int, new: bool, senders: int, seconds: float) -> Attack:
    """Let the script and the honest visitors run for so long, then fold and count."""
    found, until = Attack(), time.monotonic() + seconds
    turns, dice = itertools.cycle(range(networks)), Random(7)
    script = [_script(stack, turns, dice if new else None, until, found) for _ in range(senders)]
    honest = [_honest(stack.address, number, until, found) for number in range(3)]
    await asyncio.gather(*script, *honest)
    await asyncio.to_thread(stack.call, FOLD)
    found.counted = int(stack.rows(COUNTED)[0]["votes"])
    return found


async def _script(
    stack: Stack, turns: Iterator[int], dice: Random | None, until: float, found: Attack
) -> None:
    while time.monotonic() < until:
        try:
            async with Visitor(stack.address, network=f"10.{next(turns)}.0.1") as visitor:
                answer = await _begin(visitor, dice, found)
                found.statuses[answer.status_code] += 1
                if answer.status_code == 201:
                    found.battles += 1
                    await _vote(visitor, answer.json()["url"], found)
                elif answer.status_code == 429:
                    await asyncio.sleep(0.2)
        except httpx.HTTPError as error:
            found.statuses[getattr(getattr(error, "response", None), "status_code", 0)] += 1


async def _begin(visitor: Visitor, dice: Random | None, found: Attack) -> httpx.Response:
    form: dict[str, str] = {"prompt": "What shape is in the picture?"}
    given = {"image": ("x.png", noise(dice), "image/png")} if dice else None
    if given is None:
        form["sample"] = "charts-04"
    answer = await _post(visitor, form, given)
    if answer.status_code == 428:
        found.proofs += 1
        challenge = (await visitor.get("/battles/proof")).json()
        began = time.thread_time()
        form["proof"] = solve(challenge)
        found.proof_seconds += time.thread_time() - began
        answer = await _post(visitor, form, given)
    return answer


async def _post(visitor: Visitor, form: dict[str, str], given: object) -> httpx.Response:
    headers = {
        "X-CSRFToken": visitor.http.cookies.get("csrftoken") or "",
        "Accept": "application/json",
    }
    return await visitor.http.post("/battles/", data=form, files=given, headers=headers)  # type: ignore[arg-type]  # a file or none


async def _vote(visitor: Visitor, battle: str, found: Attack) -> None:
    screen = await asyncio.wait_for(visitor.watch(battle), 60)
    sides = [side for side, pane in screen.panes.items() if TARGET in pane.html + pane.open]
    if screen.state != "voting" or len(sides) != 1:
        await visitor.post(f"{battle}skip")
        return
    answer = await visitor.vote(battle, sides[0])
    found.votes += answer.status_code == 200


async def _honest(address: str, number: int, until: float, found: Attack) -> None:
    async with Visitor(address, network=f"192.{number}.2.1") as visitor:
        while time.monotonic() < until:
            began = time.monotonic()
            answer = await visitor.offer(picture())
            if answer.status_code == 201:
                found.honest.append(time.monotonic() - began)
                await visitor.post(f"{answer.json()['url']}skip")
            else:
                found.honest_proofs += answer.status_code == 428
                found.honest_refused += answer.status_code != 428
            await asyncio.sleep(max(0.0, began + 3.0 - time.monotonic()))


def figures(name: str, found: Attack, seconds: float) -> list[Figure]:
    """The lines of one arena."""
    hours = seconds / 3600
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(found.statuses.items()))
    each = found.proof_seconds / found.proofs if found.proofs else 0.0
    honest = sorted(found.honest) or [0.0]
    p95 = honest[int(len(honest) * 0.95)]
    median = statistics.median(honest)
    return [
        Figure(f"{name}: answers to the script", statuses),
        Figure(f"{name}: battles, votes", f"{found.battles}, {found.votes}"),
        Figure(
            f"{name}: votes that reach the fit",
            f"{found.counted} ({found.counted / hours:.0f} an hour)",
        ),
        Figure(f"{name}: proofs of work", f"{found.proofs}, {each:.2f} s of a core each"),
        Figure(
            f"{name}: an honest start",
            f"median {median:.3f} s, p95 {p95:.3f} s; {len(found.honest)} starts,"
            f" {found.honest_proofs} asked for work, {found.honest_refused} refused",
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when more votes count behind the gates than without them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", type=int, default=1)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pictures", choices=("same", "new"), default="same")
    told = parser.parse_args(argv)
    rows, counted = [], {}
    with bar("arenas", len(ARENAS)) as ticks:
        for name, settings in ARENAS.items():
            found = _run(settings, told, ticks)
            rows += figures(name, found, told.seconds)
            counted[name] = found.counted
    less = counted["after"] <= counted["before"]
    rows.append(Figure("fewer votes count", str(counted), "after <= before", less))
    return conclude(f"{told.networks} networks, {told.pictures} pictures", rows)


def _run(settings: dict[str, str], told: argparse.Namespace, ticks: Ticks) -> Attack:
    with running(cards=CARDS, settings=settings) as stack:
        options = {"networks": told.networks, "senders": told.senders, "seconds": told.seconds}
        found = asyncio.run(attack(stack, new=told.pictures == "new", **options))
    ticks.tick()
    return found


if __name__ == "__main__":
    sys.exit(main())
