"""A few steps of each method on an untrained model of the smallest preset."""

from __future__ import annotations

import json
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inference_worker.training import tune as tuning
from inference_worker.training.battle_data import TABLES, UnusableData, read_rows
from inference_worker.training.comparison import NotBetter
from inference_worker.training.marking import open_checkpoint

# TRL sets the name that transformers has just deprecated, whatever is asked of it.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning")
ROWS = 60
COLOURS = ("red", "blue", "green")


def turn(role, text, *, picture=False):
    place = [{"type": "image", "text": None}] if picture else []
    return {"role": role, "content": [*place, {"type": "text", "text": text}]}


def row_of(table, number):
    colour, other = COLOURS[number % 3], COLOURS[(number + 1) % 3]
    file = BytesIO()
    Image.new("RGB", (32, 32), colour).save(file, "PNG")
    asked = turn("user", "What colour is it?", picture=True)
    shared = {"battle_id": f"b{number}", "images": [{"bytes": file.getvalue(), "path": None}]}
    answer, wrong = turn("assistant", colour), turn("assistant", other)
    own = {
        "preference": {"prompt": [asked], "chosen": [answer], "rejected": [wrong]},
        "kto": {"prompt": [asked], "completion": [answer], "label": number % 2 == 0},
        "sft": {"messages": [asked, answer]},
    }
    return {**shared, **own[table]}


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A folder of the form that `manage.py export` writes."""
    folder = tmp_path_factory.mktemp("export")
    for table in TABLES.values():
        (folder / table).mkdir()
        rows = pa.Table.from_pylist([row_of(table, number) for number in range(ROWS)])
        pq.write_table(rows, folder / table / "train-00000.parquet")
    return folder


def recipe(method, preset="lora"):
    return tuning.TuningRecipe(
        method, preset, steps=2, batch=4, rate=1e-3, beta=0.1, rank=4, seed=0
    )


@pytest.mark.parametrize("method", sorted(TABLES))
def test_two_steps_are_no_gain_and_nothing_is_written(untrained, export, tmp_path, method):
    with pytest.raises(NotBetter):
        tuning.tune(untrained, export, tmp_path / "out", recipe(method), items=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("preset", sorted(tuning.PARTS))
def test_what_passes_the_gate_is_a_model_with_its_figures(
    untrained, export, tmp_path, monkeypatch, preset
):
    monkeypatch.setattr(tuning, "check_gain", lambda found: None)
    out = tmp_path / "out"
    tuning.tune(untrained, export, out, recipe("sft", preset), items=0)
    (one,) = json.loads((out / "comparison.json").read_text())
    assert (one["measure"], one["items"]) == (
        tuning.BATTLES,
        len(read_rows(export, "preference").held_out),
    )
    assert "held-out battles" in (out / "README.md").read_text()
    assert (out / "losses.csv").read_text().startswith("loss,1,")
    open_checkpoint(out)


def test_a_folder_with_few_rows_is_refused(untrained, tmp_path):
    (tmp_path / "sft").mkdir()
    rows = pa.Table.from_pylist([row_of("sft", number) for number in range(9)])
    pq.write_table(rows, tmp_path / "sft" / "train-00000.parquet")
    with pytest.raises(UnusableData, match="fewer than"):
        tuning.tune(untrained, tmp_path, tmp_path / "out", recipe("sft"), items=0)
