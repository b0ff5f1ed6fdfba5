from __future__ import annotations

import pytest

from inference_worker.wire import blobs, keys


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
