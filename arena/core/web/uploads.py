"""An upload is cut off while it is read, not measured after it has filled the memory."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from arena.core.errors import too_many_bytes


class CappedUploadHandler(FileUploadHandler):
    """Keeps one file in memory, up to UPLOAD_MAX_BYTES, and stops reading at the first byte more.

    Reading may happen inside the CSRF check, where an exception would become a 500. So the request
    is marked, and ``check_complete`` raises in the view.
    """

    chunk_size = 64 * 1024

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            if self.request is not None:
                self.request.META["arena.upload_cut"] = True
            raise StopUpload(connection_reset=True)
        self._buffer.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._buffer.seek(0)
        name = self.file_name or "upload"
        return InMemoryUploadedFile(
            self._buffer, self.field_name, name, self.content_type or "", file_size, self.charset
        )


def check_complete(request: HttpRequest) -> None:
    """Raises TooLarge if this request's upload was cut off."""
    if request.META.get("arena.upload_cut"):
        raise too_many_bytes(settings.UPLOAD_MAX_BYTES)
