"""What the page that adds a model asks: the models at an endpoint."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from arena.catalog import selectors
from arena.catalog.dispatch import BROKEN
from arena.onboarding import services
from arena.onboarding.forms import EndpointForm, recipe_of
from inference_worker.wire.messages import MalformedMessage


@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_models(request: HttpRequest) -> JsonResponse:
    """Have a worker ask an endpoint for its models (POST), or give the list under a token (GET)."""
    if request.method == "POST":
        return _ask(request)
    try:
        found = selectors.model_list(request.GET.get("token", ""))
    except RedisError:
        return _unreachable()
    except MalformedMessage:
        return JsonResponse({"problem": _("The worker did not return a list.")})
    return JsonResponse(found.to_json() if found else {"waiting": True})


def _ask(request: HttpRequest) -> JsonResponse:
    """Answer with the token of the list that a worker will make."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": form.complaint}, status=400)
    recipe = recipe_of(form.cleaned_data)
    try:
        token = services.ask_for_models(recipe=recipe, queue=form.cleaned_data["queue"])
    except BROKEN:
        return _unreachable()
    return JsonResponse({"token": token})


def _unreachable() -> JsonResponse:
    """Return what says that Redis is away, and when to ask again."""
    problem = {"problem": _("Redis can't be reached.")}
    return JsonResponse(problem, status=503, headers={"Retry-After": "10"})
