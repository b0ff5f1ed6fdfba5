"""A published export at an address, brought here as far as verifying it needs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from arena.core.outgoing import judged_request, outgoing_client
from arena.rating.verify.tables import MANIFEST, POINTER
from arena.rating.vote_tables import UnusableFile
from inference_worker.wire.endpoints import ForbiddenEndpoint

TIMEOUT_SECONDS = 30.0
MOST_DOCUMENT_BYTES = 32 * 2**20
MOST_BYTES = 64 * 2**30
"""Of all tables together; a server that sends without an end fills no disk."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
TABLES = re.compile(r"(votes|decisions)/[a-z]+-[0-9]{1,9}\.parquet", re.ASCII)
SHEETS = re.compile(r"(votes|decisions)-[a-z]+\.csv", re.ASCII)
SNAPSHOTS = re.compile(r"snapshots/[A-Za-z0-9_-]{1,60}\.json", re.ASCII)


def is_address(text: str) -> bool:
    """Return whether the text names something on the web and no folder."""
    return text.startswith(("http://", "https://"))


def fetch_export(address: str, folder: Path) -> str:
    """Bring manifest, votes, decisions and snapshots of an export into the folder.

    ``address`` is that of an export's folder, or of the folder with the pointer to the newest one.
    Returns the address of the export. Raises UnusableFile where it cannot be read, is not what its
    manifest says, or may not be called.
    """
    source = _Source(address.removesuffix(POINTER).removesuffix(MANIFEST).rstrip("/"))
    body = source.document(MANIFEST)
    if body is None:
        pointer = _decoded(source.document(POINTER), f"{address} is no export")
        name = str(pointer.get("name"))
        if not NAME.fullmatch(name):
            raise UnusableFile(f"{address} has a {POINTER} that names no export.")
        source = _Source(f"{source.base}/{name}")
        body = source.document(MANIFEST)
    manifest = _decoded(body, f"{source.base} is no export")
    (folder / MANIFEST).write_bytes(body or b"")
    left = MOST_BYTES
    listed, snapshots = manifest.get("sha256"), manifest.get("snapshots", [])
    if not isinstance(listed, dict) or not isinstance(snapshots, list):
        raise UnusableFile(f"The {MANIFEST} lists no files.")
    tables = [place for place in listed if TABLES.fullmatch(place)]
    chosen = tables or [place for place in listed if SHEETS.fullmatch(place)]
    for one in snapshots:
        place = str(one.get("file")) if isinstance(one, dict) else ""
        if not SNAPSHOTS.fullmatch(place) or place not in listed:
            raise UnusableFile(f"The {MANIFEST} names {place!r} as a snapshot.")
        chosen.append(place)
    for path, digest in {place: str(listed[place]) for place in chosen}.items():
        left -= source.file(path, folder / path, digest, left)
    return source.base


def _decoded(body: bytes | None, otherwise: str) -> dict[str, Any]:
    try:
        found = json.loads(body or b"")
    except ValueError as error:
        raise UnusableFile(f"{otherwise}.") from error
    if not isinstance(found, dict):
        raise UnusableFile(f"{otherwise}.")
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """The address below which the files of an export stand."""

    base: str

    def document(self, path: str) -> bytes | None:
        """Return the bytes of a small file; None where there is none."""
        with self._answer(path) as response:
            if response.status_code in (403, 404):  # buckets say 403 of what is not there
                return None
            return b"".join(self._pieces(response, MOST_DOCUMENT_BYTES))

    def file(self, path: str, target: Path, digest: str, most: int) -> int:
        """Write a file, and return its length."""
        found, size = hashlib.sha256(), 0
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._answer(path) as response, target.open("wb") as out:
            for piece in self._pieces(response, most):
                found.update(piece)
                size += out.write(piece)
        if found.hexdigest() != digest:
            raise UnusableFile(f"{self.base}/{path} is not the file that the {MANIFEST} names.")
        return size

    @contextmanager
    def _answer(self, path: str) -> Iterator[httpx.Response]:
        address, headers = f"{self.base}/{path}", {"accept-encoding": "identity"}
        allow = settings.ENDPOINT_ALLOW
        try:
            with outgoing_client(TIMEOUT_SECONDS) as client:
                request = judged_request(client, "GET", address, allow=allow, headers=headers)
                response = client.send(request, stream=True)
                try:
                    yield response
                finally:
                    response.close()
        except (ForbiddenEndpoint, httpx.HTTPError, OSError) as error:
            raise UnusableFile(f"{address} cannot be read: {error}.") from error

    def _pieces(self, response: httpx.Response, most: int) -> Iterator[bytes]:
        if response.status_code != 200:
            raise UnusableFile(f"{self.base} answered with status {response.status_code}.")
        size = 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > most:
                raise UnusableFile(f"{self.base} sends more than {most} bytes.")
            yield piece
