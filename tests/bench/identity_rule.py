"""How often the rule sees a model that names itself, and how often it is wrong.

The sentences stand in tests/arena/identity/sentences: those that the rule was adjusted by, with the
first five sets of ``strangers``, which were judged once (docs/what-it-shows.md) and read after
that; some that were ``held_out``; and those of ``sixth_strangers``, which were not read, and no
weight is fitted by them. Each sentence is judged in a battle of models whose names it could give
away.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from arena.catalog.naming import CardIdentity
from arena.identity.leaks import identity_leaks
from tests.figures import Figure, conclude

SENTENCES = Path(__file__).parents[1] / "arena" / "identity" / "sentences"
RECALL, FALSE_SHARE = 0.95, 0.02
HELD_OUT, BLIND, FITTED = "held_out_", "blind_", "fitted_"
SPENT_STRANGERS = ("second_strangers", "third_strangers", "fourth_strangers", "fifth_strangers")
"""Tables with both models of each battle that the rule was adjusted by after it had been judged."""
LAST_STRANGERS = "sixth_strangers"
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


class Case(NamedTuple):
    """A sentence in a battle of two models: its kind, itself before and after names were put in."""

    kind: str
    sentence: str
    text: str
    cards: tuple[CardIdentity, CardIdentity]
    question: str = QUESTION


def self_namings(prefix: str = "") -> Iterator[Case]:
    """Yield each sentence of a set in which a model names itself, with two models."""
    for number, (language, sentence) in enumerate(_lines(f"{prefix}self_namings")):
        models = (MODELS[0],) if language == "hidden" else _two(number)
        for model in models:
            name = model.names[number % len(model.names)]
            maker = model.makers[number % len(model.makers)]
            text = sentence.replace("{m}", name).replace("{o}", maker)
            yield Case(language, sentence, text, (model.card, _opponent(number)))


def neutral(prefix: str = "") -> Iterator[Case]:
    """Yield each sentence of a set in which nobody speaks of itself, with several models."""
    for number, (subject, sentence) in enumerate(_lines(f"{prefix}neutral")):
        for word, card in _everyday(subject) or _words(number, subject):
            text = sentence.replace("{x}", word).replace("{o}", word)
            question, _, answer = text.rpartition(" || ")
            cards = card, _opponent(number)
            yield Case(subject, sentence, answer, cards, question or QUESTION)


def by_strangers(*, naming: bool) -> Iterator[Case]:
    """Yield what authors wrote who had not seen the rule, in which a model names itself or not."""
    opponent = CardIdentity("Puffin 2", "puffin-2", "North Labs")
    for language, name, family, maker, question, text in _rows("strangers", naming=naming):
        card = CardIdentity(name, family.lower().replace(" ", "-"), maker)
        yield Case(language, text, text, (card, opponent), question)


def by_pairs(table: str, *, naming: bool) -> Iterator[Case]:
    """Yield a table's sentences in which a model names itself or not, with both models."""
    for _, kind, one, other, text in _rows(table, naming=naming):
        yield Case(kind, text, text, (_card(one), _card(other)))


def _card(words: str) -> CardIdentity:
    """Return the card of a model that is written as "name by maker"."""
    name, _, maker = words.partition(" by ")
    return CardIdentity(name, "", maker)


def _rows(name: str, *, naming: bool) -> Iterator[list[str]]:
    """Yield the further columns of a table whose first one says what the sentence is."""
    for line in (SENTENCES / f"{name}.tsv").read_text("utf-8").split("\n"):
        if line.startswith("self\t" if naming else "other\t"):
            yield [_unescaped(column) for column in line.split("\t")[1:]]


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n")


def is_seen(case: Case) -> bool:
    """Return whether the rule takes the sentence for a self-naming."""
    return identity_leaks([case.text, OTHER_ANSWER], case.cards, known=case.question)[0]


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


def _opponent(number: int) -> CardIdentity:
    return MODELS[(number + 4) % len(MODELS)].card


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (SENTENCES / f"{name}.txt").read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            kind, _, sentence = line.partition("\t")
            yield kind, sentence.replace("\\n", "\n")


def _figures(
    named: Iterator[Case], others: Iterator[Case], *, which: str = "", wrong: bool = False
) -> list[Figure]:
    """Return both figures of a set; with ``wrong``, print each sentence that is judged wrongly.

    A set that is read to mend the rule measures nothing any more: ``main`` shows no held-out one.
    """
    seen = [(case, is_seen(case)) for case in named]
    taken = [(case, is_seen(case)) for case in others]
    recall = sum(found for _, found in seen) / len(seen)
    share = sum(found for _, found in taken) / len(taken)
    if wrong:
        print(*(f"missed  {case.kind}  {case.text}" for case, found in seen if not found), sep="\n")
        print(*(f"false  {case.kind}  {case.text}" for case, found in taken if found), sep="\n")
    first, second = f"{recall:.1%} of {len(seen)}", f"{share:.1%} of {len(taken)}"
    return [
        Figure(f"{which}self-namings seen", first, "95%", recall >= RECALL),
        Figure(f"{which}other sentences taken for one", second, "2%", share <= FALSE_SHARE),
    ]


def main() -> int:
    """Print the figures; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--wrong",
        action="store_true",
        help="print each sentence of the first and the last set that is judged wrongly",
    )
    arguments = parser.parse_args()
    named, others = (by_pairs(LAST_STRANGERS, naming=naming) for naming in (True, False))
    figures = [
        *_figures(self_namings(), neutral(), wrong=arguments.wrong),
        *_figures(self_namings(HELD_OUT), neutral(HELD_OUT), which="held out: "),
        *_figures(named, others, which="by the last strangers: ", wrong=arguments.wrong),
    ]
    return conclude("What models say of themselves", figures)


if __name__ == "__main__":
    sys.exit(main())
