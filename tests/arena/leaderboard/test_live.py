"""The open leaderboard's socket, over a real channel layer."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from channels_redis.core import RedisChannelLayer

from arena.boards import dispatch
from arena.boards.services.updating import update_live_boards
from arena.leaderboard.routing import websocket_urlpatterns
from tests.arena.boards.newest import newest_snapshot
from tests.factories import make_models, make_vote

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("valkey_url"),
    pytest.mark.one_database,
]


class Socket(ApplicationCommunicator):
    """What a browser would be told."""

    async def told(self):
        return json.loads((await self.receive_output(120))["text"])


@pytest.fixture(params=["/ws/leaderboard", "/ws/leaderboard/overall"])
async def socket(request):
    scope = {"type": "websocket", "path": request.param, "headers": []}
    socket = Socket(URLRouter(websocket_urlpatterns), scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(120))["type"] == "websocket.accept"
    yield socket
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()


async def test_it_says_first_that_there_is_nothing(socket):
    assert await socket.told() == {"type": "snapshot", "etag": ""}


async def test_a_vote_reaches_the_open_page(socket):
    await socket.told()
    await sync_to_async(make_vote)(*await sync_to_async(make_models)("first", "second"))
    await sync_to_async(update_live_boards)()
    newest = await sync_to_async(newest_snapshot)()
    assert await socket.told() == {"type": "snapshot", "etag": newest.etag}


async def test_what_a_browser_sends_means_nothing(socket):
    await socket.told()
    await socket.send_input({"type": "websocket.receive", "text": "not even json"})
    await sync_to_async(dispatch.announce)("next", "overall")
    assert (await socket.told())["etag"] == "next"


async def test_what_another_board_announces_is_not_heard(socket):
    await socket.told()
    await sync_to_async(dispatch.announce)("theirs", "captioning")
    await sync_to_async(dispatch.announce)("ours", "overall")
    assert (await socket.told())["etag"] == "ours"


def test_a_layer_that_cant_be_reached_stops_no_refresh(settings, caplog):
    layer = settings.CHANNEL_LAYERS["default"]
    broken = {**layer, "CONFIG": {**layer["CONFIG"], "hosts": ["redis://127.0.0.1:1/0"]}}
    settings.CHANNEL_LAYERS = {"default": broken}
    make_vote()
    update_live_boards()
    assert newest_snapshot().ledger_number == 1
    assert "open leaderboards hear of this later" in caplog.text


async def test_a_layer_that_hangs_is_not_waited_for(monkeypatch, caplog):
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    mute = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    host = f"redis://127.0.0.1:{mute.sockets[0].getsockname()[1]}"
    layer = RedisChannelLayer(hosts=[host])
    monkeypatch.setattr(dispatch, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(dispatch, "TIMEOUT_SECONDS", 0.1)
    await sync_to_async(dispatch.announce)("next", "overall")
    assert "hear of this later: TimeoutError" in caplog.text
    mute.close()
