"""Dated snapshots of a board, and what changed between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length

from arena.boards.models import Snapshot
from arena.core.errors import DomainError, NotFound
from arena.leaderboard.selectors.page import board_of
from arena.ledger.selectors.tallies import split_name
from arena.rating.fit import RATED
from arena.resources.record_schemas import ChangeList, RatingChange, SnapshotRow, SnapshotSummary
from arena.resources.selectors.leaderboards import method_version

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Snapshots from new to old, and the key behind which the next page begins."""

    board: str
    snapshots: list[SnapshotSummary]
    after: int | None


def snapshot_page(
    board: str,
    *,
    since: datetime | None,
    until: datetime | None,
    daily: bool,
    before: int | None,
    limit: int,
) -> SnapshotPage:
    """Return a page of a board's snapshots, the newest first; of a day alone the last if ``daily``.

    Raise NotFound for a board that has never been shown.
    """
    found = board_of(board)
    own = Snapshot.objects.filter(board_id=found.pk)
    rows = own.filter(pk__lt=before) if before is not None else own
    rows = rows.filter(created_at__gte=since) if since else rows
    rows = rows.filter(created_at__lte=until) if until else rows
    if daily:
        later = own.filter(created_at__date=OuterRef("created_at__date"), pk__gt=OuterRef("pk"))
        rows = rows.exclude(body="").filter(~Exists(later))
    # Without the bodies, which are forty kilobytes each; only whether they are there.
    rows = rows.annotate(size=Length("body")).defer("body")
    listed = list(rows.order_by("-pk")[: limit + 1])
    more = listed[limit - 1].pk if len(listed) > limit else None
    return SnapshotPage(found.slug, [summary(one, found.slug) for one in listed[:limit]], more)


def snapshot_of(etag: str) -> Snapshot:
    """Return the newest snapshot with these bytes. Raise NotFound where no board ever had them."""
    found = Snapshot.objects.filter(etag=etag).select_related("board").order_by("-pk").first()
    if found is None:
        raise NotFound
    return found


def summary(snapshot: Snapshot, board: str) -> SnapshotSummary:
    """Return what stands in a list of snapshots."""
    size = getattr(snapshot, "size", None)
    return SnapshotSummary(
        etag=snapshot.etag,
        board=board,
        generated_at=snapshot.created_at,
        leaderboard_publish_date=snapshot.created_at.date(),
        ledger_number=snapshot.ledger_number,
        ledger_hash=snapshot.ledger_hash,
        method=snapshot.method,
        method_version=method_version(snapshot),
        code_version=snapshot.code_version,
        kept=bool(snapshot.body if size is None else size),
    )


def snapshot_rows(body: bytes) -> list[SnapshotRow]:
    """Return the rows of a snapshot's bytes."""
    names = SnapshotRow.model_fields
    rows = json.loads(body)["rows"]
    return [SnapshotRow(**{name: row.get(name) for name in names}) for row in rows]


class OtherBoard(DomainError):
    """Two snapshots that no reader can compare."""

    status = 422
    code = "invalid"


def changes(before: Snapshot | None, after: Snapshot | None, rows: tuple[Any, Any]) -> ChangeList:
    """Return what changed; ``rows`` are those of both. Raises OtherBoard for snapshots of two."""
    if before and after and before.board_id != after.board_id:
        raise OtherBoard("The two snapshots are of different boards.")
    old, new = ({row["model"]: row for row in side} for side in rows)
    found = [_change(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    found.sort(key=lambda one: (-abs(one.places or 0), one.rank is None, one.rank or 0))
    either = after or before
    board = either.board.slug if either else ""
    votes = sum(row["votes"] for row in new.values()) - sum(row["votes"] for row in old.values())
    return ChangeList(
        board=board,
        before=summary(before, board) if before else None,
        after=summary(after, board) if after else None,
        votes=votes // 2,
        changes=found,
    )


def earlier_snapshot(after: Snapshot) -> Snapshot | None:
    """Return the newest snapshot of an earlier day whose rows are stored."""
    kept = Snapshot.objects.filter(board_id=after.board_id).exclude(body="")
    day = after.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return kept.filter(Q(created_at__lt=day)).order_by("-pk").select_related("board").first()


def _change(name: str, old: Row | None, new: Row | None) -> RatingChange:
    was, now = _rank(old), _rank(new)
    places = was - now if was is not None and now is not None else None
    word: Literal["moved", "arrived", "left", "same"] = "moved" if places else "same"
    if was is None or now is None:
        word = "same" if was == now else ("arrived" if was is None else "left")
    slug, version = split_name(name)
    return RatingChange(
        model_name=slug,
        version=version,
        change=word,
        rank_before=was,
        rank=now,
        places=places,
        rating_before=old.get("rating") if old else None,
        rating=new.get("rating") if new else None,
        votes_before=old["votes"] if old else 0,
        vote_count=new["votes"] if new else 0,
    )


def _rank(row: Row | None) -> int | None:
    return row["rank"] if row is not None and row["state"] == RATED else None
