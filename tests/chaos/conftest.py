"""One stack for the short versions of all programs here; each of them leaves it running."""

from __future__ import annotations

import pytest

from tests.chaos import leaks
from tests.stack import running


@pytest.fixture(scope="package")
def stack():
    with running(cards=leaks.CARDS, settings={"ARENA_WORKER_NAME": leaks.WORKER}) as stack:
        yield stack
