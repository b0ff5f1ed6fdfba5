"""One's own data as a ZIP that is written while it is read: JSON, and the pictures as files.

The register says which columns people get, so that a new one is exported as soon as it is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import RawIOBase
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from arena.battles.models import Battle, Generation, Image
from arena.battles.selectors.pictures import PictureRemoved, picture_bytes
from arena.battles.states import BattleMode
from arena.privacy.register import StoredColumn, columns
from arena.privacy.selectors import stored_data

PAGE = 50
"""Battles in memory at a time; pictures come one by one."""


class _OutgoingBytes(RawIOBase):
    """A buffer into which a ZIP is written, and from which it is sent on."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


def own_archive(voter: UUID) -> Iterator[bytes]:
    """Yield the pieces of a ZIP of everything that is stored of a voter."""
    out = _OutgoingBytes()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("about.json", _json(facts_of_voter(voter)))
        yield out.take()
        with archive.open("battles.jsonl", "w") as lines:
            for page in battle_pages(voter):
                for facts in facts_of_battles(page):
                    lines.write(_json(facts, indent=None) + b"\n")
                yield out.take()
        for image in pictures_of(voter):
            name = f"pictures/{image.digest}.{image.mime.removeprefix('image/')}"
            try:
                archive.writestr(ZipInfo(name), picture_bytes(image), ZIP_STORED)
            except PictureRemoved:
                continue
            yield out.take()
    yield out.take()


def facts_of_voter(voter: UUID) -> dict[str, Any]:
    """Return what is stored of the voter alone, and what everything means."""
    own = [column for column in columns() if column.voter and column.exported]
    rows: dict[str, list[dict[str, Any]]] = {}
    for model, names in _by_model(own).items():
        found = _rows(own, model).filter(**{_lookup(own, model, "voter"): voter})
        rows[model] = list(found.values(*names))
    kinds = [
        {"title": one.title, "what": one.what, "why": one.why, "kept": one.kept}
        for one in stored_data()
    ]
    return {"voter": rows, "what_is_stored": kinds}


def battle_pages(voter: UUID) -> Iterator[list[Battle]]:
    after = 0
    rows = Battle.objects.filter(voter=voter).order_by("pk")
    while page := list(rows.filter(pk__gt=after)[:PAGE]):
        yield page
        after = page[-1].pk


def facts_of_battles(page: Sequence[Battle]) -> Iterator[dict[str, Any]]:
    """Yield a page's battles with all columns of the register; names of models after a vote,
    or where the voter chose them."""
    keys = [battle.pk for battle in page]
    own = [column for column in columns() if column.battle and column.exported]
    records: dict[int, dict[str, list[dict[str, Any]]]] = {key: {} for key in keys}
    for model, names in _by_model(own).items():
        lookup = _lookup(own, model, "battle")
        rows = _rows(own, model).filter(**{f"{lookup}__in": keys}).order_by("pk")
        for key, *values in rows.values_list(lookup, *names):
            facts = dict(zip(names, values, strict=True))
            records[key].setdefault(model, []).append(facts)
    models = revealed_names(keys)
    for battle in page:
        yield {
            "battle": battle.public_id,
            "mode": battle.mode,
            "models": models.get(battle.pk),
            "stored": records[battle.pk],
        }


def revealed_names(keys: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the names of the models of each battle that has a vote, or was asked by name, by
    side."""
    known = Q(turn__battle__vote__isnull=False) | ~Q(turn__battle__mode=BattleMode.BLIND)
    rows = Generation.objects.filter(known, turn__battle__in=keys, turn__number=0)
    found: dict[int, dict[str, str]] = {}
    for battle, side, name in rows.values_list("turn__battle", "side", "version__card__name"):
        found.setdefault(battle, {})[side] = name
    return found


def pictures_of(voter: UUID) -> Iterator[Image]:
    """Yield each picture of a voter's battles once."""
    digests: set[str] = set()
    for column in columns():
        if column.table._meta.get_field(column.name).related_model is Image:
            rows = column.table._base_manager.filter(**{f"{column.battle}__voter": voter})
            digests |= set(rows.order_by().values_list(column.name, flat=True).distinct())
    for digest in sorted(digests):
        yield from Image.objects.filter(pk=digest, removed_at=None)


def _by_model(own: Sequence[StoredColumn]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in own:
        found.setdefault(column.model, []).append(column.name)
    return found


def _rows(own: Sequence[StoredColumn], model: str) -> Any:
    """Return all rows of the table of that name."""
    return next(one for one in own if one.model == model).table._base_manager.all()


def _lookup(own: Sequence[StoredColumn], model: str, to: str) -> str:
    lookup: str = getattr(next(one for one in own if one.model == model), to)
    return lookup


def _json(value: Any, indent: int | None = 1) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent).encode()
