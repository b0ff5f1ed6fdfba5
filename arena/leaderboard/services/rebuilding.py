"""A snapshot once more, from the ledger's entries alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from arena.core.errors import NotFound
from arena.leaderboard import selectors
from arena.leaderboard.models import Snapshot
from arena.leaderboard.services.recipes import Recipe, compute
from arena.leaderboard.services.snapshots import body_of, etag_of, version
from arena.rating.methods import UnknownMethod


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the ledger gives now for a stored snapshot."""

    snapshot: Snapshot
    body: str
    chained: bool
    """Whether the ledger still has the hash at that number."""
    failure: str = ""
    """Why nothing could be computed; the body is empty then."""

    @property
    def equal(self) -> bool:
        """Byte for byte; of a body that was thinned out, by its SHA-256."""
        stored = self.snapshot.body or self.body
        same = stored == self.body and etag_of(self.body) == self.snapshot.etag
        return self.chained and not self.failure and same

    @property
    def sentence(self) -> str:
        """What to tell an operator."""
        name = f"Snapshot {self.snapshot.pk} ({self.snapshot.board.slug})"
        at = f"{name} at ledger entry {self.snapshot.ledger_number}"
        if self.equal:
            return f"{at}: rebuilt byte for byte, {self.snapshot.etag}"
        if not self.chained:
            return f"{at}: NOT EQUAL, the ledger has another hash there: it was changed"
        if self.failure:
            return f"{at}: NOT EQUAL, the ledger's entries give no leaderboard: {self.failure}"
        now, then = version(), self.snapshot.code_version
        why = f"computed by version {then}, this is {now}" if now != then else f"version {now}"
        return f"{at}: NOT EQUAL, {etag_of(self.body)} instead of {self.snapshot.etag} ({why})"


def find_snapshot(name: str) -> Snapshot:
    """By its id or its etag; the beginning of an etag will do. Raises NotFound."""
    named = Q(pk=int(name)) if name.isdecimal() and len(name) < 19 else Q(etag__startswith=name)
    found = Snapshot.objects.filter(named).select_related("board") if name else []
    snapshot: Snapshot | None = next(iter(found), None)
    if snapshot is None:
        raise NotFound
    return snapshot


def rebuild(*, snapshot: Snapshot) -> Rebuilt:
    """From the entries up to its number, whatever was excluded or relabelled later.

    Raises NotFound where the ledger is shorter than that.
    """
    recipe = Recipe.of_snapshot(snapshot)
    chained = selectors.head_at(snapshot.ledger_number).hash == snapshot.ledger_hash
    try:
        found = compute(recipe, snapshot.ledger_number)
    except (UnknownMethod, ValueError, TypeError) as error:
        return Rebuilt(snapshot, "", chained, str(error))
    return Rebuilt(snapshot, body_of(snapshot.board.slug, recipe, found), chained)


def text_of(*, snapshot: Snapshot) -> str:
    """Its body, as stored or as rebuilt where it was thinned out. Raises NotFound where the
    ledger gives another one now."""
    if snapshot.body:
        return snapshot.body
    rebuilt = rebuild(snapshot=snapshot)
    if not rebuilt.equal:
        raise NotFound
    return rebuilt.body


def snapshot_ids() -> list[int]:
    """Of all, oldest first."""
    return list(Snapshot.objects.order_by("pk").values_list("pk", flat=True))
