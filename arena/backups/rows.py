"""Tables as lines of JSON and back, the same for every database.

Values go by their columns, past models' `save`: what was stored comes back as it was, with the
times that Django would set anew.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field, FileField, JSONField, Model

LEFT_OUT = {
    "sessions.session",
    "axes.accessattempt",
    "axes.accessattemptexpiration",
    "axes.accessfailurelog",
    "axes.accesslog",
}
"""Sessions and sign-in attempts are not part of the history."""
MADE_BY_MIGRATIONS = {"contenttypes.contenttype", "auth.permission"}
_BATCH = 500


class ModelTable(NamedTuple):
    """A table as a backup has it: the name of its file, and its fields in the order of a line."""

    label: str
    model: type[Model]
    fields: list[Field[Any, Any]]


def tables() -> list[type[Model]]:
    """Return every model that has a table of its own, always in the same order."""
    found = [m for m in apps.get_models(include_auto_created=True) if not m._meta.proxy]
    kept = [m for m in found if m._meta.managed and m._meta.label_lower not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.label_lower)


def lines(model: type[Model]) -> Iterator[bytes]:
    """Yield a line for each row, by primary key, with at most some hundred rows in memory."""
    names = [field.attname for field in fields_of(model)]
    rows = model._base_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=_BATCH):
        yield json.dumps(row, default=_plain, ensure_ascii=False).encode() + b"\n"


def insert(model: type[Model], fields: list[Field[Any, Any]], source: Iterable[bytes]) -> int:
    """Store lines that ``lines`` wrote of these fields; returns the number of rows.

    Keys are checked at the commit.
    """
    waiting, count = iter(source), 0
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names of our models
    with connection.cursor() as cursor:
        while batch := list(islice(waiting, _BATCH)):
            stored: list[list[Any]] = []
            for line in batch:
                pairs = zip(fields, json.loads(line), strict=True)
                stored.append(
                    [
                        field.get_db_prep_save(
                            value
                            if value is None or isinstance(field, JSONField)
                            else field.to_python(value),
                            connection,
                        )
                        for field, value in pairs
                    ]
                )
            cursor.executemany(statement, stored)
            count += len(batch)
    return count


def files() -> Iterator[str]:
    """The names, in the storage, of all files that rows name."""
    for model in tables():
        for field in fields_of(model):
            if isinstance(field, FileField):
                names = model._base_manager.exclude(**{field.name: ""})
                yield from names.values_list(field.name, flat=True).iterator()


def filled(chosen: Iterable[ModelTable]) -> list[str]:
    """The tables with rows that a migration alone doesn't make."""
    own = [table for table in chosen if table.label not in MADE_BY_MIGRATIONS]
    return [one.label for one in own if one.model._base_manager.values_list("pk").exists()]


def empty(chosen: Iterable[type[Model]]) -> None:
    """Delete every row of these tables."""
    names = [model._meta.db_table for model in chosen]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), names, allow_cascade=True):
            cursor.execute(statement)


def reset_sequences(chosen: Iterable[type[Model]]) -> None:
    """The next row gets a number that is free."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(chosen)):
            cursor.execute(statement)


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields of a model's own table, in the order of its class."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def _plain(value: object) -> str:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | decimal.Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"no way to write a {type(value).__name__}")
