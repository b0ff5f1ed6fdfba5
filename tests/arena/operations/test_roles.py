"""Every address and action of the admin, asked for by every kind of account."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace

import pytest
from axes.models import AccessAttempt
from django.contrib.admin import site
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client, RequestFactory
from django.utils import timezone

from arena.backups import rows
from arena.battles.models import Battle, ModerationReview, Turn
from arena.benchmarks.services import import_scores
from arena.boards import dispatch
from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.boards.services.verification import verify_ledger_nightly
from arena.catalog.models import ModelCard
from arena.catalog.services.lifecycle import choose_version
from arena.console.models import Alarm
from arena.datasets.models import Publication
from arena.demographics.models import SurveyQuestion
from arena.evaluation.models import EvaluatorToken
from arena.gates.models import InvitedModel
from arena.integrity.models import Case
from arena.operations import groups
from arena.operations.models import AuditEntry, AuditResult
from arena.probes import dispatch as probes_dispatch
from arena.probes.services import start_probe
from arena.shadows.models import ShadowAnswer
from arena.spending.models import CardBudget
from arena.voters.models import Invitation
from tests.arena.benchmarks.test_services import FILES
from tests.arena.operations import roles
from tests.factories import make_models, make_version, make_vote

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # hundreds of addresses, each by a dozen kinds of accounts
    pytest.mark.one_database,
    pytest.mark.usefixtures("valkey_url"),
]
ROLES = roles.roles()
VISITOR = ROLES[0]
SINGLE = [role for role in ROLES if role.is_staff and len(role.rights) == 1]
GENERAL = [role for role in ROLES if role not in SINGLE]
[NO_RIGHT] = [role for role in GENERAL if role.is_staff and not (role.rights or role.is_superuser)]
OPENED = (200, 302)
SESSIONS = {"logout", "oidc", "oidc_callback"}
"""Ends this session, or begins another one elsewhere: tests of their own ask for these."""


@pytest.fixture
def world(monkeypatch):
    """An arena in which every model of the admin has a row."""
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    monkeypatch.setattr(probes_dispatch, "begin_probe", lambda version: None)
    for choice in ("a", "b", "tie"):
        make_vote(*make_models(f"first-{choice}", f"second-{choice}"), choice)
    update_live_boards()
    verify_ledger_nightly()
    Board.objects.create(slug="spare", name="Spare", position=9, active=False)
    Group.objects.create(name="Friends")
    User.objects.create(username="somebody")
    endpoint = {"backend": "openai", "base_url": "https://93.184.216.34/v1", "source": "m"}
    make_version(probe="failed", learned='{"max_images":1}', **endpoint)
    import_scores(FILES / "open-vlm.json", "open-vlm")
    AccessAttempt.objects.create(username="somebody", failures_since_start=1)
    newest = make_version(ModelCard.objects.get(slug="first-a"))
    choose_version(version=newest.card.versions.earliest("number"))
    start_probe(version=newest)
    CardBudget.objects.create(card=ModelCard.objects.earliest("pk"), battles_a_day=1_000)
    AuditEntry.objects.create(account="somebody", action="a test")
    Case.objects.create(kind="drift", card=newest.card, last_vote=1)
    ModerationReview.objects.create(battle=Battle.objects.earliest("pk"), why="a test")
    Alarm.objects.create(key="a-test", text="A test", opened_at=timezone.now())
    InvitedModel.objects.create(
        invitation=Invitation.objects.create(label="Friends"), card=newest.card
    )
    ShadowAnswer.objects.create(
        version=newest, turn=Turn.objects.earliest("pk"), asked_at=timezone.now()
    )
    Publication.objects.create(name="one", begun_at=timezone.now(), due_at=timezone.now())
    SurveyQuestion.objects.create(slug="age", words="How old are you?")
    EvaluatorToken.objects.create(name="A test", digest="0" * 64)
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
        give(role.rights)
        client.force_login(user)
        return client

    return sign_in


def give(rights):
    """The tester has these rights from now on, and no other."""
    kept = Permission.objects.annotate(
        right=Concat("content_type__app_label", Value("."), "codename")
    ).filter(right__in=rights)
    assert len(kept) == len(rights)
    User.objects.get(username="tester").user_permissions.set(kept)


def digest():
    """Of every row of every table but the log of what was asked for, which grows by refusals."""
    found = hashlib.sha256()
    for model in (m for m in rows.tables() if m not in (AuditEntry, AuditResult)):
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


def let_in(client, role, asked):
    """What does not refuse the role: each request with its status and where it led."""
    found = [(*one, status) for one in asked for status in statuses(client, *one)]
    return [one for one in found if not refused(role, *one[-1])]


def shut_out(client, role, addresses):
    """What does not open to the role although it may."""
    never = SESSIONS | roles.BY_POST
    own = [a for a in addresses if a.name not in never and may(role, a, "GET")]
    return [address for address in own if looked_at(client, address) not in OPENED]


def looked_at(client, address):
    answer = client.get(address.path)
    b"".join(answer)  # a picture's file is closed at its end
    return answer.status_code


@pytest.mark.parametrize("role", GENERAL, ids=lambda role: role.name)
def test_an_address_opens_to_those_who_may_and_to_nobody_else(sign_in, role):
    client, before, addresses = sign_in(role), digest(), roles.addresses()
    asked = [(one, method) for one in addresses for method in ("GET", "POST")]
    assert let_in(client, role, [one for one in asked if not may(role, *one)]) == []
    assert digest() == before
    assert shut_out(client, role, addresses) == []


def test_one_right_opens_what_the_tables_say(sign_in):
    client, addresses = sign_in(NO_RIGHT), roles.addresses()
    for role in SINGLE:
        give(role.rights)
        assert shut_out(client, role, addresses) == [], role.name


def test_no_other_right_opens_an_address(sign_in):
    """An account has all rights but those that open the address: since rights only add, what these
    together do not open, none of them does. That no right opens it is for the test above."""
    client, before = sign_in(NO_RIGHT), digest()
    by_rights = defaultdict(list)
    for address in roles.addresses():
        for method in ("GET", "POST"):
            if not may(NO_RIGHT, address, method):
                by_rights[roles.opening(address, method)].append((address, method))
    assert len(by_rights) > 10
    for rights, asked in by_rights.items():
        others = replace(NO_RIGHT, rights=roles.stated_rights() - rights)
        give(others.rights)
        assert let_in(client, others, asked) == [], rights
    give(())
    assert digest() == before


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


def offered_by(admin):
    """The actions that the admin offers to the tester."""
    request = RequestFactory().get("/")
    request.user = User.objects.filter(username="tester").first() or AnonymousUser()
    return set(admin.get_actions(request)) if request.user.is_staff else set()


@pytest.mark.parametrize("role", GENERAL, ids=lambda role: role.name)
def test_an_action_is_offered_to_those_who_may_and_does_nothing_for_others(sign_in, role):
    client, before = sign_in(role), digest()
    for model, admin in site._registry.items():
        stated = roles.ACTIONS.get(model._meta.label_lower, {})
        offered = offered_by(admin)
        assert offered == {name for name, right in stated.items() if role.has(right)}
        for action in actions_of(model) - offered:
            act(client, model, action)
    assert digest() == before


def test_one_right_offers_its_actions_and_all_others_neither_offer_nor_allow_them(sign_in):
    client, before = sign_in(NO_RIGHT), digest()
    for role in SINGLE:
        give(role.rights)
        for model, admin in site._registry.items():
            stated = roles.ACTIONS.get(model._meta.label_lower, {})
            assert offered_by(admin) == {name for name, right in stated.items() if role.has(right)}
    for model, admin in site._registry.items():
        for action, right in roles.ACTIONS.get(model._meta.label_lower, {}).items():
            give(roles.stated_rights() - {right})
            assert action not in offered_by(admin)
            act(client, model, action)
    give(())
    assert digest() == before


def test_every_action_does_something_for_a_superuser(sign_in):
    client = sign_in(ROLES[-1])
    for model in site._registry:
        for action in roles.ACTIONS.get(model._meta.label_lower, {}):
            before = digest()
            act(client, model, action)
            assert digest() != before, (model, action)


def test_a_refusal_is_written_down_and_a_look_is_not(sign_in):
    client, seen = sign_in(ROLES[2]), AuditEntry.objects.count()
    assert client.get("/admin/catalog/modelcard/").status_code == 403
    assert client.post("/admin/catalog/modelcard/add/", {"name": "x"}).status_code == 403
    entry = AuditEntry.objects.latest("pk")
    assert AuditEntry.objects.count() == seen + 1
    assert (entry.account, entry.action, entry.subject) == (
        "tester",
        "catalog_modelcard_add",
        "catalog.modelcard",
    )
    assert entry.result.outcome == "refused"


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("Viewers", {"battles.view_battle", "catalog.switch_modelcard", "auth.view_user"}),
        ("Moderators", {"catalog.change_modelcard", "spending.change_cardbudget"}),
        ("Operators", {"operations.manage_accounts", "operations.view_auditentry"}),
        ("Owners", {"auth.change_group", "auth.delete_user", "operations.delete_auditentry"}),
    ],
)
def test_a_role_opens_nothing_beyond_it(world, name, closed):
    groups.fill()
    user = User.objects.create(username="tester", is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    role = roles.Role(name, frozenset(user.get_all_permissions()))
    assert closed & role.rights == set()
    client = Client()
    client.force_login(user)
    before, wrong = digest(), []
    for address in roles.addresses():
        for method in ("GET", "POST"):
            if not may(role, address, method):
                found = statuses(client, address, method)
                wrong += [(method, address, one) for one in found if not refused(role, *one)]
    assert wrong == []
    assert digest() == before
    request = RequestFactory().get("/")
    request.user = user
    for model, admin in site._registry.items():
        stated = roles.ACTIONS.get(model._meta.label_lower, {})
        offered = {action for action, right in stated.items() if role.has(right)}
        assert set(admin.get_actions(request)) == offered


def test_an_owner_makes_nobody_a_superuser(world):
    groups.fill()
    chief = User.objects.create(username="chief", is_staff=True, is_superuser=True)
    user = User.objects.create(username="tester", is_staff=True)
    user.groups.add(Group.objects.get(name="Owners"))
    client = Client()
    client.force_login(user)
    page = f"/admin/auth/user/{chief.pk}/"
    assert client.post(f"{page}change/", {"username": "chief"}).status_code == 403
    assert client.post(f"{page}password/", {"password1": "x"}).status_code == 403
    friend = User.objects.get(username="somebody")
    harm = {"username": "somebody", "is_superuser": "on", "user_permissions": "1"}
    given = {**harm, "is_active": "on", "is_staff": "on", "groups": str(user.groups.get().pk)}
    assert client.post(f"/admin/auth/user/{friend.pk}/change/", given).status_code == 302
    friend.refresh_from_db()
    assert friend.is_staff
    assert friend.groups.count() == 1
    assert not friend.is_superuser
    assert not friend.user_permissions.exists()
