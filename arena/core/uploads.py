"""An upload is cut off while it is read, not measured after it has filled the memory."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from arena.core.errors import DomainError


class TooLarge(DomainError):
    """Over the limit in bytes or in pixels."""

    status = 413
    code = "too_large"
    message = _("That picture is too large. Please choose a smaller one.")


class CappedUploadHandler(FileUploadHandler):
    """Keeps one file in memory, up to UPLOAD_MAX_BYTES; raises TooLarge at the first byte more."""

    chunk_size = 64 * 1024

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            raise TooLarge
        self._buffer.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._buffer.seek(0)
        return InMemoryUploadedFile(
            self._buffer, self.field_name, self.file_name or "upload", self.content_type, file_size, self.charset
        )
