"""How long the admin's pages take with many cards and battles, and how many questions they ask.

    python -m tests.bench.admin_pages [--cards 200] [--battles 1000000] [--database sqlite]
    python -m tests.bench.admin_pages --at FOLDER [--cards 200] [--battles 1000000]

Battles, turns, answers and votes are written by bulk SQL, the last day's among them; then each
page is asked for by an operator who may see everything, in this process. With ``--at``, PostgreSQL
keeps what was written in that folder, and the next measurement there begins at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.figures import Figure, conclude, quantile
from tests.site import arena_on

TARGET_MS = 500.0
WARM_UP = 3
NETWORKS = 50
"""Voters of the filled arena, each in a network of its own."""
PAGES = {
    "dashboard": "",
    "model cards": "catalog/modelcard/",
    "battles": "battles/battle/",
    "a battle": "battles/battle/{battle}/change/",
    "votes": "battles/vote/",
    "votes of a model": "battles/vote/?model=bench-001",
    "votes of a day": "battles/vote/?since={day}&until={day}",
    "votes of ten minutes": "battles/vote/?since={since}&until={minute}",
    "votes of a model in ten minutes": "battles/vote/?model=bench-001&since={since}&until={minute}",
    "votes of a network in ten minutes": "battles/vote/?q={network}&since={since}&until={minute}",
    "votes taken out": "battles/vote/?out=betrayed",
    "votes taken out in ten minutes": "battles/vote/?out=betrayed&since={since}&until={minute}",
    "answers": "battles/generation/",
    "failed answers": "battles/generation/?state__exact=failed",
    "labels": "labels/battlelabels/",
    "ledger": "ledger/ledgerentry/",
    "snapshots": "boards/snapshot/",
    "budgets": "spending/cardbudget/",
    "sampling preview": "sampling/",
    "audit log": "operations/auditentry/",
}
_TURNS = """
INSERT INTO battles_turn (battle_id, number, prompt, image_id, sample)
SELECT id, 0, 'What is in the picture?', %s, '' FROM battles_battle
"""
_ANSWERS = """
INSERT INTO battles_generation (turn_id, side, version_id, state, attempt, last_attempt, fence,
    ended_at, text, code, finish, tokens, first_text_ms, total_ms, worker, betrays)
SELECT t.id, %s, {column}, CASE WHEN v.id %% 50 = 0 THEN 'failed' ELSE 'ended' END, 1, 2, '',
    v.created_at, 'A pixel.', '', 'stop', 20, 100, 900, 'w', {no}
FROM battles_turn t JOIN battles_vote v ON v.battle_id = t.battle_id
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=200)
    parser.add_argument("--battles", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20, help="each page is asked for")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--at", type=Path, help="a folder in which PostgreSQL is filled once")
    args = parser.parse_args(argv)
    with arena_on(args.database, kept=args.at):
        from arena.battles.models import Battle

        if not Battle.objects.exists():
            fill(args.cards, args.battles)
        return conclude(f"The admin on {args.database}", measure(args))


def fill(cards: int, battles: int) -> None:
    """Write an arena that has run for a month, its newest battles within the last day."""
    from django.db import connection
    from django.db.models import F
    from django.utils import timezone

    from arena.battles.models import Battle, Vote
    from arena.boards.services.updating import update_live_boards
    from arena.catalog.models import ModelCard
    from arena.ledger.services.folding import fold
    from arena.spending.models import CardBudget
    from arena.voters.models import Voter
    from tests import backlog
    from tests.factories import make_image

    backlog.fill(models=cards, votes=battles, days=30, seed=1)
    newest = Battle.objects.latest("pk").created_at
    for model in (Battle, Vote):
        model.objects.update(created_at=F("created_at") + (timezone.now() - newest))
    for number in range(NETWORKS):
        voter = Voter.objects.create(network=f"{number:032x}")
        own = Vote.objects.annotate(turn=F("pk") % NETWORKS).filter(turn=number)
        own.update(voter=voter)
    no = "false" if connection.vendor == "postgresql" else "0"
    with connection.cursor() as cursor:
        cursor.execute(_TURNS, [make_image().pk])
        for side in ("a", "b"):
            cursor.execute(_ANSWERS.format(column=f"v.version_{side}_id", no=no), [side])
        cursor.execute("ANALYZE")
    CardBudget.objects.bulk_create(
        CardBudget(card=card, battles_a_day=1000) for card in ModelCard.objects.all()
    )
    fold()
    update_live_boards()


def measure(args: argparse.Namespace) -> list[Figure]:
    """Ask for each page and return the table's rows."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    from arena.battles.models import Battle, Vote

    user, _ = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    newest = Battle.objects.latest("pk")
    vote = Vote.objects.latest("pk")
    minute = vote.created_at - timedelta(days=3)  # that of all votes of this day
    names = {
        "battle": newest.pk,
        "day": newest.created_at.date().isoformat(),
        "since": f"{minute - timedelta(minutes=10):%Y-%m-%dT%H:%M}",
        "minute": f"{minute:%Y-%m-%dT%H:%M}",
        "network": vote.voter.network,
    }
    rows = []
    for name, path in PAGES.items():
        address = f"/admin/{path.format(**names)}"
        asked: list[str] = []
        with connection.execute_wrapper(partial(_noted, asked)):
            status = client.get(address).status_code
        taken = []
        for number in range(WARM_UP + args.times):
            start = time.perf_counter()
            client.get(address)
            if number >= WARM_UP:
                taken.append(1000 * (time.perf_counter() - start))
        p95 = quantile(taken, 0.95)
        value = f"{status}, p95 {p95:.0f} ms, {len(asked)} queries"
        right = status == 200 and p95 < TARGET_MS
        rows.append(Figure(name, value, f"p95 < {TARGET_MS:.0f} ms", right))
    return rows


def _noted(asked: list[str], execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Remember a question and let it be answered."""
    asked.append(sql)
    return execute(sql, params, many, context)


if __name__ == "__main__":
    sys.exit(main())
