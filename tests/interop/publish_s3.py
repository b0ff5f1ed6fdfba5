"""An export published to a server of S3 that others wrote, and verified at its address.

    python -m tests.interop.publish_s3 [--votes 2000] [--python VENV/bin/python]

The server is moto's, in an environment of its own, on the loopback. The suite publishes to a small
server of its own (`tests/bucket.py`); this program shows that the two agree.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from arena.demo.valkey import free_port
from tests.figures import Figure, conclude
from tests.site import arena_on

KEY, SECRET, BUCKET = "arena", "a-secret-of-the-tests", "data"
SECONDS = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=2_000)
    parser.add_argument("--python", type=Path, help="of an environment that has moto[s3,server]")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="arena-s3-") as folder:
        python, port = args.python or environment(Path(folder)), free_port()
        server = subprocess.Popen(
            [str(python), "-m", "moto.server", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            make_bucket(f"{address}/{BUCKET}")
            os.environ.update(
                ARENA_PUBLICATION_PLACE=f"s3://{BUCKET}/exports",
                ARENA_PUBLICATION_ENDPOINT=address,
                ARENA_PUBLICATION_KEY=KEY,
                ARENA_PUBLICATION_SECRET=SECRET,
                ARENA_PUBLICATIONS_KEPT="1",
                ARENA_ENDPOINT_ALLOW="127.0.0.1",
            )
            with arena_on("sqlite"):
                return conclude("Publication to moto's S3", measure(args.votes, address))
        finally:
            server.terminate()
            server.wait()


def environment(folder: Path) -> Path:
    """Make an environment with the server; return its interpreter."""
    subprocess.run(["uv", "venv", "--quiet", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", str(python), "moto[s3,server]"]
    subprocess.run(install, check=True)
    return python


def make_bucket(address: str) -> None:
    """Make a bucket that everybody may read, as soon as the server answers."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            answer = httpx.put(address, headers={"x-amz-acl": "public-read"})
            answer.raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def measure(votes: int, address: str) -> list[Figure]:
    """Publish twice, verify what the pointer names, and look at what is left of the first."""
    from django.core.management import call_command

    from arena.boards.services.updating import update_live_boards
    from arena.publications.services.publishing import ENDLESS, publish
    from arena.publications.services.stores import publication_store
    from tests import backlog

    backlog.fill(votes=votes, models=20, days=3, seed=1)
    update_live_boards()
    first = publish(at_once=True, patience=ENDLESS)
    started = time.perf_counter()
    second = publish(at_once=True, patience=ENDLESS)
    seconds = time.perf_counter() - started
    if first is None or second is None:
        raise AssertionError("nothing was published")
    store = publication_store()
    pointer, sizes = store.pointer() or {}, store.sizes(second.name)
    call_command("verify", f"{address}/{BUCKET}/exports/latest.json")
    whole = sum(sizes.values()) == second.size and len(sizes) == second.files
    return [
        Figure("published", second.state, "published", second.state == "published"),
        Figure("seconds", f"{seconds:.1f}, {second.size} bytes in {second.files} files"),
        Figure("all files there with their sizes", str(whole), "True", whole),
        Figure("the pointer names the newest", str(pointer.get("name") == second.name), "True",
               pointer.get("name") == second.name),
        Figure("files left of the older one", str(len(store.sizes(first.name))), "0",
               not store.sizes(first.name)),
        Figure("verified at its address", "equal", "equal", True),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
