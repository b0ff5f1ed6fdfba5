"""A closed arena: pages, API and sockets are for those who have accepted an invitation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from arena.core.web.middleware import answer
from arena.core.web.problems import is_for_programs
from arena.voters.selectors import COOKIE, identity_from, identity_of, is_member
from arena.voters.services import MembersOnly

OPEN = (
    "/join/",
    "/mine/sign-in/",
    "/mine/new-password/",
    "/admin/",
    "/i18n/",
    "/offline/",
    "/service-worker.js",
    settings.STATIC_URL,
)
"""Addresses for everybody: the admin has a door of its own, a member signs in on another device,
a link for a new password opens nothing else, and the page of a lost connection tells nothing."""
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class ClosedGroupMiddleware:
    """Refuses strangers, and lets no shared cache keep a page that is for members."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.INVITED_ONLY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN):
            return self.get_response(request)
        if is_member(identity_of(request)):
            response = self.get_response(request)
            patch_cache_control(response, private=True)
        else:
            # People read what to do; a program gets what every refusal is.
            refused = MembersOnly()
            if is_for_programs(request.path) or not request.accepts("text/html"):
                response = answer(request, refused)
            else:
                context = {"error": refused}
                response = render(request, "voters/closed.html", context, status=refused.status)
            patch_cache_control(response, no_store=True)
        return response


def _is_members(cookie: str) -> bool:
    return is_member(identity_from(cookie))


class ClosedGroupSockets:
    """A wrapper around an ASGI application that refuses strangers' websockets before the accept."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if settings.INVITED_ONLY:
            cookies = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
            cookie = parse_cookie(cookies).get(COOKIE, "")
            if not await database_sync_to_async(_is_members)(cookie):
                await receive()
                await send({"type": "websocket.close"})
                return
        await self.application(scope, receive, send)
