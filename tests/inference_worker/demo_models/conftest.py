from __future__ import annotations

import pytest
import torch

from inference_worker.demo_models import fonts
from inference_worker.demo_models.training.build import (
    build_model,
    build_processor,
    build_tokenizer,
)
from inference_worker.demo_models.training.presets import PRESETS
from inference_worker.demo_models.training.publish import save


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    """As the worker runs: more threads slow models of this size down."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def fonts_at_hand():
    if not (fonts.has_emoji() and fonts.find(fonts.FACES[0])):
        pytest.skip("fonts-dejavu-core and fonts-noto-color-emoji are not installed")


@pytest.fixture
def needs_fonts(fonts_at_hand):
    """For one test; `fonts_at_hand` is for fixtures of a wider scope."""


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="session")
def processor(tokenizer):
    return build_processor(tokenizer)


@pytest.fixture(scope="session")
def tiny(tokenizer):
    """An untrained model of the smallest preset; leave it as it is."""
    torch.manual_seed(0)
    return build_model(PRESETS["tiny"], tokenizer).eval()


@pytest.fixture(scope="session")
def untrained(tiny, processor, tmp_path_factory):
    """Its folder, as a trained one is saved."""
    folder = tmp_path_factory.mktemp("untrained") / "egg"
    save(tiny, processor, folder)
    return folder
