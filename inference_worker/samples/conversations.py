"""Conversations about one picture and about two: later questions that need the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal

from inference_worker.samples import questions
from inference_worker.samples.drawing import extent
from inference_worker.samples.questions import PictureQuestion, casual, join_names, plural
from inference_worker.samples.scenes import DrawnScene, ScenePart
from inference_worker.samples.vocabulary import NUMBERS, SHAPES

TALK_TASKS: Final = ("second turn", "third turn", "which picture", "two pictures", "new picture")
"""What the exam of conversations asks; the last turn alone is marked."""
POINTING: Final = "point"
_POINT: Final = (
    "Point at the {name}.",
    "Point to the {name}.",
    "Show me the {name}.",
    "Find the {name}.",
)
_THERE: Final = ("Is there {name}?", "Do you see {name}?")
_IT_COLOUR: Final = ("And what {word} is it?", "What {word} is it?", "Which {word} is it?")
_IT_WHERE: Final = ("Where is it?", "And where is it?", "Where do you see it?")
_IT_POINT: Final = ("Point at it.", "Show me.", "Point to it.")
_SWITCH: Final = ("And the {name}?", "What about the {name}?", "and the {name}?")

_Fact = Literal["colour", "shape", "where", "point", "relation", "exists"]
_OPEN: Final[tuple[_Fact, ...]] = ("colour", "where", "point", "relation")
_FIRST: Final[tuple[_Fact, ...]] = ("colour", "where", "point", "exists")


@dataclass(frozen=True, slots=True)
class PictureConversation:
    """Questions in turn; `pictures` says how many new pictures come with each of them."""

    turns: tuple[PictureQuestion, ...]
    pictures: tuple[int, ...] = (1,)

    @property
    def task(self) -> str:
        """Return what the last turn asks for."""
        return self.turns[-1].task


def single(question: PictureQuestion) -> PictureConversation:
    """Return a conversation of one question."""
    return PictureConversation((question,))


def point(scene: DrawnScene, rng: Random) -> list[PictureQuestion]:
    """Ask to point at each thing that a name points out."""
    if scene.kind != "shapes":
        return []
    return [_pointing(part, name, rng) for part, name in questions.named(scene, rng)]


def talk(scene: DrawnScene, rng: Random, turns: int) -> PictureConversation | None:
    """Return a conversation of so many turns; None where the scene gives none of that length."""
    following = {"shapes": _shapes, "text": _text, "bars": _bars, "emoji": _emoji}[scene.kind]
    chosen: list[PictureQuestion] = []
    for question in following(scene, rng):
        chosen.append(question)
        if len(chosen) == turns:
            last = replace(question, task=TALK_TASKS[min(turns, 3) - 2])
            return PictureConversation((*chosen[:-1], last))
    return None


def _pointing(part: ScenePart, name: str, rng: Random) -> PictureQuestion:
    prompt = casual(rng.choice(_POINT).format(name=name), rng)
    return PictureQuestion(POINTING, prompt, f"The {name}.", (extent(part),))


def _shapes(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    if rng.random() < 0.15:
        noun = rng.choice(("shapes", "objects", "things"))
        number = NUMBERS[len(scene.parts)]
        yield PictureQuestion("count", f"How many {noun} are there?", f"I count {number}.")
        names = [plural(part.shape) for part in scene.parts], [part.colour for part in scene.parts]
        for _ in range(2):
            group = rng.choice(names)
            what = rng.choice(group)
            prompt = casual(f"How many of them are {what}?", rng)
            yield PictureQuestion("count", prompt, f"I count {NUMBERS[group.count(what)]}.")
        return
    by_shape = questions.unique(scene, "shape")
    by_colour = questions.unique(scene, "colour")
    if not by_shape and not by_colour:
        return
    thing = _SpokenOf(scene, by_shape, rng)
    yield thing.first(by_colour)
    while True:
        question = thing.next()
        if question is None:
            return
        yield question


class _SpokenOf:
    """The thing that "it" stands for, what has been told of it, and what was asked last."""

    def __init__(self, scene: DrawnScene, by_shape: list[ScenePart], rng: Random) -> None:
        self._scene, self._by_shape, self._rng = scene, by_shape, rng
        self._part = rng.choice(by_shape or scene.parts)
        self._told: set[_Fact] = set()
        self._last: _Fact = "shape"
        self._lost = False
        """What was asked for last is not in the picture: "it" would stand for nothing."""

    def first(self, by_colour: list[ScenePart]) -> PictureQuestion:
        """Return the question that says which thing is meant."""
        if by_colour and (not self._by_shape or self._rng.random() < 0.3):
            self._part = self._rng.choice(by_colour)
            self._told = {"colour", "shape"}
            self._last = "shape"
            noun = self._rng.choice(("shape", "object", "thing"))
            prompt = f"What is the {self._part.colour} {noun}?"
            return self._said("shape of colour", prompt, f"It is a {self._part.shape}.")
        self._told = {"shape"}
        return self._ask(self._rng.choice(_FIRST), self._part.shape)

    def next(self) -> PictureQuestion | None:
        """Return a question about the same thing, or the same question about another."""
        others = [part for part in self._by_shape if part is not self._part]
        if self._lost:
            return None
        if others and self._last in ("colour", "where", "exists") and self._rng.random() < 0.35:
            return self._switch(others)
        open_facts = [fact for fact in _OPEN if fact not in self._told]
        while open_facts:
            fact = self._rng.choice(open_facts)
            question = self._relation(others) if fact == "relation" else self._ask(fact, "")
            if question is not None:
                return question
            open_facts.remove(fact)
        return self._switch(others) if others and self._last in ("colour", "where") else None

    def _switch(self, others: list[ScenePart]) -> PictureQuestion:
        prompt = self._rng.choice(_SWITCH)
        absent = [
            shape for shape in SHAPES if not any(part.shape == shape for part in self._scene.parts)
        ]
        if self._last == "exists" and absent and self._rng.random() < 0.6:
            self._lost = True
            return self._said("exists", f"And {_a(self._rng.choice(absent))}?", "No.")
        self._part = self._rng.choice(others)
        self._told = {"shape"}
        if self._last == "exists":
            return self._said("exists", f"And {_a(self._part.shape)}?", "Yes.")
        question = self._ask(self._last, self._part.shape)
        return replace(question, prompt=prompt.format(name=self._part.shape))

    def _ask(self, fact: _Fact, name: str) -> PictureQuestion:
        """Ask for a fact, of "it" where there is no name."""
        part, rng = self._part, self._rng
        self._told.add(fact)
        self._last = fact
        if fact == "exists":
            prompt = rng.choice(_THERE).format(name=_a(name))
            return self._said("exists", prompt, "Yes.")
        if fact == "colour":
            word = rng.choice(("color", "colour"))
            prompt = f"What {word} is the {name}?" if name else rng.choice(_IT_COLOUR)
            return self._said("colour of shape", prompt.format(word=word), f"It is {part.colour}.")
        if fact == "where":
            prompt = f"Where is the {name}?" if name else rng.choice(_IT_WHERE)
            answer = questions.place_of(part)
            return replace(self._said("where", prompt, answer), boxes=(extent(part),))
        if name:
            return _pointing(part, name, rng)
        said = self._said(POINTING, rng.choice(_IT_POINT), f"The {part.shape}.")
        return replace(said, boxes=(extent(part),))

    def _relation(self, others: list[ScenePart]) -> PictureQuestion | None:
        part, rng = self._part, self._rng
        if not others:
            return None
        other = rng.choice(others)
        (x, y), (u, v) = part.box.centre, other.box.centre
        offsets = {"left of": u - x, "right of": x - u, "above": v - y, "below": y - v}
        word = rng.choice(list(offsets))
        if abs(offsets[word]) < questions.APART:
            return None
        self._told.add("relation")
        self._last = "relation"
        answer = "Yes." if offsets[word] > 0 else "No."
        said = self._said("relation", f"Is it {word} the {other.shape}?", answer)
        return replace(said, boxes=(extent(part), extent(other)))

    def _said(self, task: str, prompt: str, answer: str) -> PictureQuestion:
        return PictureQuestion(task, casual(prompt, self._rng), answer)


def _a(name: str) -> str:
    return f"a {name}"


def _text(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    word = rng.choice(("color", "colour"))
    says, colour = f'It says "{scene.text}".', f"It is {scene.parts[0].colour}."
    if rng.random() < 0.5:
        yield PictureQuestion("read", rng.choice(("What does it say?", "Read the text.")), says)
        prompt = rng.choice((*_IT_COLOUR, "And its {word}?")).format(word=word)
        yield PictureQuestion("text colour", casual(prompt, rng), colour)
    else:
        yield PictureQuestion("text colour", f"What {word} is the text?", colour)
        prompt = rng.choice(("And what does it say?", "What does it say?", "Read it."))
        yield PictureQuestion("read", casual(prompt, rng), says)


def _bars(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    ordered = sorted(scene.parts, key=lambda part: part.height)
    ends = {"tallest": ordered[-1].colour, "shortest": ordered[0].colour}
    names = list(ends)
    rng.shuffle(names)
    number = PictureQuestion(
        "number of bars", "How many bars are there?", f"I count {NUMBERS[len(ordered)]}."
    )
    counted_first = rng.random() < 0.4
    if counted_first:
        yield number
    prompt = f"Which one is the {names[0]}?" if counted_first else f"Which bar is the {names[0]}?"
    yield PictureQuestion("bar extremes", prompt, f"The {ends[names[0]]} one.")
    prompt = casual(rng.choice(_SWITCH).format(name=names[1]), rng)
    yield PictureQuestion("bar extremes", prompt, f"The {ends[names[1]]} one.")
    if not counted_first:
        yield replace(number, prompt="And how many bars are there?")


def _emoji(scene: DrawnScene, rng: Random) -> Iterator[PictureQuestion]:
    nouns = [part.emoji for part in scene.parts]
    if len(nouns) == 1:
        return
    sides = [("left", nouns[0]), ("right", nouns[1])]
    rng.shuffle(sides)
    (first, noun), (second, other) = sides
    if rng.random() < 0.4:
        both = f"I see {join_names(nouns)}."
        yield PictureQuestion("emoji side", "What do you see?", both)
        yield PictureQuestion("emoji side", f"Which one is on the {first}?", f"I see {noun}.")
    else:
        yield PictureQuestion("emoji side", f"What is on the {first}?", f"I see {noun}.")
    prompt = casual(rng.choice(("And on the {side}?", "What about the {side}?")), rng)
    yield PictureQuestion("emoji side", prompt.format(side=second), f"I see {other}.")
