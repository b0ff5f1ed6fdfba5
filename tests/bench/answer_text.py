"""How fast an answer's places are read and its repetition is looked for, beside a bare loop.

python -m tests.bench.answer_text: each row is the median of rounds, in which the same pieces of
four characters (about a token) go through a loop that only joins them, and through the reader. The
figures are processor time of one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

from inference_worker import grounding
from inference_worker.grounding.reading import PictureSize
from inference_worker.repetition import RepetitionCheck

PIECE = 4
PROSE = "Two cats sit on a red sofa; one looks at {n} pears (see [1]), the other one sleeps.\n\n"
HEAD = f"{'read by':<22}{'million chars/s':>16}{'of a bare loop':>16}{'us a token':>12}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    prose = "".join(PROSE.format(n=n) for n in range(told.characters // len(PROSE)))
    print(HEAD)
    report("repetition", prose, lambda: RepetitionCheck().keep, told.rounds)
    for name in grounding.available():
        found = grounding.load(name)
        example = next(one for one in found.EXAMPLES if one.places)
        marks = f"{example.answer}\n\n{PROSE}" * (told.characters // len(example.answer + PROSE))
        for kind, text in (("prose", prose), ("marks", marks)):
            report(f"{name}, {kind}", text, reader_of(name, example.pictures), told.rounds)


def reader_of(
    name: str, pictures: tuple[PictureSize, ...]
) -> Callable[[], Callable[[str], object]]:
    return lambda: grounding.create_reader(name, pictures).feed


def report(name: str, text: str, make: Callable[[], Callable[[str], object]], rounds: int) -> None:
    """Print the row of one reader over ``text``."""
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    bare, read = [], []
    for _ in range(rounds):
        joined = ""
        begin = time.process_time()
        for piece in pieces:
            joined += piece
        between = time.process_time()
        take = make()
        for piece in pieces:
            take(piece)
        read.append(time.process_time() - between)
        bare.append(between - begin)
    spent = median(read)
    speed, share = len(text) / spent / 1e6, median(bare) / spent
    print(f"{name:<22}{speed:>16.2f}{share:>16.3f}{spent / len(pieces) * 1e6:>12.2f}")


if __name__ == "__main__":
    main()
