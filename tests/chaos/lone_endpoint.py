"""An OpenAI-compatible endpoint in a process of its own, so that it can be killed.

It listens on the port that is given, or on a free one, and says which on a line. It ends with its
standard input: nobody has to stop it.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.inference_worker.backends.answering import chunk, endpoint

WORDS = 11
WORD_SECONDS = 0.1
"""Slow enough for its worker to be killed under answers."""


class Pace:
    """What the endpoint waits for after each word."""

    def wait(self, _timeout: float) -> None:
        """Return after a word's time."""
        time.sleep(WORD_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, help="0 for a free one")
    lines: list[str] = []
    with endpoint(lines=lines, gate=Pace(), port=parser.parse_args().port) as port:
        # The last word differs from that of any other endpoint: equal answers are an agreement,
        # and nobody votes on one.
        # The first one answers a check, whose picture shows something red.
        words = ["red ", *(f"word{number} " for number in range(WORDS - 1)), str(port)]
        lines += [*map(chunk, words), chunk(finish="stop"), "[DONE]"]
        print(port, flush=True)
        sys.stdin.read()
