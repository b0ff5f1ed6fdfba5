"""How often the rule sees a model that names itself, and how often it is wrong.

The sentences stand in tests/arena/battles/identity: those that the rule was adjusted by, and those
that were held out. Each is judged in a battle of models whose names it could give away.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from arena.battles.identity_leaks import identity_leaks
from arena.catalog.naming import CardIdentity
from tests.figures import Figure, conclude

SENTENCES = Path(__file__).parents[1] / "arena" / "battles" / "identity"
RECALL, FALSE_SHARE = 0.95, 0.02
HELD_OUT = "held_out_"
QUESTION = "What is this?"
OTHER_ANSWER = "There are two cups on a wooden table, one of them empty."


class Said(NamedTuple):
    """A model's card, and what it says of itself and of its maker."""

    card: CardIdentity
    names: list[str]
    makers: list[str]


CARDS = tomllib.loads((SENTENCES / "cards.toml").read_text("utf-8"))
MODELS = [
    Said(
        CardIdentity(row["name"], row["slug"], row["organization"], row["source"]),
        row["calls_itself"],
        row["calls_its_maker"],
    )
    for row in CARDS["model"]
]


def self_namings(prefix: str = "") -> Iterator[tuple[str, str, bool]]:
    """Language, sentence, and whether the rule sees it; each sentence with two of the models."""
    for number, (language, sentence) in enumerate(_lines(f"{prefix}self_namings")):
        models = (MODELS[0],) if language == "hidden" else _two(number)
        for model in models:
            name = model.names[number % len(model.names)]
            maker = model.makers[number % len(model.makers)]
            text = sentence.replace("{m}", name).replace("{o}", maker)
            yield language, text, _seen(text, model.card, number)


def neutral(prefix: str = "") -> Iterator[tuple[str, str, bool]]:
    """Subject, sentence, and whether the rule takes it for a self-naming."""
    for number, (subject, sentence) in enumerate(_lines(f"{prefix}neutral")):
        for word, card in _everyday(subject) or _words(number, subject):
            text = sentence.replace("{x}", word).replace("{o}", word)
            question, _, answer = text.rpartition(" || ")
            yield subject, text, _seen(answer, card, number, question or QUESTION)


def _everyday(subject: str) -> list[tuple[str, CardIdentity]]:
    rows = [row for row in CARDS["everyday"] if row["subject"] == subject]
    return [(row["word"], CardIdentity(row["name"], "", row["organization"])) for row in rows]


def _words(number: int, subject: str) -> list[tuple[str, CardIdentity]]:
    """Eight models each, by a name or by their maker's."""
    chosen = [MODELS[(number * 3 + step) % len(MODELS)] for step in range(8)]
    if subject == "maker":
        return [(model.makers[0], model.card) for model in chosen]
    return [((model.names + model.makers)[number % 2], model.card) for model in chosen]


def _two(number: int) -> tuple[Said, Said]:
    return MODELS[number % len(MODELS)], MODELS[(number + 7) % len(MODELS)]


def _seen(text: str, card: CardIdentity, number: int, question: str = QUESTION) -> bool:
    opponent = MODELS[(number + 4) % len(MODELS)].card
    return identity_leaks([text, OTHER_ANSWER], [card, opponent], known=question)[0]


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (SENTENCES / f"{name}.txt").read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            kind, _, sentence = line.partition("\t")
            yield kind, sentence.replace("\\n", "\n")


def _figures(prefix: str, wrong: bool) -> list[Figure]:
    """Both figures of a set; with ``wrong``, each sentence judged wrongly is printed."""
    named, others = list(self_namings(prefix)), list(neutral(prefix))
    missed = [row for row in named if not row[2]]
    false = [row for row in others if row[2]]
    recall, share = 1 - len(missed) / len(named), len(false) / len(others)
    if wrong:
        print(*(f"missed  {kind}  {text}" for kind, text, _ in missed), sep="\n")
        print(*(f"false  {kind}  {text}" for kind, text, _ in false), sep="\n")
    seen, taken = f"{recall:.1%} of {len(named)}", f"{share:.1%} of {len(others)}"
    which = "held out: " if prefix else ""
    return [
        Figure(f"{which}self-namings seen", seen, "95%", recall >= RECALL),
        Figure(f"{which}other sentences taken for one", taken, "2%", share <= FALSE_SHARE),
    ]


def main() -> int:
    """Print the figures; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print each sentence judged wrongly")
    arguments = parser.parse_args()
    figures = [
        *_figures("", arguments.wrong),
        *_figures(HELD_OUT, arguments.wrong),
    ]
    return conclude("What models say of themselves", figures)


if __name__ == "__main__":
    sys.exit(main())
