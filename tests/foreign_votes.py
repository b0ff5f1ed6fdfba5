"""The same votes in the formats of other arenas, each file made in its exact schema."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow
import pyarrow.parquet

MODELS = ("alpha-vl", "Beta VL 7B", "gamma/vl", "delta")
TIME = 1_725_000_000.25


def battles(count: int = 300, seed: int = 5) -> Iterator[tuple[int, str, str, str]]:
    """Model a, model b and winner: the first models win more often."""
    rng = random.Random(seed)
    for number in range(count):
        a, b = rng.sample(range(len(MODELS)), 2)
        word = rng.random()
        better, worse = ("model_a", "model_b") if a < b else ("model_b", "model_a")
        winner = "tie" if word < 0.15 else "tie (bothbad)" if word < 0.25 else better
        yield number, MODELS[a], MODELS[b], worse if word > 0.85 else winner


def lmarena_rows() -> Iterator[dict[str, Any]]:
    turns = [[{"role": "user", "content": "What is this?"}]]
    for number, a, b, winner in battles():
        counts = {"sum_assistant_a_tokens": 3, "bold_count_a": {"**": 1, "__": 0}}
        yield {
            "question_id": f"q{number}",
            "model_a": a,
            "model_b": b,
            "winner": winner,
            "conversation_a": turns,
            "conversation_b": turns,
            "turn": 1,
            "anony": True,
            "language": "English",
            "tstamp": TIME + 60 * number,
            "conv_metadata": counts,
            "judge": "arena_user_1",
        }


def as_parquet(rows: Iterable[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


def as_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def wildvision_lines() -> bytes:
    return as_lines({**row, "winner": row["winner"].replace(" (", "_(")} for row in lmarena_rows())


def fastchat_log() -> Iterator[dict[str, Any]]:
    kinds = {
        "model_a": "leftvote",
        "model_b": "rightvote",
        "tie": "tievote",
        "tie (bothbad)": "bothbad_vote",
    }
    for number, a, b, winner in battles():
        yield {"tstamp": TIME, "type": "chat", "model": a, "state": {}, "ip": "192.0.2.7"}
        states = [{"model_name": a, "messages": []}, {"model_name": b, "messages": []}]
        yield {
            "tstamp": TIME + number,
            "type": kinds[winner],
            "models": ["", ""],
            "states": states,
            "ip": "192.0.2.7",
        }


def comparia_rows() -> Iterator[dict[str, Any]]:
    for number, a, b, winner in battles():
        chosen = {"model_a": a, "model_b": b}.get(winner)
        yield {
            "id": number,
            "timestamp": datetime.fromtimestamp(TIME + number, UTC).isoformat(),
            "model_a_name": a,
            "model_b_name": b,
            "chosen_model_name": chosen,
            "both_equal": chosen is None,
            "opening_msg": "Bonjour",
        }


def plain_csv() -> bytes:
    lines = [f"{a},{b},{winner}" for _, a, b, winner in battles()]
    return "\n".join(["model_a,model_b,winner", *lines]).encode()


FILES: dict[str, Callable[[], bytes]] = {
    "lmarena": lambda: as_parquet(lmarena_rows()),
    "wildvision": wildvision_lines,
    "fastchat": lambda: gzip.compress(as_lines(fastchat_log())),
    "comparia": lambda: as_parquet(comparia_rows()),
    "table": plain_csv,
}
