"""`python -m arena.rating VOTES`: a leaderboard from a file of votes, or its diagnosis.

VOTES is CSV (commas, semicolons, tabs or bars), JSON, JSON lines or Parquet, also inside gzip, with
the columns model_a, model_b, winner. What is left out, ignored or assumed is said on stderr; a file
that is not understood ends with status 2.
"""

from __future__ import annotations

import argparse
import inspect
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from arena.rating.categories import fit_categories
from arena.rating.comparisons import Comparisons
from arena.rating.diagnostics.report import diagnose
from arena.rating.fit import Fit, Scale
from arena.rating.methods import available, load
from arena.rating.printing import as_figures, as_rows
from arena.rating.vote_file import VoteFile, read_votes
from arena.rating.vote_tables import UnusableFile
from arena.rating.winners import MOST_LEFT_OUT, WAYS, told_words

_NAMED_BAD_ROWS = 10
_FORMATS = ("json", "csv", "table")
_WINNER = (
    f"the meaning of the column winner, where it could have more than one: {', '.join(WAYS)}, or "
    "words such as 0=a,1=b,2=tie"
)
_SHARE = "the share of rows that may be left out, 0.05 unless told; more ends with status 2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status, 2 with a sentence when it cannot."""
    options = _parser().parse_args(arguments)
    try:
        text = _answer(options)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 (a command line's own voice)
        return 2
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter would complain once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m arena.rating", description=__doc__)
    parser.add_argument("votes", type=Path, metavar="VOTES")
    parser.add_argument("--method", choices=available(), default="bradley_terry")
    parser.add_argument("--penalty", choices=("firth", "none"), help="of bradley_terry")
    parser.add_argument("--order", choices=("averaged", "cast"), help="of elo")
    parser.add_argument("--by", choices=("category",))
    parser.add_argument("--diagnose", action="store_true", help="how far to believe the board")
    parser.add_argument("--format", choices=_FORMATS, default="json")
    parser.add_argument("--anchor", metavar="MODEL", help="model that stands at the centre")
    parser.add_argument("--centre", type=_finite, default=1000.0)
    parser.add_argument("--min-votes", type=int, default=1)
    parser.add_argument("--winner", type=_winner, metavar="MEANING", help=_WINNER)
    parser.add_argument(
        "--most-left-out", type=_share, default=MOST_LEFT_OUT, metavar="SHARE", help=_SHARE
    )
    parser.add_argument("--seed", type=_seed, default=0)
    return parser


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError
    return value


def _seed(text: str) -> int:
    if (value := int(text)) < 0:
        raise ValueError
    return value


def _share(text: str) -> float:
    if not 0.0 <= (value := float(text)) <= 1.0:
        raise ValueError
    return value


def _winner(text: str) -> str:
    if text not in WAYS:
        told_words(text)
    return text


def _answer(options: argparse.Namespace) -> str:
    with _progress() as progress:
        with progress.open(options.votes, "rb", description="Reading") as stream:
            file = read_votes(
                stream, str(options.votes), winner=options.winner, share=options.most_left_out
            )
        needed = inspect.signature(load(options.method).fit).parameters.keys()
        file = file.with_style() if "features" in needed else file
        _report(file)
        if options.order == "cast" and file.undated:
            raise UnusableFile(f"there is no order of casting: {file.undated}.")
        progress.add_task("Rating", total=None)
        if options.diagnose:
            return as_figures(_diagnosis(options, file), options.format)
        return as_rows(_board(options, file), options.format)


def _diagnosis(options: argparse.Namespace, file: VoteFile) -> dict[str, Any]:
    """Of all votes together, with what the method itself has to tell."""
    if options.by is not None:
        raise ValueError("--diagnose looks at all votes together, without --by")
    scale = Scale(centre=options.centre, anchor=options.anchor)
    told = _fit(options, file, file.votes)
    answers = diagnose(file.votes, file.models, scale)
    return {**answers, "method": {"name": told.method, **told.details}}


def _board(options: argparse.Namespace, file: VoteFile) -> list[dict[str, Any]]:
    if options.by is None:
        return _rows(_fit(options, file, file.votes))
    if file.category is None:
        raise UnusableFile(f"{options.votes} has no column category.")
    boards = _by_category(options, file, file.category)
    return [{"category": name, **row} for name, fit in boards.items() for row in _rows(fit)]


def _by_category(
    options: argparse.Namespace, file: VoteFile, category: np.typing.NDArray[np.int32]
) -> dict[str, Fit]:
    """Pooled towards the overall board; each on its own for other methods or unpenalised."""
    parts = {
        name: file.votes.take(np.flatnonzero(category == number))
        for number, name in enumerate(file.categories)
    }
    if options.method != "bradley_terry" or options.penalty == "none":
        return {name: _fit(options, file, rows) for name, rows in parts.items()}
    return fit_categories(
        {name: rows.counts(len(file.models)) for name, rows in parts.items()},
        models=file.models,
        scale=Scale(centre=options.centre, anchor=options.anchor),
        seed=options.seed,
        min_votes=options.min_votes,
    )


def _rows(fit: Fit) -> list[dict[str, Any]]:
    return [row.as_dict() for row in fit.rows]


def _progress() -> Progress:
    """A bar on stderr while it takes long, on terminals only."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _fit(options: argparse.Namespace, file: VoteFile, votes: Comparisons) -> Fit:
    method = load(options.method)
    known = inspect.signature(method.fit).parameters.keys()
    asked = {"penalty": options.penalty, "order": options.order}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    if unknown := given.keys() - known:
        raise ValueError(f"{options.method} knows no {', '.join(sorted(unknown))}")
    if "features" in known:
        given["features"] = file.features
    return method.fit(
        votes,
        models=file.models,
        scale=Scale(centre=options.centre, anchor=options.anchor),
        seed=options.seed,
        min_votes=options.min_votes,
        **given,
    )


def _report(file: VoteFile) -> None:
    """Count and name what was left out, and say what else was seen, on stderr."""
    lines = [f"note: {note}" for note in file.notes]
    if file.bad:
        lines.append(f"{len(file.bad)} row{'s' * (len(file.bad) > 1)} left out:")
        lines += [f"  {file.unit} {row.line}: {row.reason}" for row in file.bad[:_NAMED_BAD_ROWS]]
    if len(file.bad) > _NAMED_BAD_ROWS:
        lines.append(f"  and {len(file.bad) - _NAMED_BAD_ROWS} more")
    if lines:
        print("\n".join(lines), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
