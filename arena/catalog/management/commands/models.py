"""`manage.py models`: every card with its state, what it needs, and where it is loaded."""

from __future__ import annotations

from typing import IO, Any, cast

from django.core.management.base import BaseCommand
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from arena.catalog import selectors
from arena.core.amounts import short_count
from inference_worker.wire.capacity import Fit

_FITS: tuple[Fit, ...] = ("now", "after_others_leave", "never")


class Command(BaseCommand):
    """Reads the catalogue and what the workers report; changes nothing."""

    help = "List the models: state, size, memory, whether it fits, and where it is loaded."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workers = selectors.workers()
        except RedisError:
            workers = []
            self.stderr.write("Redis can't be reached, so nobody knows what is loaded.")
        table = Table(box=None, pad_edge=False)
        for title in ("slug", "state", "answers", "size", "memory", "fits", "loaded", "source"):
            table.add_column(title, overflow="fold")
        for card in selectors.cards_for_operators():
            version = next(iter(card.versions.all()), None)
            here = [worker for worker in workers if card.queue in worker.queues]
            source = version.source if version else "-"
            in_worker = version is not None and not version.base_url
            budgets = [
                worker.memory for worker in here if worker.memory and in_worker and card.parameters
            ]
            needs = [(budget.needed(card.parameters or 0), budget) for budget in budgets]
            best = min(
                ((_FITS.index(budget.fit(need)), need) for need, budget in needs), default=None
            )
            row = (
                card.slug,
                str(card.get_state_display()),
                str(version.get_probe_display()) if version else "-",
                short_count(card.parameters) if card.parameters else "-",
                f"{best[1]:,} MB" if best else "-",
                _FITS[best[0]].replace("_", " ") if best else "-",
                ", ".join(worker.name for worker in here if source in worker.loaded) or "no",
                source,
            )
            table.add_row(*row)
        Console(file=cast(IO[str], self.stdout._out), highlight=False).print(table)
