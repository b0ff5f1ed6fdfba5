"""Battles with content that can be looked for, on a real Valkey and a folder of their own."""

from __future__ import annotations

import pytest

from arena.battles.models import Generation, Turn
from tests.arena.core.pictures import corners, encoded
from tests.factories import make_image, make_vote

SECRET = "a-word-that-stands-nowhere-else"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path, db, valkey_url):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Call a service and let its transaction commit."""

    def call(service, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return service(*args, **kwargs)

    return call


@pytest.fixture
def told():
    """Return a function that makes a voted battle with words and a picture of its own."""
    sizes = iter(range(40, 400, 2))

    def make(words=SECRET, size=0, **fields):
        battle = make_vote(**fields).battle
        image = make_image(encoded(corners((size or next(sizes), 24)), "PNG"))
        Turn.objects.filter(battle=battle).update(prompt=f"What is {words}?", image=image)
        Generation.objects.filter(turn__battle=battle).update(text=f"It is {words}.")
        return battle

    return make
