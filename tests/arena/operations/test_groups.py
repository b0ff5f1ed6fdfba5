"""The groups that an arena starts with, and what is hidden from who may not see it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from arena.operations import groups
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db
LINKS = {
    "/admin/catalog/modelcard/workers/": "catalog.view_workers",
    "/admin/battles/generation/?state__exact=failed": "battles.view_generation",
}


@pytest.fixture
def account(client):
    """Signs in a member of staff with the given permissions; returns the account."""
    user = User.objects.create(username="tester", is_staff=True)
    client.force_login(user)

    def give(*rights):
        for right in rights:
            app, codename = right.split(".")
            found = Permission.objects.get(content_type__app_label=app, codename=codename)
            user.user_permissions.add(found)
        return user

    return give


def rights_of(group):
    found = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def test_each_group_gets_every_right_that_it_names():
    call_command("fill_groups")
    made = {group.name: rights_of(group) for group in Group.objects.all()}
    assert made == {name: set(rights) for name, rights in groups.GROUPS.items()}


def test_a_group_that_an_operator_has_changed_stays_as_it_is():
    groups.fill()
    Group.objects.get(name="Viewers").permissions.clear()
    assert groups.fill() == []
    assert rights_of(Group.objects.get(name="Viewers")) == set()


def test_readers_see_nothing_that_a_voter_sent(account, client):
    groups.fill()
    account().groups.add(Group.objects.get(name="Viewers"))
    vote = make_vote(*make_models("first", "second"))
    for path in ("battle", "generation", "vote"):
        assert client.get(f"/admin/battles/{path}/").status_code == 403
    assert client.get(f"/admin/labels/battlelabels/{vote.battle_id}/picture").status_code == 403
    assert client.get("/admin/boards/board/").status_code == 200


@pytest.mark.parametrize(("link", "right"), LINKS.items())
def test_a_link_is_shown_to_those_who_may_follow_it(account, client, link, right):
    account("catalog.view_modelcard")
    assert link not in client.get("/admin/catalog/modelcard/").content.decode()
    account(right)
    assert link in client.get("/admin/catalog/modelcard/").content.decode()


def test_who_may_only_look_retires_nothing(account, client):
    account("catalog.view_modelcard")
    card = make_models("first")[0].card
    form = {"action": "retire", "_selected_action": [card.pk], "confirmed": "Retire"}
    client.post("/admin/catalog/modelcard/", form)
    card.refresh_from_db()
    assert card.state == "active"


def test_a_refusal_says_so_in_the_look_of_the_site(account, client):
    account()
    answer = client.get("/admin/catalog/modelcard/workers/")
    assert answer.status_code == 403
    assert "no permission" in answer.content.decode()
