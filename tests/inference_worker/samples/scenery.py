"""Scenes laid out by hand, whose answers a reader can check."""

from __future__ import annotations

from random import Random

from inference_worker.samples.questions import ask
from inference_worker.samples.scenes import DrawnScene, PixelBox, ScenePart

PAPER = (255, 255, 255)


def thing(colour: str, shape: str, left: float, top: float) -> ScenePart:
    return ScenePart(PixelBox(left, top, left + 20, top + 20), (1, 2, 3), colour, shape)


def row() -> DrawnScene:
    """A red circle at the top left, a blue star in the center, a red cross at the bottom right."""
    parts = (
        thing("red", "circle", 4, 4),
        thing("blue", "star", 38, 38),
        thing("red", "cross", 72, 72),
    )
    return DrawnScene("shapes", PAPER, parts)


def sign(text: str = "K7Q") -> DrawnScene:
    """Characters of 20 x 30 units, in green, starting at (8, 30)."""
    boxes = [PixelBox(8 + 20 * place, 30, 28 + 20 * place, 60) for place in range(len(text))]
    parts = [
        ScenePart(box, (0, 128, 0), "green", char=char)
        for char, box in zip(text, boxes, strict=True)
    ]
    return DrawnScene("text", PAPER, tuple(parts), text, font_size=30)


def chart() -> DrawnScene:
    """Bars of 40, 70 and 20 units: red, blue, gray."""
    sizes = (("red", 40), ("blue", 70), ("gray", 20))
    parts = [
        ScenePart(PixelBox(10 + 25 * place, 90 - height, 30 + 25 * place, 90), (9, 9, 9), colour)
        for place, (colour, height) in enumerate(sizes)
    ]
    return DrawnScene("bars", PAPER, tuple(parts))


def pair() -> DrawnScene:
    """A taco left, a fox right."""
    taco, fox = PixelBox(4, 30, 40, 66), PixelBox(54, 30, 90, 66)
    return DrawnScene(
        "emoji", PAPER, (ScenePart(taco, emoji="a taco"), ScenePart(fox, emoji="a fox"))
    )


def answers(scene: DrawnScene, task: str, *names: str) -> set[str]:
    """What is answered over many draws to questions of the task that hold all the names."""
    asked = [question for seed in range(300) for question in ask(scene, Random(seed))]
    return {
        question.answer
        for question in asked
        if question.task == task and all(name in question.prompt.lower() for name in names)
    }
