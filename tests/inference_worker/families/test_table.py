"""The page on families says what the program found, for every family; a few are tried again."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import pytest

from tests.inference_worker.families import table
from tests.inference_worker.families.every import RECIPES
from tests.inference_worker.families.trying import tried

AGAIN = ("qwen2_5_vl", "smolvlm", "internvl", "mistral3", "mllama", "florence2", "git", "blip-2")
"""With and without a processor of videos, a chat template, an encoder, a part that is missing."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_the_page_is_what_the_program_writes():
    assert table.PAGE.read_text() == table.page(table.stored())


def test_every_family_was_tried_in_both_environments():
    results = table.stored()
    assert set(RECIPES) == set(table.FAMILIES)
    assert set(results.plain.families) == set(results.torchvision.families) == set(RECIPES)


def test_it_was_written_with_the_pinned_release():
    results = table.stored()
    assert {results.plain.transformers, results.torchvision.transformers} == {
        version("transformers")
    }


@pytest.mark.skipif(bool(find_spec("torchvision")), reason="the column without torchvision")
@pytest.mark.parametrize("family", AGAIN)
def test_a_family_still_does_what_the_page_says(family, tmp_path):
    assert tried(family, tmp_path / family) == table.stored().plain.families[family]
