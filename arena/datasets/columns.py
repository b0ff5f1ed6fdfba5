"""Arrow types of an export, and how the Hub is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from arena.datasets.records import PublicBattle, PublicTurn

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""The struct in which the Hub keeps a picture."""
IMAGES = pa.list_(IMAGE)
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
PARTS = pa.list_(pa.struct([("type", pa.string()), ("text", pa.string())]))
"""The content of a message in parts, so that each picture has its place."""
PARTED_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", PARTS)]))


def hub_schema(fields: Iterable[tuple[str, pa.DataType]]) -> pa.Schema:
    """Return a schema that tells the Hub's library which columns are pictures."""
    schema = pa.schema(list(fields))
    features = {field.name: _feature(field.type) for field in schema}
    info = json.dumps({"info": {"features": features}})
    return schema.with_metadata({"huggingface": info})


def table_of(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table; a row that lacks a column is a KeyError and no null."""
    found = list(rows)
    columns = [[row[name] for row in found] for name in schema.names]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def is_flat(schema: pa.Schema) -> bool:
    """Return whether each column fits into a cell of CSV."""
    return not any(pa.types.is_nested(field.type) for field in schema)


def images_of(battle: PublicBattle) -> list[dict[str, Any]]:
    """Return the pictures of all turns."""
    images = [image for turn in battle.turns for image in turn.images]
    return [{"bytes": image.data, "path": image.path} for image in images]


def question(turn: PublicTurn) -> dict[str, Any]:
    """Return the voter's message of a turn, pictures first."""
    parts: list[dict[str, Any]] = [{"type": "image", "text": None} for _ in turn.images]
    parts.append({"type": "text", "text": turn.prompt})
    return {"role": "user", "content": parts}


def reply(turn: PublicTurn, side: str) -> dict[str, Any]:
    """Return the message of one side's answer."""
    parts = [{"type": "text", "text": turn.answers[side].text}]
    return {"role": "assistant", "content": parts}


def history(battle: PublicBattle, side: str) -> list[dict[str, Any]]:
    """Return one side's messages up to the last question, which waits for its answer."""
    *before, last = battle.turns
    messages = [one for turn in before for one in (question(turn), reply(turn, side))]
    return [*messages, question(last)]


def _feature(kind: pa.DataType) -> Any:
    if kind == IMAGE:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    name = {"double": "float64", "date32[day]": "date32"}.get(str(kind), str(kind))
    return {"dtype": name, "_type": "Value"}
