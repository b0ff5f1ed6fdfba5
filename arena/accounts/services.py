"""Writing accounts of voters: each names one voter, and none is an account of the admin."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from arena.accounts.models import VoterAccount
from arena.accounts.selectors import account_at_provider, account_named, account_of, folded
from arena.core.errors import Conflict, DomainError
from arena.mine.services.transfer import void_code
from arena.voters.models import Voter
from arena.voters.services import end_sign_ins, note_account


class NameTaken(Conflict):
    """Somebody else has an account of that name."""

    code = "name_taken"
    message = _("Somebody has this name already. Please choose another one.")


class AccountExists(Conflict):
    """The voter has an account."""

    code = "account_exists"
    message = _("There is an account for these battles already. Nothing was changed.")


class WrongPassword(DomainError):
    """The name or the password is wrong; which of them is never said."""

    status = 403
    code = "wrong_password"
    message = _("Name or password is wrong. Upper and lower case of the password matter.")


def create_account(*, voter: Voter, name: str, password: str) -> VoterAccount:
    """Give a voter an account with a name and a password.

    Raises NameTaken, and AccountExists where the voter has one; of two at once the database lets
    one through.
    """
    account = VoterAccount(
        voter=voter, name=name, sign_in_name=folded(name), password=make_password(password)
    )
    return _stored(account)


def sign_in_by_provider(*, issuer: str, subject: str, name: str, voter: Voter) -> VoterAccount:
    """Return the account of a provider's subject, made for this voter if there is none.

    Raises AccountExists where the voter has another one.
    """
    found = account_at_provider(issuer, subject)
    if found is not None:
        return found
    account = VoterAccount(voter=voter, name=name[:150], issuer=issuer, subject=subject)
    return _stored(account)


def check_credentials(*, name: str, password: str) -> VoterAccount:
    """Return the account of this name and password. Raises WrongPassword.

    A name that nobody has takes as long as a wrong password.
    """
    account = account_named(name)
    if account is None:
        make_password(password)
        raise WrongPassword
    check_own_password(account=account, password=password)
    return account


def check_own_password(*, account: VoterAccount, password: str) -> None:
    """Raise WrongPassword unless this is the account's password; a hash of an older kind is made
    anew."""

    def hash_anew(raw: str) -> None:
        _replace_password(account, make_password(raw))

    if not check_password(password, account.password, hash_anew):
        raise WrongPassword


def change_password(*, account: VoterAccount, password: str) -> Voter:
    """Give an account that has a password another one, and end the sign-ins of all browsers.

    Returns the voter, as whom the browser that asked for it goes on. Raises Conflict where the
    password has changed since the account was read: the old one was compared with that.
    """
    hashed = make_password(password)
    with transaction.atomic():
        if not _replace_password(account, hashed):
            raise Conflict
        return _end_sign_ins(account)


def set_forgotten_password(*, account: VoterAccount, password: str) -> bool:
    """Give an account another password unless it has changed since the account was read, and end
    the sign-ins of all browsers; return whether it did: of two who use a link at once, one is let
    through."""
    hashed = make_password(password)
    with transaction.atomic():
        if not _replace_password(account, hashed):
            return False
        _end_sign_ins(account)
        return True


def _replace_password(account: VoterAccount, hashed: str) -> bool:
    """Store another hash unless it has changed since the account was read; return whether it did
    so."""
    same = VoterAccount.objects.filter(pk=account.pk, password=account.password)
    if not same.update(password=hashed):
        return False
    account.password = hashed
    return True


def _end_sign_ins(account: VoterAccount) -> Voter:
    """A code that was made for another device is void, too, even if this is rolled back."""
    void_code(voter=account.voter_id)
    return end_sign_ins(voter=account.voter_id)


@transaction.atomic
def delete_account(*, account: VoterAccount) -> None:
    """Forget an account. Its voter and the battles stay, for the browsers that know them."""
    VoterAccount.objects.filter(pk=account.pk).delete()
    note_account(voter=account.voter_id, since=None)


def is_by_provider_on() -> bool:
    """Return whether voters may sign in by the provider of the settings."""
    return bool(settings.VOTER_OIDC and settings.OIDC_ISSUER and settings.OIDC_CLIENT)


def _stored(account: VoterAccount) -> VoterAccount:
    if account_of(account.voter_id):
        raise AccountExists
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            note_account(voter=account.voter_id, since=account.created_at)
    except IntegrityError as error:
        raise (AccountExists if account_of(account.voter_id) else NameTaken) from error
    return account
