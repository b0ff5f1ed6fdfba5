"""What tests of the API share."""

from __future__ import annotations

import pytest

from arena.api import answers


@pytest.fixture(autouse=True)
def _made_anew(monkeypatch, request):
    """Every answer is made anew: what is kept for a moment has tests of its own."""
    if "kept" not in request.fixturenames:
        monkeypatch.setattr(answers.KEPT, "get", lambda question: None)
