"""`python -m arena.rating VOTES`: a leaderboard from a file of votes, or its diagnosis.

VOTES is CSV (commas, semicolons, tabs or bars), JSON, JSON lines or Parquet, also inside gzip, with
the columns model_a, model_b, winner. What is left out, ignored or assumed is said on stderr; a file
that is not understood ends with status 2.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rich.console import Console
from rich.progress import Progress

from arena.rating.comparisons import Comparisons
from arena.rating.descriptions import OptionValue
from arena.rating.diagnostics.report import diagnose
from arena.rating.fit import RatingFit, RatingScale
from arena.rating.methods import DEFAULT_METHOD, available_methods, load_method, pooling_of
from arena.rating.printing import as_figures, as_rows
from arena.rating.vote_file import VoteFile, read_votes
from arena.rating.vote_tables import UnusableFile
from arena.rating.winners import MOST_LEFT_OUT, WAYS, told_words

N = TypeVar("N", int, float)
_NAMED_BAD_ROWS = 10
_FORMATS = ("json", "csv", "table")
_WINNER = (
    f"the meaning of the column winner, where it could have more than one: {', '.join(WAYS)}, or "
    "words such as 0=a,1=b,2=tie"
)
_SHARE = "the share of rows that may be left out, 0.05 unless told; more ends with status 2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status, 2 with a sentence when it cannot."""
    options = build_parser().parse_args(arguments)
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


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m arena.rating",
        description=__doc__,
        epilog=methods_in_words(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("votes", type=Path, metavar="VOTES")
    parser.add_argument("--method", choices=available_methods(), default=DEFAULT_METHOD)
    for name, methods in _methods_by_option().items():
        help_text = f"of {' and '.join(methods)}, see below"
        parser.add_argument(f"--{name}", dest=f"option_{name}", metavar="VALUE", help=help_text)
    parser.add_argument("--by", choices=("category",))
    parser.add_argument("--diagnose", action="store_true", help="how far to believe the board")
    parser.add_argument("--format", choices=_FORMATS, default="json")
    parser.add_argument("--anchor", metavar="MODEL", help="model that stands at the centre")
    widest = sys.float_info.max
    parser.add_argument("--centre", type=_within(float, -widest, widest), default=1000.0)
    parser.add_argument("--min-votes", type=int, default=1)
    parser.add_argument("--winner", type=_winner, metavar="MEANING", help=_WINNER)
    share = _within(float, 0.0, 1.0)
    parser.add_argument(
        "--most-left-out", type=share, default=MOST_LEFT_OUT, metavar="SHARE", help=_SHARE
    )
    parser.add_argument("--seed", type=_within(int, 0, math.inf), default=0)
    return parser


def _methods_by_option() -> dict[str, list[str]]:
    """Return the names of the methods that have each option."""
    found: dict[str, list[str]] = {}
    for method in available_methods():
        for option in load_method(method).DESCRIPTION.options:
            found.setdefault(option.name, []).append(method)
    return found


def methods_in_words() -> str:
    """Return a paragraph for each method: title, summary, ties and options."""
    lines = ["methods:"]
    for name in available_methods():
        told = load_method(name).DESCRIPTION
        about = f"{told.title}. {told.summary} {told.ties}"
        lines += textwrap.wrap(
            f"{name}: {about}", 96, initial_indent="  ", subsequent_indent="    "
        )
        for option in told.options:
            choices = f" ({', '.join(option.choices)})" if option.choices else ""
            about = f"--{option.name}{choices}: {option.summary}; {option.default} unless set"
            lines += textwrap.wrap(about, 96, initial_indent="    ", subsequent_indent="      ")
    return "\n".join(lines)


def _within(parse: Callable[[str], N], least: N, most: float) -> Callable[[str], N]:
    """Return what reads a number of an option, and raises ValueError for one outside of these."""

    def number(text: str) -> N:
        if not least <= (value := parse(text)) <= most:
            raise ValueError
        return value

    return number


def _winner(text: str) -> str:
    if text not in WAYS:
        told_words(text)
    return text


def _answer(options: argparse.Namespace) -> str:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        with progress.open(options.votes, "rb", description="Reading") as stream:
            file = read_votes(
                stream, str(options.votes), winner=options.winner, share=options.most_left_out
            )
        description = load_method(options.method).DESCRIPTION
        file = file.with_style() if description.features else file
        report_left_out(file)
        given = _given_options(options)
        by_time = (given.get(one.name) in one.in_order_of_casting for one in description.options)
        if file.undated and any(by_time):
            raise UnusableFile(f"there is no order of casting: {file.undated}.")
        progress.add_task("Rating", total=None)
        if options.diagnose:
            return as_figures(diagnose_file(options, file), options.format)
        if options.by is None:
            return as_rows(_rows(_fit(options, file, file.votes)), options.format)
        if file.category is None:
            raise UnusableFile(f"{options.votes} has no column category.")
        boards = fit_by_category(options, file, file.category).items()
        rows = [{"category": name, **row} for name, fit in boards for row in _rows(fit)]
        return as_rows(rows, options.format)


def diagnose_file(options: argparse.Namespace, file: VoteFile) -> dict[str, Any]:
    """Return the diagnosis of all votes together, with the details of the method."""
    if options.by is not None:
        raise ValueError("--diagnose looks at all votes together, without --by")
    scale = RatingScale(centre=options.centre, anchor=options.anchor)
    told = _fit(options, file, file.votes)
    answers = diagnose(file.votes, file.models, scale)
    return {**answers, "method": {"name": told.method, **told.details}}


def fit_by_category(
    options: argparse.Namespace, file: VoteFile, category: np.typing.NDArray[np.int32]
) -> dict[str, RatingFit]:
    """Return a board per category: pooled towards the overall board where the method can, and
    each on its own where it cannot or has options of its own."""
    parts = {
        name: file.votes.take(np.flatnonzero(category == number))
        for number, name in enumerate(file.categories)
    }
    method, given = pooling_of(options.method), _given_options(options)
    defaults = load_method(options.method).DESCRIPTION.defaults
    if method is None or any(value != defaults[name] for name, value in given.items()):
        return {name: _fit(options, file, rows) for name, rows in parts.items()}
    return method.fit_categories(
        {name: rows.counts(len(file.models)) for name, rows in parts.items()},
        models=file.models,
        scale=RatingScale(centre=options.centre, anchor=options.anchor),
        seed=options.seed,
        min_votes=options.min_votes,
    )


def _rows(fit: RatingFit) -> list[dict[str, Any]]:
    return [row.as_dict() for row in fit.rows]


def _given_options(options: argparse.Namespace) -> dict[str, OptionValue]:
    """Return the method's options that were set. Raises ValueError for those of other methods."""
    known = {one.name: one for one in load_method(options.method).DESCRIPTION.options}
    texts = {name: getattr(options, f"option_{name}") for name in _methods_by_option()}
    given = {name: text for name, text in texts.items() if text is not None}
    if unknown := given.keys() - known.keys():
        raise ValueError(f"{options.method} knows no {', '.join(sorted(unknown))}")
    return {name: known[name].parse(text) for name, text in given.items()}


def _fit(options: argparse.Namespace, file: VoteFile, votes: Comparisons) -> RatingFit:
    method = load_method(options.method)
    given: dict[str, Any] = {**_given_options(options)}
    if method.DESCRIPTION.features:
        given["features"] = file.features
    return method.fit(
        votes,
        models=file.models,
        scale=RatingScale(centre=options.centre, anchor=options.anchor),
        seed=options.seed,
        min_votes=options.min_votes,
        **given,
    )


def report_left_out(file: VoteFile) -> None:
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
