"""What a test of backups lets a process of its own do on one of two databases.

    python -m tests.arena.backups.across fill

Each work prints one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, models

from tests.site import open_site

AWKWARD = "Zoë's \\ “%s” ✨\u2028\t'quoted'\n\nnext"
"""What a prompt or an answer may well hold, and what a database could trip over."""


def fill() -> dict[str, Any]:
    """Votes with pictures, on boards, taken out, put back, relabelled, imported, thinned."""
    from django.core.management import call_command

    from arena.boards.services.defaults import fill_boards
    from arena.boards.services.snapshots import recompute
    from arena.boards.services.updating import boards_to_compute, update_live_boards
    from arena.labels.services import label_set, relabel
    from arena.labels.states import LabelKind
    from arena.ledger.services.exclusions import exclude, restore
    from arena.ledger.services.imports import ImportedVote, append_imported
    from tests.factories import make_models, make_vote  # untyped, like all factories

    call_command("migrate", verbosity=0)
    fill_boards()
    pair: Any = make_models("first", "second")
    answer = {"text": AWKWARD, "length": 3, "headers": 0, "lists": 0, "bold": 1}
    votes = [
        make_vote(pair[0], pair[1], choice, a=answer, b=answer) for choice in ("a", "b", "tie", "a")
    ]
    make_vote(pair[0], pair[1], a={"betrays": True})
    first, second = (one.card_id for one in pair)
    german = label_set(language="de").pk
    leap = ImportedVote(-(2**40), first, second, 3, date(2024, 2, 29), german)
    append_imported(source="lmarena/2024", votes=[leap])
    update_live_boards()
    relabel(turns=[votes[0].battle.turns.get().pk], kind=LabelKind.CATEGORY, value="ocr")
    exclude(votes=[votes[1].pk, votes[2].pk], reason="operator", by=AWKWARD)
    restore(votes=[votes[2].pk], reason="operator", by="ada")
    update_live_boards()
    for board in boards_to_compute():
        recompute(board=board, patient=False)
    make_vote(pair[0], pair[1], "both_bad")  # it waits for the ledger
    return look()


def look() -> dict[str, Any]:
    """By table, its rows; with what snapshots say of their bodies, and what SHA-256 says."""
    from django.core.files.storage import default_storage

    from arena.backups import rows
    from arena.boards.models import Snapshot

    held = {model._meta.label_lower: [json.loads(line) for line in rows.lines(model)]
            for model in rows.tables()}  # fmt: skip
    bodies = Snapshot.objects.exclude(body="").values_list("etag", "body")
    files = [Path(default_storage.path(name)).read_bytes() for name in sorted(rows.files())]
    return {
        "rows": held,
        "etags": [etag for etag, _ in bodies],
        "bodies": [hashlib.sha256(body.encode()).hexdigest() for _, body in bodies],
        "files": [hashlib.sha256(file).hexdigest() for file in files],
    }


def go_on() -> list[dict[str, Any]]:
    """What there is; then, with one more vote, the entries behind the last, what a recount says,
    and keys that are free."""
    from arena.boards.models import Snapshot
    from arena.boards.services.reproduction import reproduce_snapshot
    from arena.boards.services.updating import update_live_boards
    from arena.boards.services.verification import verify_ledger
    from arena.catalog.models import ModelVersion
    from arena.ledger.models import LedgerEntry
    from arena.ledger.selectors.head import head
    from tests.factories import make_vote

    found, last = look(), head().number
    make_vote(*ModelVersion.objects.order_by("pk")[:2])
    update_live_boards()
    behind = LedgerEntry.objects.filter(number__gt=last).order_by("number")
    rebuilt = [reproduce_snapshot(snapshot=one).equal for one in Snapshot.objects.all()]
    later = {
        "last": last,
        "behind": list(behind.values_list("number", flat=True)),
        "findings": list(verify_ledger().findings),
        "rebuilt": rebuilt,
        "taken": taken(),
    }
    return [found, later]


def taken() -> list[str]:
    """Tables whose next key is one that a row has."""
    from arena.backups import rows

    numbered = [m for m in rows.tables() if isinstance(m._meta.pk, models.AutoField)]
    numbered = [m for m in numbered if m._base_manager.exists()]
    assert numbered
    return [m._meta.label_lower for m in numbered if _next(m) <= _most(m)]


def _most(model: type[models.Model]) -> int:
    return int(model._base_manager.order_by("-pk").values_list("pk", flat=True)[0])


def _next(model: type[models.Model]) -> int:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT seq + 1 FROM sqlite_sequence WHERE name = %s", [table])
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    open_site(os.environ["DATABASE_URL"], Path(os.environ["ARENA_DATA_DIR"]))
    logging.disable(logging.WARNING)  # no Redis runs that could tell open pages
    print(json.dumps({"fill": fill, "go_on": go_on}[sys.argv[1]]()))
