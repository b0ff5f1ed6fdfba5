"""A body that can't be parsed changes no status that has nothing to do with it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

MANY_FILES = b"".join(
    b'--x\r\nContent-Disposition: form-data; name="i"; filename="b"\r\n\r\na\r\n'
    for _ in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)
)
BODIES = {
    "too many files": (MANY_FILES + b"--x--\r\n", "multipart/form-data; boundary=x"),
    "too many fields": (b"a=1&" * 1100, "application/x-www-form-urlencoded"),
    "no end": (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("body", BODIES)
def test_an_address_where_nothing_is_stays_one(body):
    data, kind = BODIES[body]
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "m" * 32  # without it the body would not be looked at
    answer = client.post("/nothing-here", data=data, content_type=kind)
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()
