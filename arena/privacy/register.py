"""The table of everything that is stored about people.

Pages, exports, erasure and the retention task read it. tests/architecture/test_stored_data.py
fails for a column that can hold something of a person and is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.db.models import Model

from arena.privacy.words import WORDS, DataWords


class ErasureRule(Enum):
    """The ways in which the erasure of a battle treats a column."""

    CLEAR = "clear"
    """The column gets its empty value."""
    PICTURE = "picture"
    """The key leads to no picture any more; the file goes with the last battle that had it."""
    DELETE = "delete"
    """The whole row is deleted."""
    STAY = "stay"
    """It says nothing of the content, or is erased in another way."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column that holds something of a person.

    ``battle`` and ``voter`` are the lookups from its row to the battle, and to the voter, that it
    belongs to; empty where there is none. ``exported`` says that people get it in their export.
    """

    model: str
    name: str
    rule: ErasureRule = ErasureRule.STAY
    battle: str = ""
    voter: str = ""
    exported: bool = True

    @property
    def table(self) -> type[Model]:
        """Return the model of the column."""
        return apps.get_model(self.model)


@dataclass(frozen=True, slots=True)
class TimedColumn:
    """A text that is emptied so many days after the row was made, by the name of the setting."""

    model: str
    name: str
    since: str
    setting: str

    @property
    def table(self) -> type[Model]:
        """Return the model of the column."""
        return apps.get_model(self.model)


@dataclass(frozen=True, slots=True)
class StoredData:
    """One kind of data about people, in words and in columns; none where no table holds it."""

    key: str
    columns: tuple[StoredColumn, ...] = ()
    timed: tuple[TimedColumn, ...] = ()

    @property
    def words(self) -> DataWords:
        """Return what the page on privacy says of it."""
        return WORDS[self.key]


def _of_turn(name: str, rule: ErasureRule = ErasureRule.STAY, **options: Any) -> StoredColumn:
    return StoredColumn("battles.turn", name, rule, battle="battle", **options)


def _of_answer(name: str, rule: ErasureRule = ErasureRule.STAY, **options: Any) -> StoredColumn:
    return StoredColumn("battles.generation", name, rule, battle="turn__battle", **options)


def _of_battle(name: str, **options: Any) -> StoredColumn:
    return StoredColumn("battles.battle", name, battle="pk", **options)


def _of_replacement(name: str) -> StoredColumn:
    lookup = "generation__turn__battle"
    return StoredColumn("battles.sidereplacement", name, battle=lookup, exported=False)


def _of_voter(model: str, *names: str) -> tuple[StoredColumn, ...]:
    """Return the columns of a table whose rows belong to voters, the key to them first."""
    key = StoredColumn(model, "voter", voter="voter", exported=False)
    return (key, *(StoredColumn(model, name, voter="voter") for name in names))


def _internal(model: str, *names: str) -> tuple[StoredColumn, ...]:
    """Return columns that no voter gets in an export."""
    return tuple(StoredColumn(model, name, exported=False) for name in names)


REGISTER: tuple[StoredData, ...] = (
    StoredData(
        "pictures",
        (
            _of_turn("image", ErasureRule.PICTURE),
            StoredColumn("battles.furtherimage", "image", ErasureRule.PICTURE, "turn__battle"),
            StoredColumn("battles.blurredregions", "digest", ErasureRule.DELETE, "battle"),
            StoredColumn("battles.blurredregions", "regions", ErasureRule.DELETE, "battle"),
            *_internal("battles.image", "file", "digest", "mime", "faces", "marked"),
            *_internal("battles.image", "public_digest"),
        ),
    ),
    StoredData(
        "texts",
        (
            _of_turn("prompt", ErasureRule.CLEAR),
            _of_turn("sample"),
            _of_turn("sample_stratum", exported=False),
            *(_of_answer(name, ErasureRule.CLEAR) for name in ("text", "reasoning", "detections")),
            StoredColumn(
                "shadows.shadowanswer", "text", ErasureRule.CLEAR, "turn__battle", exported=False
            ),
        ),
    ),
    StoredData(
        "votes",
        (
            StoredColumn("battles.vote", "voter", battle="battle", exported=False),
            StoredColumn("battles.vote", "choice", battle="battle"),
            StoredColumn("battles.vote", "created_at", battle="battle"),
            StoredColumn("battles.vote", "votes_today", battle="battle"),
            StoredColumn("battles.vote", "voter_seconds", battle="battle"),
            StoredColumn("battles.vote", "account_days", battle="battle"),
            StoredColumn("feedback.votereason", "reason", battle="vote__battle"),
            StoredColumn("feedback.correctnessmark", "mark", battle="vote__battle"),
        ),
    ),
    StoredData(
        "conditions",
        (
            *map(_of_battle, ("public_id", "state", "created_at", "conditions")),
            _of_battle("draw_policy", exported=False),
            *map(_of_answer, ("state", "code", "finish", "tokens")),
            _of_answer("worker", exported=False),
            _of_answer("fence", exported=False),
            _of_replacement("code"),
            _of_replacement("draw_policy"),
            StoredColumn("labels.label", "value", battle="turn__battle"),
            StoredColumn("battles.gateresult", "gate", battle="battle"),
            StoredColumn("battles.gateresult", "verdict", battle="battle"),
            StoredColumn("battles.gateresult", "source", battle="battle"),
            _of_battle("clearance"),
            *_internal("shadows.shadowanswer", "state", "code", "stream", "fence"),
        ),
    ),
    StoredData(
        "moderation",
        (
            StoredColumn("battles.moderationreview", "why", battle="battle"),
            StoredColumn("battles.moderationreview", "state", battle="battle"),
            StoredColumn("battles.answerreport", "side", battle="battle"),
            StoredColumn("battles.answerreport", "created_at", battle="battle"),
            StoredColumn("gates.questionsighting", "question", exported=False),
            StoredColumn("gates.questionsighting", "asker", exported=False),
        ),
    ),
    StoredData(
        "consent",
        (
            StoredColumn("voters.voter", "publish", voter="pk"),
            StoredColumn("voters.voter", "consent_version", voter="pk"),
            StoredColumn("voters.voter", "consent_at", voter="pk"),
            StoredColumn("voters.voter", "confirmed", voter="pk"),
            StoredColumn("voters.voter", "confirmed_at", voter="pk"),
            *map(_of_battle, ("publish", "consent_version", "consent_at")),
            StoredColumn("reveal.sharedbattle", "token", ErasureRule.DELETE, battle="battle"),
            StoredColumn("reveal.sharedbattle", "wording", ErasureRule.DELETE, battle="battle"),
        ),
    ),
    StoredData(
        "identity",
        (
            StoredColumn("voters.voter", "id", voter="pk", exported=False),
            StoredColumn("voters.voter", "created_at", voter="pk"),
            StoredColumn("voters.voter", "account_since", voter="pk"),
            *_internal("voters.voter", "sign_in_mark"),
            *_of_voter("voters.membership", "joined_at"),
            _of_battle("voter", exported=False),
        ),
    ),
    StoredData(
        "accounts",
        _of_voter("accounts.voteraccount", "name", "issuer", "subject", "created_at")
        + _internal("accounts.voteraccount", "sign_in_name", "password"),
    ),
    StoredData(
        "descriptions",
        (
            *_of_voter("demographics.selfdescription", "question", "answer", "changed_at"),
            *_of_voter("demographics.surveyinvitation", "asked_at"),
        ),
    ),
    StoredData(
        "network",
        (StoredColumn("voters.voter", "network", voter="pk"),),
        (TimedColumn("voters.voter", "network", "created_at", "NETWORK_DAYS"),),
    ),
    StoredData(
        "cases",
        (
            StoredColumn("integrity.case", "voter", voter="voter", exported=False),
            StoredColumn("integrity.case", "evidence", exported=False),
        ),
    ),
    *map(StoredData, ("streams", "limits", "transfer")),
    StoredData(
        "operators",
        (
            *_internal("auth.user", "password", "username", "first_name", "last_name", "email"),
            *_internal("auth.user_groups", "user"),
            *_internal("auth.user_user_permissions", "user"),
            *_internal("admin.logentry", "user", "object_id", "object_repr", "change_message"),
            *_internal("sessions.session", "session_key", "session_data"),
            *_internal("otp_totp.totpdevice", "user", "name", "key"),
            *_internal("otp_static.staticdevice", "user", "name"),
            *_internal("otp_static.statictoken", "token"),
            *_internal("operations.externalaccount", "user", "issuer", "subject"),
            *_internal("operations.auditentry", "account", "action", "subject", "rows", "network"),
            *_internal("operations.auditresult", "detail"),
            *_internal("operations.sealedcode", "ciphertext"),
            *_internal("catalog.cardchange", "words", "account"),
            *_internal("benchmarks.scoreimport", "imported_by"),
            *_internal("ledger.ledgerentry", "by"),
            *_internal("ledger.standingexclusion", "by"),
            *_internal("battles.reviewdecision", "state", "reason", "by"),
            *_internal("integrity.casedecision", "words", "by"),
            *_internal("evaluation.evaluatortoken", "name", "digest"),
            *_internal("voters.invitation", "label"),
            *_internal("console.alarmreceipt", "receiver"),
        ),
    ),
    StoredData(
        "sign_in",
        tuple(
            column
            for table in ("accessattempt", "accessfailurelog", "accesslog")
            for column in _internal(
                f"axes.{table}", "username", "ip_address", "user_agent", "http_accept", "path_info"
            )
        )
        + _internal("axes.accessattempt", "get_data", "post_data")
        + _internal("axes.accesslog", "session_hash"),
    ),
    *map(StoredData, ("backups", "exports")),
)

_TABLES_OF_THINGS = {
    "api": "rankingchange webhookdelivery",
    "auth": "group permission",
    "battles": "drawplan",
    "benchmarks": "benchmarkscore evaluatedmodel scoreimport",
    "boards": "board snapshot snapshotstrengths",
    "catalog": "cardfacts modelcard modelversion probereport versionhealth",
    "console": "alarm",
    "contenttypes": "contenttype",
    "datasets": "publication",
    "demographics": "surveyanswer surveyquestion",
    "gates": "invitedmodel",
    "integrity": "referenceboard",
    "labels": "labelset",
    "ledger": "ledgerentry recount",
    "operations": "backuprun sealedkey",
}
NOT_ABOUT_PEOPLE = frozenset(
    f"{app}.{table}" for app, tables in _TABLES_OF_THINGS.items() for table in tables.split()
)
"""Tables of which every text is about models, boards or the arena itself. A file, an address or a
key to a voter or an account has to be in the register nevertheless."""


def columns() -> Iterator[StoredColumn]:
    """Yield each column of the register."""
    for kind in REGISTER:
        yield from kind.columns


def timed_columns() -> Iterator[TimedColumn]:
    """Yield each column that is emptied after a time of its own."""
    for kind in REGISTER:
        yield from kind.timed
