"""What a browser may keep of an installed arena: nothing that is a visitor's."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

WORKER = "/service-worker.js"


@pytest.mark.django_db
def test_the_page_that_is_kept_holds_nothing_of_the_visitor(client):
    client.get("/")
    page = client.get("/offline/")
    assert page.status_code == 200
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert not page.cookies


def test_the_worker_keeps_all_that_its_page_shows_and_no_other_page(client):
    script = client.get(WORKER)
    kept = set(re.findall(r'^  "(/[^"]+)"', script.content.decode(), re.MULTILINE))
    page = client.get("/offline/").content.decode()
    shown = set(re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', page))
    assert kept == shown | set(re.findall(r'<img src="([^"]+)"', page))
    assert script["Content-Type"].startswith("text/javascript")


def test_a_photo_that_no_worker_took_is_not_read(client):
    manifest = json.loads((settings.BASE_DIR / "static/site.webmanifest").read_text())
    target = manifest["share_target"]
    for ask in (client.get, client.post):
        response = ask(target["action"], {"text": "x"}, headers={"origin": "https://other.example"})
        assert (response.status_code, response["Location"]) == (303, "/?received")
        assert not response.cookies
