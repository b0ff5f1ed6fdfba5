"""The folder or bucket in which exports are published, read and written by pyarrow."""

from __future__ import annotations

import json
import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from pyarrow import fs

from arena.rating.verify.tables import POINTER

PIECE = 8 * 2**20
_CLIENT = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "AWS_EC2_METADATA_DISABLED": "true"}
"""What the client of S3 reads from the environment alone: many S3-like stores know no checksums at
the end of a body, and there is no machine of Amazon's to ask."""
CONNECT_SECONDS, REQUEST_SECONDS = 10.0, 60.0


@dataclass(frozen=True, slots=True)
class PublicationStore:
    """Folders of publications, and the pointer that names the newest one.

    All methods raise OSError where the store cannot be reached or refuses.
    """

    files: fs.FileSystem
    local: bool

    def sizes(self, name: str) -> dict[str, int]:
        """Return the sizes of a publication's files by their paths in it."""
        selector = fs.FileSelector(name, allow_not_found=True, recursive=True)
        found = self.files.get_file_info(selector)
        files = [one for one in found if one.type == fs.FileType.File]
        return {one.path.removeprefix(f"{name}/"): one.size for one in files}

    def send(self, source: Path, path: str) -> None:
        """Copy a file to the path. What a broken connection leaves has another size, or is none."""
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        if self.local:
            self.files.create_dir(path.rpartition("/")[0] or ".")
        with (
            source.open("rb") as given,
            self.files.open_output_stream(path, metadata={"Content-Type": kind}) as out,
        ):
            while piece := given.read(PIECE):
                out.write(piece)

    def pointer(self) -> dict[str, Any] | None:
        """Return what the pointer says; None where there is none that can be understood."""
        if self.files.get_file_info(POINTER).type != fs.FileType.File:
            return None
        with self.files.open_input_stream(POINTER) as file:
            try:
                found = json.loads(file.read())
            except ValueError:
                return None
        return found if isinstance(found, dict) else None

    def point(self, document: dict[str, Any]) -> None:
        """Put another pointer in the place of the last one; a reader sees the one or the other."""
        body = json.dumps(document, indent=1).encode()
        # An object of a bucket is replaced as a whole; a file is so by being renamed.
        path = f".{POINTER}.new" if self.local else POINTER
        metadata = {"Content-Type": "application/json", "Cache-Control": "max-age=60"}
        if self.local:
            os.sync()
        with self.files.open_output_stream(path, metadata=metadata) as out:
            out.write(body)
        if self.local:
            self.files.move(path, POINTER)

    def remove(self, name: str) -> None:
        """Remove a publication with all its files; one that is gone already is no failure."""
        if self.files.get_file_info(name).type == fs.FileType.Directory:
            self.files.delete_dir(name)


def publication_store() -> PublicationStore:
    """Return the store of the settings. Raises OSError for a folder that cannot be made."""
    place: str = settings.PUBLICATION_PLACE
    if not place.startswith("s3://"):
        Path(place).mkdir(parents=True, exist_ok=True)
        return PublicationStore(fs.SubTreeFileSystem(place, fs.LocalFileSystem()), local=True)
    for name, value in _CLIENT.items():
        os.environ.setdefault(name, value)
    endpoint = urlsplit(settings.PUBLICATION_ENDPOINT)
    bucket = fs.S3FileSystem(
        access_key=settings.PUBLICATION_KEY,
        secret_key=settings.PUBLICATION_SECRET,
        region=settings.PUBLICATION_REGION,
        scheme=endpoint.scheme or "https",
        endpoint_override=endpoint.netloc or None,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        allow_delayed_open=True,  # a small file in one request, not three
    )
    return PublicationStore(fs.SubTreeFileSystem(place.removeprefix("s3://"), bucket), local=False)
