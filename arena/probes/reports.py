"""Reading the reports of probes: what an operator sees of one, beside one of a known model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion, ProbeReport
from arena.catalog.questions import QUESTIONS, AskedQuestion
from arena.catalog.states import CardState, ProbeResult
from arena.core.errors import NotFound
from arena.probes import dispatch
from arena.probes.causes import WORDS

_FINDINGS: dict[str, StrPromise] = {
    "reachable": gettext_lazy("Can be reached"),
    "sees": gettext_lazy("Looks at the picture"),
    "streams": gettext_lazy("Streams its answer"),
    "turns": gettext_lazy("Follows a second turn"),
    "pictures": gettext_lazy("Tells two pictures apart"),
    "pixels": gettext_lazy("Takes the largest pictures"),
    "thinks": gettext_lazy("Reasons before it answers"),
    "places": gettext_lazy("Names places by a known format"),
    "first_text": gettext_lazy("Time to the first text"),
    "tokens_a_second": gettext_lazy("Tokens a second"),
    "memory": gettext_lazy("Memory"),
    "memory_used": gettext_lazy("Memory, measured"),
}
_VERDICTS: dict[str, StrPromise] = {
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "unknown": gettext_lazy("not known"),
}
_UNITS: dict[str, StrPromise] = {
    "first_text": gettext_lazy("%(value)s s"),
    "memory": gettext_lazy("%(value)s MB"),
    "memory_used": gettext_lazy("%(value)s MB"),
    "thinks": gettext_lazy("%(value)s tokens"),
    "streams": gettext_lazy("%(value)s parts"),
    "pictures": gettext_lazy("tried with %(value)s"),
    "pixels": gettext_lazy("%(value)s pixels a side"),
}
_MEASURED = ("first_text", "tokens_a_second", "memory", "memory_used")

PHASES: dict[str, StrPromise] = {
    "waiting": gettext_lazy("waiting for a worker"),
    "finding": gettext_lazy("finding the model"),
    "downloading": gettext_lazy("downloading"),
    "loading": gettext_lazy("loading"),
    "asking": gettext_lazy("asking"),
}
QUESTION_NAMES: dict[str, StrPromise] = {
    "first_picture": gettext_lazy("a picture"),
    "second_picture": gettext_lazy("another picture"),
    "no_picture": gettext_lazy("the same without a picture"),
    "second_turn": gettext_lazy("a second turn"),
    "two_pictures": gettext_lazy("two pictures at once"),
    "place": gettext_lazy("a place in the picture"),
    "long_answer": gettext_lazy("a long answer"),
    "largest_picture": gettext_lazy("a picture of the largest size"),
}


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A finding of a probe, in words."""

    name: str
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question, and the answers of the probed model and of the one beside it."""

    question: AskedQuestion
    title: str
    own: dict[str, Any] | None
    beside: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The content of the page about the newest probe of a version."""

    version: ModelVersion
    report: ProbeReport | None
    beside: ProbeReport | None
    known: list[ModelVersion]
    """Versions of other cards that passed, to be shown beside this one."""
    answers: list[AnsweredQuestion]

    @property
    def is_running(self) -> bool:
        """Return whether a worker still has to say something."""
        return self.report is not None and self.report.result == ProbeResult.RUNNING

    @property
    def cause(self) -> tuple[str, str] | None:
        """Return what happened and the way out; None for a probe that passed or runs."""
        known = dict(WORDS)
        found = known.get(self.report.cause) if self.report else None  # type: ignore[call-overload]  # any text may be stored
        return (str(found[0]), str(found[1])) if found else None

    @property
    def findings(self) -> list[FoundLine]:
        """Return what the probe found, in its order."""
        lines = []
        for name, verdict, *values in self.report.checks if self.report else []:
            words = str(_VERDICTS[verdict])
            value = values[0] if values else None
            if value not in (None, "", 0):
                said = str(_UNITS.get(name, "%(value)s")) % {"value": value}
                words = said if name in _MEASURED else f"{words} ({said})"
            lines.append(FoundLine(str(_FINDINGS.get(name, name)), verdict, words))
        return lines

    @property
    def may_activate(self) -> bool:
        """Return whether the version passed and answers for a card that waits for its
        activation."""
        card = self.version.card
        waits = card.state in (CardState.TRIAL, CardState.PAUSED)
        passed = self.version.probe == ProbeResult.PASSED
        return waits and passed and card.current == self.version

    @property
    def may_answer(self) -> bool:
        """Return whether the version passed and another one answers for its card."""
        card = self.version.card
        passed = self.version.probe == ProbeResult.PASSED
        return passed and card.current is not None and card.current != self.version


def report_page(version: int, beside: str = "") -> ReportPage:
    """Return the page of a version's newest probe. ``beside`` is the key of another version.

    Raises NotFound.
    """
    found = ModelVersion.objects.select_related("card__answering_version").filter(pk=version)
    own = found.first()
    if own is None:
        raise NotFound
    report = own.reports.first()
    passed = ProbeReport.objects.filter(result=ProbeResult.PASSED).values("version")
    rows = ModelVersion.objects.filter(pk__in=passed).exclude(card=own.card)
    found = rows.select_related("card").order_by("card__name", "-number")
    known = sorted(found, key=lambda one: one.card.state != CardState.ACTIVE)
    chosen = next((one for one in known if str(one.pk) == beside), known[0] if known else None)
    other = chosen.reports.filter(result=ProbeResult.PASSED).first() if chosen else None
    stored = [
        {answer["name"]: answer for answer in (one.outcome.get("answers", []) if one else [])}
        for one in (report, other)
    ]
    answers = [
        AnsweredQuestion(
            question,
            str(QUESTION_NAMES[question.name]),
            stored[0].get(question.name),
            stored[1].get(question.name),
        )
        for question in QUESTIONS
    ]
    return ReportPage(own, report, other, known, answers)


def progress(version: int) -> dict[str, Any]:
    """Return how far a version's probe is, for a page that asks again and again.

    Raises NotFound.
    """
    own = ModelVersion.objects.select_related("card").filter(pk=version).first()
    report = own.reports.first() if own else None
    if own is None or report is None:
        raise NotFound
    if report.result != ProbeResult.RUNNING:
        return {"running": False}
    try:
        found = dispatch.progress_of(own)
    except RedisError:
        found = None
    if found is None:
        return {"running": True, "phase": PHASES["waiting"], "text": ""}
    phase = str(PHASES[found.phase])
    if found.percent is not None:
        phase = f"{phase} {found.percent} %"
    if found.question:
        phase = f"{phase}: {QUESTION_NAMES.get(found.question, found.question)}"
    said = _("%(phase)s (%(seconds)d s)") % {"phase": phase, "seconds": found.seconds}
    return {"running": True, "phase": said, "text": found.text}
