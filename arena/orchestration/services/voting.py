"""The vote: one per battle, never changed.

A voter waits for each statement, so the vote is stored by as few as the database allows: one on
PostgreSQL, three inside one transaction on SQLite, which knows no statement that writes to several
tables (docs/adr/0034-a-vote-is-one-statement.md).
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle
from arena.battles.selectors import reading
from arena.battles.states import Choice
from arena.core.errors import Conflict, DomainError
from arena.orchestration import dispatch

_CLOSE = """
UPDATE battles_battle SET state = 'voted'
 WHERE public_id = %(battle)s AND voter_id = %(voter)s AND state = 'voting'
   AND EXISTS (SELECT 1 FROM voters_voter WHERE id = %(voter)s AND sign_in_mark = %(mark)s)
"""
_INSERT = """
INSERT INTO battles_vote
       (battle_id, voter_id, choice, created_at, betrayed, version_a_id, version_b_id,
        votes_today, voter_seconds, account_days, turns, unlisted)
SELECT closed.id, closed.voter_id, %(choice)s, %(now)s,
       MAX(CASE WHEN answer.betrays THEN 1 ELSE 0 END) = 1,
       MAX(CASE WHEN answer.side = 'a' THEN answer.version_id END),
       MAX(CASE WHEN answer.side = 'b' THEN answer.version_id END),
       (SELECT COUNT(*) FROM battles_vote AS earlier
         WHERE earlier.voter_id = closed.voter_id AND earlier.created_at >= %(day)s),
       (SELECT <created_at> FROM voters_voter WHERE id = closed.voter_id),
       (SELECT <account_since> / 86400 FROM voters_voter WHERE id = closed.voter_id),
       COUNT(DISTINCT turn.id), closed.unlisted
  FROM closed
  JOIN battles_turn AS turn ON turn.battle_id = closed.id
  JOIN battles_generation AS answer ON answer.turn_id = turn.id
 GROUP BY closed.id, closed.voter_id, closed.unlisted
"""
_AGE = {
    "postgresql": "(CASE WHEN <time> IS NOT NULL THEN"
    " GREATEST(EXTRACT(EPOCH FROM %(now)s::timestamptz - <time>), 0) END)::int",
    "sqlite": "MAX(CAST((julianday(%(now)s) - julianday(<time>)) * 86400 AS INTEGER), 0)",
}
"""The seconds since a time of the voter's row, which no two databases spell alike; nothing where
there was none."""


def _with_ages(statement: str, vendor: str) -> str:
    for time in ("created_at", "account_since"):
        statement = statement.replace(f"<{time}>", _AGE[vendor].replace("<time>", time))
    return statement


# All statements are made of the constants above; what a visitor sends is a parameter.
_ALL_AT_ONCE = f"""
WITH closed AS ({_CLOSE} RETURNING id, voter_id, unlisted),
     vote AS ({_with_ages(_INSERT, "postgresql")} RETURNING id, unlisted),
     waiting AS (INSERT INTO battles_unfoldedvote (vote_id) SELECT id FROM vote WHERE NOT unlisted)
SELECT id FROM vote
"""  # noqa: S608  # see above
_CLOSED = (
    "WITH closed AS"
    " (SELECT id, voter_id, unlisted FROM battles_battle WHERE public_id = %(battle)s)"
)
_ONE_BY_ONE = (
    _CLOSED + _with_ages(_INSERT, "sqlite"),
    "INSERT INTO battles_unfoldedvote (vote_id)"
    " SELECT id FROM battles_vote WHERE id = last_insert_rowid() AND NOT unlisted",
)


class NotVotable(Conflict):
    """The vote is not open: an answer is missing, or the battle is over."""

    code = "not_votable"
    message = _("The vote opens when both answers are complete. Nothing was stored yet.")


class UnknownChoice(DomainError):
    """The choice is not one of the four."""

    code = "unknown_choice"
    message = _("That is not one of the four choices. Nothing was stored.")


def cast_vote(*, voter: UUID, public_id: str, choice: str, mark: str = "") -> str:
    """Store the voter's choice on a battle; return the stored one, whatever is asked for now.
    ``mark`` is that of the browser's sign-in.

    Locks the battle's row. Raises UnknownChoice, NotFound for a battle that is absent or somebody
    else's and for a sign-in that has ended, and NotVotable unless both answers ended well. On
    commit the leaderboard is notified and the battle's other open pages are told, best effort: the
    vote depends on no queue.
    """
    if choice not in Choice.values:
        # An absent battle is absent, whatever is asked.
        reading.stored_choice(voter, public_id, mark)
        raise UnknownChoice
    if _store(voter, public_id, choice, mark):
        transaction.on_commit(partial(dispatch.ring, public_id))
        return choice
    stored = reading.stored_choice(voter, public_id, mark)
    if stored is None:
        raise NotVotable
    return stored


def _store(voter: UUID, public_id: str, choice: str, mark: str) -> bool:
    """Close the battle, insert the vote and let it wait for the ledger; False if it wasn't open.
    A vote on an unlisted model waits for nothing.

    Whoever comes second waits for the row that the first one has changed, and finds it closed.
    """
    owner = Battle._meta.get_field("voter").get_db_prep_value(voter, connection)
    now = timezone.now()
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    times = {
        name: connection.ops.adapt_datetimefield_value(at)
        for name, at in (("now", now), ("day", day))
    }
    values = {"battle": public_id, "voter": owner, "choice": choice, "mark": mark, **times}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ALL_AT_ONCE, values)
            return bool(cursor.rowcount)
        with transaction.atomic():
            cursor.execute(_CLOSE, values)
            if not cursor.rowcount:
                return False
            for statement in _ONE_BY_ONE:
                cursor.execute(statement, values)
    return True
