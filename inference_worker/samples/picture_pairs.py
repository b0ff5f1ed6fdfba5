"""Conversations about two pictures: both at once, or the second one in a later turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

from inference_worker.samples import questions
from inference_worker.samples.conversations import PictureConversation
from inference_worker.samples.questions import PictureQuestion, ask, casual, join_names
from inference_worker.samples.scenes import DrawnScene
from inference_worker.samples.vocabulary import NUMBERS

ORDINALS: Final = ("first", "second")
_WHICH: Final = (
    "In which picture is the {name}?",
    "Which picture shows the {name}?",
    "Which picture has the {name}?",
)
_AGAIN: Final = ("And in this one?", "And in this picture?", "And here?")


def together(one: DrawnScene, other: DrawnScene, rng: Random) -> list[PictureConversation]:
    """Ask about two pictures that come with one question, in random order."""
    asked = []
    if one.kind == other.kind == "shapes":  # a thing that is in one of the pictures alone
        for ordinal, here, there in ((ORDINALS[0], one, other), (ORDINALS[1], other, one)):
            absent = {part.shape for part in here.parts} - {part.shape for part in there.parts}
            for part, name in questions.named(here, rng):
                if part.shape in absent:
                    prompt = casual(rng.choice(_WHICH).format(name=name), rng)
                    asked.append(PictureQuestion("which picture", prompt, f"In the {ordinal}."))
    asked += _about_one(one, other, rng)
    rng.shuffle(asked)
    return [PictureConversation((question,), (2,)) for question in asked]


def later(one: DrawnScene, other: DrawnScene, rng: Random) -> PictureConversation:
    """Ask about a picture, and then about another that comes with the second question."""
    if one.kind == other.kind and rng.random() < 0.5:
        first, second = _same(one, rng), _same(other, rng)
        second = replace(second, prompt=casual(rng.choice(_AGAIN), rng))
    else:
        first, second = ask(one, rng)[0], ask(other, rng)[0]
    return PictureConversation((first, replace(second, task="new picture")), (1, 1))


def _about_one(one: DrawnScene, other: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    for ordinal, scene in zip(ORDINALS, (one, other), strict=True):
        where = f"the {ordinal} picture"
        if scene.kind == "text":
            prompt, answer = f"What does {where} say?", f'It says "{scene.text}".'
            yield PictureQuestion("two pictures", casual(prompt, rng), answer)
        elif scene.kind == "emoji":
            answer = f"I see {join_names([part.emoji for part in scene.parts])}."
            yield PictureQuestion("two pictures", casual(f"What is in {where}?", rng), answer)
        else:
            noun = rng.choice(("shapes", "objects")) if scene.kind == "shapes" else "bars"
            answer = f"I count {NUMBERS[len(scene.parts)]}."
            prompt = casual(f"How many {noun} are in {where}?", rng)
            yield PictureQuestion("two pictures", prompt, answer)
        if scene.kind == "shapes":
            for part in questions.unique(scene, "shape"):
                prompt = f"What {rng.choice(('color', 'colour'))} is the {part.shape} in {where}?"
                answer = f"It is {part.colour}."
                yield PictureQuestion("two pictures", casual(prompt, rng), answer)


def _same(scene: DrawnScene, rng: Random) -> PictureQuestion:
    """Ask the one thing that every scene of its kind answers in the same words."""
    if scene.kind == "text":
        return PictureQuestion("read", "What does it say?", f'It says "{scene.text}".')
    if scene.kind == "emoji":
        answer = f"I see {join_names([part.emoji for part in scene.parts])}."
        return PictureQuestion("emoji", "What do you see?", answer)
    noun = "shapes" if scene.kind == "shapes" else "bars"
    answer = f"I count {NUMBERS[len(scene.parts)]}."
    return PictureQuestion("count", casual(f"How many {noun} are there?", rng), answer)
