"""Kinds, standings and decisions of cases."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class CaseKind(TextChoices):
    """The kind of what a case found."""

    BETTING = "betting", _("one voter pushes one model")
    DRIFT = "drift", _("new votes on a model differ from the board")
    CAMPAIGN = "campaign", _("many new voters push one model")
    RUSHED = "rushed", _("a voter votes faster than anybody reads")
    SAME_ANSWER = "same_answer", _("a voter always gives the same answer")


ALARMS = (CaseKind.DRIFT, CaseKind.CAMPAIGN)
"""While a case of these is open, a board with its model is under review."""


class CaseStatus(TextChoices):
    """The standing of a case."""

    OPEN = "open", _("open")
    EXCLUDED = "excluded", _("votes excluded")
    DISMISSED = "dismissed", _("dismissed")


class CaseAction(TextChoices):
    """A decision on a case; each can be taken back by another one."""

    EXCLUDE = "exclude", _("votes excluded")
    CARRIERS = "carriers", _("votes that carry the evidence excluded")
    DISMISS = "dismiss", _("dismissed: the votes count")
    REOPEN = "reopen", _("opened again: the votes count")


EXCLUDING = (CaseAction.EXCLUDE, CaseAction.CARRIERS)
"""The decisions that take votes out of the counts."""


class PushDirection(IntegerChoices):
    """The direction in which votes move a model; none where no model is meant."""

    UP = 1, _("up")
    DOWN = -1, _("down")
    NONE = 0, "–"


MOVES: dict[CaseAction, tuple[tuple[CaseStatus, ...], CaseStatus]] = {
    CaseAction.EXCLUDE: ((CaseStatus.OPEN,), CaseStatus.EXCLUDED),
    CaseAction.CARRIERS: ((CaseStatus.OPEN,), CaseStatus.EXCLUDED),
    CaseAction.DISMISS: ((CaseStatus.OPEN,), CaseStatus.DISMISSED),
    CaseAction.REOPEN: ((CaseStatus.EXCLUDED, CaseStatus.DISMISSED), CaseStatus.OPEN),
}
"""The standings from which each decision leads, and where it leads."""
