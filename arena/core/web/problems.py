"""Problem details (RFC 9457): how programs are told of a refusal, wherever it is found."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings

from arena.core.errors import DomainError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, message: str) -> dict[str, Any]:
    """Return the problem's members; ``error`` is the body that addresses had before there were
    any, and ``type`` leads to the words on its code."""
    return {
        "type": f"{settings.PROBLEMS_PAGE}#{code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "error": {"code": code, "message": message},
    }


def problem_body(error: DomainError | type[DomainError]) -> str:
    """Return the problem that an error is, as JSON."""
    return json.dumps(problem(error.status, error.code, str(error.message)))


def is_for_programs(path: str) -> bool:
    """Return whether everything below such a path is read by programs, whatever they accept."""
    return path.startswith(settings.PROGRAMS_PREFIX)
