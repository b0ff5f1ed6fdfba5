"""A question to the API that was just answered is answered again before sessions, accounts and
addresses are looked at: none of them changes what the API says."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from arena.api.answers import kept_answer
from arena.core.errors import TooMany
from arena.core.web.problems import is_for_programs

READ = ("GET", "HEAD")


class KeptAnswerMiddleware:
    """Stands behind what counts requests and demands TLS, and before everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.INVITED_ONLY:
            raise MiddlewareNotUsed  # an answer that is kept for all would be given to strangers
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READ and is_for_programs(request.path):
            try:
                if (answer := kept_answer(request)) is not None:
                    return answer
            except (DisallowedHost, TooMany):
                pass  # the way that all take knows what to say
        return self.get_response(request)
