"""A model is onboarded from a real `transformers serve`, from a Hub, and by `demo --with`.

    python -m tests.interop.onboard --serve ENVIRONMENT/bin/transformers

The environment has transformers with its extra `serving`. A whole arena onboards one shipped model
from there by ``manage.py onboard URL --activate`` and another one by its Hub id, from a Hub on
loopback that ends the download once, and both answer a battle. Seven models that can't be added
are refused. Then ``manage.py demo --with`` adds a ready card from that Hub.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from arena.bootstrap.environment import ROOT
from arena.demo.valkey import free_port
from inference_worker.settings import SHIPPED
from tests import stack as arena
from tests.bench.demo_process import demo
from tests.figures import Figure, bar, conclude, console
from tests.hub.making import CONFIG, make_repository, safetensors
from tests.hub.serving import LoopbackHub, serving
from tests.visitor import Visitor

PARTS = ("endpoint", "hub", "refusals", "demo")
SERVED, COPIED = "heron-s", "egret-m"
HUB_ID = f"maker/{COPIED}"
READY, READY_ID = "smolvlm", "HuggingFaceTB/SmolVLM-Instruct"
"""A ready card, and its repository, in which the loopback Hub has the shipped model's files."""
CUT_AFTER = 10 * 1024 * 1024 + 1
"""Bytes: the Hub's client writes, and so keeps, 10 MiB at once."""
MEMORY_MB = 40
"""Of the worker: more than the shipped model takes, less than the one that is refused."""
SECONDS = 240.0
BATTLES = 60

ANSWERED = """
SELECT COUNT(*) AS votes FROM battles_vote v
JOIN catalog_modelversion x ON x.id IN (v.version_a_id, v.version_b_id)
JOIN catalog_modelcard c ON c.id = x.card_id WHERE c.slug = ?
"""
STATE = "SELECT state FROM catalog_modelcard WHERE slug = ?"
Rows = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A place that can't be onboarded, and a part of the sentence that its operator reads."""

    name: str
    place: str
    said: str
    env: Mapping[str, str] = field(default_factory=dict)


REFUSALS = (
    Refusal("wrong id", "maker/none", "no public model maker/none"),
    Refusal("gated", "maker/gated", "decided by its makers"),
    Refusal("no network", HUB_ID, "Is there a network?", {"HF_ENDPOINT": "http://127.0.0.1:9"}),
    Refusal("remote code", "maker/code", "It needs code of its own"),
    Refusal("pickle weights", "maker/pickle", "Its weights are pickle files alone"),
    Refusal("full disk", "maker/vast", "The worker's disk is full."),
    Refusal("no memory", "maker/heavy", "does not fit into the worker's memory."),
)


def fill(folder: Path) -> None:
    """Write the repositories of the Hub: two that are real models, and what is refused."""
    for name in (HUB_ID, READY_ID):
        shutil.copytree(SHIPPED / COPIED, folder / name)
    make_repository(folder, "maker/gated", gated="manual")
    make_repository(folder, "maker/code", config={**CONFIG, "auto_map": {"AutoModel": "x.Y"}})
    pickle = {"pytorch_model.bin": b"x"}
    make_repository(folder, "maker/pickle", without=("model.safetensors",), files=pickle)
    make_repository(folder, "maker/vast", sizes={"model.safetensors": 10**15})
    heavy = {"model.safetensors": safetensors(MEMORY_MB * 10**6 // 4)}
    make_repository(folder, "maker/heavy", files=heavy)


def onboard(stack: arena.Stack, *words: str, **env: str) -> tuple[int, str, float]:
    """Run the command as an operator does; return its status, its words and its seconds."""
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "manage.py", "onboard", *words, "--activate"],
        cwd=ROOT,
        env={**stack.env, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, time.monotonic() - began


async def battles_until_drawn(address: str, rows: Rows, slug: str) -> int:
    """Ask and vote until the model has a vote; return the number of battles, 0 for none of all."""
    async with Visitor(address) as visitor:
        for number in range(1, BATTLES + 1):
            battle = await visitor.send(f"What shape is in the picture? ({number})")
            screen = await visitor.watch(battle)
            if screen.state == "voting":
                (await visitor.vote(battle, "a")).raise_for_status()
            if rows(ANSWERED, slug)[0]["votes"]:
                return number
    return 0


def first_battle(address: str, rows: Rows, slug: str) -> Figure:
    """Return which battle was the first that the model answered and that was voted on."""
    number = asyncio.run(battles_until_drawn(address, rows, slug))
    value = f"battle {number}" if number else f"none of {BATTLES}"
    return Figure(f"{slug}: answers, and is voted on", value, "a battle", number > 0)


def added(stack: arena.Stack, slug: str, *words: str) -> list[Figure]:
    """Onboard a model and let it answer; return both as figures."""
    status, said, seconds = onboard(stack, *words, "--slug", slug)
    if status:
        console.print(said, markup=False)
        return [Figure(f"{slug}: onboarded", f"status {status}", "status 0", False)]
    done = Figure(f"{slug}: onboarded", f"in {seconds:.1f} s", "in the draw", "in the draw" in said)
    return [done, first_battle(stack.address, stack.rows, slug)]


@contextlib.contextmanager
def served(program: Path, port: int, log: Path) -> Iterator[str]:
    """Serve a shipped model by `transformers serve` for the block; its address is the value."""
    argv = [str(program.absolute()), "serve", SERVED, "--host", "127.0.0.1", "--port", str(port)]
    # By itself it loads bfloat16 weights as they are, and then breaks off at float32 pictures.
    argv += ["--device", "cpu", "--dtype", "float32"]
    env = {**os.environ, "HF_HUB_OFFLINE": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(argv, cwd=SHIPPED, stdout=out, stderr=out, env=env)

    def answers() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}/health").is_success
        return False

    try:
        arena.until(answers, "transformers serve", SECONDS)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()


def resumed(hub: LoopbackHub, hub_id: str) -> Figure:
    """Return from where the weights of a repository were asked for."""
    path = f"/blobs/{hub_id}/model.safetensors"
    ranges = [one.range for one in hub.downloads("model.safetensors") if one.path == path]
    value = ", ".join(one or "the beginning" for one in ranges)
    taken_up = len(ranges) == 2 and ranges[0] == "" and ranges[1].startswith("bytes=1")
    return Figure(f"{hub_id}: weights asked for from", value, "twice, then resumed", taken_up)


def from_hub(stack: arena.Stack, hub: LoopbackHub) -> list[Figure]:
    """Onboard a model by its Hub id; the Hub ends the download of its weights once."""
    hub.cut(HUB_ID, "model.safetensors", after=CUT_AFTER)
    return [*added(stack, COPIED, HUB_ID), resumed(hub, HUB_ID)]


def refused(stack: arena.Stack) -> Iterator[Figure]:
    """Yield for each model that can't be added the sentence that the operator reads."""
    for one in REFUSALS:
        status, said, seconds = onboard(stack, one.place, **one.env)
        lines = [line.removeprefix("CommandError: ") for line in said.splitlines()]
        sentence = next((line for line in lines if one.said in line), "")
        ok = status == 1 and bool(sentence) and "Traceback" not in said
        value = f"{sentence or said[-500:]} ({seconds:.1f} s)"
        yield Figure(f"refused: {one.name}", value, "one sentence", ok)


def beside_the_shipped(hub: LoopbackHub, folder: Path, env: Mapping[str, str]) -> list[Figure]:
    """Start a demo with a ready card from the Hub, and end it once the model has answered."""
    hub.cut(READY_ID, "model.safetensors", after=CUT_AFTER)
    rows = partial(_rows, folder / "arena.sqlite3")
    words = ("--with", READY)
    with demo(ROOT, folder, words=words, **arena.UNLIMITED, **env) as one:
        one.first_page(patience=SECONDS)
        with contextlib.suppress(AssertionError):
            active = [{"state": "active"}]
            arena.until(lambda: rows(STATE, READY) == active, "the model", SECONDS)
        took = time.monotonic() - one.began
        battle = first_battle(f"http://127.0.0.1:{one.port}", rows, READY)
        one.interrupt()
        said, left = one.said(), len(one.alive())
    wanted = ("To fetch: ", "100%", "Memory: ", "It is in the draw.", "nothing is left running")
    missing = [part for part in wanted if part not in said]
    if missing:
        console.print(said, markup=False)
    value = f"without {missing}" if missing else f"in {took:.1f} s, a cold start included"
    return [
        Figure(f"demo --with {READY}", value, "size, progress, memory, in the draw", not missing),
        battle,
        resumed(hub, READY_ID),
        Figure("processes left after Ctrl-C", str(left), "0", left == 0),
    ]


def _rows(database: Path, query: str, *values: Any) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def measure(parts: Sequence[str], serve: Path | None, folder: Path) -> Iterator[list[Figure]]:
    """Yield the figures of each part."""
    (folder / "hub").mkdir()
    fill(folder / "hub")
    with contextlib.ExitStack() as block:
        hub = block.enter_context(serving(folder / "hub"))
        env = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "", "HF_HOME": str(folder / "cache")}
        port = free_port()
        allowed = {"ARENA_ENDPOINT_ALLOW": f"127.0.0.1:{port}"}
        memory = {"ARENA_WORKER_MEMORY_MB": str(MEMORY_MB)}
        if set(parts) != {"demo"}:
            with arena.running(settings={**env, **allowed, **memory}) as stack:
                if "endpoint" in parts and serve is not None:
                    with served(serve, port, folder / "serve.log") as url:
                        yield added(stack, f"served-{SERVED}", url, "--model", SERVED)
                if "hub" in parts:
                    yield from_hub(stack, hub)
                if "refusals" in parts:
                    yield list(refused(stack))
        if "demo" in parts:
            yield beside_the_shipped(hub, folder / "data", env)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", type=Path, help="the command `transformers` of an environment")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one; repeatable")
    args = parser.parse_args(argv)
    parts = args.part or PARTS
    if "endpoint" in parts and args.serve is None:
        parser.error("the part `endpoint` needs --serve")
    found: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="arena-onboard-", ignore_cleanup_errors=True) as folder,
        bar("Parts", len(parts)) as ticks,
    ):
        for figures in measure(parts, args.serve, Path(folder)):
            found += figures
            ticks.tick()
    return conclude("Onboarding from endpoint and Hub", found)


if __name__ == "__main__":
    sys.exit(main())
