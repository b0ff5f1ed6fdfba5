"""The API explains each method in the words of its own file."""

from __future__ import annotations

import pytest

from arena.rating.methods import available_methods, load_method

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def listed(client, valkey_url):
    found = client.get("/api/v1/methods").json()["methods"]
    return {one["name"]: one for one in found}


def test_every_method_is_listed(listed):
    assert tuple(listed) == available_methods()


@pytest.mark.parametrize("name", available_methods())
def test_a_method_is_told_by_its_own_file(listed, name):
    method, said = load_method(name), listed[name]
    told = method.DESCRIPTION
    assert said["title"] == told.title
    assert (said["summary"], said["ties"]) == (told.summary, told.ties)
    assert (said["interval"], said["version"]) == (told.interval, method.VERSION)
    assert {one["name"]: one["default"] for one in said["options"]} == told.defaults


def test_an_unchanged_list_is_not_sent_again(client, valkey_url):
    etag = client.get("/api/v1/methods")["ETag"]
    assert client.get("/api/v1/methods", headers={"If-None-Match": etag}).status_code == 304
