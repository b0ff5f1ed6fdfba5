"""Columns of a vote file: which are read, under which titles, and which known ones are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arena.rating.features import StyleFeature
from arena.rating.vote_tables import UnusableFile, titled

REQUIRED = ("model_a", "model_b", "winner")
OPTIONAL = ("voter", "category", "tstamp")
# Measured on both answers: a file that has `bold_a` and `bold_b` has the feature `bold`.
STYLES = tuple(f"{feature}_{side}" for feature in StyleFeature for side in "ab")
OTHER_TITLES = {
    "model_a": ("left", "model_1", "model_a_name"),
    "model_b": ("right", "model_2", "model_b_name"),
    "winner": ("chosen_model_name",),
    "tstamp": ("timestamp",),
}
"""Titles of public vote files that stand for one of ours where ours is not there."""
ONE_HOT = {
    "winner_model_a": "model_a",
    "winner_model_b": "model_b",
    "winner_tie": "tie",
    "winner_both_bad": "both_bad",
    "winner_tie_(bothbad)": "both_bad",
}
"""A column for each outcome, 1 in one of them, in place of `winner`."""
NUMBERS = ("id", "question_id", "battle_id", "vote_id")
"""Titles of columns that number the votes."""
EXPORTED = "ledger_number"
"""A title of the arena's own exports alone, whose column `judge` has a pseudonym of the voter."""
IGNORED = {
    "judge": "call it voter to cluster the errors by it",
    "language": "call it category to rank by it",
    "category_tag": "",
    "turn": "",
    "anony": "votes on models whose names were shown count as well",
    "dedup_tag": "repeated prompts count as well",
    "evaluation_order": "",
    "conv_metadata": f"style is read from columns like {STYLES[0]} and {STYLES[1]}",
    "is_code": "",
    "weight": "every vote counts once",
}
"""Known columns that no method reads, with what can be done about it."""

KNOWN = frozenset(
    [*REQUIRED, *OPTIONAL, *STYLES, *ONE_HOT, *NUMBERS, *IGNORED, EXPORTED]
    + [title for titles in OTHER_TITLES.values() for title in titles]
)
"""All titles that mean something here."""


def measured(titles: Mapping[str, int]) -> tuple[str, ...]:
    """Return the features of which both sides have a column."""
    return tuple(name.value for name in StyleFeature if {f"{name}_a", f"{name}_b"} <= titles.keys())


def places(header: Sequence[str], name: str) -> tuple[dict[str, int], list[str]]:
    """Return where each column that is read stands, and what there is to say about the others.

    Raises UnusableFile where one is missing, or there twice.
    """
    titles = [titled(title) for title in header]
    found, notes = {title: place for place, title in enumerate(titles) if title in KNOWN}, []
    for title, others in OTHER_TITLES.items():
        other = next((other for other in others if other in found), None)
        if title not in found and other is not None:
            found[title] = found[other]
            notes.append(f"{other} is read as {title}")
    if EXPORTED in found and "judge" in found and "voter" not in found:
        found["voter"] = found.pop("judge")
        notes.append("judge is read as voter, since the file is an export of an arena")
    if "winner" in found or not found.keys() & ONE_HOT.keys():
        _demand(found, REQUIRED, header, name)
    else:
        _demand(found, ["model_a", "model_b", *list(ONE_HOT)[:2]], header, name)
    # The columns that a vote is made of, those that it cannot do without first.
    outcome = ["winner"] if "winner" in found else [title for title in ONE_HOT if title in found]
    styles = [f"{feature}_{side}" for feature in measured(found) for side in "ab"]
    number = [title for title in NUMBERS if title in found][:1]
    wanted = ["model_a", "model_b", *outcome, *OPTIONAL, *number, *styles]
    read = {title: found[title] for title in wanted if title in found}
    twice = sorted(
        {title for title in map(titles.__getitem__, read.values()) if titles.count(title) > 1}
    )
    if twice:
        raise UnusableFile(f"{name} has more than one column {', '.join(twice)}.")
    return read, notes + ignored_columns(found)


def _demand(
    found: Mapping[str, int], needed: Sequence[str], header: Sequence[str], name: str
) -> None:
    missing = [title for title in needed if title not in found]
    if missing:
        met = ", ".join(ascii(title.strip()[:40]) for title in header[:12]) or "nothing"
        raise UnusableFile(f"{name} has no column {', '.join(missing)}; its first line has {met}.")


def ignored_columns(found: Mapping[str, int]) -> list[str]:
    """A line for each known column that is not read."""
    lone = {title for title in STYLES if title in found}
    lone -= {f"{feature}_{side}" for feature in measured(found) for side in "ab"}
    reasons = dict(IGNORED) | dict.fromkeys(sorted(lone), "the other side has none")
    if "winner" in found:
        reasons |= dict.fromkeys(ONE_HOT, "winner is read")
    return [
        f"column {title} is ignored" + (f": {reason}" if reason else "")
        for title, reason in reasons.items()
        if title in found
    ]
