"""The part of a card about conversations and places; it can be renewed while the weights stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inference_worker.training.checkpoints import CATALOGUE_ENTRY
from inference_worker.training.locations import FORMAT
from inference_worker.training.marking import Marks, mean
from inference_worker.training.place_exam import PlaceMarks
from inference_worker.training.tables import table

CARD: Final = "README.md"
_HEADING: Final = "## Conversations and places"
_NEXT: Final = "## Training"
LEAST: Final = 80.0  # percent of right last turns from which a model holds a conversation


@dataclass(frozen=True, slots=True)
class TalkResults:
    """Marks on held-out conversations, on the same with other pictures, and by task of the places
    that the model points at; none for a model that does not point."""

    conversations: Marks
    other_pictures: Marks
    places: dict[str, PlaceMarks] = field(default_factory=dict)


def renew(folder: Path, talks: TalkResults) -> None:
    """Write what was measured into the folder's card and catalogue entry."""
    entry: dict[str, Any] = json.loads((folder / CATALOGUE_ENTRY).read_text(encoding="utf-8"))
    told = entry["limits"].partition(" In a conversation")[0]
    right = {task: marks.percent for task, marks in talks.conversations.items()}
    follow = min(right["second turn"], right["third turn"])
    words = (
        f" In a conversation it answers {right['second turn']:.0f} % of second questions and"
        f" {right['third turn']:.0f} % of third ones rightly; of questions about one of two"
        f" pictures {right['two pictures']:.0f} %."
    )
    if follow < LEAST:
        words += " It was not trained to keep up a conversation."
    if not talks.places:
        limits = f"{told}{words} It does not point at things."
    else:
        overlap = talks.places["where"].median
        limits = (
            f"{told}{words} It marks where a shape is with a box that overlaps it by {overlap:.2f}."
        )
    before, after = entry["limits"], limits
    entry |= {
        "limits": after,
        "conversations": {
            task: round(marks.percent, 1) for task, marks in talks.conversations.items()
        },
        "places": {task: round(marks.median, 2) for task, marks in talks.places.items()},
        "grounding": FORMAT if talks.places else "",
    }
    text = json.dumps(entry, indent=2)
    (folder / CATALOGUE_ENTRY).write_text(f"{text}\n", encoding="utf-8")
    card = (folder / CARD).read_text(encoding="utf-8").replace(before, after)
    head, _, tail = card.partition(_NEXT)
    head = head.partition(_HEADING)[0]
    (folder / CARD).write_text(f"{head}{_section(talks)}{_NEXT}{tail}", encoding="utf-8")


def _section(talks: TalkResults) -> str:
    return _TALKS.format(
        heading=_HEADING,
        table=table({"accuracy": talks.conversations, "other pictures": talks.other_pictures}),
        mean=mean(talks.conversations),
        places=_PLACES.format(format=FORMAT, table=place_table(talks.places))
        if talks.places
        else _NO_PLACES,
    )


def place_table(places: Mapping[str, PlaceMarks]) -> str:
    """Return a Markdown table with a row for each task."""
    rows = [
        f"| {task} | {len(marks.overlaps)} | {marks.median:.2f} | {marks.met:.0f} % |"
        for task, marks in places.items()
    ]
    return "\n".join([_PLACE_HEAD, *rows])


_PLACE_HEAD: Final = """\
| task | n | median overlap | overlap of at least 0.5 |
| --- | ---: | ---: | ---: |"""
_NO_PLACES: Final = "This model does not point at things: its answers have no boxes."
_PLACES: Final = """\
Asked where a shape is, or to point at one, it marks the place in the format `{format}`: four
location tokens, x y x y in 1000 parts, of which it uses every tenth. The box is compared with the
smallest box around the shape (intersection over union):

{table}"""
_TALKS: Final = """\
{heading}

Percent of held-out conversations whose last answer is right, word for word; the earlier answers
are given. `second turn` and `third turn` need the questions before ("And what colour is it?").
`which picture` and `two pictures` come with two pictures at once; in `new picture` the second one
comes with the second question. `other pictures` asks the same about other pictures. Mean
{mean:.1f}.

{table}

{places}

"""
