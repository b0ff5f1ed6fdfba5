"""Changes of one's own battles and votes, each by a service of privacy or of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from arena.battles.states import ErasureReason
from arena.core.errors import DomainError
from arena.integrity.services.holding import put_back_vote
from arena.ledger.services.withdrawing import withdraw_vote
from arena.mine.services.transfer import UnknownCode, take_code
from arena.mine.states import OwnChange
from arena.privacy.services import change_consent, erase_battles, erase_voter
from arena.voters.models import Voter

VOTE_CHANGES: dict[str, Callable[..., bool]] = {
    OwnChange.TAKE_BACK: withdraw_vote,
    OwnChange.PUT_BACK: put_back_vote,
}
"""What can be done with one's own vote on a battle, by its name in the form."""


def change_battles(*, voter: UUID, action: str, battles: Sequence[int]) -> None:
    """Do with a voter's battles what was asked for, one of OwnChange: with those that are named, or
    with all of them.

    Raises DomainError for anything else. Locks what the services of privacy lock.
    """
    match action:
        case OwnChange.DELETE:
            erase_battles(battles=battles, reason=ErasureReason.VOTER)
        case OwnChange.DELETE_ALL:
            erase_voter(voter=voter)
        case OwnChange.PUBLISH | OwnChange.WITHDRAW:
            change_consent(voter=voter, publish=action == OwnChange.PUBLISH, battles=battles)
        case OwnChange.PUBLISH_ALL | OwnChange.WITHDRAW_ALL:
            change_consent(voter=voter, publish=action == OwnChange.PUBLISH_ALL)
        case _:
            raise DomainError


def follow_code(*, code: str) -> Voter:
    """Return the voter that a code stands for, and make the code void. Raises UnknownCode, also
    where the voter is not there any more or the sign-in that made it has ended, and Unavailable."""
    identity, mark = take_code(code=code)
    voter = Voter.objects.filter(pk=identity, sign_in_mark=mark).first()
    if voter is None:
        raise UnknownCode
    return voter
