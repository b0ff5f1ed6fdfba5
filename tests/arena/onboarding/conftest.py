from __future__ import annotations

from tests.arena.onboarding.hub.conftest import hub as hub
