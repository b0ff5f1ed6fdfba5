"""The key of an endpoint is nowhere but at the endpoint: not in tables, backups, logs, tracebacks,
pages, messages or exports, also where the endpoint repeats it in what it refuses."""

from __future__ import annotations

import base64
import gzip
import logging
import traceback
from io import StringIO

import msgspec
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.urls import reverse

from arena.backups.backup import back_up
from arena.catalog.models import ModelVersion
from arena.core.redis import client as redis
from arena.probes import dispatch
from inference_worker.backends import openai
from inference_worker.backends.base import BackendError
from tests.arena.onboarding.test_admin import LIST, NEW
from tests.arena.probes.probing import a_worker, probed
from tests.inference_worker import making
from tests.inference_worker.backends.remote.faults import FAULTS, KEY, UPSTREAM
from tests.inference_worker.backends.remote.serving import serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
SEALING = Fernet.generate_key().decode()
FORMS = (KEY, KEY[7:], base64.b64encode(KEY.encode()).decode()[:20])
"""The key, a part of it that no cut at its beginning hides, and how headers write it."""


@pytest.fixture
def world(admin_client, monkeypatch, settings, caplog, valkey_url):
    """A model with a key, added in the admin and probed: its endpoint refuses and repeats the key.

    Everything in which the key must not be, by name.
    """
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)
    settings.SEALING_KEYS, settings.ENDPOINT_ALLOW = [SEALING], ["127.0.0.1"]
    caplog.set_level(logging.DEBUG)
    with serving(FAULTS["401"].script) as port:
        url = f"http://127.0.0.1:{port}/v1"
        place = {"backend": "openai", "base_url": url, "source": "some-vlm", "key": KEY}
        admin_client.post(f"{LIST}add/", {**NEW, **place})
        version = ModelVersion.objects.get()
        mine = {"endpoint_allow": ("127.0.0.1",), "sealing_keys": (SEALING,)}
        with a_worker(valkey_url, **mine) as worker:
            probed(version, worker)
        refused = traceback_of(version, mine)
    return version, {"logs": caplog.text, "tracebacks": refused}


def traceback_of(version, mine):
    model = openai.create(making.settings(**mine)).load(version.spec)
    try:
        list(model.stream(making.ask(), lambda: True))
    except BackendError:
        return traceback.format_exc()
    raise AssertionError("the endpoint refused nothing")


def pages(client, version):
    """Each page of the admin about the model, and what the public API says of all."""
    addresses = [
        *(LIST, f"{LIST}{version.card_id}/change/", f"{LIST}{version.card_id}/history/"),
        *(f"{LIST}add-model/", f"{LIST}workers/", "/admin/", "/admin/operations/auditentry/"),
        *(reverse(f"admin:catalog_{name}", args=[version.pk]) for name in ("probe",)),
        *(reverse("admin:catalog_probe_progress", args=[version.pk]), "/api/v1/models"),
    ]
    return {address: client.get(address).content for address in addresses}


def stored(tmp_path):
    """All rows, a backup, what Redis holds, and the catalogue as a file."""
    rows, cards = StringIO(), StringIO()
    call_command("dumpdata", stdout=rows)
    call_command("cards", "export", stdout=cards)
    back_up(tmp_path / "arena.tar.gz")
    held = [redis().dump(key) or b"" for key in redis().scan_iter()]
    return {
        "rows": rows.getvalue(),
        "backup": gzip.decompress((tmp_path / "arena.tar.gz").read_bytes()),
        "redis": b"\0".join(held),
        "cards": cards.getvalue(),
    }


def test_the_key_of_an_endpoint_is_nowhere(world, admin_client, tmp_path):
    version, places = world
    places |= pages(admin_client, version) | stored(tmp_path)
    places["message"] = msgspec.json.encode(dispatch.probe_of(version))
    found = {
        name
        for name, text in places.items()
        for form in FORMS
        if form.encode() in (text.encode() if isinstance(text, str) else text)
    }
    assert found == set()
    assert version.sealed_key in places["rows"]
    assert UPSTREAM in places[reverse("admin:catalog_probe", args=[version.pk])].decode()
