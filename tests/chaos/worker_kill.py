"""kill -9 of the inference worker's process at chosen moments of a battle, then a new worker.

    python -m tests.chaos.worker_kill --rounds 30 --seed 1

The moments: ``queued`` (the worker is frozen before the battle starts, so that a message may be
out of the queue and in nobody's hands; or it is dead by then), ``loading`` (the model is being
loaded), ``prefill`` (claimed, no text yet), ``decode`` (text is running), ``ending`` (the last
event is in the stream, the result is not in the database). Kills are aimed by what the stream
says and come after a seeded pause; where each of them really hit is shown beside where it was
aimed. Real, shipped models; ``--scripted`` takes scripts.

``--load 5`` runs so many busy loops meanwhile. With ``--spare`` the next worker comes out of a
process that has imported everything, as in the demo. What is killed is the program that the
supervisor knows; its worker dies with it.

A battle is resumed when each side has either ended or shows text of a new attempt. Where the
machine takes longer to start the next worker than a queue may go unserved, the site gives up as
``unavailable`` each side that has not ended: that is its rule and no fault, and such battles have
their own row.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from arena.rendering.markdown import render
from inference_worker.wire import keys, leases, presence, stream
from inference_worker.wire.events import TERMINAL, StreamEvent
from inference_worker.wire.messages import SIDES
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SHIPPED, Card, Stack, running
from tests.visitor import OVER, Frame, Screen, Visitor

MOMENTS = ("queued", "loading", "prefill", "decode", "ending")
TARGET_SECONDS = 10.0
PATIENCE_SECONDS = 240.0
_PAUSES = {"queued": 0.02, "loading": 0.4, "prefill": 0.01, "decode": 0.04, "ending": 0.0}
"""The longest pause between what is waited for and the kill."""
_TRIES = 5
_SCRIPT = "rate=30,tokens=40,seconds=0.5"
SCRIPTED = (
    Card("quiet-heron", f"tag=one,{_SCRIPT}", "Quiet Heron 2"),
    Card("amber-newt", f"tag=two,{_SCRIPT}", "Amber Newt XL"),
)
_FENCES = (
    "SELECT g.fence FROM battles_generation g"
    " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
    " WHERE b.public_id = ? ORDER BY g.side"
)
_GENERATIONS = (
    "SELECT g.side, g.state, g.attempt, g.text, g.code FROM battles_generation g"
    " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
    " WHERE b.public_id = ? ORDER BY g.side"
)


@dataclass(slots=True)
class Round:
    """One battle, one kill."""

    aimed: str
    hit: str = ""
    killed: float = 0.0
    live: float = 0.0
    """When the next worker reported; both by time.time()."""
    warm: float = 0.0
    """When it had its models in memory."""
    resumed: float = 0.0
    over: float = 0.0
    state: str = ""
    given_up: bool = False
    """The next worker came later than a queue may go unserved, and the site ended what was left."""
    faults: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From a live worker until the battle ended or resumed."""
        return max(0.0, (self.resumed or float("inf")) - self.live)


@dataclass(slots=True)
class Watch:
    """What the visitor's socket has said, with the moments that matter."""

    screen: Screen = field(default_factory=Screen)
    shown: list[tuple[str, int, str]] = field(default_factory=list)
    """(side, attempt, open text) while a pane had no finished block."""
    lost: dict[str, int] = field(default_factory=dict)
    """By side, the attempt that the kill hit."""
    resumed: float = 0.0
    over: float = 0.0

    def take(self, frame: Frame) -> None:
        """Take any frame."""
        self.screen.apply(frame)
        if frame["type"] == "side":
            pane = self.screen.panes[frame["side"]]
            if not pane.html:
                self.shown.append((frame["side"], pane.attempt, pane.open))
        if self.screen.state in OVER:
            self.over = time.time()
        self._look()

    def hit(self, attempts: dict[str, int]) -> None:
        """The worker has been killed; by side, the attempt that it was on."""
        self.lost = attempts
        self._look()

    def _look(self) -> None:
        if self.lost and not self.resumed and all(map(self._goes_on, SIDES)):
            self.resumed = time.time()

    def _goes_on(self, side: str) -> bool:
        pane = self.screen.panes[side]
        newer = pane.attempt > self.lost[side] and bool(pane.html or pane.open)
        return newer or pane.state in TERMINAL


async def play(stack: Stack, moment: str, dice: random.Random, *, models: int = 0) -> Round:
    """One battle with one kill at this moment; the stack has a live, warm worker before.

    ``models`` is how many a warm worker has in memory.
    """
    found, watch = Round(moment), Watch()
    dead = _ready_for(stack, moment, dice)
    async with Visitor(stack.address) as visitor:
        battle = await visitor.send("Describe the picture.")
        name = battle.split("/")[2]
        watching = asyncio.create_task(_follow(visitor, battle, watch))
        if not dead:
            await asyncio.to_thread(_strike, stack, name, moment, dice)
        found.killed = time.time()
        found.hit = _where(stack, name)
        watch.hit({row["side"]: row["attempt"] for row in stack.rows(_GENERATIONS, name)})
        stack.launch("inference", wait=False)
        found.live = await asyncio.to_thread(stack.await_worker, since=found.killed)
        warming = asyncio.to_thread(stack.await_models, models, since=found.killed)
        try:
            _, found.warm = await asyncio.wait_for(
                asyncio.gather(watching, warming), PATIENCE_SECONDS
            )
        except TimeoutError:
            found.faults.append(f"not over {PATIENCE_SECONDS:.0f} s after the kill")
    found.resumed, found.over, found.state = watch.resumed, watch.over, watch.screen.state
    rows = stack.rows(_GENERATIONS, name)
    unserved = found.live - found.killed > presence.WORKER_SECONDS
    kept = [row for row in rows if not (unserved and row["code"] == "unavailable")]
    found.given_up = len(kept) < len(rows)
    if [row["side"] for row in rows] != list(SIDES):
        found.faults.append(f"{len(rows)} results")
    found.faults += _faults(stack, name, kept, watch)
    return found


def _ready_for(stack: Stack, moment: str, dice: random.Random) -> bool:
    """Bring the worker into the state that the moment needs; True if it is dead by that."""
    if moment == "loading":
        stack.kill("inference")
        before = time.time()
        stack.launch("inference", wait=False, ARENA_WORKER_PRELOAD="")
        stack.await_worker(since=before)
    elif moment == "queued" and dice.random() < 0.5:
        stack.kill("inference")
        return True
    elif moment == "queued":
        stack.freeze_worker()
    return False


async def _follow(visitor: Visitor, battle: str, watch: Watch) -> None:
    async with visitor.watching(battle) as frames:
        async for frame in frames:
            watch.take(frame)
            if watch.screen.state in OVER:
                break


def _strike(stack: Stack, name: str, moment: str, dice: random.Random) -> None:
    """Wait until the stream says that the moment has come, then kill after a seeded pause."""
    pause = dice.random() * _PAUSES[moment]
    if moment != "queued":
        _await_event(stack.redis_url, _fences(stack, name), _SIGNS[moment])
    time.sleep(pause)
    stack.kill("inference")


_SIGNS: dict[str, frozenset[str]] = {
    "loading": frozenset({"started"}),
    "prefill": frozenset({"started"}),
    "decode": frozenset({"delta"}),
    "ending": frozenset({"ended"}),
}


def _fences(stack: Stack, name: str) -> list[str]:
    """Of both sides' attempts, a before b."""
    return [row["fence"] for row in stack.rows(_FENCES, name)]


def _await_event(redis_url: str, fences: Sequence[str], kinds: frozenset[str]) -> None:
    """Return as soon as a side's log has an event of such a kind."""
    last: dict[Any, Any] = {keys.answer(keys.address(fence)): "0-0" for fence in fences}
    with Redis.from_url(redis_url, socket_timeout=30) as redis:
        while True:
            answers = redis.xread(last, block=20_000)
            assert answers, f"no {'/'.join(kinds)} came"
            for log, entries in answers:
                last[log.decode()] = entries[-1][0]
                if any(fields[b"k"].decode() in kinds for _, fields in entries):
                    return


def _where(stack: Stack, name: str) -> str:
    """Where the battle stood when the worker died: a side between its end and its result tells,
    else the less advanced one."""
    events = stream.read(stack.redis, name)
    slots = leases.observe(stack.redis, _fences(stack, name))
    rows = stack.rows(_GENERATIONS, name)
    stands = []
    for slot, row in zip(slots, rows, strict=True):
        kinds = {event.kind for event in events if event.side == row["side"]}
        if slot.state == "queued":
            stands.append("queued")
        elif slot.state == "done":
            stands.append("over" if row["state"] == "ended" else "ending")
        else:
            stands.append("decode" if "delta" in kinds else "loading or prefill")
    order = ("ending", "queued", "loading or prefill", "decode", "over")
    return min(stands, key=order.index)


def _faults(stack: Stack, name: str, rows: Sequence[Any], watch: Watch) -> list[str]:
    """Return what is wrong with these results of the battle, their texts and their events."""
    events, faults = stream.read(stack.redis, name), []
    for row in rows:
        own = [event for event in events if event.side == row["side"]]
        faults += [f"{row['side']}: {fault}" for fault in _side_faults(row, own, watch)]
    return faults


def _side_faults(row: dict[str, str], events: list[StreamEvent], watch: Watch) -> list[str]:
    faults, side, attempt = [], row["side"], int(row["attempt"])
    by_attempt = {n: [e for e in events if e.attempt == n] for n in range(1, attempt + 1)}
    ends = [event for event in by_attempt[attempt] if event.kind in TERMINAL]
    texts = {n: "".join(e.text for e in es if e.kind == "delta") for n, es in by_attempt.items()}
    if row["state"] != "ended" or len(ends) != 1:
        faults.append(f"{row['state']} with {len(ends)} ends")
    if any([e.number for e in es] != list(range(len(es))) for es in by_attempt.values()):
        faults.append("numbers with gaps")
    if row["text"] != texts[attempt]:
        faults.append("stored text differs from the stream's")
    if watch.screen.panes[side].html != render(row["text"]):
        faults.append("shown text differs from the stored one")
    shown = [(n, text) for where, n, text in watch.shown if where == side]
    if not all(texts.get(n, "").startswith(text) for n, text in shown):
        faults.append("mixed text of two attempts was shown")
    return faults


async def rounds(
    stack: Stack, *, count: int, seed: int, models: int, tick: Callable[[], None] = lambda: None
) -> list[Round]:
    """All moments in turn, in a seeded order; each round begins with a warm worker.

    A kill that came after the battle was over proves nothing: it is aimed once more.
    """
    dice = random.Random(seed)
    moments = [MOMENTS[number % len(MOMENTS)] for number in range(count)]
    dice.shuffle(moments)
    found = []
    for moment in moments:
        one = Round(moment)
        for _ in range(_TRIES):
            await asyncio.to_thread(stack.await_models, models)
            one = await play(stack, moment, dice, models=models)
            if one.hit != "over" or one.faults:
                break
        found.append(one)
        tick()
    return found


def figures(found: Sequence[Round]) -> list[Figure]:
    """The table's rows."""
    intime = sum(one.seconds <= TARGET_SECONDS for one in found)
    seconds = [one.seconds for one in found]
    faults = [f"{one.aimed}: {fault}" for one in found for fault in one.faults]
    table = [
        Figure(f"aimed at {moment}", ", ".join(f"{n}x {hit}" for hit, n in hits.items()))
        for moment in MOMENTS
        if (hits := Counter(one.hit for one in found if one.aimed == moment))
    ]
    return [
        *table,
        Figure(
            f"ended or resumed within {TARGET_SECONDS:.0f} s of a live worker",
            f"{intime} of {len(found)}; {_most(seconds)}",
            "all",
            intime == len(found),
        ),
        Figure("from a worker with its models in memory", _most(o.resumed - o.warm for o in found)),
        Figure("from the kill", _most(one.resumed - one.killed for one in found)),
        Figure("from the kill to the end", _most(one.over - one.killed for one in found)),
        Figure(
            "battles open for a vote at the end",
            f"{sum(one.state == 'voting' for one in found)} of {len(found)}",
            "all",
            all(one.state == "voting" or one.given_up for one in found),
        ),
        Figure(
            f"given up: no worker came for {presence.WORKER_SECONDS} s",
            str(sum(one.given_up for one in found)),
        ),
        Figure(
            "two results, mixed, lost or doubled text", "; ".join(faults) or "0", "0", not faults
        ),
    ]


def _most(seconds: Iterable[float]) -> str:
    values = [max(0.0, value) for value in seconds]
    return f"median {quantile(values, 0.5):.1f} s, max {max(values):.1f} s"


@contextlib.contextmanager
def loaded(loops: int) -> Iterator[None]:
    """Let so many processes take all they can get, of the priority of this one, in the block."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in busy:
            loop.kill()
            loop.wait()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scripted", action="store_true", help="scripts instead of real models")
    parser.add_argument("--load", type=int, default=0, help="busy loops beside it")
    parser.add_argument("--spare", action="store_true", help="with a spare inference worker")
    args = parser.parse_args(argv)
    cards = SCRIPTED if args.scripted else SHIPPED
    settings = {"ARENA_WORKER_SPARE": str(int(args.spare))}
    with (
        running(cards=cards, settings=settings) as stack,
        loaded(args.load),
        bar("Kills", args.rounds) as ticks,
    ):
        models = 0 if args.scripted else 2
        found = asyncio.run(
            rounds(stack, count=args.rounds, seed=args.seed, models=models, tick=ticks.tick)
        )
    return conclude("kill -9 of the inference worker", figures(found))


if __name__ == "__main__":
    sys.exit(main())
