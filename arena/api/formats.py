"""The forms in which the API says the same thing: JSON, CSV and Parquet.

pyarrow is imported when the first Parquet file is asked for: it takes 31 MB of a web process.
"""

from __future__ import annotations

import csv
import io
import json
import types
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from arena.rating.cells import neutral_cell

if TYPE_CHECKING:
    import pyarrow

Form = Literal["json", "csv", "parquet"]
MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


def as_csv(row: type[BaseModel], rows: Sequence[BaseModel]) -> bytes:
    """Return a header and a line per row. No cell starts a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = list(row.model_fields)
    writer.writerow(names)
    for one in rows:
        values = one.model_dump(mode="json")
        cells: list[Any] = []
        for name in names:
            value = values[name]
            value = _flat(value)
            if isinstance(value, list):
                value = " ".join(map(str, value))
            cells.append(neutral_cell(value) if isinstance(value, str) else value)
        writer.writerow(cells)
    return out.getvalue().encode()


def as_parquet(row: type[BaseModel], rows: Sequence[BaseModel]) -> bytes:
    """Return a Parquet file whose columns have the same types whatever the rows are."""
    import pyarrow
    import pyarrow.parquet

    fields = row.model_fields
    schema = pyarrow.schema([(name, arrow_type(each.annotation)) for name, each in fields.items()])
    dumped = [{name: _flat(value) for name, value in one.model_dump().items()} for one in rows]
    table = pyarrow.Table.from_pylist(dumped, schema=schema)
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


def arrow_type(annotation: Any) -> pyarrow.DataType:
    """Return the Arrow type of a schema's field. Raises KeyError for a type that no row has."""
    import pyarrow

    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Literal, dict):
        return pyarrow.string()
    if origin is list:
        return pyarrow.list_(arrow_type(inside[0]))
    if origin in (Union, types.UnionType):
        return arrow_type(next(one for one in inside if one is not type(None)))
    types_of: dict[Any, pyarrow.DataType] = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
        datetime: pyarrow.timestamp("us", tz="UTC"),
        date: pyarrow.date32(),
    }
    return types_of[annotation]


def _flat(value: Any) -> Any:
    """Return an object as JSON: a table has no place for its names."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
