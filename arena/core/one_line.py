"""Text that a hash covers as one line among others."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q

BREAK = "\n"
"""The character that joins lines before they are hashed, and which no line may contain."""


def one_line(*fields: str) -> Q:
    """The condition of a database constraint: none of these fields has a line feed in it."""
    return ~reduce(or_, (Q(**{f"{field}__contains": BREAK}) for field in fields))
