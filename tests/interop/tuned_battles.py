"""A model with really tuned weights meets its base: in battles, on both pages, in the API.

    python -m tests.bench.finetune --environment ENV --method sft --steps 80 --rate 1e-3 --keep DIR
    python -m tests.interop.tuned_battles DIR/sft-linnet-s --base linnet-s

The folder is what `manage.py finetune` wrote. A whole arena with the shipped models adds it as the
command does, probes it with its worker and lets it be drawn with all others; a visitor asks and
votes until the two have met.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.figures import Figure, bar, conclude
from tests.stack import SHIPPED, Stack, running, until
from tests.visitor import Visitor

ADD = """
import json, pathlib
from arena.catalog.models import ModelCard
from arena.catalog.selectors import newest_version
from arena.catalog.services import VersionSettings
from arena.evaluation.tuning import tuned_card
from arena.onboarding.services.cards import add_tuned_model
base = newest_version(ModelCard.objects.get(slug={base!r}))
measured = json.loads(pathlib.Path({folder!r}, "comparison.json").read_text())
card = tuned_card(base, method={method!r}, slug={slug!r}, measured=measured)
add_tuned_model(card=card, recipe=VersionSettings(source={folder!r}), base=base)
"""
ACTIVATE = """
from arena.catalog.models import ModelCard
from arena.catalog.services import activate
activate(card=ModelCard.objects.get(slug={slug!r}))
"""
PROBE_SECONDS = 300.0
MET = """
SELECT COUNT(*) AS votes FROM battles_vote v
JOIN catalog_modelversion x ON x.id = v.version_a_id JOIN catalog_modelcard c ON c.id = x.card_id
JOIN catalog_modelversion y ON y.id = v.version_b_id JOIN catalog_modelcard d ON d.id = y.card_id
WHERE (c.slug = ? AND d.slug = ?) OR (c.slug = ? AND d.slug = ?)
"""


def add(stack: Stack, tuned: Path, base: str, method: str) -> str:
    """Add the model, await its probe and let it be drawn; return its slug."""
    slug = f"{base}-{method}"
    folder = stack.folder.models / slug
    shutil.copytree(tuned, folder)
    stack.call(ADD.format(base=base, folder=str(folder), method=method, slug=slug))
    probe = "SELECT v.probe FROM catalog_modelversion v JOIN catalog_modelcard c"
    probe += " ON c.id = v.card_id WHERE c.slug = ?"
    until(lambda: stack.rows(probe, slug)[0]["probe"] == "passed", "its probe", PROBE_SECONDS)
    stack.call(ACTIVATE.format(slug=slug))
    return slug


async def vote_until_met(stack: Stack, pair: tuple[str, str], met: int, most: int) -> int:
    """Ask and vote until the pair has so many votes; return the number of all battles."""
    with bar("Battles", most) as ticks:
        async with Visitor(stack.address) as visitor:
            for battles in range(most):
                if stack.rows(MET, *pair, *reversed(pair))[0]["votes"] >= met:
                    return battles
                battle = await visitor.send(f"What shape is in the picture? ({battles})")
                screen = await visitor.watch(battle)
                if screen.state == "voting":
                    (await visitor.vote(battle, "a")).raise_for_status()
                ticks.tick()
    return most


def look(stack: Stack, base: str, slug: str) -> list[Figure]:
    """Compare what the pages of both and the API say of the other."""
    with httpx.Client(base_url=stack.address, timeout=60.0) as http:
        cards = {
            one: http.get(f"/api/v1/models/{one}").raise_for_status().json() for one in (base, slug)
        }
        pages = {one: http.get(f"/models/{one}/").raise_for_status().text for one in (base, slug)}
        path = f"/api/v1/head-to-head?a={slug}&b={base}"
        between = http.get(path).raise_for_status().json()
    linked = all(f"/models/{other}/" in pages[one] for one, other in ((base, slug), (slug, base)))
    told = cards[slug]["tuned_from"] == base and slug in cards[base]["tuned_models"]
    return [
        Figure("each page links to the other model", str(linked), "True", linked),
        Figure("tuned_from and tuned_models", str(told), "True", told),
        Figure("probability that the tuned one is above", str(between["probability_above"])),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the tuned model")
    parser.add_argument("--base", default="linnet-s")
    parser.add_argument("--method", default="sft")
    parser.add_argument("--met", type=int, default=2, help="votes between the two")
    parser.add_argument("--battles", type=int, default=120, help="at most")
    args = parser.parse_args(argv)
    with running(cards=SHIPPED, settings={"ARENA_BOARD_MIN_VOTES": "1"}) as stack:
        stack.await_models(2)
        slug = add(stack, args.folder, args.base, args.method)
        pair = (args.base, slug)
        battles = asyncio.run(vote_until_met(stack, pair, args.met, args.battles))
        votes = stack.rows(MET, *pair, *reversed(pair))[0]["votes"]
        found = [
            Figure("its probe", "passed", "passed", True),
            Figure(
                "votes between both",
                f"{votes} in {battles} battles",
                f">= {args.met}",
                votes >= args.met,
            ),
            *look(stack, args.base, slug),
        ]
    return conclude(f"{args.base} and its tuned model", found)


if __name__ == "__main__":
    sys.exit(main())
