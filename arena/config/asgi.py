"""ASGI entry: pages over HTTP, live battles over websockets behind an origin check."""

from __future__ import annotations

import os
from functools import partial
from typing import cast

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.config.settings")
http = get_asgi_application()

from django.conf import settings  # noqa: E402  # apps must be loaded first
from django.urls import reverse  # noqa: E402  # as above

from arena.battles.selectors.pairing import drawable_queues  # noqa: E402  # as above
from arena.config.routing import websocket_urlpatterns  # noqa: E402  # as above
from arena.core.collector import collect_often  # noqa: E402  # as above
from arena.core.web.body_limit import Application, BodyLimit  # noqa: E402  # as above
from arena.core.web.edge import AsgiEdge  # noqa: E402  # as above
from arena.core.web.origin import SameOrigin  # noqa: E402  # as above
from arena.gates.admission import AsgiAdmission  # noqa: E402  # as above
from arena.gates.closed_group import ClosedGroupSockets  # noqa: E402  # as above
from arena.gates.consumers import SocketLimits  # noqa: E402  # as above
from arena.metrics.process import CountedSockets, count_answer  # noqa: E402  # as above

FORM_BYTES = 64 * 1024
"""The largest size of a form without its picture."""

admission = AsgiAdmission(
    cast(Application, http),
    path=reverse("battles:start"),
    queues=drawable_queues,
    counted=partial(count_answer, "battles:start", "POST"),
)
application = ProtocolTypeRouter(
    {
        "http": AsgiEdge(BodyLimit(admission, limit=settings.UPLOAD_MAX_BYTES + FORM_BYTES)),
        "websocket": CountedSockets(
            SameOrigin(SocketLimits(ClosedGroupSockets(URLRouter(websocket_urlpatterns))))
        ),
    }
)
collect_often()
