"""The way to the Hub: its own client, bounded in time, and its refusals as sentences."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from arena.core.errors import DomainError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

SECONDS = 10.0
"""The longest that one request to the Hub may take."""


class HubProblem(DomainError):
    """The Hub says nothing of a model, with the reason and the way out for an operator."""

    status = 502
    code = "hub"


class GatedRepository(HubProblem):
    """The makers of a model decide who may have its files, and this site's token is not let in."""

    status = 403
    code = "gated"


def connect() -> HfApi:
    """Return the client of the Hub. Raises HubProblem where the Hub is switched off."""
    if not settings.HUB:
        raise HubProblem(
            _(
                "The Hub is switched off here. Set ARENA_HUB=1 for site and worker, and start them"
                " again; or add the model as a folder or an endpoint."
            )
        )
    # The library takes a tenth of a second and more to import, and reads this as it is imported.
    os.environ["HF_HUB_OFFLINE"] = "0"
    from huggingface_hub import HfApi

    return HfApi(endpoint=settings.HUB_ENDPOINT or None, library_name="vision-arena")


@contextlib.contextmanager
def explained(hub_id: str) -> Iterator[None]:
    """Turn what the client raises about a repository into HubProblem."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise GatedRepository(gated_sentence(hub_id)) from error
    except errors.HfHubHTTPError as error:
        raise _problem(_sentence(error), hub_id) from error
    except errors.HFValidationError as error:
        raise _problem(_("%(id)s is no name of a repository on the Hub."), hub_id) from error
    except (errors.OfflineModeIsEnabled, httpx2.HTTPError, OSError) as error:
        raise unreachable() from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        text = _("What the Hub says of %(id)s can't be understood.")
        raise _problem(text, hub_id) from error


def _sentence(error: HfHubHTTPError) -> StrPromise | str:
    """Return what a refusal of the Hub means to an operator."""
    from huggingface_hub import errors

    refusals: dict[type[Exception], StrPromise] = {
        errors.RevisionNotFoundError: _("%(id)s has no such revision on the Hub."),
        errors.DisabledRepoError: _("The Hub has taken %(id)s out of service."),
        errors.RepositoryNotFoundError: _(
            "The Hub has no public model %(id)s. Check the spelling; for a private one set"
            " HF_TOKEN for site and worker."
        ),
    }
    statuses = {
        401: _("The Hub doesn't accept HF_TOKEN. Set a valid one, or none."),
        403: _("HF_TOKEN may not read %(id)s."),
        429: _("The Hub has had too many requests from here. Try again in a few minutes."),
    }
    status = error.response.status_code
    named = next((text for kind, text in refusals.items() if isinstance(error, kind)), None)
    text = named or statuses.get(status)
    return text or _("The Hub answers with status %(status)d.") % {"status": status}


def unreachable() -> HubProblem:
    """Return the refusal for a Hub that can't be reached."""
    text = _(
        "The Hub (%(address)s) can't be reached. Is there a network? HF_ENDPOINT names a mirror."
    )
    address = settings.HUB_ENDPOINT or "https://huggingface.co"
    return HubProblem(text % {"address": address})


def gated_sentence(hub_id: str) -> str:
    """Return what to do about a model whose makers decide who may have it."""
    text = _(
        "Access to %(id)s is decided by its makers. Ask for it at %(address)s, then set HF_TOKEN,"
        " a token of that account, for site and worker."
    )
    address = f"{settings.HUB_ENDPOINT or 'https://huggingface.co'}/{hub_id}"
    return text % {"id": hub_id, "address": address}


def _problem(text: StrPromise | str, hub_id: str) -> HubProblem:
    return HubProblem(text % {"id": hub_id})
