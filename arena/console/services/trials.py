"""The trial of the gates: what they would say of a text and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from arena.core.fingerprints import fingerprint
from arena.core.images import PlainPicture
from arena.gates.attempts import BattleAttempt, GateReport
from arena.gates.checks import all_gates
from arena.gates.judgements import Judgement, content_of
from arena.gates.moderators import judgements
from arena.gates.policies import report_of
from arena.gates.states import ACCOUNT_AGE


@dataclass(frozen=True, slots=True)
class GateTrial:
    """Verdicts of each moderator and each gate on a content; nothing of it was stored."""

    judgements: dict[str, Judgement]
    report: GateReport | None
    fingerprint: str
    account: GateReport
    """What the gate says of a voter whose account is so old, or who has none."""


def try_gates(
    *, text: str, picture: PlainPicture | None, account_hours: int | None = None
) -> GateTrial:
    """Ask all moderators about a text and a picture, as before a battle, and the gate that looks at
    the account; store nothing."""
    said = judgements(content_of(text, picture))
    age = None if account_hours is None else timedelta(hours=account_hours)
    attempt = BattleAttempt(account_since=None if age is None else timezone.now() - age)
    return GateTrial(
        judgements=said,
        report=report_of(said) if said else None,
        fingerprint=fingerprint(picture.data) if picture else "",
        account=all_gates()[ACCOUNT_AGE].report(attempt),
    )
