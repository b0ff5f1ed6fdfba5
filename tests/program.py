"""What chaos programs let a process of its own do on the database of a stack.

    python -m tests.program fill --votes 20000
    python -m tests.program open --battles 12000
    python -m tests.program vote --rate 200 --seconds 60 --connections 16

`vote` says how it went in one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.figures import bar
from tests.site import open_site


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["fill", "open", "vote"])
    parser.add_argument("--votes", type=int, default=0)
    parser.add_argument("--models", type=int, default=30)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--battles", type=int, default=0)
    parser.add_argument("--rate", type=float, default=200.0, help="votes a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=16)
    args = parser.parse_args(argv)
    open_site(os.environ["DATABASE_URL"], Path(os.environ["ARENA_DATA_DIR"]))
    from tests import backlog

    if args.work == "fill":
        spread = {"models": args.models, "days": args.days, "seed": args.seed}
        with bar("Votes, in pieces", -(-args.votes // backlog.PIECE)) as ticks:
            backlog.fill(votes=args.votes, tick=ticks.tick, **spread)
    elif args.work == "open":
        backlog.open_battles(args.battles)
    else:
        print(json.dumps(vote(args.rate, args.seconds, args.connections)), flush=True)
    return 0


def vote(rate: float, seconds: float, connections: int) -> dict[str, object]:
    """One vote on each open battle, at fixed moments, whether or not earlier ones have ended.

    A vote's time runs from its moment, so that one that had to wait for a connection shows it.
    """
    from django.db import connection

    from arena.battles.models import Battle, Vote
    from arena.battles.states import BattleState, Choice
    from arena.orchestration import services

    moments = int(rate * seconds)
    battles = list(Battle.objects.filter(state=BattleState.VOTING).order_by("pk")[:moments])
    assert len(battles) == moments, f"{len(battles)} open battles for {moments} votes"
    connection.close()  # the pool has just as many as there are voters
    barrier = threading.Barrier(connections)
    start = time.monotonic() + 1.0

    def one(number: int) -> list[tuple[int, float]]:
        connection.ensure_connection()
        barrier.wait()
        told = []
        for place in range(number, moments, connections):
            moment = start + place / rate
            time.sleep(max(0.0, moment - time.monotonic()))
            battle, choice = battles[place], Choice.values[place % 4]
            services.cast_vote(voter=battle.voter_id, public_id=battle.public_id, choice=choice)
            told.append((battle.pk, time.monotonic() - moment))
        connection.close()
        return told

    with ThreadPoolExecutor(connections) as pool:
        told = [pair for pairs in pool.map(one, range(connections)) for pair in pairs]
    took = time.monotonic() - start
    votes = dict(Vote.objects.values_list("battle", "pk"))
    cast = [votes[battle] for battle, _ in told]
    return {"votes": cast, "seconds": [s for _, s in told], "took": took}


if __name__ == "__main__":
    sys.exit(main())
