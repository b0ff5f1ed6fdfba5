"""An OpenAI-compatible endpoint in a process of its own, so that it can be killed.

It listens on the port that is given, or on a free one, and says which on a line. It ends with its
standard input: nobody has to stop it.
"""

from __future__ import annotations

import sys
import time

from tests.inference_worker.backends.answering import endpoint

WORD_SECONDS = 0.1
"""Slow enough for its worker to be killed under answers."""


class Pace:
    """What the endpoint waits for after each word."""

    def wait(self, _timeout: float) -> None:
        """Return after a word's time."""
        time.sleep(WORD_SECONDS)


if __name__ == "__main__":
    with endpoint(words=12, gate=Pace(), port=int(sys.argv[1])) as port:
        print(port, flush=True)
        sys.stdin.read()
