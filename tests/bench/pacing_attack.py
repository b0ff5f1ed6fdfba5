"""How often somebody who watches the clock names the models of a battle before the vote.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python -m tests.bench.pacing_attack --battles 4000

Twelve scripted models differ in the time to their first text, in their pace and in the length of
their answers, each of which varies from answer to answer. Their events go through the arena's own
view of a battle (``arena.live.pacing``) with a clock that is not the machine's, once for each
pacing. The attacker has voted on most of the battles, so that he knows their models and the coarse
times that a reveal shows, and then names the model of each side of the others. He has four methods
and is judged by the best one. Of the texts he knows the lengths alone: that words identify a model
is another matter. Shown beside it is what each pacing costs a voter in waiting.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from django.conf import settings

from arena.battles.lockstep import seconds_for, settled_at
from arena.live.pacing import BattleView
from arena.reveal.words import time_step
from inference_worker.wire.events import Kind, StreamEvent
from inference_worker.wire.messages import Side
from tests.figures import Figure, bar, conclude, quantile

Floats = npt.NDArray[np.float64]

MODELS = 12
LOOK_SECONDS = 0.05
"""The time between two looks of the attacker at both panes."""
CHARACTERS = 4
"""The characters of a token."""
TOKENS_AT_ONCE = 0.04
"""Seconds of which a worker sends the tokens together."""
TARGET = 0.17
CASES = ((28.0, 25.0, 3.0), (8.0, 25.0, 3.0), (8.0, 25.0, 11.0), (8.0, 16.0, 7.0), (8.0, 7.0, 3.0))
"""The pace of the slowest model and that of the timetable, in tokens a second, and the seconds in
which nothing is shown."""
TYPICAL = (0.5, 126.0)
"""Seconds to the first text, and tokens, of an answer in the middle of these models."""


@dataclass(frozen=True, slots=True)
class ModelPace:
    """A model as a clock sees it: medians, which answers vary around."""

    first: float
    """Seconds to the first text."""
    pace: float
    """Tokens a second."""
    tokens: float

    def answer(self, dice: np.random.Generator) -> tuple[float, float, int]:
        """Return first text, pace and tokens of one answer."""
        first = self.first * math.exp(dice.normal(0, 0.15))
        pace = self.pace * math.exp(dice.normal(0, 0.08))
        return first, pace, max(8, round(self.tokens * math.exp(dice.normal(0, 0.5))))


def paces(dice: np.random.Generator, *, slowest: float) -> list[ModelPace]:
    """Return twelve models whose times, paces and lengths do not go together."""
    firsts = dice.permutation(np.geomspace(0.15, 1.8, MODELS))
    speeds = dice.permutation(np.geomspace(slowest, 140, MODELS))
    lengths = dice.permutation(np.geomspace(80, 200, MODELS))
    return [ModelPace(*one) for one in zip(firsts, speeds, lengths, strict=True)]


@dataclass(slots=True)
class WatchedBattle:
    """What the attacker saw of a battle."""

    models: tuple[int, int]
    times: list[float] = field(default_factory=list)
    lengths: list[tuple[int, int]] = field(default_factory=list)
    """Characters in both panes, at each of the times at which they changed."""
    open: float = 0.0
    """When the vote was open."""
    revealed: list[int] = field(default_factory=list)
    """The coarse step of the whole time that the reveal shows, of each side."""

    def features(self) -> Floats:
        """Return what there is to know, with the sides in their order."""
        last = self.lengths[-1]
        seen = np.array(self.lengths, float)
        times = np.array(self.times)
        gaps = np.diff(times, prepend=times[0])
        found = [self.open, times[0], float(len(times)), gaps.max(), times[int(gaps.argmax())]]
        for side in range(2):
            own, whole = seen[:, side], last[side]
            marks = [times[int(np.searchsorted(own, share * whole))] for share in _SHARES]
            grown = np.diff(own, prepend=0)
            found += [whole, *marks, float(np.median(grown[grown > 0])), float(grown.max())]
        return np.log(np.array(found) + 0.05)


_STEPS = np.geomspace(10, 120_000, 400)
_SECONDS = {
    step: math.exp(
        np.mean([math.log(one / 1000) for one in _STEPS if time_step(one).percent == step])
    )
    for step in {time_step(one).percent for one in _STEPS}
}
"""The middle of each step of time that a reveal shows."""
_SHARES = (1e-9, 0.25, 0.5, 0.75, 1.0)
_COMMON, _OWN = 5, len(_SHARES) + 3


def mirrored(features: Floats) -> Floats:
    """Return the features of the same battles with the sides exchanged."""
    common, first = features[:, :_COMMON], features[:, _COMMON : _COMMON + _OWN]
    return np.hstack([common, features[:, _COMMON + _OWN :], first])


def watch(
    models: Sequence[ModelPace], pair: tuple[int, int], pacing: str, dice: np.random.Generator
) -> WatchedBattle:
    """Play a battle of these two and look at it until the vote is open."""
    seen = WatchedBattle(pair)
    events: list[tuple[float, StreamEvent]] = []
    ends, sizes = [], []
    sides: tuple[Side, Side] = ("a", "b")
    for side, number in zip(sides, pair, strict=True):
        first, pace, tokens = models[number].answer(dice)
        events += events_of(side, first, pace, tokens)
        ends.append(first + tokens / pace)
        sizes.append(tokens * CHARACTERS)
        seen.revealed.append(time_step(round(1000 * ends[-1])).percent)
    events.sort(key=lambda one: one[0])
    veiled = pacing == "veiled"
    opens = settled_at(sizes, max(ends)) if veiled else max(ends)
    events.append((opens, StreamEvent(side="", attempt=0, number=0, kind="voting_opened")))
    _look(seen, BattleView(state="generating", veiled=veiled), events, dice.uniform(0, 0.05))
    return seen


def _look(
    seen: WatchedBattle,
    view: BattleView,
    events: list[tuple[float, StreamEvent]],
    begin: float,
) -> None:
    waiting = iter(events)
    coming = next(waiting, None)
    for step in itertools.count():
        now = begin + step * LOOK_SECONDS
        while coming and coming[0] <= now:
            view.apply(coming[1], at=coming[0])
            coming = next(waiting, None)
        view.frames(now)
        both = (len(view.panes["a"].text), len(view.panes["b"].text))
        if both != (seen.lengths[-1] if seen.lengths else (0, 0)):
            seen.times.append(now)
            seen.lengths.append(both)
        if view.state == "voting":
            seen.open = now
            return


def events_of(
    side: Side, first: float, pace: float, tokens: int
) -> list[tuple[float, StreamEvent]]:
    """Return the events of an answer with their times, as a worker writes them."""

    def event(kind: Kind, number: int, text: str = "") -> StreamEvent:
        return StreamEvent(side=side, attempt=1, number=number, kind=kind, text=text)

    told = [(0.03, event("started", 0))]
    at_once = max(1, round(pace * TOKENS_AT_ONCE))
    for begin in range(0, tokens, at_once):
        count = min(at_once, tokens - begin)
        at = first + (begin + count) / pace
        told.append((at, event("delta", len(told), "x" * CHARACTERS * count)))
    return [*told, (first + tokens / pace, event("ended", len(told)))]


def by_neighbours(known: Floats, models: npt.NDArray[np.int64], asked: Floats) -> Floats:
    """Return for each battle the chance of each model to be side a, by the most similar ones."""
    chances = np.zeros((len(asked), MODELS))
    for row, one in enumerate(asked):
        near = np.argpartition(((known - one) ** 2).sum(axis=1), 25)[:25]
        chances[row] = np.bincount(models[near], minlength=MODELS)
    return chances


def by_normals(
    known: Floats, kinds: npt.NDArray[np.int64], asked: Floats, *, count: int, own: bool
) -> Floats:
    """Return the chance of each of so many kinds, by a normal distribution for each, with a
    covariance of its own or the common one."""
    ridge = 0.05 * np.eye(known.shape[1])
    means = {kind: known[kinds == kind].mean(axis=0) for kind in np.unique(kinds)}
    centred = known - np.array([means[kind] for kind in kinds])
    common = centred.T @ centred / len(centred) + ridge
    logs = np.full((len(asked), count), -np.inf)
    for kind, mean in means.items():
        spread = np.cov(known[kinds == kind].T) + ridge if own else common
        off = asked - mean
        logs[:, kind] = -0.5 * (off * np.linalg.solve(spread, off.T).T).sum(axis=1)
        logs[:, kind] -= 0.5 * np.linalg.slogdet(spread)[1]
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares: Floats = chances / chances.sum(axis=1, keepdims=True)
    return shares


def named(battles: Sequence[WatchedBattle], learned: int) -> dict[str, float]:
    """Return by method the share of sides whose model the attacker names; he learns from so many
    of the battles and is judged by the rest."""
    features = np.array([one.features() for one in battles])
    spread = features[:learned].std(axis=0)
    features = (features - features[:learned].mean(axis=0)) / np.where(spread > 1e-6, spread, 1)
    pairs = np.array([one.models for one in battles])
    known = np.vstack([features[:learned], mirrored(features[:learned])])
    firsts = np.concatenate([pairs[:learned, 0], pairs[:learned, 1]])
    seconds = np.concatenate([pairs[:learned, 1], pairs[:learned, 0]])
    asked = np.vstack([features[learned:], mirrored(features[learned:])])
    truth = np.concatenate([pairs[learned:, 0], pairs[learned:, 1]])
    both = by_normals(known, firsts * MODELS + seconds, asked, count=MODELS**2, own=False)
    lengths = [_COMMON, _COMMON + _OWN]
    chances = {
        "neighbours": by_neighbours(known, firsts, asked),
        "normal distributions": by_normals(known, firsts, asked, count=MODELS, own=True),
        "normal distributions of pairs": both.reshape(-1, MODELS, MODELS).sum(axis=2),
        "coarse times of reveals": by_reveals(battles, learned),
        "lengths alone": by_normals(
            known[:, lengths], firsts, asked[:, lengths], count=MODELS, own=True
        ),
    }
    return {name: float((one.argmax(axis=1) == truth).mean()) for name, one in chances.items()}


def by_reveals(battles: Sequence[WatchedBattle], learned: int) -> Floats:
    """Return the chances by the lengths of each model's answers, and by when the vote should open
    with each pair, as the coarse times of reveals have it."""
    logs: list[list[tuple[float, float]]] = [[] for _ in range(MODELS)]
    for one in battles[:learned]:
        for side, model in enumerate(one.models):
            whole = one.lengths[-1][side]
            logs[model].append((math.log(whole), math.log(_SECONDS[one.revealed[side]] / whole)))
    known = [np.array(one) for one in logs]
    means, spreads = (np.array([how(one, axis=0) for one in known]) for how in (np.mean, np.std))
    asked = [(one, sides) for sides in ((0, 1), (1, 0)) for one in battles[learned:]]
    chances = np.zeros((len(asked), MODELS))
    for row, (one, sides) in enumerate(asked):
        own, other = (math.log(one.lengths[-1][side]) for side in sides)
        fits = [
            -0.5 * ((size - means[:, 0]) / spreads[:, 0]) ** 2 - np.log(spreads[:, 0])
            for size in (own, other)
        ]
        ends = np.maximum.outer(own + means[:, 1], other + means[:, 1])
        late = (math.log(one.open) - ends) / 0.3
        # No vote opens before an answer has ended; that it opens later says less.
        score = fits[0][:, None] + fits[1][None, :] - 0.5 * np.where(late < 0, late, late / 3) ** 2
        np.fill_diagonal(score, -np.inf)
        chances[row] = np.exp(score - score.max()).sum(axis=1)
    return chances


def waits(battles: Sequence[WatchedBattle]) -> str:
    """Return what a voter waits for first text and vote, median and 95th percentile."""
    firsts = [one.times[0] for one in battles]
    opens = [one.open for one in battles]
    told = [f"{quantile(one, 0.5):.1f} / {quantile(one, 0.95):.1f} s" for one in (firsts, opens)]
    return ", ".join(told)


def measure(
    battles: int, seed: int, tick: Callable[[], None], *, slowest: float, shown: float, floor: float
) -> list[Figure]:
    """Return the table's rows for twelve models of which the slowest has this pace, where both
    panes get so many tokens a second after so many seconds."""
    settings.VEILED_PACE, settings.VEILED_SECONDS = shown, floor
    dice = np.random.default_rng(seed)
    models = paces(dice, slowest=slowest)
    pairs = [tuple(dice.choice(MODELS, 2, replace=False)) for _ in range(battles)]
    figures = []
    for pacing in ("live", "veiled"):
        seen = []
        for one, other in pairs:
            seen.append(watch(models, (int(one), int(other)), pacing, dice))
            tick()
        found = named(seen, battles * 3 // 4)
        best = max(found, key=lambda name: found[name])
        kind = f"slowest model {slowest:.0f} tokens/s, {pacing}"
        kind += f" at {shown:.0f} tokens/s from {floor:.0f} s on" if pacing == "veiled" else ""
        # A timetable that waits for its slowest model is shown for comparison.
        first, tokens = TYPICAL
        judged = pacing == "veiled" and seconds_for(first, slowest, tokens) <= floor + 0.5
        target = ("\u2264 0.17", found[best] <= TARGET) if judged else ("", None)
        figures.append(Figure(f"{kind}: sides named", f"{found[best]:.3f} by {best}", *target))
        others = ", ".join(f"{share:.3f}" for share in found.values())
        figures.append(Figure(f"{kind}: by each method", others))
        figures.append(Figure(f"{kind}: median / p95 to the first text, to the vote", waits(seen)))
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args(argv)
    settings.configure(VEILED_SECONDS=3.0, VEILED_PACE=25.0)
    figures: list[Figure] = []
    with bar("battles", 2 * told.battles * len(CASES)) as bars:
        for slowest, shown, floor in CASES:
            ways = {"slowest": slowest, "shown": shown, "floor": floor}
            figures += measure(told.battles, told.seed, bars.tick, **ways)
    return conclude("Models named by the clock", figures)


if __name__ == "__main__":
    sys.exit(main())
