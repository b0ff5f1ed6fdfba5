"""A domain error becomes an answer that says what happened."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from arena.core.errors import (
    Conflict,
    DomainError,
    NotFound,
    TooMany,
    Unavailable,
    too_many_bytes,
)
from arena.core.images import NotAPicture
from arena.core.web.middleware import DomainErrorMiddleware
from arena.core.web.middleware import answer as refusal

ERRORS = [DomainError(), NotFound(), Conflict(), Unavailable(), NotAPicture(), too_many_bytes(1024)]
STATUSES = [400, 404, 409, 503, 415, 413]


def answer(error, accept, method="GET"):
    request = RequestFactory().generic(method, "/", headers={"Accept": accept})
    middleware = DomainErrorMiddleware(lambda _request: HttpResponse())
    return middleware.process_exception(request, error)


@pytest.mark.parametrize(("error", "status"), [*zip(ERRORS, STATUSES, strict=True)])
def test_a_script_gets_status_code_and_sentence(error, status):
    response = answer(error, "application/json")
    assert response.status_code == status
    assert json.loads(response.content) == {
        "error": {"code": error.code, "message": str(error.message)}
    }


@pytest.mark.parametrize(("error", "status"), [*zip(ERRORS, STATUSES, strict=True)])
@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*"])
def test_a_browser_gets_a_page(error, status, accept):
    response = answer(error, accept)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert str(error.message).split("'")[0] in response.content.decode()


@pytest.mark.parametrize(("method", "told"), [("GET", False), ("POST", True)])
def test_only_who_was_writing_is_told_how_to_get_it_back(method, told):
    page = answer(TooMany(retry_after=7), "text/html", method).content.decode()
    assert ("browser&#x27;s back button" in page or "browser's back button" in page) == told


def test_what_was_written_is_shown_and_no_button_promised_beside_it():
    request = RequestFactory().post("/", {"prompt": "What bird?"}, headers={"Accept": "text/html"})
    page = refusal(request, Unavailable()).content.decode()
    assert "What bird?" in page
    assert "back button" not in page


def test_a_sentence_is_escaped_in_the_page():
    page = answer(DomainError("<script>alert(1)</script>"), "text/html").content
    assert b"<script>alert(1)" not in page


def test_what_passes_by_itself_says_when_to_come_back():
    assert answer(Unavailable(), "text/html")["Retry-After"] == "10"
    assert "Retry-After" not in answer(NotFound(), "text/html")


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_too_many_says_when_to_come_back(accept):
    response = answer(TooMany(retry_after=7), accept)
    assert (response.status_code, response["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 Sekunde "), (99, "99 Sekunden "), (100, "2 Minuten "), (3600, "60 Minuten ")],
)
def test_how_long_to_wait_is_said_in_words(seconds, told):
    with translation.override("de"):
        assert told in str(TooMany(retry_after=seconds).message)


def test_sentences_are_translated_when_they_are_shown():
    error = NotFound()
    with translation.override("de"):
        german = str(error.message)
    assert error.message == NotFound.message
    assert isinstance(german, str)


def test_another_exception_is_left_to_others():
    assert answer(ValueError("secret"), "text/html") is None


def test_a_good_answer_passes_unchanged():
    response = HttpResponse("fine")
    middleware = DomainErrorMiddleware(lambda _request: response)
    assert middleware(RequestFactory().get("/")) is response


def test_every_sentence_ends_like_one():
    assert all(str(error.message).endswith(".") for error in [*ERRORS, TooMany(retry_after=1)])


def test_a_database_that_can_not_is_an_outage(caplog):
    response = answer(OperationalError("database or disk is full"), "application/json")
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "database or disk is full" in caplog.text
    assert b"disk" not in response.content


def test_other_errors_stay_what_they_are():
    assert answer(IntegrityError("x"), "text/html") is None
