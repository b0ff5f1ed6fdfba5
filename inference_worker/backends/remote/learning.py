"""The parameters that a model at an endpoint accepts: options of its version, and learned ones.

`max_tokens`, any temperature but 1, a seed, streams and their options are each refused by some
servers, which say so with status 400 or 422, the parameter's name and often the right one.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import Any

import msgspec

from inference_worker.backends.remote.failures import EndpointStatus
from inference_worker.backends.remote.own_words import (
    ConfidentialTexts,
    cleaned,
    field_of,
    sentence_of,
)
from inference_worker.wire.endpoint_options import PARAMETERS, EndpointOptions, Parameter

_NEWER_LENGTH = "max_completion_tokens"
_UNSUPPORTED = re.compile(
    r"unsupported|not support|n't support|unrecognized|unknown|unexpected|not permitted|not allowed"
    r"|must be verified|instead|not accept|extra inputs|deprecated|invalid parameter",
    re.IGNORECASE,
)
_MOST_IMAGES = re.compile(r"at most (\d{1,2}) (?:image|picture)", re.IGNORECASE)


class LearnedOptions:
    """The options in force, for this process. Safe to call from any thread."""

    def __init__(self, given: EndpointOptions) -> None:
        self._given = given
        self.now = given
        self._lock = Lock()

    @property
    def news(self) -> EndpointOptions | None:
        """The options that a version should have; None where it has them."""
        return self.now if self.now != self._given else None

    def learn_thinking(self) -> None:
        """Remember that the model reasons before it answers."""
        with self._lock:
            self.now = msgspec.structs.replace(self.now, thinks=True)

    def learn_refusal(
        self, error: EndpointStatus, sent: dict[str, Any], hidden: ConfidentialTexts
    ) -> bool:
        """Remember what a refusal is about; return whether asking once more makes sense.

        One that repeats the question teaches nothing: a voter must not say how others are asked.
        """
        words = sentence_of(error.body)
        if error.status not in (400, 422) or not cleaned(words, hidden):
            return False
        with self._lock:
            return self._learn(error.body, words, sent)

    def _learn(self, body: Any, words: str, sent: dict[str, Any]) -> bool:
        if most := _MOST_IMAGES.search(words):
            self.now = msgspec.structs.replace(self.now, max_images=max(1, int(most[1])))
            return False
        error = field_of(body, "error", body)
        if not _UNSUPPORTED.search(f"{words} {field_of(error, 'code')}"):
            refused = None
        else:
            named = str(field_of(error, "param")).partition(".")[0]
            known: dict[str, Parameter] = {name: name for name in PARAMETERS}
            known[_NEWER_LENGTH] = "max_tokens"
            if named in known:
                refused = known[named]
            else:
                # The longer name first: `stream` stands within `stream_options`.
                found = [
                    n for n in sorted(known, key=len, reverse=True) if re.search(rf"\b{n}\b", words)
                ]
                refused = known[found[0]] if found else None
        # What was sent decides: another thread may have learned the same meanwhile.
        if refused is None or refused not in sent:
            return False
        if refused == "max_tokens":
            self.now = msgspec.structs.replace(self.now, length_parameter=_NEWER_LENGTH)
        else:
            omitted = tuple(sorted({*self.now.omit, refused}))
            self.now = msgspec.structs.replace(self.now, omit=omitted)
        return True
