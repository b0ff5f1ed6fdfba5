"""Refusals in the form of OpenAI's API, whose clients read them."""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """A refusal with a status, and the words that a client of OpenAI's API shows."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "invalid_request",
        param: str | None = None,
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON of the refusal."""
        kinds = {401: "authentication_error", 429: "rate_limit_error", 404: "not_found_error"}
        kind = kinds.get(self.status)
        kind = kind or ("server_error" if self.status >= 500 else "invalid_request_error")
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}


class Busy(ChatError):
    """Nothing can be answered at this moment; a client tries again by itself."""

    def __init__(self, message: str, *, code: str = "overloaded") -> None:
        super().__init__(message, status=503, code=code, retry_after=5)
