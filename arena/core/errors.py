"""Domain errors. Services raise them; one middleware and the consumers turn them into codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_stubs_ext import StrPromise


class DomainError(Exception):
    """A refusal that a visitor may read: what happened, what is safe, what to do next."""

    status = 400
    code = "bad_request"
    retry_after: int = 0
    """Whole seconds after which it may be tried again; 0 where waiting changes nothing."""
    message: str | StrPromise = _("That request was not understood. Nothing was changed.")

    def __init__(self, message: str | StrPromise | None = None) -> None:
        super().__init__(str(message or self.message))
        if message is not None:
            self.message = message


class NotFound(DomainError):
    """The refusal of what is absent or belongs to somebody else: one answer for both."""

    status = 404
    code = "not_found"
    message = _("There is nothing here, or it belongs to somebody else.")


class Conflict(DomainError):
    """The thing is in a state in which this can't be done."""

    status = 409
    code = "conflict"
    message = _(
        "This has moved on in the meantime, so nothing was changed. Please reload the page."
    )


class Unavailable(DomainError):
    """A part of the arena can't be reached right now."""

    status = 503
    code = "unavailable"
    retry_after = 10
    message = _(
        "A part of the arena can't be reached right now. Nothing was lost; please try again soon."
    )


class TooLarge(DomainError):
    """The picture or the body is over a limit, which the message names."""

    status = 413
    code = "too_large"

    def __init__(self, message: str | StrPromise) -> None:
        super().__init__(message)


def too_many_bytes(limit: int) -> TooLarge:
    """Return the refusal of more bytes than this limit: in MB, below one in kB."""
    size = f"{limit / 1024**2:.3g} MB" if limit >= 1024**2 else f"{limit / 1024:.3g} kB"
    return TooLarge(
        _("That is larger than %(size)s, the limit. Please choose a smaller picture.")
        % {"size": size}
    )


class TooMany(DomainError):
    """The request is over a rate limit. ``retry_after`` is in whole seconds."""

    status = 429
    code = "too_many"

    def __init__(self, *, retry_after: int) -> None:
        if retry_after < 100:
            wait = ngettext(
                "That was a lot in a short time. Please try again in %(count)d second.",
                "That was a lot in a short time. Please try again in %(count)d seconds.",
                retry_after,
            ) % {"count": retry_after}
        else:
            minutes = -(-retry_after // 60)
            wait = ngettext(
                "That was a lot in a short time. Please try again in %(count)d minute.",
                "That was a lot in a short time. Please try again in %(count)d minutes.",
                minutes,
            ) % {"count": minutes}
        super().__init__(wait)
        self.retry_after = retry_after
