from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference_worker.backends import transformers
from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers.slots import SlotBatch
from inference_worker.settings import SHIPPED
from tests.inference_worker.making import ask, settings, spec

SLUGS = [path.parent.name for path in sorted(SHIPPED.glob("*/config.json"))]


@pytest.fixture
def backend(tiny_model, tmp_path):
    return transformers.create(settings(model_dirs=(tiny_model.parent, tmp_path)))


def load(backend, source):
    return backend.load(backend.resolve_revision(spec(str(source), "transformers")))


def test_a_folder_is_loaded_and_warm(backend, tiny_model):
    batch = load(backend, tiny_model)
    assert isinstance(batch, SlotBatch)
    assert batch.light
    assert len(batch.revision) == 64


def test_models_may_be_loaded_at_the_same_time(backend, tiny_model):
    with ThreadPoolExecutor(4) as threads:
        batches = list(threads.map(lambda _: load(backend, tiny_model), range(4)))
    for batch in batches:
        batch.join(ask(tokens=1))
        assert batch.step()[0].finish == "length"


def test_a_folder_that_names_code_is_not_loaded(backend, tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "evil")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("{", '{"auto_map": {"AutoModel": "x.Y"},', 1))
    with pytest.raises(BackendError, match="auto_map"):
        load(backend, folder)


def test_a_broken_folder_is_an_error(backend, tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "broken")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(BackendError) as failed:
        load(backend, folder)
    assert failed.value.cause == "unusable_folder"


@pytest.mark.parametrize("slug", SLUGS)
def test_shipped_models_see_a_picture_and_speak(backend, slug):
    batch = load(backend, f"shipped:{slug}")
    batch.join(ask(tokens=8))
    text = ""
    while not (pieces := batch.step())[-1].finish:
        text += pieces[-1].text
    assert (text + pieces[-1].text).strip()
