"""Answers that a model might write on a bad day, made from good ones by a seed."""

from __future__ import annotations

from random import Random

from inference_worker import grounding
from inference_worker.grounding.reading import PictureSize

SIZES = (PictureSize(1000, 500), PictureSize(30, 2000), PictureSize(1, 1))
FRAGMENTS = (
    "```", "```json\n", "\n```\n", "\n", " ", "<", ">", "[", "]", "[[", "]]", "{", "}", '"', "\\",
    "\\u12", ",", ";", ":", "-", "NaN", "Infinity", "null", "1e999", "-1", "0", "1000", "1001",
    "99999999999999999999", "0.5", "[[9,9,1,1]]", "<script>", "</", "<|", "|>", "é", "😀", "\ud83d",
    "\0", "\u2028", "<box>", "</box>", "<ref>", "<loc_1>", "<loc0001>", '<point x="1" y="2">',
    "<points", "<|begin_of_box|>", '{"bbox_2d": [1, 2', '{"box_2d"', '{"label": "x"}', "[1](2)",
)  # fmt: skip


def sources():
    """Return format and answer of all examples."""
    return [
        (name, example.answer)
        for name in grounding.available()
        for example in grounding.load(name).EXAMPLES
    ]


def mutated(answer: str, others: list[str], chance: Random) -> str:
    """Return ``answer`` with one to six changes."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(answer)) for _ in range(2))
        match chance.randrange(8):
            case 0:
                answer = answer[:at] + answer[to:]
            case 1:
                answer = answer[:to] + answer[at:]
            case 2:
                answer = answer[:at]
            case 3:
                other = chance.choice(others)
                answer = answer[:at] + other[chance.randrange(len(other)) :] + answer[to:]
            case 4:
                answer = f"```{chance.choice(['', 'json', 'html'])}\n{answer}\n```\n{answer}"
            case _:
                answer = answer[:at] + chance.choice(FRAGMENTS) + answer[at:]
    return answer


def cut_up(answer: str, chance: Random) -> list[str]:
    """Return ``answer`` in pieces of one to seven characters."""
    pieces, at = [], 0
    while at < len(answer):
        size = chance.randint(1, 7)
        pieces.append(answer[at : at + size])
        at += size
    return pieces
