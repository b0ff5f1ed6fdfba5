"""Addresses that lead into the network: refused as they are saved, as they are added by a command
or found, and as they are called; nothing is connected to."""

from __future__ import annotations

import sys

import pytest
from django.core.management import CommandError, call_command

from arena.catalog.models import ModelCard
from arena.onboarding.forms import NewModelForm
from arena.probes import dispatch
from inference_worker.backends import anthropic, openai
from inference_worker.backends.base import BackendError
from tests.arena.onboarding.test_admin import NEW
from tests.inference_worker.making import ask, settings, spec

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
HOSTS = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "localhost"),  # noqa: S104  # to be refused
    *("LOCALHOST", "localhost.", "127.0.0.1.", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1"),
    *("255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]"),
    *("[ff02::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
)
FORGED = (
    *(f"https://{host}/v1" for host in HOSTS),
    *("http://93.184.216.34/v1", "ftp://93.184.216.34", "file:///etc/passwd", "//93.184.216.34"),
    *("https://user@93.184.216.34/", "https://93.184.216.34@10.0.0.1/", "https://[::1/"),
    *("https://93.184.216.34\\@10.0.0.1/", "https://93.184.216.34:99999/", "gopher://10.0.0.1/_x"),
)
_called: list[object] = []


def _note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _called.append(arguments[1])


@pytest.fixture
def called():
    """Where this process has connected to since; an audit hook stays until the process ends."""
    if _note not in _hooks:
        sys.addaudithook(_note)
        _hooks.append(_note)
    _called.clear()
    return _called


_hooks: list[object] = []


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)


def test_forty_of_them_are_tried():
    assert len(set(FORGED)) == 40


def test_none_is_saved_by_the_form(called):
    given = {**NEW, "backend": "openai", "source": "some-vlm"}
    forms = {url: NewModelForm({**given, "base_url": url}) for url in FORGED}
    assert [url for url, form in forms.items() if form.is_valid()] == []
    assert called == []


@pytest.mark.parametrize("url", FORGED)
def test_none_is_added_by_the_command(called, url):
    with pytest.raises(CommandError):
        call_command("onboard", url, "--model", "some-vlm", "--wait", "0")
    assert not ModelCard.objects.exists()
    assert called == []


@pytest.mark.parametrize("backend", [openai, anthropic])
def test_none_is_called_by_a_worker(called, backend):
    for url in FORGED:
        model = backend.create(settings()).load(spec("some-vlm", "openai", base_url=url))
        with pytest.raises(BackendError) as refused:
            list(model.stream(ask(), lambda: True))
        assert refused.value.code == "unavailable"
    assert called == []
