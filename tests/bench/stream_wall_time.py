"""What the worker costs over its models: two forced answers at once, against bare ``generate``.

    python -m tests.bench.stream_wall_time --tokens 256 --rounds 9

Bare: two threads of one process call ``generate`` on two models side by side, and nothing is
streamed. Worker: two threads run a request each through claim, engine, writer and heartbeat, and
every token reaches a real Valkey. Same process, models, picture, prompt, and threads per
operation; bare and worker take turns, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from redis import Redis

from arena.demo import valkey
from inference_worker import process
from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import Backend, GenerationInput, SamplingParams
from inference_worker.backends.transformers import TransformersBackend
from inference_worker.runner import RequestRunner
from inference_worker.settings import SHIPPED, WorkerSettings
from inference_worker.wire import blobs, leases
from inference_worker.wire.messages import (
    SIDES,
    AnswerLimits,
    GenerationRequest,
    ModelSpec,
    Side,
    TurnInput,
)
from tests.figures import Figure, bar, conclude

TARGET = 1.15
PROMPT = "What is in the picture?"


class Forced(BackendRegistry):
    """The transformers backend alone, with answers that don't end before their cap."""

    def __init__(self, settings: WorkerSettings, tokens: int) -> None:
        super().__init__(settings)
        self.transformers = TransformersBackend(settings, forced_tokens=tokens)

    def __getitem__(self, name: str) -> Backend:
        return self.transformers


def sources(number: int = 2) -> list[str]:
    """The first shipped models; one of them twice where there is only one."""
    slugs = [path.parent.name for path in sorted(SHIPPED.glob("*/config.json"))]
    if not slugs:
        sys.exit("There are no shipped models to measure.")
    return [f"shipped:{slugs[i % len(slugs)]}" for i in range(number)]


def bare(models: Sequence[Any], ask: GenerationInput) -> None:
    """Two calls of ``generate``, side by side."""

    def generate(batch: Any) -> None:
        inputs = batch._prompts.tensors(ask)
        count = ask.sampling.max_new_tokens
        made = batch._model.generate(**inputs, min_new_tokens=count, max_new_tokens=count)
        assert made.shape[1] - inputs["input_ids"].shape[1] == count

    _side_by_side([lambda model=model: generate(model) for model in models])  # type: ignore[misc]


def worker(
    runner: RequestRunner, redis: Redis, specs: Sequence[ModelSpec], ask: GenerationInput
) -> None:
    """Two requests through the whole worker."""
    stream, picture = secrets.token_hex(4), blobs.put(redis, ask.images[0])

    def run(side: Side, spec: ModelSpec) -> None:
        request = GenerationRequest(
            stream=stream,
            side=side,
            attempt=1,
            fence=secrets.token_hex(8),
            queue="bench",
            model=spec,
            turn=TurnInput(ask.prompt, (picture,)),
            limits=AnswerLimits(
                ask.sampling.max_new_tokens, 1_000_000, ask.sampling.temperature, ask.seconds
            ),
        )
        leases.prepare(redis, request)
        outcome = runner.run(request)
        assert (outcome.status, outcome.tokens) == ("ended", ask.sampling.max_new_tokens), outcome

    pairs = zip(SIDES, specs, strict=True)
    _side_by_side([lambda a=side, b=spec: run(a, b) for side, spec in pairs])  # type: ignore[misc]


def _side_by_side(calls: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(calls)) as threads:
        for running in [threads.submit(call) for call in calls]:
            running.result()


def measure(redis_url: str, redis: Redis, *, tokens: int, rounds: int) -> int:
    """Print the table; 1 when the target is missed, else 0."""
    settings = WorkerSettings(redis_url=redis_url, torch_threads=1)
    backends = Forced(settings, tokens)
    specs = [
        backends.transformers.resolve_revision(ModelSpec("transformers", s, "", "", ""))
        for s in sources()
    ]
    models = [backends.transformers.load(spec) for spec in specs]
    runner = process.build(settings, backends=backends)
    ask = GenerationInput("", PROMPT, (_picture(),), SamplingParams(tokens, 0.0, 1), 600.0)
    ways = {"bare": lambda: bare(models, ask), "worker": lambda: worker(runner, redis, specs, ask)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with bar("rounds", rounds + 1) as ticks:
        for _ in range(rounds + 1):  # the first is for warming up
            for name, way in ways.items():
                began = time.monotonic()
                way()
                seconds[name].append(time.monotonic() - began)
            ticks.tick()
    runner.stop()
    return _conclude({name: taken[1:] for name, taken in seconds.items()}, tokens)


def _conclude(seconds: dict[str, list[float]], tokens: int) -> int:
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    pairs = zip(seconds["worker"], seconds["bare"], strict=True)
    ratio = statistics.median(worker / bare for worker, bare in pairs)
    figures = [
        Figure(f"{name}: two answers at once, seconds", f"{taken:.2f}")
        for name, taken in middle.items()
    ]
    figures.append(
        Figure("worker over bare, median", f"{ratio:.2f}", f"<= {TARGET}", ratio <= TARGET)
    )
    return conclude(f"Stream wall time, {tokens} forced tokens a side", figures)


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (320, 240), "steelblue").save(file, "PNG")
    return file.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a program; the exit status says whether the target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="arena-bench-") as folder:
        server = valkey.configure(Path(folder), roles=("site", "worker", "operator"))
        program = subprocess.Popen(server.argv, stdout=subprocess.DEVNULL)
        try:
            while not server.answers():
                time.sleep(0.02)
            with Redis.from_url(server.url("operator")) as redis:
                return measure(
                    server.url("operator"), redis, tokens=options.tokens, rounds=options.rounds
                )
        finally:
            program.kill()
            program.wait()


if __name__ == "__main__":
    sys.exit(main())
