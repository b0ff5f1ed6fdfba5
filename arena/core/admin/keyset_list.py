"""The admin's lists of tables that grow without bound: as quick at ten million rows as at ten.

No row is counted, and no page is reached by leaving out those before it: a page begins behind the
key at which the one before it ended. The order is that of the primary key, the newest first.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.contrib.admin import AllValuesFieldListFilter, ModelAdmin, ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet
from django.db.models.expressions import Combinable, RawSQL
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

STRETCH = 100_000
"""Keys that one page looks through for a filter or a search that has no index. Where few rows
match, the page says how far it looked, and the next one goes on from there."""
RECENT = 2_000
"""Newest rows whose values a filter offers."""
BEFORE, SINCE, UNTIL = "before", "since", "until"
"""Names in the address: the key behind which a page begins, and the span of time of a list."""
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
_LAST = datetime.max.replace(tzinfo=UTC)
_LEAST, _MOST = 1, 2**63 - 1
_HALVES = """
WITH RECURSIVE halves (low, high) AS (
    SELECT CAST(1 AS bigint), coalesce(max({key}), 0) + 1 FROM {table}
    UNION ALL
    SELECT CASE WHEN {late} THEN low ELSE (low + high) / 2 + 1 END,
        CASE WHEN {late} THEN (low + high) / 2 ELSE high END
    FROM halves WHERE low < high
)
SELECT max(low) FROM halves
"""


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
    """A list that takes one query for the keys of a page, one for its rows and, if a filter has no
    index, one each for the newest and the oldest key."""

    model_admin: LongList[Any]
    older: int | None = None
    """The key behind which the next page begins; None on the last one."""
    looked_through = 0
    """The number of keys that were searched, if their limit ended the search."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.begin, _ = _span(request.GET.get(SINCE, ""))
        _, self.end = _span(request.GET.get(UNTIL, ""))
        text = request.GET.get(BEFORE, "")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
        self.before = number if _LEAST <= number <= _MOST else None
        super().__init__(request, *args, **kwargs)

    @property
    def since(self) -> str:
        """Return the first minute of the list as a form has it; empty for none."""
        return _in_form(self.begin) if self.begin else ""

    @property
    def until(self) -> str:
        """Return the last minute of the list as a form has it; empty for none."""
        return _in_form(self.end - MINUTE) if self.end else ""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Return the rows asked for, for an action on all of them, too: the span is among what is
        asked for, and the beginning of a page is not."""
        self.params.pop(BEFORE, None)
        self.filter_params.pop(BEFORE, None)
        rows = super().get_queryset(request, *args, **kwargs)
        begin, end = self.bounds
        rows = rows if begin is None else rows.filter(pk__gte=begin)
        return rows if end is None else rows.filter(pk__lt=end)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return what filters of columns are asked for: the span is none of them."""
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (SINCE, UNTIL)}

    @cached_property
    def bounds(self) -> tuple[int | None, int | None]:
        """Return the first key of the list's span of time, and the first one behind it."""
        dated = self.model_admin.dated
        begin = _first_since(self.model, dated, self.begin) if self.begin else None
        return begin, _first_since(self.model, dated, self.end) if self.end else None

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        """Return the one order of such a list, whatever the address asks for."""
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """``result_count`` is exact where ``uncounted`` is False, else more than the page has."""
        rows = self.queryset if self.before is None else self.queryset.filter(pk__lt=self.before)
        has_index = (
            all(name.endswith("__exact") for name in self.search_fields)
            if self.query
            else not self.get_filters_params()
            or bool(self.params.keys() & self.model_admin.indexed)
        )
        end = _LEAST if has_index else self._end_of_stretch()
        found = self._read(rows.filter(pk__gte=end) if end > _LEAST else rows)
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

    def _read(self, rows: QuerySet[Any]) -> list[Any]:
        """Return the rows of a page, and one more where there is one.

        The keys are looked for without the tables that the list shows beside them: with more than
        eight tables PostgreSQL keeps them in the order of the query, and joins all rows to each of
        them before it looks for those of a filter.
        """
        page = slice(self.list_per_page + 1)
        keys = list(rows.values_list("pk", flat=True)[page])
        shown = self.apply_select_related(self.root_queryset.filter(pk__in=keys))
        return list(shown.order_by("-pk")[page])

    @property
    def older_link(self) -> str:
        """The next page of the same list."""
        return self.get_query_string({BEFORE: self.older})

    @property
    def newest_link(self) -> str:
        """The first page of the same list."""
        return self.get_query_string()

    def _end_of_stretch(self) -> int:
        begin, behind = self.bounds
        start = min((key for key in (self.before, behind) if key is not None), default=None)
        if start is None:
            newest = self.model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
            start = (newest or 0) + 1
        end = start - STRETCH
        if begin is not None and end <= begin:
            return _LEAST  # the rest of the list's span is no longer than a stretch
        keys = self.model._base_manager.order_by("pk").values_list("pk", flat=True)
        return end if end > (keys.first() or _LEAST) else _LEAST  # keys need not begin with one


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
        """Return the list that counts nothing."""
        return LongChangeList


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """Return the beginning and the end of the day or minute that an address names, in UTC; None for
    what is neither."""
    try:
        begin = datetime.fromisoformat(text)
        begin = begin.astimezone(UTC) if begin.tzinfo else begin.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None, None
    begin = begin.replace(second=0, microsecond=0)
    length = DAY if len(text) <= len("2026-11-29") else MINUTE
    return begin, begin + length if _LAST - begin > length else _LAST


def _in_form(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def _first_since(model: type[Model], dated: str, moment: datetime) -> int:
    """Return the first key from a moment on, in one query.

    It halves the keys and looks at some twenty rows: an index by time would cost each vote
    something, for a question that is seldom asked.
    """
    late = ExpressionWrapper(Q(**{f"{dated}__gte": moment}), BooleanField())
    middle = RawSQL("(halves.low + halves.high) / 2", ())
    rows = model._base_manager.filter(pk__gte=middle).order_by("pk").values_list(late)
    statement, given = rows[:1].query.sql_with_params()
    meta: Any = model._meta
    names = {"table": meta.db_table, "key": meta.pk.column}
    quoted = {name: connection.ops.quote_name(word) for name, word in names.items()}
    # Where no row follows the middle, it lies behind the moment, too.
    query = _HALVES.format(**quoted, late=f"coalesce(({statement}), %s)")
    with connection.cursor() as cursor:
        cursor.execute(query, [*given, True] * 2)
        return int(cursor.fetchone()[0])
