"""Names that lead from lower apps to higher ones. Only this package joins apps."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse_lazy
from django_stubs_ext import StrPromise

__all__ = [
    "BOARD_PAGE",
    "MODEL_PAGE",
    "OWN_PAGE",
    "PROBLEMS_PAGE",
    "PROGRAMS_PREFIX",
    "SAMPLE_PAGE",
    "TASK_AFTER_VOTE",
]

BOARD_PAGE = "leaderboard:board"
"""The URL name of a board's page; its argument is the board's slug, none for the first one."""
MODEL_PAGE = "leaderboard:model"
"""The URL name of a model card's page; its argument is the card's slug."""
OWN_PAGE = "mine:battles"
"""The URL name of the page of one's own battles."""
PROGRAMS_PREFIX = "/api/"
"""Addresses below this are for programs: a refusal is a problem document, never a page."""
PROBLEMS_PAGE = "/api/v1/problems"
"""The address that explains the codes of refusals."""
SAMPLE_PAGE = "samples:random"
"""The URL name of the address that offers a sample picture with a question."""
TASK_AFTER_VOTE = "arena.boards.update_live_boards"
"""The task that a stored vote sends; battles do not know who counts votes."""


def pages(request: HttpRequest) -> dict[str, StrPromise]:
    """Return the addresses that every template knows: the leaderboard's and one's own battles'."""
    return {"leaderboard_page": reverse_lazy(BOARD_PAGE), "own_page": reverse_lazy(OWN_PAGE)}
