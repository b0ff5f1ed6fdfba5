"""An upload is cut off while it is read."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from arena.core.errors import TooLarge
from arena.core.web.uploads import CappedUploadHandler, check_complete


def post(size, **fields):
    file = SimpleUploadedFile("a.png", b"x" * size)
    return RequestFactory().post("/", {**fields, "image": file})


@pytest.fixture(autouse=True)
def _cap(settings):
    settings.UPLOAD_MAX_BYTES = 200_000


@pytest.mark.parametrize("size", [1, 65_536, 199_999, 200_000])
def test_a_file_up_to_the_cap_arrives_whole(size):
    request = post(size)
    assert request.FILES["image"].read() == b"x" * size
    check_complete(request)


@pytest.mark.parametrize("size", [200_001, 1_000_000])
def test_a_file_over_the_cap_is_refused(size):
    request = post(size)
    assert "image" not in request.FILES
    with pytest.raises(TooLarge, match="larger than 195 kB, the limit"):
        check_complete(request)


def test_reading_ends_soon_after_the_cap():
    request = post(5_000_000)
    body, read = request.META["wsgi.input"], []

    class Watched(BytesIO):
        def read(self, *args):
            data = body.read(*args)
            read.append(len(data))
            return data

    request._stream.__init__(Watched(), 6_000_000)
    assert "image" not in request.FILES
    assert sum(read) <= 200_000 + 3 * CappedUploadHandler.chunk_size


def test_each_file_of_a_form_has_the_cap_for_itself():
    files = {name: SimpleUploadedFile(name, b"x" * 150_000) for name in ("one", "two")}
    request = RequestFactory().post("/", files)
    assert [request.FILES[name].size for name in files] == [150_000, 150_000]


def test_the_name_that_a_browser_claims_has_no_path():
    file = SimpleUploadedFile("x.png", b"x")
    file._name = "../../etc/passwd"
    request = RequestFactory().post("/", {"image": file})
    assert "/" not in request.FILES["image"].name
