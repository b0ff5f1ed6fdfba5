"""Battles with pictures, questions and both answers, in the columns of public vision battles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from arena.datasets.columns import IMAGES, MESSAGE, hub_schema, images_of, table_of
from arena.datasets.records import PublicBattle
from arena.rating.features import StyleFeature
from inference_worker.wire.messages import SIDES

SUMMARY = (
    "Battles whose voter agreed to their publication: pictures, questions, both answers, the"
    " vote, tokens, times and style. `ledger_number` names the row of `votes`."
)
SOURCE = "battles"
SPLITS = ("train",)
_TOTAL = pa.struct([("total", pa.int64())])
_METADATA = pa.struct(
    [
        *((f"sum_assistant_{side}_tokens", pa.int64()) for side in SIDES),
        *(
            (f"{name}_count_{side}", _TOTAL)
            for name in ("header", "list", "bold")
            for side in SIDES
        ),
        *((f"token_length_{side}", pa.int64()) for side in SIDES),
    ]
)
_MARKS = {
    "header": StyleFeature.HEADERS,
    "list": StyleFeature.LISTS,
    "bold": StyleFeature.BOLD,
}


def schema() -> pa.Schema:
    """Return the columns; those of each side are there twice."""
    return hub_schema(
        [
            ("battle_id", pa.string()),
            *((name, pa.string()) for name in ("model_a", "model_b", "winner", "judge")),
            ("anony", pa.bool_()),
            ("tstamp", pa.float64()),
            ("language", pa.string()),
            ("category", pa.string()),
            ("preset", pa.bool_()),
            ("num_turns", pa.int32()),
            ("images", IMAGES),
            ("image_sha256", pa.list_(pa.string())),
            ("images_per_turn", pa.list_(pa.int32())),
            ("conversation_a", pa.list_(MESSAGE)),
            ("conversation_b", pa.list_(MESSAGE)),
            ("conv_metadata", _METADATA),
            *((name, kind) for side in SIDES for name, kind in _of_side(side)),
            ("conditions", pa.string()),
            ("pacing", pa.string()),
            ("policy", pa.string()),
            ("propensity", pa.float64()),
            ("picture_probability", pa.float64()),
            ("picture_candidates", pa.int32()),
            ("counts", pa.bool_()),
            ("consent_version", pa.string()),
            ("ledger_number", pa.int64()),
        ]
    )


def _of_side(side: str) -> list[tuple[str, pa.DataType]]:
    model = f"model_{side}"
    return [
        (f"{model}_version", pa.int32()),
        *((f"{model}_{name}", pa.string()) for name in ("revision", "hub_id", "license")),
        (f"tokens_{side}", pa.int64()),
        (f"first_text_ms_{side}", pa.int64()),
        (f"total_ms_{side}", pa.int64()),
        (f"finish_{side}", pa.string()),
        (f"names_model_{side}", pa.bool_()),
        (f"reasoning_{side}", pa.list_(pa.string())),
        (f"reasoning_tokens_{side}", pa.int64()),
        (f"places_{side}", pa.list_(pa.string())),
    ]


def tables(page: Sequence[PublicBattle]) -> Mapping[str, pa.Table]:
    """Return one row for each battle."""
    return {"train": table_of(map(_row, page), schema())}


def _row(battle: PublicBattle) -> dict[str, Any]:
    entry = battle.entry
    return {
        "battle_id": battle.battle_id,
        "model_a": entry.version_a.model,
        "model_b": entry.version_b.model,
        "winner": entry.winner,
        "judge": entry.judge,
        "anony": True,
        "tstamp": battle.voted_at.timestamp(),
        "language": entry.labels.language,
        "category": entry.labels.category,
        "preset": entry.labels.preset,
        "num_turns": len(battle.turns),
        "images": images_of(battle),
        "image_sha256": [image.sha256 for turn in battle.turns for image in turn.images],
        "images_per_turn": [len(turn.images) for turn in battle.turns],
        "conv_metadata": {
            name: value for side in SIDES for name, value in _style(battle, side).items()
        },
        "conditions": json.dumps(battle.conditions, sort_keys=True),
        "pacing": battle.pacing,
        "policy": entry.policy,
        "propensity": entry.propensity,
        "picture_probability": entry.picture[0],
        "picture_candidates": entry.picture[1],
        "counts": entry.counts,
        "consent_version": battle.consent_version,
        "ledger_number": entry.number,
        **{name: value for side in SIDES for name, value in _side(battle, side).items()},
    }


def _side(battle: PublicBattle, side: str) -> dict[str, Any]:
    version, answers = battle.version(side), [turn.answers[side] for turn in battle.turns]
    messages = [
        {"role": role, "content": content}
        for turn in battle.turns
        for role, content in (("user", turn.prompt), ("assistant", turn.answers[side].text))
    ]
    return {
        f"conversation_{side}": messages,
        f"model_{side}_version": version.number,
        f"model_{side}_revision": version.revision,
        f"model_{side}_hub_id": version.hub_id,
        f"model_{side}_license": version.license,
        f"tokens_{side}": sum(one.tokens for one in answers),
        f"first_text_ms_{side}": answers[0].first_text_ms,
        f"total_ms_{side}": sum(one.total_ms for one in answers),
        f"finish_{side}": answers[-1].finish,
        f"names_model_{side}": any(one.names_model for one in answers),
        f"reasoning_{side}": [one.reasoning for one in answers],
        f"reasoning_tokens_{side}": sum(one.reasoning_tokens for one in answers),
        f"places_{side}": [json.dumps(one.places) for one in answers],
    }


def _style(battle: PublicBattle, side: str) -> dict[str, Any]:
    answers = [turn.answers[side] for turn in battle.turns]
    sums = {
        feature: sum(one.style[place] or 0 for one in answers)
        for place, feature in enumerate(StyleFeature)
    }
    return {
        f"sum_assistant_{side}_tokens": sum(one.tokens for one in answers),
        **{f"{name}_count_{side}": {"total": sums[one]} for name, one in _MARKS.items()},
        f"token_length_{side}": sums[StyleFeature.TOKEN_LENGTH],
    }
