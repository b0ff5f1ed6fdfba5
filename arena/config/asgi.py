"""ASGI entry: pages over HTTP, live battles over websockets behind an origin check."""

from __future__ import annotations

import os
from typing import cast

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.config.settings")
http = get_asgi_application()

from django.conf import settings  # noqa: E402  # apps must be loaded first

from arena.config.routing import websocket_urlpatterns  # noqa: E402  # as above
from arena.core.body_limit import Application, BodyLimit  # noqa: E402  # as above
from arena.core.edge import AsgiEdge  # noqa: E402  # as above
from arena.core.origin import SameOrigin  # noqa: E402  # as above
from arena.gates.consumers import SocketLimits  # noqa: E402  # as above
from arena.operations.metrics.process import CountedSockets  # noqa: E402  # as above

FORM_BYTES = 64 * 1024
"""What a form may weigh beside its picture."""

application = ProtocolTypeRouter(
    {
        "http": AsgiEdge(
            BodyLimit(cast(Application, http), limit=settings.UPLOAD_MAX_BYTES + FORM_BYTES)
        ),
        "websocket": CountedSockets(SameOrigin(SocketLimits(URLRouter(websocket_urlpatterns)))),
    }
)
