"""Families whose classes want something of their own, through the worker's backend."""

from __future__ import annotations

import torch

from inference_worker.backends.transformers.generated import _GeneratedAnswer
from tests.inference_worker.families.trying import FamilyResult, tried
from tests.inference_worker.making import ask


def test_a_model_is_told_which_tokens_are_a_pictures(tmp_path):
    """The processor of Cosmos3 Edge says so only if it is asked to."""
    found = tried("cosmos3_edge", tmp_path / "cosmos3_edge")
    assert found == FamilyResult(engine="one at a time")


def test_a_family_that_moves_a_robot_is_refused_with_that_reason(tmp_path):
    assert tried("pi0", tmp_path / "pi0").load == "models of this family write no text"


class Spelling:
    """A detokenizer that names the tokens."""

    def add(self, token):
        return f"{token} "

    def rest(self):
        return ""


def test_an_answer_that_is_written_in_blocks_ends_where_the_voter_is_owed_no_more():
    answer = _GeneratedAnswer(ask(tokens=3), Spelling(), frozenset())
    for value in ([[1, 2]], [[5, 6, 7, 8]]):  # the prompt, and a block
        answer.put(torch.tensor(value))
    pieces = list(answer.pieces)
    assert "".join(piece.text for piece in pieces) == "5 6 7 "
    assert (sum(piece.tokens for piece in pieces), pieces[-1].finish) == (3, "length")
