"""Battles of which only the question matters."""

from __future__ import annotations

import pytest

from tests.factories import make_models, make_turn, make_vote


@pytest.fixture
def asked(db):
    """A function: the battle on which this prompt was asked and voted, outside the ledger."""
    models = make_models("first", "second")

    def ask(prompt, **fields):
        vote = make_vote(*models)
        vote.battle.turns.update(prompt=prompt, **fields)
        return vote.battle

    return ask


@pytest.fixture
def follow_up():
    """A function that adds a second turn to a battle."""
    return lambda battle, prompt: make_turn(battle, number=1, prompt=prompt)
