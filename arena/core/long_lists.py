"""The admin's lists of tables that grow without bound: as quick at ten million rows as at ten.

No row is counted, and no page is reached by leaving out those before it: a page begins behind the
key at which the one before it ended. The order is that of the primary key, the newest first.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, TypeVar

from django.contrib.admin import AllValuesFieldListFilter, ModelAdmin, ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

STRETCH = 100_000
"""Keys that one page looks through for a filter or a search that has no index. Where few rows
match, the page says how far it looked, and the next one goes on from there."""
RECENT = 2_000
"""Newest rows whose values a filter offers."""
BEFORE, DAY = "before", "until"
"""Names in the address: the key behind which a page begins, and the last day that it shows."""
_LEAST, _MOST = 1, 2**63 - 1


class RecentValuesFilter(AllValuesFieldListFilter):
    """Offers the values of the newest rows; all values would take a walk through the table."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, admin, field_path)
        newest = model._base_manager.order_by("-pk").values_list(field_path, flat=True)[:RECENT]
        # The stubs ask for a query; it is read in one go, as this is.
        self.lookup_choices = sorted({*newest, *(self.lookup_val or ())})  # type: ignore[assignment]


class LongChangeList(ChangeList):
    """One query for a page and, where a filter has no index, one each for the newest and the oldest
    key."""

    model_admin: LongList[Any]
    older: int | None = None
    """The key behind which the next page begins; None on the last one."""
    looked_through = 0
    """How many keys were looked at, where that ended the search for rows."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.day = request.GET.get(DAY, "")
        self.before = _key(request.GET.get(BEFORE, ""))
        super().__init__(request, *args, **kwargs)

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Where a page begins is no filter, and another filter begins with the newest row."""
        for name in (BEFORE, DAY):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, *args, **kwargs)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        """Whatever the address asks for."""
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """``result_count`` is exact where ``uncounted`` is False, else more than the page has."""
        self._begin()
        rows = self.queryset if self.before is None else self.queryset.filter(pk__lt=self.before)
        end = _LEAST if self._has_index() else self._end_of_stretch()
        found = list((rows.filter(pk__gte=end) if end > _LEAST else rows)[: self.list_per_page + 1])
        self.result_list = found[: self.list_per_page]
        if len(found) > self.list_per_page:
            self.older = self.result_list[-1].pk
        elif end > _LEAST:
            self.older, self.looked_through = end, STRETCH
        self.uncounted = self.older is not None or self.before is not None
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = Paginator(found, self.list_per_page)

    @property
    def older_link(self) -> str:
        """The next page of the same list."""
        return self.get_query_string({BEFORE: self.older})

    @property
    def newest_link(self) -> str:
        """The first page of the same list."""
        return self.get_query_string()

    def _begin(self) -> None:
        try:
            day = date.fromisoformat(self.day)
        except ValueError:
            self.day = ""
            return
        self.day = day.isoformat()
        self.before = _first_after(self.model, self.model_admin.dated, day)

    def _has_index(self) -> bool:
        """Whether the rows asked for are found without looking at others: all of them, those of
        an exact search, or those of a filter that the admin says an index is there for."""
        if self.query:
            return all(name.endswith("__exact") for name in self.search_fields)
        return not self.get_filters_params() or bool(self.params.keys() & self.model_admin.indexed)

    def _end_of_stretch(self) -> int:
        start = self.before
        if start is None:
            start = _newest(self.model) + 1
        end = start - STRETCH
        return end if end > _oldest(self.model) else _LEAST


class LongList(ModelAdmin[M]):
    """Give it ``dated`` and, for filters that have an index, ``indexed``; neither orders nor
    ``date_hierarchy``, which looks for the first and the last day in all rows."""

    dated = "created_at"
    """When a row was made; it grows with the key."""
    indexed: ClassVar[frozenset[str]] = frozenset()
    """Parameters of filters whose rows an index finds in the order of the key."""
    change_list_template = "admin/long_list.html"
    sortable_by = ()
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The one that counts nothing."""
        return LongChangeList


def _key(text: str) -> int | None:
    """None for what is no key: then the list begins with the newest row."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return number if _LEAST <= number <= _MOST else None


def _newest(model: type[Model]) -> int:
    newest = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _oldest(model: type[Model]) -> int:
    """Keys need not begin with one: behind this one there is nothing to look through."""
    oldest = model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    return oldest or _LEAST


def _first_after(model: type[Model], dated: str, day: date) -> int:
    """The first key of the days after this one. Looks at some twenty rows by their keys: an index
    by time would cost each vote something, for a question that is seldom asked."""
    low, high = _LEAST, _newest(model) + 1
    rows = model._base_manager.order_by("pk").values_list("pk", dated)
    while low < high:
        middle = (low + high) // 2
        row = rows.filter(pk__gte=middle).first()
        if row is None or row[1].date() > day:
            high = middle
        else:
            low = row[0] + 1
    return low
