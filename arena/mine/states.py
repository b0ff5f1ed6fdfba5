"""What a voter can ask for on the page of their own battles."""

from __future__ import annotations

from enum import StrEnum


class OwnChange(StrEnum):
    """The names that the page's forms give to a change, and its address to the sentence on it."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    PUBLISH_ALL = "publish-all"
    WITHDRAW_ALL = "withdraw-all"
    DELETE_ALL = "delete-all"
    TAKE_BACK = "take-back"
    PUT_BACK = "put-back"
