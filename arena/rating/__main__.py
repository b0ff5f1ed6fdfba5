"""`python -m arena.rating VOTES.csv`: a leaderboard from a file of votes."""

from __future__ import annotations

import argparse
import csv
import inspect
import json
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
from arena.rating.fit import Fit, Scale
from arena.rating.methods import available, load
from arena.rating.vote_file import STYLE, BadRow, UnusableFile, VoteFile, read_votes

_NAMED_BAD_ROWS = 10
_TABLE = ("rank", "model", "rating", "rating_lower", "rating_upper", "votes", "state")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status, 2 with a sentence when it cannot."""
    options = _parser().parse_args(arguments)
    try:
        board = _board(options)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 (a command line's own voice)
        return 2
    _write(board, options.format)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m arena.rating", description=__doc__)
    parser.add_argument("votes", type=Path, metavar="VOTES.csv")
    parser.add_argument("--method", choices=available(), default="bradley_terry")
    parser.add_argument("--penalty", choices=("firth", "none"))
    parser.add_argument("--by", choices=("category",))
    parser.add_argument("--format", choices=("json", "csv", "table"), default="json")
    parser.add_argument("--anchor", metavar="MODEL", help="model that stands at the centre")
    parser.add_argument("--centre", type=float, default=1000.0)
    parser.add_argument("--min-votes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _board(options: argparse.Namespace) -> list[dict[str, Any]]:
    with _progress() as progress:
        with _opened(options.votes, progress) as lines:
            file = read_votes(lines, str(options.votes))
        _report(file.bad)
        if options.by is None:
            return _rows(_fit(options, file, file.votes))
        if file.category is None:
            raise UnusableFile(f"{options.votes} has no column category.")
        boards = _by_category(options, file, progress)
    return [{"category": name, **row} for name, fit in boards.items() for row in _rows(fit)]


def _opened(path: Path, progress: Progress) -> AbstractContextManager[TextIO]:
    """Bytes that are no UTF-8 stay recognisable: they cost their row, not the file."""
    return progress.open(
        path, "r", encoding="utf-8-sig", errors="surrogateescape", newline="", description="Reading"
    )


def _by_category(options: argparse.Namespace, file: VoteFile, progress: Progress) -> dict[str, Fit]:
    """Pooled towards the overall board; each on its own for other methods or unpenalised."""
    numbered = progress.track(list(enumerate(file.categories)), description="Fitting")
    parts = {
        name: file.votes.take(np.flatnonzero(file.category == number)) for number, name in numbered
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
    given: dict[str, Any] = {"penalty": options.penalty} if options.penalty else {}
    if unknown := given.keys() - known:
        raise ValueError(f"{options.method} knows no {', '.join(unknown)}")
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
    lines = [f"{len(bad)} rows left out:"]
    lines += [f"  line {row.line}: {row.reason}" for row in bad[:_NAMED_BAD_ROWS]]
    if len(bad) > _NAMED_BAD_ROWS:
        lines.append(f"  and {len(bad) - _NAMED_BAD_ROWS} more")
    print("\n".join(lines), file=sys.stderr)  # noqa: T201


def _write(board: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(board, indent=1) + "\n")
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, fieldnames=list(board[0]))
        writer.writeheader()
        writer.writerows(board)
    else:
        sys.stdout.write(_table(board))


def _table(board: list[dict[str, Any]]) -> str:
    columns = (("category",) if "category" in board[0] else ()) + _TABLE
    cells = [columns, *(tuple(_cell(row[name]) for name in columns) for row in board)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "".join(line.rstrip() + "\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
