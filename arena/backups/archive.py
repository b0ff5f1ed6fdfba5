"""Write and read a backup file, which contains a list of its parts with checksums.

It is a tar that any tool can open: `manifest.json` last, `rows/*.jsonl`, `media/*`.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

MANIFEST = "manifest.json"


class BadArchive(Exception):
    """The reason why the file can't be trusted, as a sentence."""


@dataclass(slots=True)
class ArchiveManifest:
    """The statements of an archive about itself."""

    version: str
    migrations: list[str]
    rows: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """Files that rows name and that are not there any more."""
    sha256: dict[str, str] = field(default_factory=dict)


class ArchiveWriter:
    """Collects parts in ``path``."""

    def __init__(self, tar: tarfile.TarFile, manifest: ArchiveManifest) -> None:
        self._tar = tar
        self.manifest = manifest

    def add_lines(self, name: str, lines: Iterable[bytes]) -> int:
        """A part made of lines; how many there were."""
        count = 0
        with tempfile.TemporaryFile() as draft:
            for line in lines:
                draft.write(line)
                count += 1
            self._add(name, draft)
        return count

    def add_file(self, name: str, path: Path) -> None:
        """Add a file with its checksum. Raises FileNotFoundError."""
        with path.open("rb") as source:
            self._add(name, source)

    def finish(self) -> None:
        """The list goes last: a file without it was cut off."""
        text = json.dumps(asdict(self.manifest), indent=1).encode()
        self._add(MANIFEST, io.BytesIO(text))
        del self.manifest.sha256[MANIFEST]

    def _add(self, name: str, source: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = source.seek(0, io.SEEK_END), 0o600
        source.seek(0)
        self.manifest.sha256[name] = _digest(source)
        source.seek(0)
        self._tar.addfile(member, source)


def read_manifest(path: Path) -> ArchiveManifest:
    """Compare every part with its checksum; raises BadArchive."""
    found: dict[str, str] = {}
    text = b""
    try:
        for name, source in parts(path):
            if name == MANIFEST:
                text = source.read()
            else:
                found[name] = _digest(source)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadArchive(f"{path} is no backup, or a damaged one: {error}.") from error
    if not text:
        raise BadArchive(f"{path} is cut off: its list of contents is missing.")
    manifest = ArchiveManifest(**json.loads(text))
    if manifest.sha256 != found:
        raise BadArchive(f"{path} is damaged: a part differs from its checksum.")
    return manifest


def parts(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the parts in the order in which they were written; read each before the next."""
    with tarfile.open(path, "r:*") as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is not None:
                yield member.name, source


def _digest(source: IO[bytes]) -> str:
    return hashlib.file_digest(cast(Any, source), "sha256").hexdigest()
