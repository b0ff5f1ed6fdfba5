"""The log says of requests what an operator needs, and nothing that belongs to one visitor."""

from __future__ import annotations

import logging
import logging.config
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client

from arena.core.web.request_log import NoAddresses
from tests.factories import make_battle


@pytest.fixture
def said():
    """What the site's own handler writes."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(NoAddresses())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream.getvalue
    root.removeHandler(handler)


def test_the_sites_handler_has_the_filter():
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["no_addresses"]
    assert settings.LOGGING["filters"]["no_addresses"]["()"].endswith(NoAddresses.__name__)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/battles/{}/", 404),
        ("get", "/battles/{}/vote", 405),
        ("post", "/battles/{}/vote", 403),
        ("get", "/battles/{}/nothing", 404),
        ("get", "/nothing/{}", 404),
    ],
)
def test_a_refusal_names_no_battle(said, method, path, status):
    path = path.format(make_battle().public_id)
    client = Client(enforce_csrf_checks=True)
    assert getattr(client, method)(path).status_code == status
    assert path.split("/")[2] not in said()
    assert f"/{path.split('/')[1]}/..." in said()


@pytest.mark.django_db
def test_a_refusal_brings_no_traceback(said, admin_client):
    assert admin_client.get("/admin/autocomplete/").status_code == 403
    assert admin_client.get("/about/", headers={"Host": "evil.example"}).status_code == 400
    assert "Traceback" not in said()


def test_a_fault_keeps_its_traceback(said):
    try:
        raise RuntimeError("a fault of ours")
    except RuntimeError:
        logging.getLogger("django.request").exception("x", extra={"status_code": 500})
    assert "a fault of ours" in said()
