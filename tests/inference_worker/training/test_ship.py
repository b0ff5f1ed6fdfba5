from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference_worker.training import ship as shipping
from inference_worker.training.card import ModelIdentity
from inference_worker.training.checkpoints import WEIGHTS, revision, shipped
from inference_worker.training.gate import HeldOutScoreFell
from inference_worker.training.ship import recipe, ship

pytestmark = pytest.mark.usefixtures("needs_fonts")
WREN = ModelIdentity("wren", "Wren", "A small one.", "Told elsewhere.")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Where checkpoints are shipped to, empty."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setattr(shipping, "SHIPPED", folder)
    return folder


@pytest.fixture
def good(tmp_path):
    return shutil.copytree(shipped()[0], tmp_path / "good")


def deafened(folder):
    """The same model with its words shuffled: it answers nonsense."""
    weights = load_file(folder / WEIGHTS)
    name = next(name for name in weights if "embed_tokens" in name)
    weights[name] = weights[name].flip(0).contiguous()
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    return folder


def test_a_trained_folder_is_shipped_with_card_and_entry(shelf, good):
    results = ship(good, WREN, items=2)
    entry = json.loads((shelf / "wren" / "arena.json").read_text())
    assert entry["revision"] == revision(good)
    assert entry["accuracy"].keys() == results.held_out.keys()
    assert "# Wren" in (shelf / "wren" / "README.md").read_text()


def test_it_may_be_shipped_again(shelf, good):
    ship(good, WREN, items=2)
    ship(good, WREN, items=2)
    assert (shelf / "wren" / WEIGHTS).exists()


def test_the_gate_keeps_what_is_shipped_from_being_replaced_by_worse(shelf, good, tmp_path):
    ship(good, WREN, items=2)
    before = revision(shelf / "wren")
    with pytest.raises(HeldOutScoreFell):
        ship(deafened(shutil.copytree(good, tmp_path / "deaf")), WREN, items=2)
    assert revision(shelf / "wren") == before


@pytest.mark.parametrize("stages", [("cells", "answers"), ("answers",)])
def test_the_recipe_tells_the_stages_that_there_were(tmp_path, stages):
    for stage in stages:
        torch.save({"step": 1234, "spent": 600.0}, tmp_path / f"{stage}.state")
    told = recipe(tmp_path)
    assert told.count("1,234 steps (10 CPU minutes)") == len(stages)
    assert all(f"on {stage}" in told for stage in stages)


def test_the_recipe_names_the_model_that_it_grew_from(tmp_path):
    torch.save({"step": 10, "spent": 60.0}, tmp_path / "answers.state")
    assert recipe(tmp_path, origin="Heron S").startswith("Grown from Heron S")
