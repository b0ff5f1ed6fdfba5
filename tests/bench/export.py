"""An export of votes, and of battles with pictures: rows a second, and memory at the peak.

    python -m tests.bench.export [--votes 1000000] [--battles 2000] [--database sqlite]
    python -m tests.bench.export --data DIR
    python -m tests.bench.export --votes 1000 --battles 20000 --pictures 20000 --side 96

Everything is written in all forms (Parquet, CSV, JSON lines) by a process of its own, then
verified. With ``--data`` the votes are those of a database that stays in a folder, as
`tests.bench.api_reading --data` makes it; no battle with a picture is added there.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.figures import Figure, conclude
from tests.site import arena_on

ROWS_A_SECOND = 30_000
MOST_MB = 500.0
BATTLES_MOST_MB = 700.0
"""One shard is 256 MB of rows; a page of battles has a picture of up to a megabyte each."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--battles", type=int, default=2_000)
    parser.add_argument("--pictures", type=int, default=50, help="of which each battle has one")
    parser.add_argument("--side", type=int, default=420, help="of a picture of noise, in pixels")
    parser.add_argument("--data", type=Path, help="folder in which the database stays")
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    args = parser.parse_args(argv)
    kept = args.data and args.data.absolute()
    with (
        arena_on(args.database, kept),
        tempfile.TemporaryDirectory(prefix="arena-export-") as folder,
    ):
        return conclude(f"Export on {args.database}", measure(args, Path(folder)))


def measure(args: argparse.Namespace, folder: Path) -> list[Figure]:
    """Fill, fold, export, verify; then the same with battles that may be published."""
    # Django's models can be read only once its settings are there.
    from arena.battles.models import Vote
    from arena.boards.services.snapshots import recompute
    from arena.boards.services.updating import boards_to_compute
    from arena.ledger.services.folding import fold

    missing = args.votes - Vote.objects.count()
    spread = ("--models", str(args.models))
    if missing > 0:
        fill = (sys.executable, "-m", "tests.program", "fill", "--votes", str(missing), *spread)
        subprocess.run(fill, check=True)
    fold()
    votes = Vote.objects.count()
    for board in boards_to_compute():
        recompute(board=board, patient=False)
    seconds, peak = _timed(folder / "votes")
    rate = votes / seconds
    size = sum(path.stat().st_size for path in (folder / "votes").rglob("*") if path.is_file())
    started = time.perf_counter()
    verified = subprocess.run([sys.executable, "-m", "arena.rating.verify", folder / "votes"])
    checked = time.perf_counter() - started
    equal = not verified.returncode
    least = f"at least {ROWS_A_SECOND:,}"
    figures = [
        Figure("rows a second", f"{rate:,.0f}", least, rate >= ROWS_A_SECOND),
        _within("memory at the peak", peak, MOST_MB),
        Figure("bytes a vote", f"{size / votes:,.0f}"),
        Figure("verified as equal", f"{equal}, {checked:.0f} s", "True", equal),
    ]
    if args.battles and not args.data:
        _publish(args.battles, args.pictures, args.side)
        fold()
        seconds, peak = _timed(folder / "battles", "--since", str(folder / "votes"))
        figures += [
            Figure("battles with pictures a second", f"{args.battles / seconds:,.0f}"),
            _within("memory at the peak with pictures", peak, BATTLES_MOST_MB),
        ]
    return figures


def _timed(folder: Path, *options: str) -> tuple[float, float]:
    """Return seconds and megabytes of the command, which runs in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "manage.py", "export", str(folder), "--seed", "1", *options]
    program = subprocess.Popen(command)
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise RuntimeError(f"the export ended with status {program.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _publish(battles: int, number: int, side: int) -> None:
    """Add battles that may be published, each with one of so many pictures, which are noise."""
    from PIL import Image

    from tests.factories import make_image, make_models, make_vote, make_voter

    rng = random.Random(1)
    pictures = []
    for _ in range(number):
        out = io.BytesIO()
        Image.frombytes("RGB", (side, side), rng.randbytes(side * side * 3)).save(out, "PNG")
        pictures.append(make_image(out.getvalue()))
    models, voter = make_models("first", "second"), make_voter(publish=True)
    for place in range(battles):
        vote = make_vote(
            models[0], models[1], rng.choice(["a", "b", "tie"]), voter=voter, publish=True
        )
        turn = vote.battle.turns.get()
        type(turn).objects.filter(pk=turn.pk).update(image=pictures[place % len(pictures)])


def _within(name: str, megabytes: float, most: float) -> Figure:
    return Figure(name, f"{megabytes:.0f} MB", f"within {most:.0f} MB", megabytes <= most)


if __name__ == "__main__":
    sys.exit(main())
