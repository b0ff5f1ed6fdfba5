"""Votes of other arenas, imported here and ranked by arena-rank from the same votes.

    python -m tests.interop.rank_imports [--file votes.parquet --format lmarena]

Without a file one is made for each format, in its exact schema. `uv` makes an environment for
arena-rank; nothing is installed into the project's. The exit status is 1 where the two orders
differ by a rank correlation (Spearman) below 0.99.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scipy.stats import spearmanr

from tests.figures import Figure, conclude
from tests.foreign_votes import FILES
from tests.site import arena_on

LEAST = 0.99
SECONDS = 900.0
PROGRAM = """
import json, sys, pandas
from arena_rank.utils.data_utils import PairDataset
from arena_rank.models.bradley_terry import BradleyTerry
votes = pandas.read_csv(sys.argv[1])
data = PairDataset.from_pandas(votes)
found = BradleyTerry(n_competitors=len(data.competitors)).compute_ratings_and_cis(data)
print(json.dumps(dict(zip(found["competitors"], map(float, found["ratings"])))))
"""


def environment(folder: Path) -> Path:
    """Return the Python of a new environment with arena-rank."""
    python = folder / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", str(python), "arena-rank", "pandas"]
    for command in (["uv", "venv", "--quiet", str(folder)], install):
        subprocess.run(command, check=True, timeout=SECONDS)
    return python


def ranked_elsewhere(python: Path, votes: Path) -> dict[str, float]:
    """Return arena-rank's ratings of votes in a CSV file."""
    command = [str(python), "-I", "-c", PROGRAM, str(votes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(form: str, file: Path, python: Path, folder: Path) -> Figure:
    """Import a file, rank its votes by both, and compare."""
    from arena.boards.selectors import latest
    from arena.imports.services import ImportOptions, import_votes
    from arena.imports.vote_formats import vote_formats
    from arena.rating.comparisons import VoteOutcome

    with file.open("rb") as stream:
        read, _ = vote_formats()[form].read(stream, str(file), winner=None, share=0.05)
    lines = ["model_a,model_b,winner"]
    words = {
        VoteOutcome.A: "model_a",
        VoteOutcome.B: "model_b",
        VoteOutcome.TIE: "tie",
        VoteOutcome.BOTH_BAD: "tie (bothbad)",
    }
    names = [f"m{number}" for number in range(len(read.models))]
    columns = (read.votes.a.tolist(), read.votes.b.tolist(), read.votes.outcome.tolist())
    lines += [
        f"{names[a]},{names[b]},{words[VoteOutcome(o)]}" for a, b, o in zip(*columns, strict=True)
    ]
    (sheet := folder / f"{form}.csv").write_text("\n".join(lines), encoding="utf-8")
    theirs = ranked_elsewhere(python, sheet)
    options = ImportOptions(f"from-{form}", "", form, None, 0.05)
    found = import_votes(file=file, options=options, progress=lambda at, end: None)
    snapshot = latest(found.board.slug)
    from arena.catalog.models import ModelCard
    from arena.catalog.services.imported import imported_cards

    slugs = dict(ModelCard.objects.values_list("pk", "slug"))
    cards = {slugs[key]: name for name, key in imported_cards(read.models).items()}
    ours = {cards[row["model"]]: row["rating"] for row in (snapshot.rows if snapshot else [])}
    both = [
        (ours[name], theirs[names[place]])
        for place, name in enumerate(read.models)
        if ours.get(name) is not None
    ]
    correlation = float(spearmanr(*zip(*both, strict=True)).statistic)
    value = f"Spearman {correlation:.4f}, {found.votes} votes, {len(both)} models"
    return Figure(f"{form}: {file.name}", value, f">= {LEAST}", correlation >= LEAST)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path)
    parser.add_argument("--format", choices=list(FILES), default="table")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="arena-interop-") as name, arena_on("sqlite"):
        folder = Path(name)
        python = environment(folder / "arena-rank")
        files = {args.format: args.file} if args.file else {}
        if not files:
            for form, content in FILES.items():
                files[form] = folder / f"{form}.votes"
                files[form].write_bytes(content())
        figures = [compare(form, file, python, folder) for form, file in files.items()]
    return conclude("Imported votes beside arena-rank", figures)


if __name__ == "__main__":
    sys.exit(main())
