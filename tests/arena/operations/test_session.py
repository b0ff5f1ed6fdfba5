"""The session of an operator."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model


@pytest.mark.django_db
def test_signing_in_gives_another_session_than_the_one_that_was_there(client):
    get_user_model().objects.create_superuser("admin", password="of-no-use-12")
    session = client.session
    session["kept"] = "by somebody who knows its key"
    session.save()
    before = client.cookies["sessionid"].value
    form = {"username": "admin", "password": "of-no-use-12", "next": "/admin/"}
    answer = client.post("/admin/login/", form)
    assert answer.status_code == 302
    assert client.cookies["sessionid"].value != before
    client.cookies["sessionid"] = before
    assert client.get("/admin/").status_code == 302
