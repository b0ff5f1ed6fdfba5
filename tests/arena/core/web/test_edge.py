"""What lies around Django: every answer has its headers, and what is no request gets a page."""

from __future__ import annotations

import json

import pytest
from django.test import override_settings

from arena.core.web.edge import WsgiEdge
from arena.core.web.security_headers import missing_headers, security_headers


@pytest.fixture(autouse=True)
def _headers_anew():
    security_headers.cache_clear()
    yield
    security_headers.cache_clear()


def ask(**environ):
    """Through an application that says nothing of its own; returns status, headers and body."""
    answered = []

    def application(environ, start_response):
        start_response("200 OK", [("Content-Security-Policy", "sandbox")])
        return [b"fine"]

    given = {"PATH_INFO": "/", "QUERY_STRING": "", **environ}
    body = WsgiEdge(application)(given, lambda *head: answered.append(head))
    [(status, headers)] = answered
    return int(status[:3]), {name.lower(): value for name, value in headers}, b"".join(body)


@pytest.mark.parametrize(
    "environ",
    [
        {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=iso-8859-1"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x; charset=hex"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x; charset=utf-16"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x; charset=nonsense"},
        {"CONTENT_TYPE": "multipart/form-data"},
        {"CONTENT_TYPE": "text/html; x*=y''%ff"},
        {"CONTENT_LENGTH": "0x10"},
        {"CONTENT_LENGTH": "9" * 20},
        {"QUERY_STRING": "a=\xff"},
        {"QUERY_STRING": "a=%00"},
        {"PATH_INFO": "/a\0b"},
    ],
)
def test_what_is_no_request_gets_the_page_and_all_headers(environ):
    status, headers, body = ask(HTTP_ACCEPT="text/html", **environ)
    assert status == 400
    assert b"That request was not understood. Nothing was changed." in body
    assert missing_headers(headers) == {}


def test_a_script_gets_a_code():
    status, _headers, body = ask(HTTP_ACCEPT="application/json", QUERY_STRING="%00")
    assert (status, json.loads(body)["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        'multipart/form-data; boundary="----WebKitFormBoundaryAbC1"',
    ],
)
def test_what_a_browser_sends_passes_and_keeps_its_own_headers(kind):
    status, headers, body = ask(CONTENT_TYPE=kind, CONTENT_LENGTH="12", QUERY_STRING="q=%C3%A9")
    assert (status, body) == (200, b"fine")
    assert headers["content-security-policy"] == "sandbox"
    assert missing_headers(headers) == {}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SECURE_HSTS_SECONDS": 0}, None),
        ({"SECURE_HSTS_SECONDS": 60}, "max-age=60"),
        (
            {"SECURE_HSTS_SECONDS": 60, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True},
            "max-age=60; includeSubDomains",
        ),
        ({"SECURE_HSTS_SECONDS": 60, "SECURE_HSTS_PRELOAD": True}, "max-age=60; preload"),
    ],
)
def test_transport_security_is_asked_for_as_far_as_the_owner_says(settings, said):
    with override_settings(**settings):
        assert security_headers().get("strict-transport-security") == said
