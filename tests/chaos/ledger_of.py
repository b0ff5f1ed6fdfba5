"""The ledger of a running stack, looked at from outside; and programs on its database."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import Any

from arena.bootstrap.environment import ROOT
from tests.stack import Stack, until

_GAPS = "SELECT COUNT(*) AS n, COALESCE(MIN(number), 1) AS first, COALESCE(MAX(number), 0) AS last"
_SUMS = (
    "SELECT SUM(CASE kind WHEN 'exclusion' THEN -1 ELSE 1 END) AS n FROM leaderboard_ledgerentry",
    "SELECT SUM(votes) AS n FROM ledger_paircount",
    "SELECT SUM(votes) AS n FROM ledger_cell",
)


def run(stack: Stack, *argv: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A Python program with the stack's environment."""
    return subprocess.run(
        [sys.executable, *argv],
        env={**stack.env, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def work(stack: Stack, *argv: str, **settings: str) -> str:
    """What ``tests.program`` prints; AssertionError where it fails."""
    done = run(stack, "-m", "tests.program", *argv, **settings)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def recount(stack: Stack) -> list[str]:
    """What `manage.py verify_ledger` finds."""
    done = run(stack, "manage.py", "verify_ledger")
    return done.stderr.splitlines() if done.returncode else []


def number(stack: Stack, query: str) -> int:
    """The one number that a query gives, 0 for none."""
    (row,) = stack.rows(query)
    return int(next(iter(row.values())) or 0)


def waiting(stack: Stack) -> int:
    """Votes outside the ledger."""
    return number(stack, "SELECT COUNT(*) AS n FROM battles_unfoldedvote")


def head(stack: Stack) -> int:
    """The last entry."""
    return number(stack, "SELECT MAX(number) AS n FROM leaderboard_ledgerentry")


def snapshot_at(stack: Stack) -> int:
    """Up to where the newest snapshot of the overall board goes."""
    query = "SELECT MAX(s.ledger_number) AS n FROM leaderboard_snapshot s"
    return number(stack, f"{query} JOIN leaderboard_board b ON b.id = s.board_id"
                         " WHERE b.slug = 'overall'")  # fmt: skip


def settle(stack: Stack, seconds: float) -> None:
    """Return once everything is in the ledger and on the board."""
    until(lambda: not waiting(stack), "the fold", seconds)
    until(lambda: snapshot_at(stack) == head(stack), "the snapshot", seconds)


def faults(stack: Stack) -> list[str]:
    """What must never be, at any moment; in words."""
    (seen,) = stack.rows(f"{_GAPS} FROM leaderboard_ledgerentry")
    doubled = number(
        stack,
        "SELECT COUNT(*) AS n FROM (SELECT vote_id FROM leaderboard_ledgerentry"
        " WHERE kind = 'vote' GROUP BY vote_id HAVING COUNT(*) > 1) AS doubled",
    )
    sums = [number(stack, query) for query in _SUMS]
    found = {
        f"numbers have a gap: {seen}": seen["first"] != 1 or seen["n"] != seen["last"],
        f"{doubled} votes have two entries": doubled > 0,
        f"entries, totals and cells differ: {sums}": len(set(sums)) > 1,
        "votes are in the ledger and outside it": bool(_both(stack)),
    }
    return [words for words, wrong in found.items() if wrong] + _halves(stack)


def _both(stack: Stack) -> int:
    return number(
        stack,
        "SELECT COUNT(*) AS n FROM battles_unfoldedvote u"
        " JOIN leaderboard_ledgerentry e ON e.vote_id = u.vote_id",
    )


def _halves(stack: Stack) -> list[str]:
    """Snapshots whose bytes are not those that were announced, or that rest on no entry."""
    query = (
        "SELECT s.id, s.body, s.etag, s.ledger_hash, e.hash FROM leaderboard_snapshot s"
        " LEFT JOIN leaderboard_ledgerentry e ON e.number = s.ledger_number"
    )
    return [f"snapshot {row['id']} is half" for row in stack.rows(query) if not _whole(row)]


def _whole(row: dict[str, Any]) -> bool:
    if row["hash"] != row["ledger_hash"]:
        return False
    if not row["body"]:  # thinned out
        return True
    digest = hashlib.sha256(row["body"].encode()).hexdigest()
    return digest == row["etag"] and bool(json.loads(row["body"])["rows"])
