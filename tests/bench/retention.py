"""The retention run over many old battles: rows a second, and the memory that it takes.

    python -m tests.bench.retention [--battles 1000000] [--database postgresql]

Each battle has a turn and two answers; one in ten may be published and stays. Pictures are shared
by a thousand battles each, as sample pictures are.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.figures import Figure, bar, conclude
from tests.site import arena_on

MORE_MEMORY_MB = 100.0
PIECE = 10_000


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    args = parser.parse_args(argv)
    with arena_on(args.database):
        return conclude(f"Retention on {args.database}", measure(args.battles))


def fill(battles: int) -> None:
    """Store old battles, piece by piece."""
    from django.utils import timezone

    from arena.battles.models import Battle, Generation, Turn
    from arena.battles.states import BattleState, GenerationState
    from tests.factories import CONDITIONS, make_image, make_models, make_voter

    old, voter, (first, second) = timezone.now(), make_voter(), make_models("first", "second")
    old -= timedelta(days=100)
    images = [make_image(f"picture {n}".encode()) for n in range(max(1, battles // 1000))]
    with bar("Battles, in pieces", -(-battles // PIECE)) as ticks:
        for start in range(0, battles, PIECE):
            numbers = range(start, min(start + PIECE, battles))
            given = {"voter": voter, "draw_policy": "uniform", "draw_probability": 1.0}
            rows = Battle.objects.bulk_create(
                Battle(publish=n % 10 == 0, state=BattleState.VOTED, conditions=CONDITIONS, **given)
                for n in numbers
            )
            Battle.objects.filter(pk__gte=rows[0].pk).update(created_at=old)
            turns = Turn.objects.bulk_create(
                Turn(battle=row, prompt="What is in the picture?", image=images[n % len(images)])
                for n, row in zip(numbers, rows, strict=True)
            )
            Generation.objects.bulk_create(
                Generation(turn=turn, side=side, version=version, text="An answer. " * 20,
                           state=GenerationState.ENDED)
                for turn in turns for side, version in (("a", first), ("b", second))
            )  # fmt: skip
            ticks.tick()


def measure(battles: int) -> list[Figure]:
    """Fill, run, look at what is left."""
    from arena.battles.models import Battle, Turn
    from arena.privacy.services import retain

    fill(battles)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of the run alone
    before, started, used = _held(), time.perf_counter(), time.process_time()
    erased, highest = 0, before
    with bar("Battles looked at, in pieces", -(-battles // PIECE)) as ticks:
        looked_at = 0
        while (run := retain(seconds=5.0)).looked_at:
            erased, looked_at = erased + run.erased, looked_at + run.looked_at
            for _ in range(looked_at // PIECE):
                ticks.tick()
            looked_at %= PIECE
            highest = max(highest, _held())
    seconds, own = time.perf_counter() - started, time.process_time() - used
    more, due = highest - before, battles - -(-battles // 10)
    left = Turn.objects.filter(battle__publish=False).exclude(prompt="").count()
    kept = Battle.objects.filter(erased_at=None).count()
    return [
        Figure("battles erased", f"{erased:,}", f"{due:,}", erased == due),
        Figure("texts left", str(left), "0", left == 0),
        Figure("battles that stay", f"{kept:,}", f"{battles - due:,}", kept == battles - due),
        Figure("battles a second", f"{erased / seconds:,.0f}"),
        Figure("this process's share of a core", f"{own / seconds:.0%}"),
        Figure("more memory at the peak", f"{more:.0f} MB", f"within {MORE_MEMORY_MB:.0f} MB",
               more <= MORE_MEMORY_MB),
    ]  # fmt: skip


def _held() -> float:
    """Return the most memory that this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
