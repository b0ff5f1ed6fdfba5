"""Outside programs read the API of a running arena: a reference client of MCP, a generated client.

    python -m tests.interop.read_api http://127.0.0.1:8000

The reference client of the Model Context Protocol starts `python -m arena.client.mcp` and asks it
for a ranking. A generator writes a client from the OpenAPI document alone, in an environment of its
own. The exit status is 1 where one of them did not get the leaderboard.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from mcp import Client, StdioServerParameters

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, conclude

SECONDS = 600.0
GENERATOR = "openapi-python-client"
PROGRAM = """
import json, sys
from vision_arena_client import Client
from vision_arena_client.api.boards import leaderboard
client = Client(base_url=sys.argv[1])
board = leaderboard.sync(client=client)
print(json.dumps([row.model_name for row in board.rows]))
"""


def by_an_agent(address: str, names: list[str]) -> Figure:
    """Let the reference client ask for the ranking."""

    async def ask() -> dict[str, object]:
        argv = ["-m", "arena.client.mcp", address]
        server = StdioServerParameters(command=sys.executable, args=argv, cwd=str(ROOT))
        async with Client(server) as client:
            tools = await client.list_tools()
            found = await client.call_tool("rank_models", {"limit": 100})
            text = found.content[0].text  # type: ignore[union-attr]  # the tool answers in text
            return {"tools": len(tools.tools), **json.loads(text)}

    said = asyncio.run(asyncio.wait_for(ask(), SECONDS))
    models = said["models"]
    assert isinstance(models, list)
    right = [one["model_name"] for one in models] == names
    sure = said["probability_that_first_is_above_second"]
    value = f"{said['tools']} tools, {len(models)} models, first above second: {sure}"
    return Figure("reference client of MCP", value, f"{len(names)} models", right)


def by_a_generated_client(address: str, names: list[str], folder: Path) -> Figure:
    """Let a generator write a client, and the client read the board."""
    home, document = folder / "env", f"{address}/api/v1/openapi.json"
    python = home / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", str(python), GENERATOR]
    generate = [str(home / "bin" / GENERATOR), "generate", "--url", document]
    said = ""
    for command in (
        ["uv", "venv", "--quiet", str(home)],
        install,
        [*generate, "--meta", "none", "--output-path", str(folder / "vision_arena_client")],
        [str(python), "-c", PROGRAM, address],
    ):
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode:
            return Figure(GENERATOR, (done.stderr or done.stdout).strip()[-300:], "", False)
        said = done.stdout
    found = json.loads(said.strip().splitlines()[-1])
    return Figure(GENERATOR, f"{len(found)} models", f"{len(names)} models", found == names)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address")
    address = parser.parse_args(argv).address.rstrip("/")
    rows = httpx.get(f"{address}/api/v1/leaderboard").raise_for_status().json()["rows"]
    names = [row["model_name"] for row in rows]
    with tempfile.TemporaryDirectory(prefix="arena-interop-") as folder:
        figures = [
            by_an_agent(address, names),
            by_a_generated_client(address, names, Path(folder)),
        ]
    return conclude("Outside programs that read the API", figures)


if __name__ == "__main__":
    sys.exit(main())
