"""`python -m arena.rating VOTES.csv`: a leaderboard from a file of votes, or its diagnosis."""

from __future__ import annotations

import argparse
import inspect
import math
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from rich.console import Console
from rich.progress import Progress

from arena.rating.categories import fit_categories
from arena.rating.comparisons import Comparisons
from arena.rating.diagnostics.report import diagnose
from arena.rating.fit import Fit, Scale
from arena.rating.methods import available, load
from arena.rating.printing import as_figures, as_rows
from arena.rating.vote_file import STYLE, BadRow, UnusableFile, VoteFile, read_votes

_NAMED_BAD_ROWS = 10
_FORMATS = ("json", "csv", "table")


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
    parser.add_argument("votes", type=Path, metavar="VOTES.csv")
    parser.add_argument("--method", choices=available(), default="bradley_terry")
    parser.add_argument("--penalty", choices=("firth", "none"), help="of bradley_terry")
    parser.add_argument("--order", choices=("averaged", "cast"), help="of elo")
    parser.add_argument("--by", choices=("category",))
    parser.add_argument("--diagnose", action="store_true", help="how far to believe the board")
    parser.add_argument("--format", choices=_FORMATS, default="json")
    parser.add_argument("--anchor", metavar="MODEL", help="model that stands at the centre")
    parser.add_argument("--centre", type=_finite, default=1000.0)
    parser.add_argument("--min-votes", type=int, default=1)
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


def _answer(options: argparse.Namespace) -> str:
    with _progress() as progress:
        with _opened(options.votes, progress) as lines:
            file = read_votes(lines, str(options.votes))
        _report(file.bad)
        progress.add_task("Rating", total=None)
        if options.diagnose:
            return as_figures(_diagnosis(options, file), options.format)
        return as_rows(_board(options, file), options.format)


def _opened(path: Path, progress: Progress) -> AbstractContextManager[TextIO]:
    """Bytes that are no UTF-8 stay recognisable: they cost their row, not the file."""
    return progress.open(
        path, "r", encoding="utf-8-sig", errors="surrogateescape", newline="", description="Reading"
    )


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
        given["features"] = _measured(file)
    return method.fit(
        votes,
        models=file.models,
        scale=Scale(centre=options.centre, anchor=options.anchor),
        seed=options.seed,
        min_votes=options.min_votes,
        **given,
    )


def _measured(file: VoteFile) -> tuple[str, ...]:
    if not file.features:
        raise UnusableFile(f"style control needs columns like {STYLE[0]}_a and {STYLE[0]}_b.")
    return file.features


def _report(bad: Sequence[BadRow]) -> None:
    """Count and name what was left out, on stderr."""
    if not bad:
        return
    lines = [f"{len(bad)} rows left out:" if len(bad) > 1 else "1 row left out:"]
    lines += [f"  line {row.line}: {row.reason}" for row in bad[:_NAMED_BAD_ROWS]]
    if len(bad) > _NAMED_BAD_ROWS:
        lines.append(f"  and {len(bad) - _NAMED_BAD_ROWS} more")
    print("\n".join(lines), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
