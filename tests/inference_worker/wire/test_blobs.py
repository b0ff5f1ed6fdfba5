from __future__ import annotations

import pytest

from inference_worker.wire import blobs, keys
from tests.full import full


def test_bytes_come_back_by_their_digest(valkey):
    assert blobs.get(valkey, blobs.put(valkey, b"\x89PNG")) == b"\x89PNG"


def test_absent_bytes_are_missing(valkey):
    with pytest.raises(blobs.MissingBlob):
        blobs.get(valkey, blobs.digest(b"never put"))


def test_bytes_that_are_not_what_their_name_promises_are_missing(valkey):
    name = blobs.put(valkey, b"good")
    valkey.set(keys.blob(name), b"changed")
    with pytest.raises(blobs.MissingBlob):
        blobs.get(valkey, name)


def test_bytes_expire(valkey):
    assert 0 < valkey.ttl(keys.blob(blobs.put(valkey, b"x"))) <= blobs.TTL_SECONDS


def test_bytes_go_with_their_last_user(valkey):
    name = blobs.put(valkey, b"x", user="one:a")
    blobs.put(valkey, b"x", user="one:b")
    blobs.release(valkey, name, user="one:a")
    assert blobs.get(valkey, name) == b"x"
    blobs.release(valkey, name, user="one:b")
    assert valkey.keys("*blob*") == []


def test_a_user_who_goes_twice_takes_nobody_elses_bytes(valkey):
    name = blobs.put(valkey, b"x", user="one:a")
    blobs.put(valkey, b"x", user="two:a")
    for _ in range(2):
        blobs.release(valkey, name, user="one:a")
    assert blobs.get(valkey, name) == b"x"


def test_bytes_that_are_put_for_anybody_stay(valkey):
    name = blobs.put(valkey, b"x")
    blobs.put(valkey, b"x", user="one:a")
    blobs.release(valkey, name, user="one:a")
    assert blobs.get(valkey, name) == b"x"


def test_bytes_that_are_put_again_are_there_again(valkey):
    name = blobs.put(valkey, b"x", user="one:a")
    blobs.release(valkey, name, user="one:a")
    blobs.put(valkey, b"x", user="one:a")
    assert blobs.get(valkey, name) == b"x"


def test_bytes_go_from_a_full_store(valkey):
    name = blobs.put(valkey, b"x", user="one:a")
    with full(valkey):
        blobs.release(valkey, name, user="one:a")
    assert valkey.keys("*blob*") == []


def test_nobody_remembers_users_longer_than_the_bytes(valkey):
    name = blobs.put(valkey, b"x", user="one:a")
    assert 0 < valkey.ttl(keys.blob_users(name)) <= blobs.TTL_SECONDS
