"""Where an operator says a model is: on the Hub, at an endpoint, in a folder; one field for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from arena.core.errors import DomainError
from inference_worker.wire.hub_repositories import HUB_ID

PlaceKind = Literal["hub", "endpoint", "folder"]
_HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_ON_THE_HUB = re.compile(
    r"/(?P<id>[\w.-]+/[\w.-]+)(?:/(?:tree|commit|blob)/(?P<revision>[\w.-]+).*)?/?", re.ASCII
)
MOST_PLACE = 500
"""Characters of a text that names a place."""


class UnknownPlace(DomainError):
    """The text names neither a repository, nor an endpoint, nor a folder."""

    code = "unknown_place"
    message = _(
        "Enter a Hub id (owner/name), the address of an endpoint (https://host/v1) or a folder"
        " that the worker sees (/models/name)."
    )


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """The place of a model: a Hub id with a revision, an endpoint's address, or a folder's path."""

    kind: PlaceKind
    where: str
    revision: str = ""


def parse_place(text: str) -> ModelPlace:
    """Return the place that a text names. Raises UnknownPlace."""
    text = text.strip()
    if not text or len(text) > MOST_PLACE or not text.isprintable():
        raise UnknownPlace
    if text.startswith(("http://", "https://")):
        return _by_address(text)
    if text.startswith("/") and text.strip("/"):
        return ModelPlace("folder", text.rstrip("/"))
    hub_id, _at, revision = text.partition("@")
    if HUB_ID.fullmatch(hub_id) and not {"..", "."} & set(hub_id.split("/")):
        return ModelPlace("hub", hub_id, revision)
    raise UnknownPlace


def _by_address(text: str) -> ModelPlace:
    """Return the repository that an address of the Hub shows, else the endpoint."""
    try:
        address = urlsplit(text)
        hubs = _HUB_HOSTS | {urlsplit(settings.HUB_ENDPOINT).netloc}
    except ValueError as error:
        raise UnknownPlace from error
    if not address.hostname:
        raise UnknownPlace
    if address.netloc.lower() not in hubs:
        return ModelPlace("endpoint", text)
    found = _ON_THE_HUB.fullmatch(address.path)
    if found is None:
        raise UnknownPlace
    revision = found["revision"] or ""
    return ModelPlace("hub", found["id"], "" if revision == "main" else revision)
