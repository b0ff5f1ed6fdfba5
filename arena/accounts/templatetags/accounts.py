"""The tag by which the list of one's own battles includes what it knows nothing of."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext

from arena.accounts.selectors import account_of
from arena.voters.selectors import identity_of

register = template.Library()


@register.inclusion_tag("accounts/_section.html", takes_context=True)
def account_section(context: RequestContext) -> dict[str, Any]:
    """Return whether accounts are offered, and that of this browser's voter."""
    request = context["request"]
    offered = settings.VOTER_ACCOUNTS
    own = account_of(identity_of(request)) if offered else None
    kept = {"csrf_token": context.get("csrf_token"), "voter": context.get("voter")}
    return {"offered": offered, "own": own, **kept}
