"""Signing in by an OpenID Connect provider, where the site's settings name one.

The provider says who somebody is and which roles he has; the account here is made at the first
sign-in and follows the provider at each one. A local account is never taken over.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx2 as httpx  # the one that Authlib's client is made of, and whose errors it raises
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.translation import gettext_lazy as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from arena.core.errors import DomainError, Unavailable
from arena.operations.groups import GROUPS
from arena.operations.models import ExternalAccount

SESSION = "oidc"
"""Where a session keeps what it has asked the provider, and later how somebody signed in there."""
SECONDS = 5.0
KEPT_SECONDS = 600
"""The metadata of the provider are kept for this time."""
SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""None of those by which somebody who knows the client's secret could sign."""
STRONG = frozenset({"mfa", "otp", "hwk", "swk", "sms", "tel", "fpt", "face", "iris", "vbm", "pop"})
"""Values of RFC 8176 for more than a password."""


class SignInRefused(DomainError):
    """The provider's answer opens no account here."""

    status = 403
    code = "sign_in_refused"
    message = _("You could not be signed in. Please begin again; it may have taken too long.")


class NoRole(SignInRefused):
    """Whoever has signed in has no role here."""

    code = "no_role"
    message = _("You are known, but you have no role here. Ask whoever runs this site for one.")


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """The addresses and keys of the provider, as it says them itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet


def is_on() -> bool:
    """Return whether the site's settings name a provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT)


def begin(request: HttpRequest) -> str:
    """Return the provider's address that the browser goes to. Raises Unavailable where the provider
    can't be reached."""
    url, request.session[SESSION] = question(_callback(request))
    return url


def question(callback: str) -> tuple[str, dict[str, str]]:
    """Return the provider's address for somebody who is to come back to ``callback``, and what has
    to be known then. Raises Unavailable where the provider can't be reached."""
    facts, nonce = _provider(), get_random_string(32)
    verifier = get_random_string(64)
    with _client(callback) as client:
        url, state = client.create_authorization_url(
            facts.authorization_endpoint, nonce=nonce, code_verifier=verifier
        )
    return str(url), {"state": state, "nonce": nonce, "verifier": verifier}


def finish(request: HttpRequest) -> User:
    """Return the account of whoever comes back from the provider.

    Raises SignInRefused for an answer that is not the one to what this session has asked, NoRole
    for somebody without a role, and Unavailable where the provider can't be reached.
    """
    asked = request.session.pop(SESSION, None) or {}
    claims = claims_of(request.GET, asked, _callback(request))
    user = _account(claims)
    amr = claims.get("amr")
    strong = bool(STRONG & set(amr)) if isinstance(amr, list) else False
    request.session[SESSION] = {"strong": strong}
    return user


def claims_of(answer: Mapping[str, str], asked: Mapping[str, str], callback: str) -> dict[str, Any]:
    """Return what the provider says of whoever came back to ``callback`` with this answer.

    Raises SignInRefused for an answer that is not the one to what was ``asked``, and Unavailable
    where the provider can't be reached.
    """
    code, state = answer.get("code", ""), answer.get("state", "")
    if not code or not constant_time_compare(state, asked.get("state", "")) or not state:
        raise SignInRefused
    facts = _provider()
    try:
        with _client(callback) as client:
            token = client.fetch_token(
                facts.token_endpoint, code=code, code_verifier=asked["verifier"]
            )
        found = jwt.decode(token["id_token"], facts.keys, algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": facts.issuer},
            aud={"essential": True, "value": settings.OIDC_CLIENT},
            nonce={"essential": True, "value": asked["nonce"]},
            sub={"essential": True},
            exp={"essential": True},
        ).validate(found.claims)
    except httpx.HTTPError as error:
        raise Unavailable from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
        raise SignInRefused from error
    return dict(found.claims)


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether the provider said that more than a password was asked for."""
    return bool((request.session.get(SESSION) or {}).get("strong"))


@transaction.atomic
def _account(claims: Mapping[str, Any]) -> User:
    """Return the account of the claims' subject with the roles that they name. Raises NoRole."""
    named = claims.get(settings.OIDC_ROLES_CLAIM)
    names = {str(name).lower() for name in named} if isinstance(named, list) else set()
    roles = [role for role in GROUPS if role.lower() in names]
    subject, issuer = str(claims["sub"])[:255], settings.OIDC_ISSUER
    known = ExternalAccount.objects.select_related("user").filter(issuer=issuer, subject=subject)
    found = known.first()
    if not roles or (found is not None and not found.user.is_active):
        raise NoRole
    if found is not None:
        user = found.user
    else:
        name = str(claims.get("preferred_username") or claims.get("email") or subject)
        name = f"sso:{name}"[:140]
        taken = User.objects.filter(username=name).exists()
        user = User(username=f"{name}:{get_random_string(6)}" if taken else name, is_staff=True)
        user.set_unusable_password()
        user.save()
        ExternalAccount.objects.create(user=user, issuer=issuer, subject=subject)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("admin:oidc_callback"))


def _client(callback: str) -> OAuth2Client:
    return OAuth2Client(
        settings.OIDC_CLIENT,
        settings.OIDC_SECRET,
        scope=SCOPE,
        redirect_uri=callback,
        code_challenge_method="S256",
        timeout=SECONDS,
    )


def _provider() -> ProviderFacts:
    return _provider_at(settings.OIDC_ISSUER, int(time.monotonic() // KEPT_SECONDS))


@lru_cache(maxsize=2)
def _provider_at(issuer: str, _moment: int) -> ProviderFacts:
    try:
        with httpx.Client(timeout=SECONDS) as client:
            address = issuer.rstrip("/") + "/.well-known/openid-configuration"
            said = client.get(address).raise_for_status().json()
            keys = client.get(said["jwks_uri"]).raise_for_status().json()
        return ProviderFacts(
            issuer=said["issuer"],
            authorization_endpoint=said["authorization_endpoint"],
            token_endpoint=said["token_endpoint"],
            keys=KeySet.import_key_set(keys),
        )
    except (httpx.HTTPError, JoseError, KeyError, ValueError, TypeError) as error:
        raise Unavailable from error
