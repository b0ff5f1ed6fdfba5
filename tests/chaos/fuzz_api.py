"""Requests that the API's own description makes, right and wrong ones, and what it answers.

    python -m tests.chaos.fuzz_api --examples 300 --seed 1

Schemathesis makes the requests; each answer is held against the description: its status, media
type, headers and body. The site runs in this process behind its WSGI entry, on a database with
simulated votes. The exit status is 1 for a server error or an answer that is not described.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.figures import Figure, conclude
from tests.site import arena_on

ADDRESS = "/api/v1/openapi.json"
UNLIMITED = "100000000/minute"


def described(application: Any) -> dict[str, Any]:
    """Return the operations by name, as the site's own description has them."""
    schema = schemathesis.openapi.from_wsgi(ADDRESS, application)
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]  # a broken description ends the program
    return {operation.label: operation for operation in found}


def fuzz(operation: Any, mode: GenerationMode, examples: int, number: int) -> int:
    """Send requests to one operation. Returns how many; raises for an answer that is not right."""
    sent = 0

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        # The client of a WSGI application does not unpack, as any over the network does.
        case.call_and_validate(headers={"Accept-Encoding": "identity"})

    send()
    return sent


def modes(operation: Any) -> Iterator[GenerationMode]:
    """Yield what can be made: an operation without parameters can't be asked wrongly."""
    yield GenerationMode.POSITIVE
    if operation.path_parameters or operation.query:
        yield GenerationMode.NEGATIVE


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=300, help="of each operation and mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    args = parser.parse_args(argv)
    failures: list[str] = []
    sent = 0
    with arena_on(args.database):
        from django.conf import settings as site
        from django.core.management import call_command

        site.RATE_READS_NETWORK, site.ALLOWED_HOSTS = UNLIMITED, ["*"]
        call_command("simulate", models=6, votes=300, verbosity=0)
        from arena.config.wsgi import application

        operations = described(application)
        for label, operation in operations.items():
            for mode in modes(operation):
                try:
                    sent += fuzz(operation, mode, args.examples, args.seed)
                except FailureGroup as error:
                    failures.append(f"{label}, {mode.value}: {error}")
    for failure in failures:
        print(failure)
    value = f"{sent} requests to {len(operations)} operations, {len(failures)} findings"
    return conclude(
        "The API against its description", [Figure("fuzzing", value, "0", not failures)]
    )


if __name__ == "__main__":
    sys.exit(main())
