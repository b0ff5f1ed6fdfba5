"""WSGI entry for pages and votes when websockets run in processes of their own."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from arena.core.edge import WsgiEdge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.config.settings")
application = WsgiEdge(get_wsgi_application())
