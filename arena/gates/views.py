"""The gate before pages that anybody may read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from arena.core.web.network import network_bucket
from arena.gates.services import admit_reader

View = Callable[..., HttpResponse]


def for_readers(view: View) -> View:
    """Refuses, with TooMany, a network that reads faster than its people can."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        admit_reader(network=network_bucket(request))
        return view(request, *args, **kwargs)

    return answer
