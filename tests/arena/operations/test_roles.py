"""Every address and action of the admin, asked for by every kind of account."""

from __future__ import annotations

import hashlib

import pytest
from axes.models import AccessAttempt
from django.contrib.admin import site
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.test import Client, RequestFactory

from arena.catalog import dispatch as catalog_dispatch
from arena.leaderboard import dispatch, services
from arena.leaderboard.models import Board
from arena.operations import rows
from tests.arena.operations import roles
from tests.factories import make_models, make_vote

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROLES = roles.roles()
VISITOR = ROLES[0]
OPENED = (200, 302)


@pytest.fixture
def world(monkeypatch):
    """An arena in which every model of the admin has a row."""
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    monkeypatch.setattr(catalog_dispatch, "begin_trial", lambda version: None)
    for choice in ("a", "b", "tie"):
        make_vote(*make_models(f"first-{choice}", f"second-{choice}"), choice)
    services.refresh()
    services.recount_nightly()
    Board.objects.create(slug="spare", name="Spare", position=9, active=False)
    Group.objects.create(name="Friends")
    User.objects.create(username="somebody")
    AccessAttempt.objects.create(username="somebody", failures_since_start=1)
    assert {m for m in site._registry if not m._base_manager.exists()} == set()


@pytest.fixture
def sign_in(world):
    """Returns a client that is signed in as the role."""

    def sign_in(role):
        client = Client()
        if role == VISITOR:
            return client
        user = User.objects.create(
            username="tester", is_staff=role.is_staff, is_superuser=role.is_superuser
        )
        for right in role.rights:
            app, codename = right.split(".")
            found = Permission.objects.get(content_type__app_label=app, codename=codename)
            user.user_permissions.add(found)
        client.force_login(user)
        return client

    return sign_in


def digest():
    """Of every row of every table."""
    found = hashlib.sha256()
    for model in rows.tables():
        for line in rows.lines(model):
            found.update(line)
    return found.hexdigest()


def may(role, address, method):
    return address.name in roles.EVERYBODY or address.may(role, method)


def refused(role, status, to):
    """Whether this is how somebody is turned away who may not come in here."""
    if not role.is_staff:
        return status == 302 and to.startswith("/admin/login/")
    return status in (403, 404, 405) or (status in (301, 302) and to.startswith("/admin/"))


def statuses(client, address, method):
    """Of requests that would do harm if they were let through, a popup's among them."""
    if method == "GET":
        answers = [client.get(address.path), client.get(address.path, {"_popup": "1"})]
    else:
        harm = {"post": "yes", "_save": "yes", "name": "harm", "usable_password": "false"}
        answers = [client.post(address.path, harm)]
    for answer in answers:
        b"".join(answer)  # a picture's file is closed at its end
    return [(answer.status_code, answer.get("Location", "")) for answer in answers]


def test_every_address_stands_in_a_table(world):
    names = {address.name for address in roles.addresses()} - roles.EVERYBODY
    for name in names:
        assert roles.rights_of(name, "GET")
    assert (roles.CUSTOM.keys() | roles.OPEN.keys()) - names == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_an_address_opens_to_those_who_may_and_to_nobody_else(sign_in, role):
    client, before, wrong = sign_in(role), digest(), []
    asked = [(one, method) for one in roles.addresses() for method in ("GET", "POST")]
    for address, method in asked:
        if not may(role, address, method):
            found = statuses(client, address, method)
            wrong += [(method, address, one) for one in found if not refused(role, *one)]
    assert wrong == []
    assert digest() == before
    for address, method in asked:
        if address.name != "logout" and method == "GET" and may(role, address, method):
            wrong += [(address, o) for o in statuses(client, address, "GET") if o[0] not in OPENED]
    assert wrong == []


def actions_of(model):
    """All that the model's admin has, for whomever."""
    admin = site._registry[model]
    return set() if admin.actions is None else {name for _, name, _ in admin._get_base_actions()}


def act(client, model, action):
    """On every row but the asking account's, with the answer to each question of an action."""
    found = model._base_manager.exclude(**({"username": "tester"} if model is User else {}))
    keys = [str(key) for key in found.values_list("pk", flat=True)]
    answers = {"confirmed": "yes", "post": "yes", "reason": "operator", "value": "ocr"}
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    client.post(path, {"action": action, "_selected_action": keys, **answers})


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_an_action_is_offered_to_those_who_may_and_does_nothing_for_others(sign_in, role):
    client, before = sign_in(role), digest()
    request = RequestFactory().get("/")
    request.user = User.objects.filter(username="tester").first() or AnonymousUser()
    for model, admin in site._registry.items():
        stated = roles.ACTIONS.get(model._meta.label_lower, {})
        offered = set(admin.get_actions(request)) if role.is_staff else set()
        assert offered == {name for name, right in stated.items() if role.has(right)}
        for action in actions_of(model) - offered:
            act(client, model, action)
    assert digest() == before


def test_every_action_does_something_for_a_superuser(sign_in):
    client = sign_in(ROLES[-1])
    for model in site._registry:
        for action in roles.ACTIONS.get(model._meta.label_lower, {}):
            before = digest()
            act(client, model, action)
            assert digest() != before, (model, action)
