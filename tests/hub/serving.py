"""A loopback Hub as a program and as a server inside a test.

    python -m tests.hub.serving FOLDER --port 8123
    HF_ENDPOINT=http://127.0.0.1:8123 …

    with serving(folder) as hub:
        hub.cut("owner/name", "model.safetensors", after=1000)
        ...hub.url, hub.requests

It speaks what `huggingface_hub` asks for models: information, tree, files by range, search.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub import repositories
from tests.hub.repositories import LARGE, HubRepository

TOKEN = "hf_loopback"  # the only token that this Hub lets through a gate
_SIZES = {"K": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True)
class HubRequest:
    """One request that the Hub was sent."""

    method: str
    path: str
    range: str = ""


@dataclass
class LoopbackHub:
    """What the server serves, and what goes wrong with it."""

    folder: Path
    url: str = ""
    requests: list[HubRequest] = field(default_factory=list)
    cuts: dict[str, int] = field(default_factory=dict)
    """By path of a file: after so many bytes the connection ends, once."""
    status: int = 0
    """The status of every answer, for a Hub that is ill; 0 for none."""

    def cut(self, name: str, file: str, *, after: int) -> None:
        """End the next download of a file after so many bytes."""
        self.cuts[f"{name}/{file}"] = after

    def downloads(self, file: str) -> list[HubRequest]:
        """Return the requests for the content of a file."""
        return [one for one in self.requests if one.method == "GET" and one.path.endswith(file)]

    def find(self, name: str) -> HubRepository | None:
        return repositories.read(self.folder).get(name)

    def search(self, query: dict[str, list[str]]) -> list[HubRepository]:
        """Return what a search finds, the most downloaded first."""
        found = [one for one in repositories.read(self.folder).values() if _fits(one, query)]
        found.sort(key=lambda one: -one.info()["downloads"])
        return found[: int(query.get("limit", ["1000"])[0])]


def _fits(repository: HubRepository, query: dict[str, list[str]]) -> bool:
    info = repository.info()
    license_ = (info.get("cardData") or {}).get("license")
    wanted = [one.removeprefix("license:") for one in query.get("filter", ())]
    least, most = _bounds(query.get("num_parameters", [""])[0])
    total = (info["safetensors"] or {}).get("total", 0)
    gated = query.get("gated", [""])[0].lower()
    return (
        query.get("search", [""])[0].lower() in repository.name.lower()
        and info["pipeline_tag"] == query.get("pipeline_tag", [info["pipeline_tag"]])[0]
        and (not wanted or license_ in wanted)
        and least <= total <= most
        and (not gated or bool(info["gated"]) == (gated == "true"))
    )


def _bounds(said: str) -> tuple[float, float]:
    """Return the least and the most of "min:0,max:8B"."""
    found = dict(re.findall(r"(min|max):([\d.]+[KMB]?)", said))
    least, most = (found.get(name, "") for name in ("min", "max"))
    return _number(least or "0"), _number(most or "1000000B")


def _number(text: str) -> float:
    return float(text.rstrip("KMB")) * _SIZES.get(text[-1], 1)


class _HubHandler(BaseHTTPRequestHandler):
    """Answers one request as the public Hub would."""

    protocol_version = "HTTP/1.1"
    hub: LoopbackHub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        self.hub.requests.append(HubRequest(self.command, path, self.headers.get("Range", "")))
        if self.hub.status:
            self._refuse(self.hub.status, "", "the Hub is ill")
        elif path == "/api/models":
            found = self.hub.search(parse_qs(address.query))
            self._say([repository.info() for repository in found])
        elif about := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
            self._about(about[1], about[2], HubRepository.info)
        elif tree := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", path):
            self._about(tree[1], tree[2], HubRepository.tree)
        elif file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(*file.groups())
        elif blob := re.fullmatch(r"/blobs/([^/]+/[^/]+)/(.+)", path):
            self._blob(*blob.groups())
        else:
            self._refuse(404, "", "there is nothing here")

    def _found(self, name: str, revision: str | None) -> HubRepository | None:
        """Return a repository at its commit; refuse, and return None, where there is none."""
        repository = self.hub.find(name)
        if repository is None:
            self._refuse(404 if self._token() else 401, "RepoNotFound", "Repository not found")
        elif revision not in (None, "main", repository.commit):
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        else:
            return repository
        return None

    def _about(self, name: str, revision: str | None, what: Any) -> None:
        repository = self._found(name, revision)
        if repository is not None:
            self._say(what(repository))

    def _resolve(self, name: str, revision: str, file: str) -> None:
        repository = self._found(name, revision)
        if repository is None:
            return
        if repository.info()["gated"] and self._token() != TOKEN:
            status = 403 if self._token() else 401
            self._refuse(status, "GatedRepo", f"Access to model {name} is restricted")
        elif file not in repository.files:
            self._refuse(404, "EntryNotFound", "Entry not found")
        elif file.endswith(LARGE):
            self._redirect(repository, file)
        else:
            self._send(repository, file)

    def _redirect(self, repository: HubRepository, file: str) -> None:
        """Send the client to where large files lie, with what it wants to know of the file."""
        self.send_response(302)
        # Another host, as for the public Hub: there the client does not look for a file's facts.
        apart = self.hub.url.replace("127.0.0.1", "localhost")
        self.send_header("Location", f"{apart}/blobs/{repository.name}/{file}")
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("X-Linked-Etag", f'"{repository.digests[file]}"')
        self.send_header("X-Linked-Size", str(repository.size_of(file)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _blob(self, name: str, file: str) -> None:
        repository = self.hub.find(name)
        if repository is not None and file in repository.files:
            self._send(repository, file)

    def _send(self, repository: HubRepository, file: str) -> None:
        """Send a file, or the rest of it from the first byte of a range on."""
        data = repository.files[file].read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("ETag", f'"{repository.digests[file]}"')
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        most = self.hub.cuts.pop(f"{repository.name}/{file}", None)
        self.wfile.write(data[start:] if most is None else data[start : start + most])
        if most is not None:
            self.wfile.flush()
            self.close_connection = True

    def _say(self, what: Any) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        body = json.dumps({"error": message}).encode()
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ").strip()


@contextlib.contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[LoopbackHub]:
    """Serve the repositories below a folder on loopback until the end of the block."""
    hub = LoopbackHub(folder)
    handler = type("HubHandler", (_HubHandler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a folder until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve a folder of models like the Hub.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args(argv)
    with serving(args.folder, args.port) as hub, contextlib.suppress(KeyboardInterrupt):
        print(f"HF_ENDPOINT={hub.url}", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
