"""Admin pages on which operators read the ledger and decide which votes count."""

from __future__ import annotations

from arena.ledger.admin.entries import LedgerEntryAdmin, PairCountAdmin
from arena.ledger.admin.recounts import RecountAdmin
from arena.ledger.admin.votes import VoteAdmin

__all__ = ["LedgerEntryAdmin", "PairCountAdmin", "RecountAdmin", "VoteAdmin"]
