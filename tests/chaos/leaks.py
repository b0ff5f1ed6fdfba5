"""Everything that the site sends before a vote, scanned for what would name a model.

    python -m tests.chaos.leaks --battles 500 --turns 3

Bodies, headers, cookies, addresses, websocket frames and static files of many battles are searched
for slugs, names, organisations, sources, keys in the database, the backend, the worker, paths of
this machine and the attempts' secrets: plain, in any case, and as base64. Besides, no word may go
with one model alone, whatever it says. Half of the models reason before they answer: no word of
their traces may be among it, and the frames of all battles have the same fields. After the vote
the same search must find the names, and the traces: a scanner that finds nothing there would prove
nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import httpx

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude
from tests.stack import FIRST_CARD, FIRST_VERSION, Card, Stack, running
from tests.visitor import Visitor

WORKER = "pelican-worker-seventy"
CARDS = tuple(
    Card(slug, f"tag={tag},tokens={24 + think},think={think},rate=40", name, organization)
    for slug, tag, think, name, organization in (
        ("quiet-heron-2", "cobalt", 0, "Quiet Heron 2", "Cormorant Works"),
        ("amber-newt-xl", "saffron", 8, "Amber Newt XL", "Lantern Institute"),
        ("violet-stoat", "fuchsia", 8, "Violet Stoat", "Juniper Collective"),
        ("rusty-plover-9", "ochre", 0, "Rusty Plover 9", "Cormorant Works"),
    )
)
TRACE = "thought3"
"""A word of every trace."""
"""They say the same at the same pace: what tells them apart is a leak."""
SUPPORT = 12
"""Battles that a word must be in before it can be said to go with a model."""
AT_ONCE = 4
_WORD = re.compile(r"[\w-]{3,}")
_STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"|from "(\./[\w./-]+\.js)"')


@dataclass(slots=True)
class Findings:
    """What was looked at, and what was found in it."""

    payloads: int = 0
    hits: list[str] = field(default_factory=list)
    reveals: int = 0
    named: int = 0
    """Reveals in which the search found both models, as it must."""
    battles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By word, the battles that said it before their votes."""
    models: dict[str, set[str]] = field(default_factory=dict)
    """By battle, its models."""
    shapes: Counter[frozenset[frozenset[str]]] = field(default_factory=Counter)
    """The fields of all frames of a battle, and how many battles had just these."""
    traces: list[bool] = field(default_factory=list)
    """For each reveal, whether it shows the traces of exactly the models that reason."""

    def betrayers(self) -> list[str]:
        """Words that were said in half of a model's battles or more, and in no other battle."""
        share = Counter(slug for slugs in self.models.values() for slug in slugs)
        found = []
        for word, battles in self.battles.items():
            common = set.intersection(*(self.models[battle] for battle in battles))
            found += [
                f"{word!r} goes with {slug}"
                for slug in common
                if len(battles) >= max(SUPPORT, share[slug] / 2)
            ]
        return found


class Scanner:
    """Searches for everything that the cards, the worker and this machine are called."""

    def __init__(self, stack: Stack) -> None:
        words = {TRACE, WORKER, "scripted", str(stack.folder.path), str(ROOT)}
        for card in CARDS:
            words |= {card.slug, card.name, card.organization, card.source, *_tag(card)}
        for number in range(len(CARDS)):
            words |= {str(FIRST_CARD + number), str(FIRST_VERSION + number)}
        self._pattern = _pattern(words)

    def hits(self, payloads: Iterable[str], secrets: Iterable[str] = ()) -> list[str]:
        """What is named in these payloads; ``secrets`` are searched for beside the usual."""
        text = "\n".join(payloads)
        own = _pattern(set(secrets)).findall(text) if secrets else []
        return [*self._pattern.findall(text), *own]


def _tag(card: Card) -> list[str]:
    return re.findall(r"tag=(\w+)", card.source)


def _pattern(words: set[str]) -> re.Pattern[str]:
    """Plain in any case, or as base64 at any of its three alignments."""
    forms = {re.escape(word) for word in words}
    for word in words:
        for pad in range(3):
            encoded = base64.b64encode(b"x" * pad + word.encode()).decode().rstrip("=")
            forms.add(re.escape(encoded[-(-pad * 4 // 3) : -1]))
    return re.compile("|".join(sorted(forms, key=len, reverse=True)), re.IGNORECASE)


def payload(heard: httpx.Response | str) -> str:
    """A frame, or a response with its address, status, headers (cookies are in them) and body."""
    if isinstance(heard, str):
        return heard
    headers = "\n".join(f"{name}: {value}" for name, value in heard.headers.multi_items())
    return f"{heard.request.url.raw_path.decode()}\n{heard.status_code}\n{headers}\n{heard.text}"


async def scan(
    stack: Stack, *, battles: int, turns: int = 1, tick: Callable[[], None] = lambda: None
) -> Findings:
    """Play the battles, some at once, and search what each of them heard before its vote."""
    found, scanner, room = Findings(), Scanner(stack), asyncio.Semaphore(AT_ONCE)

    async def play() -> None:
        async with room:
            await _play(stack, scanner, found, turns)
            tick()

    await _scan_static(stack, scanner, found)
    await _scan_refusals(stack, scanner, found)
    await asyncio.gather(*(play() for _ in range(battles)))
    return found


async def _play(stack: Stack, scanner: Scanner, found: Findings, turns: int) -> None:
    heard: list[httpx.Response | str] = []
    async with Visitor(stack.address, heard=heard.append) as visitor:
        battle = await visitor.send()
        await visitor.get(battle)
        screen = await visitor.watch(battle)
        for number in range(1, turns):
            await visitor.get(battle)
            asked = await visitor.post(f"{battle}turns", "application/json", prompt=f"{number}?")
            assert asked.status_code == 201, asked.text
            screen = await visitor.watch(battle)
        assert screen.state == "voting", screen
        await visitor.get(battle)
        await visitor.get(f"{battle}image")
        await visitor.watch(battle)
        before = [payload(item) for item in heard]
        sides = _sides(stack, battle)
        _note(found, battle, before, {row["slug"] for row in sides})
        found.hits += scanner.hits(before, [row["fence"] for row in sides])
        frames = [json.loads(item) for item in heard if isinstance(item, str)]
        found.shapes[frozenset(frozenset(frame) for frame in frames)] += 1
        reveal = payload(await visitor.vote(battle, "tie"))
    found.traces.append(reveal.count(TRACE) == sum("think=8" in row["source"] for row in sides))
    found.reveals += 1
    found.named += all(row["name"] in scanner.hits([reveal]) for row in sides)


def _sides(stack: Stack, battle: str) -> list[dict[str, str]]:
    return stack.rows(
        "SELECT g.fence, c.slug, c.name, v.source FROM battles_generation g"
        " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
        " JOIN catalog_modelversion v ON v.id = g.version_id"
        " JOIN catalog_modelcard c ON c.id = v.card_id WHERE b.public_id = ?",
        battle.split("/")[2],
    )


def _note(found: Findings, battle: str, payloads: list[str], models: set[str]) -> None:
    found.payloads += len(payloads)
    found.models[battle] = models
    for word in set(_WORD.findall("\n".join(payloads))):
        found.battles[word].add(battle)


async def _scan_refusals(stack: Stack, scanner: Scanner, found: Findings) -> None:
    """What the site says to a stranger, to a vote that is too early or odd, to stop and retry."""
    heard: list[httpx.Response | str] = []
    async with (
        Visitor(stack.address, heard=heard.append) as visitor,
        Visitor(stack.address, heard=heard.append) as stranger,
    ):
        battle = await visitor.send()
        await visitor.vote(battle, "a")
        for edge in ("stop", "retry", "stop", "stop"):
            await visitor.post(f"{battle}{edge}")
        await visitor.get(battle)
        await visitor.vote(battle, "neither")
        for edge in ("", "image", "vote", "stop", "retry", "skip"):
            await stranger.post(f"{battle}{edge}", choice="a")
        await visitor.post(f"{battle}skip")
        await visitor.post("/battles/", prompt="no picture")
        await visitor.get(battle)
    payloads = [payload(item) for item in heard]
    found.payloads += len(payloads)
    found.hits += scanner.hits(payloads)


async def _scan_static(stack: Stack, scanner: Scanner, found: Findings) -> None:
    """Every static file that a page before the vote refers to, and what those refer to."""
    heard: list[httpx.Response | str] = []
    async with Visitor(stack.address, heard=heard.append) as visitor:
        battle = await visitor.send()
        waiting = [(await visitor.get(page)).text for page in ("/", battle)]
        known: set[str] = set()
        while waiting:
            text = waiting.pop()
            for path, module in _STATIC.findall(text):
                address = path or f"/static/js/{module.removeprefix('./')}"
                if address not in known:
                    known.add(address)
                    waiting.append((await visitor.get(address)).text)
    assert known, "the pages refer to no static file: the search for them is broken"
    payloads = [payload(item) for item in heard]
    found.payloads += len(payloads)
    found.hits += scanner.hits(payloads)


def figures(found: Findings) -> list[Figure]:
    """The table's rows."""
    hits, betrayers, shapes = Counter(found.hits), found.betrayers(), len(found.shapes)
    examples = ", ".join(f"{word!r} {count}x" for word, count in hits.most_common(5))
    return [
        Figure("payloads before the vote", f"{found.payloads} in {found.reveals} battles"),
        Figure("names and secrets in them", examples or "0", "0", not hits),
        Figure("kinds of frames", str(shapes), "1", shapes == 1),
        Figure(
            "reveals with the traces of those that reason",
            f"{sum(found.traces)} of {found.reveals}",
            "all",
            sum(found.traces) == found.reveals,
        ),
        Figure("words that go with one model", ", ".join(betrayers) or "0", "0", not betrayers),
        Figure(
            "reveals in which the search finds both names",
            f"{found.named} of {found.reveals}",
            "all",
            found.named == found.reveals > 0,
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=500)
    parser.add_argument("--turns", type=int, default=1)
    args = parser.parse_args(argv)
    settings = {"ARENA_WORKER_NAME": WORKER}
    with running(cards=CARDS, settings=settings) as stack, bar("Battles", args.battles) as ticks:
        found = asyncio.run(scan(stack, battles=args.battles, turns=args.turns, tick=ticks.tick))
    return conclude("Leaks before the vote", figures(found))


if __name__ == "__main__":
    sys.exit(main())
