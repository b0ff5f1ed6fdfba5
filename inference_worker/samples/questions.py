"""Questions that a scene answers, several wordings each, with the one right answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from inference_worker.samples.drawing import extent
from inference_worker.samples.scenes import DrawnScene, Kind, PixelBox, ScenePart
from inference_worker.samples.vocabulary import COLOURS, HELD_OUT_PAIRS, NUMBERS, SHAPES

TASKS: Final = (
    "count",
    "colour of shape",
    "shape of colour",
    "exists",
    "where",
    "relation",
    "describe shapes",
    "read 1 to 3",
    "read 4 to 6",
    "text colour",
    "describe text",
    "bar extremes",
    "number of bars",
    "emoji",
    "emoji side",
)
_KEEP_ONE: Final = 0.35  # else "one" would be right so often that counting hardly pays
APART: Final = 12.0  # least offset, in scene units, for "left of" and "above" to be plain
_NOUNS: Final = ("shapes", "shapes", "objects", "things")
_DESCRIBE: Final = (
    "What do you see?",
    "Describe the picture.",
    "What is in the picture?",
    "What is this?",
    "Describe this image.",
)


@dataclass(frozen=True, slots=True)
class PictureQuestion:
    """A question and its one right answer, in the words that a reader sees."""

    task: str
    prompt: str
    answer: str
    boxes: tuple[PixelBox, ...] = ()
    """The places that a model which can point marks in this answer."""


def ask(scene: DrawnScene, rng: Random) -> list[PictureQuestion]:
    """Return all questions that the scene can answer, in random wording and order."""
    questions = list(_BY_KIND[scene.kind](scene, rng))
    rng.shuffle(questions)
    return questions


def casual(prompt: str, rng: Random) -> str:
    """Return the prompt as people type: now and then without the capital or question mark."""
    if rng.random() < 0.12:
        prompt = prompt[0].lower() + prompt[1:]
    return prompt.rstrip("?.") if rng.random() < 0.12 else prompt


def _say(rng: Random, wordings: tuple[str, ...], **names: str) -> str:
    return casual(rng.choice(wordings).format(**names), rng)


def _colour_word(rng: Random) -> str:
    return "color" if rng.random() < 0.6 else "colour"


def _shapes(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    noun = rng.choice(_NOUNS)
    counts = {noun: len(scene.parts)}
    for part in scene.parts:
        for key in (plural(part.shape), f"{part.colour} {noun}"):
            counts[key] = counts.get(key, 0) + 1
    if rng.random() < 0.3:
        counts.setdefault(plural(rng.choice(SHAPES)), 0)
    for what, number in counts.items():
        if number == 1 and rng.random() > _KEEP_ONE:
            continue
        yield PictureQuestion("count", _say(rng, _COUNT, what=what), f"I count {NUMBERS[number]}.")
    for part in unique(scene, "shape"):
        word = _colour_word(rng)
        prompt = _say(rng, _COLOUR, shape=part.shape, word=word, Word=word.capitalize())
        yield PictureQuestion("colour of shape", prompt, f"It is {part.colour}.")
    for part in unique(scene, "colour"):
        noun = rng.choice(_NOUNS).removesuffix("s")
        prompt = _say(rng, _SHAPE, colour=part.colour, noun=noun)
        yield PictureQuestion("shape of colour", prompt, f"It is a {part.shape}.")
    yield from _existence(scene, rng)
    yield from _positions(scene, rng)
    yield from _relations(scene, rng)
    listed = join_names([_indefinite(part.name) for part in scene.parts])
    yield PictureQuestion("describe shapes", _say(rng, _DESCRIBE), f"I see {listed}.")


def _indefinite(name: str) -> str:
    return f"an {name}" if name.startswith("orange") else f"a {name}"


def join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_COUNT: Final = (
    "How many {what} are there?",
    "How many {what} are there?",
    "Count the {what}.",
    "How many {what} do you see?",
)


def plural(shape: str) -> str:
    return "crosses" if shape == "cross" else f"{shape}s"


_COLOUR: Final = (
    "What {word} is the {shape}?",
    "Which {word} is the {shape}?",
    "{Word} of the {shape}?",
)
_SHAPE: Final = (
    "What shape is {colour}?",
    "What is the {colour} {noun}?",
    "Which shape is {colour}?",
    "What shape is the {colour} {noun}?",
)


def unique(scene: DrawnScene, attribute: str) -> list[ScenePart]:
    seen = Counter(getattr(part, attribute) for part in scene.parts)
    return [part for part in scene.parts if seen[getattr(part, attribute)] == 1]


_EXISTS: Final = ("Is there {name}?", "Do you see {name}?", "Is {name} in the picture?")


def _existence(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    present = {part.name for part in scene.parts}
    part = rng.choice(scene.parts)
    yield PictureQuestion("exists", _say(rng, _EXISTS, name=_indefinite(part.name)), "Yes.")
    near = [f"{part.colour} {rng.choice(SHAPES)}", f"{rng.choice(list(COLOURS))} {part.shape}"]
    absent = [
        name for name in near if name not in present and tuple(name.split()) not in HELD_OUT_PAIRS
    ]
    if absent:
        name = _indefinite(rng.choice(absent))
        yield PictureQuestion("exists", _say(rng, _EXISTS, name=name), "No.")


_WHERE: Final = (
    "Where is the {name}?",
    "In which part of the picture is the {name}?",
    "Where do you see the {name}?",
)


def _positions(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    for part, name in named(scene, rng):
        answer = place_of(part)
        prompt = _say(rng, _WHERE, name=name)
        yield PictureQuestion("where", prompt, answer, (extent(part),))


def place_of(part: ScenePart) -> str:
    """Return the answer to where a part is."""
    place = " ".join(part.region)
    return "In the center." if place == "middle center" else f"At the {place}."


def named(scene: DrawnScene, rng: Random) -> list[tuple[ScenePart, str]]:
    """Parts that one name points out, by shape alone or by colour and shape."""
    by_shape, seen = unique(scene, "shape"), Counter(part.name for part in scene.parts)
    alone = [part for part in scene.parts if seen[part.name] == 1]
    return [
        (part, part.shape if part in by_shape and rng.random() < 0.4 else part.name)
        for part in alone
    ]


_RELATION: Final = (
    "Is the {one} {relation} the {other}?",
    "Is the {one} {relation} the {other}?",
    "Is the {one} {relation} the {other}, yes or no?",
)


def _relations(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    parts = named(scene, rng)
    if len(parts) < 2:
        return
    for _ in range(4):
        (one, one_name), (other, other_name) = rng.sample(parts, 2)
        (x, y), (u, v) = one.box.centre, other.box.centre
        offsets = {"left of": u - x, "right of": x - u, "above": v - y, "below": y - v}
        word = rng.choice(list(offsets))
        wide = word in ("left of", "right of") and rng.random() < 0.5
        relation, offset = (f"to the {word}" if wide else word, offsets[word])
        if abs(offset) >= APART:
            prompt = _say(rng, _RELATION, one=one_name, other=other_name, relation=relation)
            boxes = (extent(one), extent(other))
            answer = "Yes." if offset > 0 else "No."
            yield PictureQuestion("relation", prompt, answer, boxes)


_READ: Final = (
    "What does it say?",
    "Read the text.",
    "What is written here?",
    "What does the text say?",
)
_TEXT_COLOUR: Final = ("What {word} is the text?", "Which {word} is the text?")


def _text(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    task = "read 1 to 3" if len(scene.text) <= 3 else "read 4 to 6"
    colour = scene.parts[0].colour
    yield PictureQuestion(task, _say(rng, _READ), f'It says "{scene.text}".')
    prompt = _say(rng, _TEXT_COLOUR, word=_colour_word(rng))
    yield PictureQuestion("text colour", prompt, f"It is {colour}.")
    answer = f'I see the text "{scene.text}" in {colour}.'
    yield PictureQuestion("describe text", _say(rng, _DESCRIBE), answer)


_EXTREME: Final = (
    "Which bar is the {what}?",
    "What {word} is the {what} bar?",
    "Which bar is {what}?",
)
_BARS: Final = ("How many bars are there?", "Count the bars.", "How many bars do you see?")


def _bars(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    tallest = max(scene.parts, key=lambda part: part.height).colour
    shortest = min(scene.parts, key=lambda part: part.height).colour
    for what, colour in (("tallest", tallest), ("shortest", shortest)):
        prompt = _say(rng, _EXTREME, what=what, word=_colour_word(rng))
        yield PictureQuestion("bar extremes", prompt, f"The {colour} one.")
    number = NUMBERS[len(scene.parts)]
    yield PictureQuestion("number of bars", _say(rng, _BARS), f"I count {number}.")
    answer = f"I see a bar chart with {number} bars. The {tallest} one is the tallest."
    yield PictureQuestion("bar extremes", _say(rng, _DESCRIBE), answer)


_EMOJI: Final = (*_DESCRIBE, "Which emoji is this?", "Name the emoji.")
_SIDE: Final = ("What is on the {side}?", "Which emoji is on the {side}?")


def _emoji(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    nouns = [part.emoji for part in scene.parts]
    if len(nouns) == 1:
        for _ in range(2):
            yield PictureQuestion("emoji", _say(rng, _EMOJI), f"I see {nouns[0]}.")
        return
    yield PictureQuestion("emoji side", _say(rng, _DESCRIBE), f"I see {join_names(nouns)}.")
    for side, noun in zip(("left", "right"), nouns, strict=True):
        yield PictureQuestion("emoji side", _say(rng, _SIDE, side=side), f"I see {noun}.")


_BY_KIND: Final[dict[Kind, Callable[[DrawnScene, Random], Iterator[PictureQuestion]]]] = {
    "shapes": _shapes,
    "text": _text,
    "bars": _bars,
    "emoji": _emoji,
}
