"""The last pass, with TRL itself: collected where the training extra is installed."""

from __future__ import annotations

import pytest
import torch

from inference_worker.samples.questions import TASKS
from inference_worker.training import finish as finishing
from inference_worker.training.checkpoints import WEIGHTS
from inference_worker.training.finish import finish, rows, settings
from inference_worker.training.gate import HeldOutScoreFell
from inference_worker.training.marking import open_checkpoint

pytestmark = [
    pytest.mark.usefixtures("needs_fonts"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
]


def test_a_row_is_a_picture_and_two_turns():
    told = rows(3, seed=0)
    assert len(told) == 3
    for row in told:
        assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
        assert [picture.size for picture in row["images"]] == [(96, 96)]


def test_a_seed_gives_the_same_rows():
    one, other = rows(4, seed=1), rows(4, seed=1)
    assert one["messages"] == other["messages"] != rows(4, seed=2)["messages"]


def test_the_settings_cut_no_picture_and_learn_answers_alone(tmp_path):
    told = settings(str(tmp_path), 5, 1e-4, 0)
    assert told.max_length is None
    assert told.assistant_only_loss
    assert not told.gradient_checkpointing


@pytest.fixture
def lenient(monkeypatch):
    monkeypatch.setattr(finishing, "check", lambda before, after: None)


@pytest.mark.usefixtures("lenient")
def test_a_pass_changes_the_weights_and_tells_both_marks(untrained, tmp_path):
    table = finish(untrained, tmp_path / "out", steps=2, rate=1e-3, seed=0, items=1)
    assert table.splitlines()[0] == "| task | n | before | after |"
    assert len(table.splitlines()) == len(TASKS) + 3
    before, after = (open_checkpoint(folder)[0] for folder in (untrained, tmp_path / "out"))
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert not all(torch.equal(one, other) for one, other in pairs)


def test_nothing_is_written_where_the_score_fell(untrained, tmp_path, monkeypatch):
    def fell(before, after):
        raise HeldOutScoreFell("50.0 before, 49.0 now")

    monkeypatch.setattr(finishing, "check", fell)
    with pytest.raises(HeldOutScoreFell):
        finish(untrained, tmp_path / "out", steps=1, rate=1e-3, seed=0, items=1)
    assert not (tmp_path / "out" / WEIGHTS).exists()
