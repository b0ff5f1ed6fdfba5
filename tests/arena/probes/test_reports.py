"""What an operator can do on the report of a probe."""

from __future__ import annotations

import pytest
from django.urls import reverse

from arena.probes.reports import report_page
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db


def press(client, version):
    return client.post(reverse("admin:catalog_activate", args=[version.pk]), follow=True)


@pytest.mark.parametrize(
    ("state", "probe", "offered"),
    [
        ("trial", "passed", True),
        ("paused", "passed", True),
        ("active", "passed", False),
        ("retired", "passed", False),
        ("draft", "failed", False),
    ],
)
def test_the_report_offers_to_activate_what_waits_for_it(admin_client, state, probe, offered):
    version = make_version(make_card("heron", state=state), probe=probe)
    assert report_page(version.pk).may_activate is offered
    page = admin_client.get(reverse("admin:catalog_probe", args=[version.pk]))
    assert ('value="Activate"' in page.content.decode()) is offered


def test_the_button_activates_the_card_and_says_so(admin_client, admin_user):
    version = make_version(make_card("heron", state="trial"))
    page = press(admin_client, version).content.decode()
    version.card.refresh_from_db()
    assert version.card.state == "active"
    assert "From the next battle on, voters get Heron." in page
    assert version.card.changes.first().account == admin_user


def test_of_an_unlisted_card_the_button_says_who_gets_it(admin_client):
    version = make_version(make_card("heron", state="trial", unlisted=True))
    page = press(admin_client, version).content.decode()
    assert "From the next battle on, only people with an invitation to Heron get it." in page
    assert "voters get Heron" not in page


def test_a_version_that_failed_meanwhile_is_not_activated(admin_client):
    version = make_version(make_card("heron", state="trial"), probe="failed")
    page = press(admin_client, version).content.decode()
    version.card.refresh_from_db()
    assert version.card.state == "trial"
    assert "none of its versions has passed a probe" in page
