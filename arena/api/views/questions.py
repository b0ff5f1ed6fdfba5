"""The parameters that endpoints share."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Schema
from pydantic import Field

from arena.api.formats import Form
from arena.boards.selectors import OVERALL

MOST_ROWS = 1000
SLUG = r"^[-a-zA-Z0-9_]{1,50}$"
SLUG_OR_NONE = r"^[-a-zA-Z0-9_]{0,50}$"
WORDS = r"^[^\x00]*$"
"""Any text: none with a NUL is understood at all."""

ModelName = Annotated[str, Path(pattern=SLUG)]
Etag = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of a snapshot.")]


class TableQuestion(Schema):
    """The form of a table."""

    format: Form | None = Field(
        None, description="Takes precedence over `Accept`; a suffix of the address does the same."
    )


class PageQuestion(TableQuestion):
    """A page of a long table."""

    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Number of rows of a page.")
    cursor: str = Field(
        "", pattern=r"^[0-9]{0,18}$", description="The value of `next` on the page before."
    )

    @property
    def place(self) -> int:
        """Return the number that the cursor holds, 0 for the first page."""
        return int(self.cursor or 0)


class BoardPageQuestion(PageQuestion):
    """A page of the data of a board."""

    board: str = Field(OVERALL, pattern=SLUG, description="Slug of a board, as in `/boards`.")
