"""Many rows at once, the same on both databases."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from arena.core.rows import write_rows
from arena.labels.models import LabelSet

pytestmark = pytest.mark.django_db
COLUMNS = ("language", "category", "preset")


def stored():
    return list(LabelSet.objects.order_by("pk").values_list(*COLUMNS))


def test_rows_are_written_in_their_order_from_any_iterable():
    rows = [(f"l{number}", "ocr", bool(number % 2)) for number in range(3000)]
    write_rows(LabelSet, COLUMNS, iter(rows))
    assert stored() == rows


def test_text_arrives_as_it_was():
    rows = [("a\tb\rc", "\\N", True), ("", "d'\"e\\", False)]
    write_rows(LabelSet, COLUMNS, rows)
    assert stored() == rows


def test_a_line_break_arrives_as_one_and_is_no_row_s_end():
    with pytest.raises(IntegrityError, match="one_line"), transaction.atomic():
        write_rows(LabelSet, COLUMNS, [("a\nb", "", True)])


def test_no_rows_are_no_fault():
    write_rows(LabelSet, COLUMNS, [])
    assert stored() == []


def test_a_row_that_is_refused_takes_the_others_along():
    with pytest.raises(IntegrityError), transaction.atomic():
        write_rows(LabelSet, COLUMNS, [("en", "", False), ("en", "", False)])
    assert stored() == []


def test_rows_that_break_off_leave_nothing():
    def rows():
        yield ("en", "", False)
        raise KeyError

    with pytest.raises(KeyError), transaction.atomic():
        write_rows(LabelSet, COLUMNS, rows())
    assert stored() == []
    assert connection.is_usable()
