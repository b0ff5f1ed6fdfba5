"""The form in which regions of a picture are blurred by hand, for voters and for operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol, Self
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from arena.battles.models import Image
from arena.battles.selectors.pictures import PictureRemoved, Regions
from arena.core.faces import Region
from arena.orchestration.services.regions import (
    RegionsChanged,
    UnusableRegions,
    usable_regions,
    version_of,
)

FIELDS = ("left", "top", "width", "height")
MOST_ROWS = 200
"""Rows that are read of what was sent; the service says how many may be stored."""
SAVE, LOOK, ADD = "save", "look", "add"
"""What the buttons of the form ask for."""
NEW_ROW = ("40", "40", "20", "20")
"""A region in the middle of the picture, to be moved to where it belongs."""

Row = tuple[str, ...]
"""The fields of a region, in percent, as they stand in the form."""


class RegionsSaver(Protocol):
    """A service that stores regions, if they are still those that were ``seen``."""

    def __call__(self, *, regions: Sequence[Region], seen: str) -> object:
        """Store the regions. Raises RegionsChanged if others were stored since."""


@dataclass(frozen=True, slots=True)
class RegionsForm:
    """Rows of the form, what was asked for, and the version of the regions it was opened on."""

    rows: list[Row]
    seen: str
    action: str = ""
    message: str = ""
    """A sentence on why nothing was saved."""
    status: int = 200
    is_saved: bool = False
    new_row: Row = NEW_ROW

    @classmethod
    def stored(cls, regions: Regions) -> Self:
        """Return the form of what is stored."""
        return cls([_row(region) for region in regions], version_of(regions))

    @classmethod
    def sent(cls, data: QueryDict) -> Self:
        """Return the form as somebody filled it in; rows without any number are left out, as is
        the row that a button takes away."""
        cells = [data.getlist(name)[:MOST_ROWS] for name in FIELDS]
        rows = list(zip_longest(*cells, fillvalue=""))
        gone = data.get("remove", "")
        kept = [row for number, row in enumerate(rows) if str(number) != gone]
        action = LOOK if gone else data.get("action", "")
        filled = [row for row in kept if any(cell.strip() for cell in row)]
        return cls(filled + [NEW_ROW] * (action == ADD), data.get("seen", ""), action)

    @classmethod
    def of(
        cls, request: HttpRequest, image: Image, stored: Callable[[], Regions], save: RegionsSaver
    ) -> Self:
        """Return the form of what is stored, or as it was sent, after ``save`` got its regions.

        Raises PictureRemoved, and what else ``save`` raises.
        """
        if image.removed_at is not None:
            raise PictureRemoved
        if request.method != "POST":
            return cls.stored(stored())
        return cls.sent(request.POST).passed_to(save, image, stored)

    @property
    def draft(self) -> str:
        """Return the rows as the address of a picture has them; nothing for unusable ones."""
        regions = [("region", ",".join(row)) for row in self.rows]
        return urlencode([("draft", self.seen), *regions]) if self.status != 400 else ""

    def passed_to(self, save: RegionsSaver, image: Image, stored: Callable[[], Regions]) -> Self:
        """Return the form after ``save`` got its regions, if that was asked for: saved, or with a
        sentence on why it is not, and with what another window has stored meanwhile."""
        try:
            regions = usable_regions([_region(row) for row in self.rows], image)
            if self.action == SAVE:
                save(regions=regions, seen=self.seen)
        except UnusableRegions as error:
            return replace(self, message=str(error.message), status=error.status)
        except RegionsChanged as error:
            now = stored()
            others = [_row(region) for region in now]
            return replace(
                self,
                rows=others + [row for row in self.rows if row not in others],
                seen=version_of(now),
                message=str(error.message),
                status=error.status,
            )
        return replace(self, is_saved=self.action == SAVE)


def drafted(query: QueryDict, image: Image) -> Regions | None:
    """Return the regions that an address names, each by its fields; None where it names no draft.
    Raises UnusableRegions."""
    if "draft" not in query:
        return None
    words = query.getlist("region")[:MOST_ROWS]
    return usable_regions([_region(word.split(",")) for word in words], image)


def _region(row: Sequence[str]) -> Region:
    try:
        left, top, wide, high = (float(cell) / 100 for cell in row)
    except ValueError as error:
        raise UnusableRegions from error
    return left, top, left + wide, top + high


def _row(region: Region) -> Row:
    left, top, right, bottom = region
    sizes = (left, top, right - left, bottom - top)
    return tuple(f"{100 * one:.3f}".rstrip("0").rstrip(".") for one in sizes)
