"""Folders that name code or claim sizes that nothing backs are refused before they are read."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import save_file

from inference_worker.backends import transformers
from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers import contents
from tests.inference_worker.making import settings, spec


@pytest.fixture
def model(tiny_model, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(tiny_model, tmp_path / "model")


def load(model):
    backend = transformers.create(settings(model_dirs=(model.parent,)))
    return backend.load(backend.resolve_revision(spec(str(model), "transformers")))


def change(path, **fields):
    content = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(content | fields))


def refusal(model):
    with pytest.raises(BackendError) as refused:
        contents.check(model)
    assert refused.value.code == "unavailable"
    return refused.value.reason


FILES = [
    *("config.json", "generation_config.json", "processor_config.json", "tokenizer_config.json"),
    *("preprocessor_config.json", "special_tokens_map.json", "chat_template.json", "other.json"),
    *("deeper/config.json", "tokenizer.json", "model.safetensors.index.json"),
]
KEYS = [
    *("auto_map", "custom_pipelines", "custom_generate", "_attn_implementation_internal"),
    *("_attn_implementation", "attn_implementation", "_experts_implementation", "use_kernels"),
    *("kernel_config", "base_model_name_or_path"),
]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_leads_to_code_is_refused_in_any_file_at_any_depth(model, file, key):
    (model / "deeper").mkdir()
    change(model / file, deep=[{"deeper": {key: "kernels-community/flash-attn"}}])
    assert refusal(model) == f"{file.rpartition('/')[2]} names code: {key}"


@pytest.mark.parametrize("file", ["vocab.json", "added_tokens.json"])
def test_a_vocabulary_may_hold_any_word(model, file):
    change(model / file, auto_map=7)
    contents.check(model)


def test_a_tokenizers_words_may_be_any(model):
    path = model / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"]["auto_map"] = len(content["model"]["vocab"])
    path.write_text(json.dumps(content))
    contents.check(model)


@pytest.mark.parametrize("file", ["adapter_config.json", "adapter_model.safetensors"])
def test_an_adapter_is_refused(model, file):
    (model / file).write_text("{}")
    assert "merge it into its model" in refusal(model)


@pytest.mark.parametrize("method", ["mxfp4", "finegrained_fp8", "FP8"])
def test_weights_that_need_kernels_of_the_hub_are_refused(model, method):
    change(model / "config.json", quantization_config={"quant_method": method})
    assert "names code: quant_method" in refusal(model)


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ("config.json", {"text_config": {"num_hidden_layers": 10**9}}),
        ("config.json", {"text_config": {"vocab_size": 10**10}}),
        ("config.json", {"text_config": {"hidden_size": 10**8}}),
        ("config.json", {"vision_config": {"depths": [2, 10**7]}}),
        ("config.json", {"vision_config": {"image_size": [10**6, 10**6]}}),
        ("config.json", {"image_seq_length": 10**9}),
        ("config.json", {"vision_config": {"num_attention_heads": -(10**9)}}),
        ("processor_config.json", {"image_processor": {"size": {"height": 10**6, "width": 1}}}),
        ("preprocessor_config.json", {"size": {"shortest_edge": 65536, "longest_edge": 1 << 24}}),
        ("preprocessor_config.json", {"max_pixels": 10**9}),
    ],
)
def test_a_size_that_no_model_has_is_refused(model, file, fields):
    change(model / file, **fields)
    assert "more than any model has" in refusal(model)


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ("tokenizer_config.json", {"model_max_length": 1000000000000000019884624838656}),
        ("config.json", {"text_config": {"max_position_embeddings": 10_485_760}}),
        (
            "preprocessor_config.json",
            {
                "image_processor_type": "Qwen2VLImageProcessorFast",
                "size": {"shortest_edge": 65536, "longest_edge": 1 << 24},
            },
        ),
    ],
)
def test_large_numbers_that_models_do_have_are_none_of_them(model, file, fields):
    change(model / file, **fields)
    contents.check(model)


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 3, "\udcff", '{"a":' * 40 + "1" + "}" * 40])
def test_a_file_that_cannot_be_read_or_is_nested_too_deeply_is_refused(model, text):
    (model / "other.json").write_text(text, "utf-8", errors="surrogateescape")
    assert refusal(model).startswith("other.json")


def test_a_file_that_is_too_long_is_not_read(model, monkeypatch):
    monkeypatch.setattr(contents, "MOST_JSON_BYTES", 100)
    assert "too long" in refusal(model)


def test_a_template_that_is_too_long_is_refused(model, monkeypatch):
    monkeypatch.setattr(contents, "MOST_TEMPLATE_BYTES", 10)
    assert "too long for a template" in refusal(model)


def test_too_many_files_are_refused(model, monkeypatch):
    monkeypatch.setattr(contents, "MOST_FILES", 3)
    assert "too many for a model" in refusal(model)


def test_an_oversized_header_is_not_read(model):
    (model / "model.safetensors").write_bytes((1 << 40).to_bytes(8, "little") + b"{}")
    with pytest.raises(BackendError, match="header"):
        contents.numbers(model)


@pytest.mark.parametrize("shape", [[10**12], [-1, 4], [1 << 40, 1 << 40], ["4"], "4"])
def test_a_shape_that_the_file_does_not_hold_is_not_believed(model, shape):
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 16]}
    header = json.dumps({"weight": entry}).encode()
    spoilt = len(header).to_bytes(8, "little") + header + b"\0" * 16
    (model / "model.safetensors").write_bytes(spoilt)
    with pytest.raises(BackendError, match="spoilt"):
        contents.numbers(model)


@pytest.mark.parametrize("spoilt", [b"", b"\1\0", b"\2\0\0\0\0\0\0\0{}more"])
def test_what_is_no_safetensors_is_refused(model, spoilt):
    (model / "model.safetensors").write_bytes(spoilt)
    with pytest.raises(BackendError, match="spoilt"):
        contents.numbers(model)


def test_too_many_tensors_are_refused(model, monkeypatch):
    monkeypatch.setattr(contents, "MOST_TENSORS", 3)
    save_file({str(i): np.zeros(1) for i in range(4)}, model / "model.safetensors")
    with pytest.raises(BackendError, match="4 tensors"):
        contents.numbers(model)


def test_a_configuration_that_describes_more_than_the_weights_hold_is_not_built(model):
    config = json.loads((model / "config.json").read_text())
    config["text_config"] |= {"vocab_size": 200_000, "hidden_size": 4096, "intermediate_size": 8192}
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(BackendError, match=r"describes \d+ numbers, the weights hold"):
        load(model)


def test_attention_is_what_the_worker_says(model):
    loaded = load(model)._model
    assert {loaded.config._attn_implementation, loaded.config.text_config._attn_implementation} == {
        "sdpa"
    }
