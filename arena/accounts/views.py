"""The pages of a voter's account: create it, sign in and out, change its password, delete it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from arena.accounts import services
from arena.accounts.forms import (
    ChangePasswordForm,
    DeleteAccountForm,
    NewAccountForm,
    NewPasswordForm,
    SignInForm,
)
from arena.accounts.models import VoterAccount
from arena.accounts.selectors import account_of, account_of_link, folded
from arena.core.errors import NotFound, TooMany
from arena.core.web.network import network_bucket
from arena.gates.services import admit
from arena.gates.views import for_readers
from arena.mine.selectors.battles import vote_count
from arena.operations import guesses
from arena.voters.models import Voter
from arena.voters.selectors import identity_of
from arena.voters.services import enrol, forget_browser, remember

View = Callable[..., HttpResponse]


def where_offered(view: View) -> View:
    """Refuses, with NotFound, where the settings switch accounts off."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.VOTER_ACCOUNTS:
            raise NotFound
        return view(request, *args, **kwargs)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@where_offered
@for_readers
@never_cache
@ensure_csrf_cookie
def account(request: HttpRequest) -> HttpResponse:
    """Show the account of this browser's voter, or the form for one; create it (POST)."""
    if request.method != "POST":
        return _page(request)
    form = NewAccountForm(request.POST)
    if form.is_valid():
        admit("account", network=network_bucket(request))
        try:
            return _created(request, form.cleaned_data)
        except services.NameTaken as taken:
            form.add_error("name", str(taken.message))
    return _page(request, new=form)


@require_http_methods(["GET", "HEAD", "POST"])
@where_offered
@for_readers
@never_cache
@ensure_csrf_cookie
def sign_in(request: HttpRequest) -> HttpResponse:
    """Make this browser the one that a name and a password stand for (POST)."""
    if request.method != "POST":
        return sign_in_page(request, SignInForm())
    form = SignInForm(request.POST)
    found = _account_of_form(request, form)
    if found is None:
        return sign_in_page(request, form, status=400)
    if leaves_votes(request, found) and not form.cleaned_data["leave"]:
        return sign_in_page(request, form, must_leave=True, status=400)
    return signed_in(request, found.voter)


@require_http_methods(["GET", "HEAD", "POST"])
@where_offered
@for_readers
@never_cache
@ensure_csrf_cookie
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Set the password of the account that an operator's link is for (POST)."""
    own = account_of_link(token)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if own and form.is_bound and form.is_valid():
        if services.set_forgotten_password(account=own, password=form.cleaned_data["password"]):
            guesses.forget_every(f"voter:{own.sign_in_name}")
            return HttpResponseRedirect(f"{reverse('accounts:sign_in')}?done=password", status=303)
        own = None
    status = 404 if own is None else 400 if form.is_bound else 200
    return render(request, "accounts/new_password.html", {"own": own, "form": form}, status=status)


@require_POST
@where_offered
@for_readers
def sign_out(request: HttpRequest) -> HttpResponse:
    """Let this browser be nobody's. Raises NotFound without an account: its battles would be
    lost."""
    _own(request)
    response = HttpResponseRedirect(reverse("accounts:sign_in"), status=303)
    forget_browser(response)
    return response


@require_POST
@where_offered
@for_readers
@never_cache
def password(request: HttpRequest) -> HttpResponse:
    """Change the password of the account. Raises NotFound where a provider keeps it."""
    own, form = _own(request), ChangePasswordForm(request.POST)
    if not own.sign_in_name:
        raise NotFound
    checked = _account_of_form(request, form, name=own.name)
    if checked is None:
        return _page(request, change=form)
    voter = services.change_password(account=checked, password=form.cleaned_data["password"])
    response = _back(done="password")
    remember(response, voter)
    return response


@require_POST
@where_offered
@for_readers
@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account; this browser keeps its battles."""
    own, form = _own(request), DeleteAccountForm(request.POST, auto_id="remove_%s")
    if own.sign_in_name and _account_of_form(request, form, name=own.name) is None:
        return _page(request, remove=form)
    services.delete_account(account=own)
    return _back(done="deleted")


def signed_in(request: HttpRequest, voter: Voter) -> HttpResponse:
    """Lead to the battles of a voter, whom this browser is from now on."""
    rotate_token(request)
    response = HttpResponseRedirect(reverse("mine:battles"), status=303)
    remember(response, voter)
    return response


def leaves_votes(request: HttpRequest, found: VoterAccount) -> bool:
    """Return whether this browser has votes of somebody else that no account leads back to."""
    identity = identity_of(request)
    return identity != found.voter_id and not account_of(identity) and bool(vote_count(identity))


def sign_in_page(
    request: HttpRequest, form: SignInForm, *, must_leave: bool = False, status: int = 200
) -> HttpResponse:
    """Return the page on which somebody signs in."""
    context = {
        "form": form,
        "votes": vote_count(identity_of(request)),
        "must_leave": must_leave,
        "provider": settings.OIDC_NAME if services.is_by_provider_on() else "",
        "own": account_of(identity_of(request)),
        "done": request.GET.get("done", ""),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def _page(request: HttpRequest, **forms_sent: forms.Form) -> HttpResponse:
    context = {
        "own": account_of(identity_of(request)),
        "new": NewAccountForm(),
        "change": ChangePasswordForm(),
        "remove": DeleteAccountForm(auto_id="remove_%s"),
        "provider": settings.OIDC_NAME if services.is_by_provider_on() else "",
        "done": request.GET.get("done", ""),
        **forms_sent,
    }
    status = 400 if any(form.errors for form in forms_sent.values()) else 200
    return render(request, "accounts/account.html", context, status=status)


def _created(request: HttpRequest, given: dict[str, str]) -> HttpResponse:
    voter = enrol(request)
    services.create_account(voter=voter, name=given["name"], password=given["password"])
    response = _back(done="created")
    remember(response, voter)
    return response


def _account_of_form(
    request: HttpRequest, form: forms.Form, *, name: str = ""
) -> VoterAccount | None:
    """Return the account whose password a form has, in the field ``old`` or ``password``; None,
    with the reason in the form, for a wrong one."""
    if not form.is_valid():
        return None
    given = form.cleaned_data["old" if "old" in form.fields else "password"]
    try:
        return _account_by(request, name or form.cleaned_data["name"], given)
    except services.WrongPassword as wrong:
        said = _("That is not the current password. Upper and lower case matter.")
        form.add_error("old" if name else None, said if name else str(wrong.message))
        return None


def _account_by(request: HttpRequest, name: str, password: str) -> VoterAccount:
    """Return the account of a name and a password. Raises WrongPassword, and TooMany after too
    many guesses, which are counted as those of operators are."""
    counted = f"voter:{folded(name)}"
    if not AxesProxyHandler.is_allowed(request, {"username": counted}):
        raise TooMany(retry_after=request.sign_in_wait)  # type: ignore[attr-defined]  # the counter sets it
    found = services.check_credentials(name=name, password=password)
    guesses.forget_name(request, counted)
    return found


def _own(request: HttpRequest) -> VoterAccount:
    own = account_of(identity_of(request))
    if own is None:
        raise NotFound
    return own


def _back(*, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('accounts:account')}?done={done}", status=303)
