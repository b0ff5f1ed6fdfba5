"""The last pass and tuning need TRL, which stays out of the project's environment: see
requirements/train.in.

Their tests are collected where the training extra is installed, and only there.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch

from inference_worker.training.build import (
    build_model,
    build_processor,
    build_tokenizer,
)
from inference_worker.training.presets import PRESETS
from inference_worker.training.publish import save

collect_ignore = [] if find_spec("trl") else ["test_finish.py", "test_tune.py"]


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    """As the worker runs: more threads slow models of this size down."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
