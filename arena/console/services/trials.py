"""The trial of the gates: what they would say of a text and a picture."""

from __future__ import annotations

from dataclasses import dataclass

from arena.core.fingerprints import fingerprint
from arena.core.images import PlainPicture
from arena.gates.attempts import GateReport
from arena.gates.judgements import Judgement, content_of
from arena.gates.moderators import judgements
from arena.gates.policies import report_of


@dataclass(frozen=True, slots=True)
class GateTrial:
    """Verdicts of each moderator and each gate on a content; nothing of it was stored."""

    judgements: dict[str, Judgement]
    report: GateReport | None
    fingerprint: str


def try_gates(*, text: str, picture: PlainPicture | None) -> GateTrial:
    """Ask all moderators about a text and a picture, as before a battle; store nothing."""
    said = judgements(content_of(text, picture))
    return GateTrial(
        judgements=said,
        report=report_of(said) if said else None,
        fingerprint=fingerprint(picture.data) if picture else "",
    )
