"""Votes of other arenas come into the ledger, and onto a board of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import rich.progress

from arena.boards.models import Board
from arena.boards.services.snapshots import recompute
from arena.catalog.services.imported import imported_cards
from arena.imports.vote_formats import vote_formats
from arena.labels.services import label_set
from arena.ledger.services.imports import ImportedVote, append_imported
from arena.ledger.states import RatedUnit
from arena.rating.recipes import SEPARATE
from arena.rating.stamps import day_of
from arena.rating.vote_file import VoteFile
from arena.rating.vote_rows import BadRow
from arena.rating.vote_tables import UnusableFile

LONGEST_BOARD = 24
"""Letters of a board's slug: with the file's hash it names the source."""
HASH_LETTERS = 8
PIECE = 1 << 20


class ImportRefused(Exception):
    """A file that is not imported; the message says why, and nothing was stored."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The board that the votes are counted on, and how the file is to be read."""

    board: str
    name: str
    format: str
    winner: str | None
    most_left_out: float


@dataclass(frozen=True, slots=True)
class VoteImport:
    """The result of an import. ``added`` of the file's ``votes`` are new to the ledger."""

    board: Board
    votes: int
    added: int
    models: int
    bad: tuple[BadRow, ...]
    unit: str
    notes: tuple[str, ...]


def import_votes(
    *, file: Path, options: ImportOptions, progress: Callable[[int, int], object]
) -> VoteImport:
    """Import a file of votes onto a board of its own, and rank it.

    The whole file is read before anything is stored. The votes then go into the ledger in pieces,
    and the board appears with the last one: an import that broke off shows nothing, and asked again
    it goes on. Raises ImportRefused for a file or a board that can't be used.
    """
    source = _source_of(file, options.board)
    existing = Board.objects.filter(slug=options.board).first()
    if existing is not None and existing.source != source:
        raise ImportRefused(f"There is a board {options.board} of other votes. Name another one.")
    votes, notes = _read(file, options)
    undated = sum(day_of(stamp) is None for stamp in votes.stamps)
    if undated:
        notes.append(f"{undated} votes have no day and count under today's")
    total = len(votes.votes)

    def told() -> Iterator[ImportedVote]:
        for number, vote in enumerate(_imported(votes), start=1):
            progress(number, total)
            yield vote

    added = append_imported(source=source, votes=told())
    board = existing or Board.objects.create(
        slug=options.board,
        name=options.name or options.board,
        source=source,
        rates=RatedUnit.CARDS,
        position=1 + max(Board.objects.values_list("position", flat=True), default=0),
    )
    recompute(board=board, patient=False)
    said = [note for note in votes.notes if "judge" not in note]
    if len(said) < len(votes.notes):
        said.append("the column judge is not imported: each vote counts for itself")
    return VoteImport(
        board, total, added, len(votes.models), votes.bad, votes.unit, (*said, *notes)
    )


def _read(file: Path, options: ImportOptions) -> tuple[VoteFile, list[str]]:
    reader = vote_formats()[options.format]
    try:
        # A stream of rich's is closed where it was opened, not by the text that is read from it.
        with rich.progress.open(file, "rb", disable=True) as stream:
            return reader.read(
                stream, str(file), winner=options.winner, share=options.most_left_out
            )
    except (UnusableFile, ValueError) as error:
        raise ImportRefused(str(error)) from error
    except OSError as error:
        raise ImportRefused(f"{file} can't be read: {error}.") from error


def _source_of(file: Path, board: str) -> str:
    """Return the name of the source: another file under the same name is another source."""
    if len(board) > LONGEST_BOARD:
        raise ImportRefused(f"The name of the board has more than {LONGEST_BOARD} letters.")
    found = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while piece := stream.read(PIECE):
                found.update(piece)
    except OSError as error:
        raise ImportRefused(f"{file} can't be read: {error}.") from error
    return f"{SEPARATE}{board}-{found.hexdigest()[:HASH_LETTERS]}"


def _imported(file: VoteFile) -> Iterator[ImportedVote]:
    """Yield the votes in their order, which is the same whenever the file is read."""
    cards = imported_cards(file.models)
    keys = [cards[name] for name in file.models]
    labels, today = label_set().pk, datetime.now(UTC).date()
    days: dict[str, date] = {}
    columns = (file.votes.a.tolist(), file.votes.b.tolist(), file.votes.outcome.tolist())
    for number, (a, b, outcome) in enumerate(zip(*columns, strict=True)):
        stamp = file.stamps[number]
        if stamp not in days:
            days[stamp] = day_of(stamp) or today
        yield ImportedVote(number + 1, keys[a], keys[b], outcome, days[stamp], labels)
