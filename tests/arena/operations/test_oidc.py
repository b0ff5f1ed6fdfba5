"""Signing in by a provider: a real one on a loopback port, which signs with a real key."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from joserfc.jwk import RSAKey

from arena.operations import groups, oidc
from arena.operations.models import AuditEntry, ExternalAccount
from tests.identity_provider import CLIENT, SECRET, ProviderHandler, running_provider

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("valkey_url"),
    pytest.mark.one_database,
]


@pytest.fixture
def provider(settings):
    groups.fill()
    with running_provider(settings) as state:
        yield state


def come_back(client, provider, **changed):
    """The whole way: to the provider and back with its code."""
    url = client.get("/admin/oidc/")["Location"]
    assert url.startswith(f"{provider.address}/authorization?")
    given = {"code": "the-code", "state": provider.authorize(url), **changed}
    return client.get("/admin/oidc/callback/", given)


def test_somebody_with_a_role_comes_in_by_it(client, provider):
    assert come_back(client, provider)["Location"] == "/admin/"
    [user] = User.objects.all()
    assert (user.username, user.is_staff, user.is_superuser) == ("sso:ada", True, False)
    assert not user.has_usable_password()
    assert [group.name for group in user.groups.all()] == ["Operators"]
    assert client.get("/admin/catalog/modelcard/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 403
    entry = AuditEntry.objects.latest("pk")
    assert (entry.account, entry.action) == ("sso:ada", "signed in by the provider")


def test_roles_follow_the_provider_at_each_sign_in(client, provider):
    come_back(client, provider)
    provider.claims = {"groups": ["VIEWERS", "strangers"]}
    come_back(Client(), provider)
    [user] = User.objects.all()
    assert [group.name for group in user.groups.all()] == ["Viewers"]


@pytest.mark.parametrize("named", [[], ["strangers"], "owners", None, {"owners": True}])
def test_without_a_role_nobody_comes_in(client, provider, named):
    provider.claims = {"groups": named}
    assert come_back(client, provider).status_code == 403
    assert not User.objects.exists()
    assert client.get("/admin/").status_code == 302


def test_an_account_of_the_same_name_is_not_taken_over(client, provider):
    User.objects.create_superuser("ada", password="a long password")
    User.objects.create_superuser("sso:ada", password="a long password")
    come_back(client, provider)
    new = ExternalAccount.objects.get().user
    assert new.username.startswith("sso:ada:")
    assert not new.is_superuser


def test_an_account_that_is_shut_stays_shut(client, provider):
    come_back(client, provider)
    User.objects.update(is_active=False)
    assert come_back(Client(), provider).status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_this_question_opens_nothing(client, provider, lie):
    provider.claims = lie
    assert come_back(client, provider).status_code == 403
    assert not User.objects.exists()


def test_a_token_that_another_key_has_signed_opens_nothing(client, provider):
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(client, provider).status_code == 403


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"code": ""}])
def test_an_answer_that_nobody_has_asked_for_opens_nothing(client, provider, changed):
    assert come_back(client, provider, **changed).status_code == 403
    assert not User.objects.exists()


def test_an_answer_opens_once_and_only_where_it_was_asked_for(client, provider):
    url = client.get("/admin/oidc/")["Location"]
    given = {"code": "the-code", "state": provider.authorize(url)}
    assert Client().get("/admin/oidc/callback/", given).status_code == 403
    assert client.get("/admin/oidc/callback/", given).status_code == 302
    assert client.get("/admin/oidc/callback/", given).status_code == 403


def test_a_role_that_asks_for_a_second_factor_takes_the_providers_word(client, provider, settings):
    settings.SECOND_FACTOR_ROLES = ["Operators"]
    come_back(client, provider)
    assert client.get("/admin/").status_code == 302
    provider.claims = {"amr": ["pwd", "otp"]}
    other = Client()
    come_back(other, provider)
    assert other.get("/admin/").status_code == 200


def test_without_a_setting_there_is_no_such_door(client, settings):
    settings.OIDC_ISSUER = ""
    assert client.get("/admin/oidc/").status_code == 404
    assert client.get("/admin/oidc/callback/").status_code == 404
    assert "oidc" not in client.get("/admin/login/").content.decode()


def test_the_sign_in_page_offers_it(client, provider):
    page = client.get("/admin/login/").content.decode()
    assert "Sign in by Single sign-on" in page
    assert SECRET not in page


def test_a_provider_that_goes_away_on_the_way_back_is_a_clear_refusal(
    client, provider, monkeypatch
):
    monkeypatch.setattr(ProviderHandler, "do_POST", lambda handler: handler.wfile.write(b""))
    assert come_back(client, provider).status_code == 503


def test_the_connection_to_the_provider_is_closed_after_a_sign_in(client, provider, monkeypatch):
    made, make = [], oidc._client
    monkeypatch.setattr(oidc, "_client", lambda callback: made.append(make(callback)) or made[-1])
    come_back(client, provider)
    assert [one.is_closed for one in made] == [True, True]


def test_a_provider_that_is_away_is_a_clear_refusal(client, settings, unused_tcp_port):
    oidc._provider_at.cache_clear()
    settings.OIDC_ISSUER = f"http://127.0.0.1:{unused_tcp_port}"
    settings.OIDC_CLIENT = CLIENT
    assert client.get("/admin/oidc/").status_code == 503
