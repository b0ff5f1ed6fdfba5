"""What tests of the site share."""

from __future__ import annotations

import itertools
import json

import pytest


@pytest.fixture
def admin_user(db):
    """An operator without a password: hashing one takes longer than most tests."""
    # Not at the top: tests of the pure packages below this folder run without Django.
    from django.contrib.auth.models import User

    return User.objects.create(username="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def no_layer(monkeypatch):
    """Without the channel layer; what would have been announced."""
    from arena.boards import dispatch

    etags = []
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: etags.append(etag))
    return etags


@pytest.fixture
def voted(db, no_layer, settings):
    """Three models, the third with too few votes; returns a function that adds votes."""
    from arena.boards.services.updating import update_live_boards
    from tests.factories import make_models, make_votes

    settings.BOARD_MIN_VOTES = 10
    first, second, third = make_models("first", "second", "third")

    def vote(times=1, choice="a"):
        make_votes(*[(first, second, choice)] * times)
        update_live_boards()

    choices = ["a"] * 12 + ["both_bad"] * 2
    make_votes((second, third, "tie"), *((first, second, choice) for choice in choices))
    update_live_boards()
    return vote


@pytest.fixture
def benchmarked(db, no_layer, settings, tmp_path):
    """Six rated models, by name, whose benchmark has the order of the votes."""
    from arena.benchmarks.services import import_scores
    from arena.boards.services.updating import update_live_boards
    from tests.factories import make_models, make_votes

    settings.BOARD_MIN_VOTES = 4
    versions = make_models(*"abcdef")
    make_votes(*[(*pair, choice) for pair in itertools.pairwise(versions) for choice in "aaab"])
    update_live_boards()
    results = {
        slug: {"META": {"Parameters": f"{number + 1}B"}, "MMMU_VAL": {"Overall": 80 - number}}
        for number, slug in enumerate("abcdef")
    }
    file = tmp_path / "board.json"
    file.write_text(json.dumps({"time": "250101", "results": results}), "utf-8")
    import_scores(file, "open-vlm")
    return versions
