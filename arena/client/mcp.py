"""`python -m arena.client.mcp ADDRESS`: the public API of an arena as tools for an agent.

Speaks the Model Context Protocol over standard input and output. It reads the API of the arena at
ADDRESS like anybody else, needs no site and no key, and writes nothing. The package ``mcp`` is
needed beside httpx: `pip install mcp`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from arena.client.reading import ArenaClient, RatedModel

NAME = "vision-arena"
WORDS = (
    "Rankings of vision-language models by anonymous battles between them, voted on by people. "
    "A rating is on the scale of Elo: 400 points more mean ten wins to one loss. Always say how "
    "sure a ranking is: the interval of each rating, and compare_models for the probability that "
    "one model is better than another. Boards rank by category, such as reading charts; "
    "list_boards names them. A model without a rating has a state that says why."
)
_SHOWN = (
    *("model_name", "version", "display_name", "organization", "license", "license_permissive"),
    *("parameters", "state", "rank", "rank_lower", "rank_upper", "rating", "rating_lower"),
    *("rating_upper", "p_first", "vote_count", "win_rate", "status"),
)


class ArenaTools:
    """The questions that an agent can ask, each one function with its words."""

    def __init__(self, client: ArenaClient) -> None:
        self._client = client

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """Return every tool there is."""
        return (
            self.list_boards,
            self.rank_models,
            self.describe_model,
            self.compare_models,
            self.count_votes,
            self.explain_methods,
        )

    def list_boards(self) -> list[dict[str, Any]]:
        """List the boards: one over all votes, others for a category or a language of prompts."""
        return self._client.boards()

    def rank_models(
        self,
        board: str = "overall",
        max_parameters: int | None = None,
        only_permissive_licenses: bool = False,
        search: str = "",
        limit: int = 10,
    ) -> dict[str, Any]:
        """Rank the models of a board, the best first, with the 95% interval of each rating.

        max_parameters keeps models of at most so many weights (8000000000 for "under 8B");
        only_permissive_licenses keeps those whose licence allows any use; search looks for words
        in names and organisations. p_first is the probability to be the best of the whole board.
        The answer says how probable it is that the first model of this list is above the second.
        """
        found = self._client.leaderboard(
            board,
            max_parameters=max_parameters,
            permissive=True if only_permissive_licenses else None,
            q=search,
        )
        rows = found["rows"][: max(1, limit)]
        names = [version_name(row) for row in rows if row["rating"] is not None]
        pair = self._client.head_to_head(names[0], names[1], board) if len(names) > 1 else None
        return {
            "board": found["board"],
            "votes_up_to_ledger_number": found["ledger_number"],
            "computed_at": found["generated_at"],
            "method": (found["method"] or {}).get("name"),
            "models": [{name: row[name] for name in _SHOWN} for row in rows],  # type: ignore[literal-required]  # names of the row
            "probability_that_first_is_above_second": pair and pair["probability_above"],
        }

    def describe_model(self, model_name: str) -> dict[str, Any]:
        """Describe one model: versions, standing on each board, opponents, style, speed, scores."""
        return self._client.model(model_name)

    def compare_models(self, a: str, b: str, board: str = "overall") -> dict[str, Any]:
        """Compare two models: their record, the expected share of wins of a, and the probability
        that a's strength is above b's. A model is named by its model_name."""
        return dict(self._client.head_to_head(a, b, board))

    def count_votes(self) -> dict[str, Any]:
        """Count the votes: cast, counted, and those left out by reason."""
        return self._client.votes()

    def explain_methods(self) -> list[dict[str, Any]]:
        """Explain every rating method that a board may have."""
        return self._client.methods()


def version_name(row: RatedModel) -> str:
    """Return the name by which a row is compared: its key, with the number of a version."""
    version = row["version"]
    return row["model_name"] if version is None else f"{row['model_name']}@{version}"


def build_server(client: ArenaClient) -> Any:
    """Return the server with its tools. Raises ImportError where the package is missing."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer(NAME, instructions=WORDS)
    for tool in ArenaTools(client).all:
        server.add_tool(tool)
    return server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the agent goes away; returns the exit status, 2 without the package."""
    parser = argparse.ArgumentParser(
        prog="python -m arena.client.mcp",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("address", metavar="ADDRESS", help="such as https://vote.example")
    address = parser.parse_args(arguments).address
    with ArenaClient(address) as client:
        try:
            server = build_server(client)
        except ImportError:
            print("error: this needs a package: pip install mcp", file=sys.stderr)  # noqa: T201
            return 2
        server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
