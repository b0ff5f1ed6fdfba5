"""The tags by which a battle's page includes what the app of battles knows nothing of."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse

from arena.core.errors import NotFound
from arena.reveal.selectors.facts import facts_context, reveal_facts
from arena.reveal.selectors.sharing import own_shared
from arena.voters.selectors import identity_of

register = template.Library()


@register.inclusion_tag("reveal/_place.html", takes_context=True)
def reveal_details(context: RequestContext, public_id: str, whole: bool) -> dict[str, Any]:
    """Return the place of the facts on a battle; filled with them where the page is ``whole``."""
    request = context["request"]
    kept = {"public_id": public_id, "csrf_token": context.get("csrf_token"), "request": request}
    try:
        found = reveal_facts(identity_of(request), public_id) if whole else None
    except NotFound:
        found = None
    return {**(facts_context(found) if found else {}), **kept}


@register.inclusion_tag("reveal/_public_pages.html", takes_context=True)
def own_public_pages(context: RequestContext) -> dict[str, Any]:
    """Return the public pages of this browser's battles, for the list of its own battles."""
    request = context["request"]
    shared = own_shared(identity_of(request))
    return {"shared": shared, "csrf_token": context.get("csrf_token"), "request": request}


@register.inclusion_tag("reveal/_next.html", takes_context=True)
def next_step(context: RequestContext, public_id: str, sample: str) -> dict[str, Any]:
    """Return the way on: to another sample picture, or back to the voter's own picture."""
    return {"public_id": public_id, "sample": sample, "csrf_token": context.get("csrf_token")}


@register.simple_tag
def blur_address(public_id: str) -> str:
    """Return the address at which the voter of a battle blurs parts of its pictures."""
    return reverse("reveal:blur_first", args=[public_id])
