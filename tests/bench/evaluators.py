"""Evaluators beside voters: OpenAI's own client at the endpoint, and what voters notice of it.

    python -m tests.bench.evaluators --battles 20 --requests 100

Battles with the shipped models alternate, five at a time, between a quiet arena and one in which
``--at-once`` requests of evaluators are always under way. The first text of the one is compared
with that of the other. Then the client's features are tried, and what was stored is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import openai
from PIL import Image

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SHIPPED, Stack, running
from tests.visitor import Visitor

MODELS = ("heron-s", "kestrel-xs")
GROUP = 5
WARM_UP = 2
SLOWER = 1.1


def data_uri(colour: str) -> str:
    """Return a square of this colour as evaluators send pictures."""
    image, file = Image.new("RGB", (288, 288), "white"), BytesIO()
    image.paste(colour, (90, 90, 200, 200))
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def question(*colours: str, text: str = "What colour is the square?") -> list[Any]:
    """Return the messages that ask about squares."""
    parts = [{"type": "image_url", "image_url": {"url": data_uri(one)}} for one in colours]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}]


def token_for(stack: Stack, name: str, *more: str) -> str:
    """Create an evaluator's token, as an operator does."""
    env = {**stack.env, "ARENA_BOOTSTRAP": "off"}
    argv = [sys.executable, "manage.py", "create_evaluator_token", name, *more]
    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class EvaluatorLoad:
    """Requests that go on while they may, so many at once, and how they ended."""

    def __init__(self, client: openai.AsyncOpenAI, *, at_once: int) -> None:
        self.done, self.failed = 0, 0
        self._client = client
        self._at_once = at_once
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> EvaluatorLoad:
        self._wanted = True
        self._tasks = [asyncio.create_task(self._ask(n)) for n in range(self._at_once)]
        await asyncio.sleep(1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wanted = False
        await asyncio.gather(*self._tasks)

    async def _ask(self, number: int) -> None:
        while self._wanted:
            try:
                await self._client.chat.completions.create(
                    model=MODELS[number % len(MODELS)],
                    messages=question("red", text="Describe the picture."),
                    temperature=0,
                    max_tokens=64,
                )
                self.done += 1
            except openai.APIError:
                self.failed += 1


async def first_texts(visitor: Visitor, *, battles: int, tick: Callable[[], None]) -> list[float]:
    """Return the seconds from Send to the first text of each side."""
    seconds = []
    for _ in range(battles):
        sent = time.monotonic()
        screen = await visitor.watch(await visitor.send())
        # A side that failed has no first text: that is a miss, not a missing figure.
        seconds += [
            pane.first_text - sent if pane.first_text else float("inf")
            for pane in screen.panes.values()
        ]
        tick()
    return seconds


async def beside(stack: Stack, token: str, args: argparse.Namespace) -> list[Figure]:
    """Compare voters' first text with and without evaluators."""
    quiet: list[float] = []
    busy: list[float] = []
    client = openai.AsyncOpenAI(base_url=f"{stack.address}/v1", api_key=token, timeout=300)
    load = EvaluatorLoad(client, at_once=args.at_once)
    async with Visitor(stack.address) as visitor:
        with bar("Battles", 2 * args.battles) as ticks:
            await first_texts(visitor, battles=WARM_UP, tick=lambda: None)
            while len(busy) < 2 * args.battles or load.done < args.requests:
                quiet += await first_texts(visitor, battles=GROUP, tick=ticks.tick)
                async with load:
                    busy += await first_texts(visitor, battles=GROUP, tick=ticks.tick)
    before, now = quantile(quiet, 0.5), quantile(busy, 0.5)
    sent = WARM_UP + (len(quiet) + len(busy)) // 2
    spread = f"p95 {quantile(quiet, 0.95):.3f} s and {quantile(busy, 0.95):.3f} s"
    return [
        Figure(
            "voters' first text, median, without and with evaluators",
            f"{before:.3f} s and {now:.3f} s, {now / before:.2f} times; {spread}"
            f" ({len(quiet)} and {len(busy)} sides)",
            f"{SLOWER} times at most",
            now <= before * SLOWER,
        ),
        Figure(
            "evaluators' requests beside these battles",
            f"{load.done} answered, {load.failed} failed",
            f"{args.requests} or more, none failed",
            load.done >= args.requests and not load.failed,
        ),
        untouched(stack, sent),
    ]


def features(stack: Stack, token: str) -> list[Figure]:
    """Try what the client's documentation promises."""
    client = openai.OpenAI(base_url=f"{stack.address}/v1", api_key=token, max_retries=0)
    ask: Any = client.chat.completions.create
    fixed: dict[str, Any] = {"model": MODELS[0], "messages": question("red"), "temperature": 0}
    whole = ask(**fixed)
    text = whole.choices[0].message.content
    chunks = list(ask(**fixed, stream=True, stream_options={"include_usage": True}))
    streamed = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    drawn = [
        ask(**{**fixed, "temperature": 2.0}, seed=seed).choices[0].message.content
        for seed in (7, 7, 8, 9, 10)
    ]
    two = ask(**{**fixed, "messages": question("red", "blue")})
    turns = [*question("red"), {"role": "assistant", "content": text}]
    later = ask(**{**fixed, "messages": [*turns, {"role": "user", "content": "And where?"}]})
    short = ask(**fixed, max_completion_tokens=2).choices[0]
    checks = {
        "the list of models": len(client.models.list().data) == 7,
        "an answer with its usage": "red" in text and whole.usage.completion_tokens > 1,
        "a stream equals the answer": streamed == text and chunks[-1].usage == whole.usage,
        "a seed repeats, others differ": drawn[0] == drawn[1] and len(set(drawn)) > 1,
        "two pictures, an earlier turn": bool(two.choices and later.choices[0].message.content),
        "max_completion_tokens": short.finish_reason == "length",
        "stop": ask(**fixed, stop=[" red"]).choices[0].message.content == text.split(" red")[0],
        "errors": all(_errors(stack, client, fixed)),
    }
    passed = sum(checks.values())
    missed = ", ".join(name for name, ok in checks.items() if not ok)
    found = f"{passed} of {len(checks)}{f' (not: {missed})' if missed else ''}"
    return [Figure("features of OpenAI's client", found, "all", passed == len(checks))]


def _errors(stack: Stack, client: openai.OpenAI, fixed: dict[str, Any]) -> list[bool]:
    """Return whether each refusal comes as the class that the client documents."""
    by_link = [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]
    stranger = openai.OpenAI(base_url=f"{stack.address}/v1", api_key="nobody", max_retries=0)
    poor = token_for(stack, "poor", "--requests-a-day", "1")
    spent = openai.OpenAI(base_url=f"{stack.address}/v1", api_key=poor, max_retries=0)
    spent.chat.completions.create(**fixed)
    tries: list[tuple[type[openai.APIError], openai.OpenAI, dict[str, Any]]] = [
        (openai.NotFoundError, client, {"model": "nobody"}),
        (openai.BadRequestError, client, {"messages": [{"role": "user", "content": by_link}]}),
        (openai.BadRequestError, client, {"n": 3}),
        (openai.AuthenticationError, stranger, {}),
        (openai.RateLimitError, spent, {}),
    ]
    return [_raises(kind, one, {**fixed, **change}) for kind, one, change in tries]


def _raises(kind: type[openai.APIError], client: openai.OpenAI, call: dict[str, Any]) -> bool:
    try:
        ask: Any = client.chat.completions.create
        ask(**call)
    except kind as error:
        return bool(error.message and error.code)
    return False


def untouched(stack: Stack, battles: int) -> Figure:
    """Return whether evaluations have left anything among battles, votes and ledger."""
    count = "SELECT count(*) AS c FROM"
    rows = stack.rows(f"{count} battles_battle")[0]["c"]
    votes = stack.rows(f"{count} battles_vote")[0]["c"]
    kept = stack.redis.zcard("va:evaluations")
    found = f"{rows - battles} battles, {votes} votes, {kept} slots held"
    return Figure("left behind by evaluations", found, "nothing", rows == battles and not votes)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=20, help="with evaluators, and without")
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    args = parser.parse_args(argv)
    with running(cards=SHIPPED, settings={"ARENA_EVALUATION": "1"}) as stack:
        stack.await_models(6)
        token = token_for(stack, "bench")
        found = features(stack, token)
        found += asyncio.run(beside(stack, token, args))
    return conclude("Evaluators beside voters", found)


if __name__ == "__main__":
    sys.exit(main())
