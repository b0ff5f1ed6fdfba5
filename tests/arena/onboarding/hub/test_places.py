from __future__ import annotations

import pytest

from arena.onboarding.hub.places import ModelPlace, UnknownPlace, parse_place

COMMIT = "a" * 40


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("maker/model", ModelPlace("hub", "maker/model")),
        ("  maker/model ", ModelPlace("hub", "maker/model")),
        (f"maker/model@{COMMIT}", ModelPlace("hub", "maker/model", COMMIT)),
        ("https://huggingface.co/maker/model", ModelPlace("hub", "maker/model")),
        ("https://huggingface.co/maker/model/tree/main", ModelPlace("hub", "maker/model")),
        (
            f"https://huggingface.co/maker/model/tree/{COMMIT}?x=1",
            ModelPlace("hub", "maker/model", COMMIT),
        ),
        ("http://127.0.0.1:8/maker/model", ModelPlace("hub", "maker/model")),
        ("https://host/v1", ModelPlace("endpoint", "https://host/v1")),
        ("http://127.0.0.1:9/v1", ModelPlace("endpoint", "http://127.0.0.1:9/v1")),
        ("/models/mine/", ModelPlace("folder", "/models/mine")),
    ],
)
def test_each_kind_is_known(settings, text, place):
    settings.HUB_ENDPOINT = "http://127.0.0.1:8"
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "model", "a/b/c", "../x", "a/..", "https://", "http://[", "ftp://host/x"),
        *("/", "//", "a b/c", "maker/mo\u202edel", "x/" * 400, "https://huggingface.co/spaces"),
    ],
)
def test_anything_else_is_refused_with_the_three_forms(text):
    with pytest.raises(UnknownPlace, match="owner/name"):
        parse_place(text)
