"""WSGI entry for pages and votes when websockets run in processes of their own."""

from __future__ import annotations

import os
from functools import partial

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.config.settings")
http = get_wsgi_application()

from django.urls import reverse  # noqa: E402  # apps must be loaded first

from arena.core.collector import collect_often  # noqa: E402  # as above
from arena.core.web.edge import WsgiEdge  # noqa: E402  # as above
from arena.gates.admission import WsgiAdmission  # noqa: E402  # as above
from arena.metrics.process import count_answer  # noqa: E402  # as above

admission = WsgiAdmission(
    http,
    path=reverse("battles:start"),
    counted=partial(count_answer, "battles:start", "POST"),
)
application = WsgiEdge(admission)
collect_often()
