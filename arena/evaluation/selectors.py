"""Reading tokens, and the models that evaluators may ask."""

from __future__ import annotations

import hashlib

from arena.catalog import selectors as catalog
from arena.catalog.models import ModelVersion
from arena.catalog.states import ProbeResult
from arena.evaluation.chat_errors import Busy, ChatError
from arena.evaluation.models import EvaluatorToken
from arena.spending import selectors as spending

MOST_DIGITS = 6
"""Of the number of a version."""


def digest_of(secret: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def token_of(header: str) -> EvaluatorToken:
    """Return the token that an Authorization header shows. Raises ChatError without a valid one."""
    kind, _, secret = header.partition(" ")
    found = None
    if kind.lower() == "bearer" and secret.strip():
        found = EvaluatorToken.objects.filter(digest=digest_of(secret.strip())).first()
    if found is None or not found.is_valid:
        said = "There is no such token. Send a valid one as Authorization: Bearer TOKEN."
        raise ChatError(said, status=401, code="invalid_api_key")
    return found


def offered_versions() -> dict[str, ModelVersion]:
    """Return the version that each model answers with, by slug.

    A card with a price or a budget is left out: what it may spend is meant for voters.
    """
    versions = catalog.active_versions()
    bound = spending.budgets([version.card_id for version in versions.values()])
    return {slug: one for slug, one in versions.items() if one.card_id not in bound}


def version_of(name: str) -> ModelVersion:
    """Return the version that answers under this name: that of a card's slug, or ``slug@2`` for
    the second one, whether it is drawn or not. Raises ChatError where none can answer."""
    slug, _, number = name.partition("@")
    version = offered_versions().get(slug)
    if number and (version is None or str(version.number) != number):
        if not number.isascii() or not number.isdigit() or len(number) > MOST_DIGITS:
            version = None
        else:
            rows = ModelVersion.objects.select_related("card", "health")
            found = rows.filter(
                card__slug=slug, number=int(number), probe=ProbeResult.PASSED
            ).first()
            version = None if found is None or spending.budgets([found.card_id]) else found
    if version is None:
        said = f"The model {name[:100]!r} is not offered here. GET /v1/models lists those that are."
        raise ChatError(said, status=404, code="model_not_found", param="model")
    if slug not in catalog.available({slug: version}):
        raise Busy("No worker answers for this model right now.", code="model_unavailable")
    return version
