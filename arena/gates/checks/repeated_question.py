"""The same picture with the same prompt from another identity: its vote waits for an operator.

A picture is known again by its perceptual hash, also after another encoding or a smaller size. A
picture of the voter's own counts for the first identity that asks it. A sample picture, which many
honest visitors get, counts for the first identity of each network and day.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.utils import timezone

from arena.core.fingerprints import fingerprint
from arena.core.locks import exclusive
from arena.gates.attempts import BattleAttempt, GateReport, passed
from arena.gates.models import QuestionSighting
from arena.gates.states import GateStage, GateVerdict

STAGES = frozenset({GateStage.QUESTION})


def report(attempt: BattleAttempt) -> GateReport:
    """Remember who asks what, as keyed hashes; fail where another identity was first."""
    if settings.REPEATED_QUESTIONS == "count":
        return passed("not asked")
    if not attempt.pictures:
        return GateReport(GateVerdict.UNKNOWN, "no picture")
    words = " ".join(attempt.prompt.casefold().split())
    place = f"{attempt.network}\n{timezone.now().date()}" if attempt.sample else ""
    pictures = " ".join(fingerprint(picture.data) for picture in attempt.pictures)
    question = _hashed("question", f"{pictures}\n{place}\n{words}")
    asker = _hashed("asker", f"{question}\n{attempt.voter or secrets.token_hex(16)}")
    # Of several at once each could find itself first: a key is drawn before its row can be seen.
    with exclusive(f"arena.gates.question.{question}"):
        QuestionSighting.objects.get_or_create(question=question, asker=asker)
        first = QuestionSighting.objects.filter(question=question).order_by("pk").first()
    is_first = first is not None and first.asker == asker
    source = "sample" if attempt.sample else "picture"
    return passed(source) if is_first else GateReport(GateVerdict.FAIL, source)


def _hashed(purpose: str, text: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()[:32]
