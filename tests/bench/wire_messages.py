"""Time to encode and decode what crosses the wire, and CPU time to import the wire.

    python -m tests.bench.wire_messages [--rounds N]

A token passes ``encode`` and ``decode_answer``, an answer passes the others once. Prints for each
the best of the rounds in microseconds per call, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from timeit import Timer

from inference_worker.wire.events import StreamEvent, decode, decode_answer, encode
from inference_worker.wire.messages import (
    AnswerLimits,
    GenerationOutcome,
    GenerationRequest,
    ModelSpec,
    TurnInput,
)

CALLS = 20_000
_IMPORT = (
    "import json, redis, time; start = time.process_time(); import inference_worker.wire.stream;"
    " print(time.process_time() - start)"
)


def request() -> GenerationRequest:
    """A request as a battle sends it."""
    return GenerationRequest(
        stream="q" * 22,
        side="a",
        attempt=1,
        fence="f" * 43,
        queue="inference",
        model=ModelSpec("transformers", "shipped:heron-m", "0" * 64, "", ""),
        turn=TurnInput("What is in the picture?", ("a" * 64,)),
        limits=AnswerLimits(512, 8000, 0.7, 60.0),
    )


def outcome() -> GenerationOutcome:
    """An outcome with an answer of 2,000 characters."""
    text = "A red disc. " * 166
    return GenerationOutcome(
        "q" * 22, "a", 1, "f" * 43, "ended", "", text, "stop", 400, 90, 4000, "w", "r"
    )


def entry(fields: Mapping[str, str]) -> dict[bytes, bytes]:
    """The fields as Redis returns them."""
    return {name.encode(): value.encode() for name, value in fields.items()}


def cases() -> dict[str, Callable[[], object]]:
    """Name and call of everything that is timed."""
    asked, ended = request(), outcome()
    asked_json, ended_json = (json.loads(json.dumps(one.to_json())) for one in (asked, ended))
    own = entry(encode(StreamEvent("a", 1, 7, "opened", "0" * 64)))
    said = {name: value for name, value in own.items() if name in (b"n", b"k", b"x")}
    said |= {b"k": b"delta", b"x": b" a red disc"}
    return {
        "event: encode": lambda: encode(StreamEvent("a", 1, 7, "delta", " a red disc")),
        "event: decode": lambda: decode(own),
        "event: decode_answer": lambda: decode_answer(said, side="a", attempt=1),
        "request: to_json": asked.to_json,
        "request: from_json": lambda: GenerationRequest.from_json(asked_json),
        "outcome: to_json": ended.to_json,
        "outcome: from_json": lambda: GenerationOutcome.from_json(ended_json),
    }


def import_seconds() -> float:
    """Return the CPU seconds that a fresh interpreter takes to import the wire after redis."""
    command = [sys.executable, "-c", _IMPORT]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print one line for each case and one for the import."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for name, call in cases().items():
        best = min(Timer(call).repeat(rounds, CALLS)) / CALLS
        sys.stdout.write(f"{name:24}{best * 1e6:8.2f} us\n")
    best = min(import_seconds() for _ in range(rounds))
    sys.stdout.write(f"{'import of the wire':24}{best * 1e3:8.1f} ms\n")


if __name__ == "__main__":
    main()
