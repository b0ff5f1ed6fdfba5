"""The judgement on a probe's answers: does the model look, and what can it do.

Knows no row and no sentence of a page: a finding is a name, a result and a value, which the pages
put into words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from arena.catalog.questions import (
    BARE,
    BLUE,
    BOTH,
    BOXES,
    CIRCLE,
    FIRST,
    LARGE,
    LONG,
    PLACE,
    RED,
    SECOND,
    TURN,
    names_colour,
    names_red,
)
from arena.core.images import STORED_SIDE
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.probes import ProbeAnswer, ProbeOutcome

Verdict = Literal["yes", "no", "unknown"]

LEAST_OVERLAP = 0.5
"""The common part of the model's box and the true one, divided by the area that both cover."""
LEAST_PIECES = 3
"""An answer of some length that comes in fewer parts does not stream."""

_SEES_NOTHING = re.compile(
    r"(?:can(?:no|')t|cannot|(?:am )?unable to|(?:do|did|does)(?: no|n')t)(?: \w+){0,2}"
    r" (?:see|view|have access to|receive|find|process)\b.{0,40}\b(?:image|picture|photo)"
    r"|\bno (?:image|picture|photo) (?:was|is|has been|came)\b"
    r"|\b(?:don't|do not|cannot|can't) (?:have the ability|see) (?:to see )?images"
    r"|\bkein(?:e|en)? (?:Bild|Foto)\b.{0,40}(?:sehen|erkennen|erhalten|angehängt)",
    re.IGNORECASE,
)
"""The sentences in which a model says that nothing of the picture reached it."""


_PASSING: tuple[FailureCause, ...] = ("timeout", "rate_limited", "overloaded")
"""Failures that say nothing of what a model can do."""


class Finding(NamedTuple):
    """A finding of a probe."""

    name: str
    verdict: Verdict
    value: str | int | float | None = None


class ProbeVerdict(NamedTuple):
    """The end of a probe: passed where there is no cause."""

    cause: FailureCause | Literal[""]
    details: str
    """The worker's or the endpoint's own words on the cause; empty where the answers show it."""
    findings: list[Finding]


def judge(outcome: ProbeOutcome) -> ProbeVerdict:
    """Return what the answers of a probe show."""
    answers = {answer.name: answer for answer in outcome.answers}
    failed = _failure(outcome, answers)
    if failed is not None:
        cause, details = failed
        return ProbeVerdict(cause, details, [Finding("reachable", "no")])
    thought = max((answer.reasoning_tokens for answer in outcome.answers), default=0)
    first, second = answers[FIRST].text, answers[SECOND].text
    blind: FailureCause | Literal[""] = ""
    if not names_red(first) or not names_colour(second, BLUE) or names_colour(second, RED):
        blind = "blind" if says_blind(first) or says_blind(second) else "does_not_look"
    findings = [
        Finding("reachable", "yes"),
        Finding("sees", "no" if blind else "yes"),
        _streams(answers.get(LONG)),
        _turns(answers.get(TURN)),
        _pictures(answers.get(BOTH)),
        _pixels(answers.get(LARGE)),
        Finding("thinks", "yes" if thought else "no", thought),
        _places(answers.get(PLACE)),
        *_speed(answers),
        Finding("memory", "yes" if outcome.memory_mb else "unknown", outcome.memory_mb),
        Finding("memory_used", "yes" if outcome.used_mb else "unknown", outcome.used_mb),
    ]
    return ProbeVerdict(blind, "", findings)


def says_blind(text: str) -> bool:
    """Return whether an answer says that no picture came, and does not describe one all the
    same."""
    described = names_colour(text, RED) or names_colour(text, BLUE)
    return bool(_SEES_NOTHING.search(text)) and not described


def _failure(
    outcome: ProbeOutcome, answers: Mapping[str, ProbeAnswer]
) -> tuple[FailureCause, str] | None:
    """Return cause and words of a probe whose needed questions were not answered."""
    if outcome.code or outcome.cause:
        return outcome.cause or "other", outcome.reason
    for name in (FIRST, SECOND):
        answer = answers.get(name)
        if answer is None:
            return "other", outcome.reason
        if answer.code:
            return answer.cause or "other", answer.reason
    return None


def _streams(answer: ProbeAnswer | None) -> Finding:
    if answer is None or answer.code or answer.tokens <= LEAST_PIECES:
        return Finding("streams", "unknown")
    return Finding("streams", "yes" if answer.pieces >= LEAST_PIECES else "no", answer.pieces)


def _turns(answer: ProbeAnswer | None) -> Finding:
    """Find whether a second question without a picture is answered from the first picture."""
    if answer is None or (answer.code and answer.cause in _PASSING):
        return Finding("turns", "unknown")
    return Finding("turns", "yes" if not answer.code and names_red(answer.text) else "no")


def _pictures(answer: ProbeAnswer | None) -> Finding:
    """Find how many pictures a question may have; two are tried."""
    if answer is None or (answer.code and answer.cause in _PASSING):
        return Finding("pictures", "unknown")
    if answer.code:
        return Finding("pictures", "no", 1)
    told_apart = names_colour(answer.text, RED) and names_colour(answer.text, BLUE)
    return Finding("pictures", "yes" if told_apart else "no", 2)


def _pixels(answer: ProbeAnswer | None) -> Finding:
    """Find whether a picture may be as large as the arena stores any. An answer that is wrong says
    nothing of a limit: a model that makes the picture smaller may see less in it."""
    if answer is None:
        return Finding("pixels", "unknown")
    if not answer.code:
        return Finding("pixels", "yes" if names_red(answer.text) else "unknown", STORED_SIDE)
    # Was it too much: was the request refused, or is there no memory for it? Memory that others
    # take at the moment, a server that broke or a model that said nothing may be chance.
    too_much = answer.code == "refused" and answer.cause != "declined"
    if answer.cause == "no_memory":
        too_much = answer.code != "overloaded"
    return Finding("pixels", "no", STORED_SIDE) if too_much else Finding("pixels", "unknown")


def _places(answer: ProbeAnswer | None) -> Finding:
    """Return the grounding format by which the answer's box is the true one."""
    if answer is None or answer.code:
        return Finding("places", "unknown")
    overlaps = [(0.0, "")]
    true = BOXES[CIRCLE]
    for read in answer.places:
        if read.places and read.places[0].kind == "box":
            # The share of two boxes' union that both cover.
            found = read.places[0].coordinates
            width = min(found[2], true[2]) - max(found[0], true[0])
            height = min(found[3], true[3]) - max(found[1], true[1])
            both = max(0.0, width) * max(0.0, height)
            areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (found, true)]
            overlaps.append((both / (sum(areas) - both), read.format))
    best, name = max(overlaps)
    return Finding("places", "yes", name) if best >= LEAST_OVERLAP else Finding("places", "no")


def _speed(answers: Mapping[str, ProbeAnswer]) -> list[Finding]:
    """Return the time to the first text in seconds, and the tokens a second after it."""
    first = Finding("first_text", "yes", round(answers[FIRST].first_text_ms / 1000, 2))
    timed = [answers[name] for name in (LONG, FIRST, BARE) if name in answers]
    for answer in timed:
        milliseconds = answer.total_ms - answer.first_text_ms
        if not answer.code and answer.tokens > 1 and milliseconds > 0:
            rate = round((answer.tokens - 1) * 1000 / milliseconds, 1)
            return [first, Finding("tokens_a_second", "yes", rate)]
    return [first, Finding("tokens_a_second", "unknown")]
