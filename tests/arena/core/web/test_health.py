"""Whether a process answers, whoever asks and whatever is away."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "web"])
def test_it_answers_under_every_name_and_without_a_database(client, settings, host):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/health", headers={"host": host})
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"
