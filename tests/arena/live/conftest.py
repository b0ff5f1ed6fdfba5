"""One hub per test, closed behind it; a battle on its queues, its workers and its pages."""

from __future__ import annotations

import pytest

from arena.core.images import normalise
from arena.live import hub as module
from arena.orchestration import services
from arena.orchestration.services import BattleInput
from tests.arena.core.pictures import encoded
from tests.arena.live.sockets import Page, cookie_of
from tests.arena.orchestration.working import Worker
from tests.factories import make_models, make_voter, make_worker


@pytest.fixture
async def hub(valkey_url):
    """The hub of this test's event loop."""
    yield module.hub()
    mine = module.hub()
    mine._followers.clear()
    if mine._task is not None:
        mine._task.cancel()
    await mine._redis.aclose()


@pytest.fixture
def battle(transactional_db, valkey_url):
    """Both sides are on their queues."""
    make_worker()
    make_models("zebra-finch-3b", "quetzal-vision-7b")
    question = BattleInput(picture=normalise(encoded()), prompt="?")
    return services.start_battle(voter=make_voter(), question=question)


@pytest.fixture
def workers(battle):
    return {side: Worker(battle, side) for side in "ab"}


@pytest.fixture
async def page(battle):
    """Opens pages of the battle's owner, and closes them in the end."""
    pages = []

    async def open_one(public_id=battle.public_id, cookie=None):
        pages.append(Page(public_id, cookie_of(battle.voter) if cookie is None else cookie))
        assert await pages[-1].connect() == "websocket.accept"
        return pages[-1]

    yield open_one
    for one in pages:
        if not one.line.future.done():
            await one.leave()
