from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import permutations
from threading import Thread

import pytest
from safetensors import safe_open
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    TextIteratorStreamer,
)

from inference_worker.samples.drawing import draw
from inference_worker.samples.vocabulary import emoji, words
from inference_worker.settings import SHIPPED
from inference_worker.training.card import parameters
from inference_worker.training.checkpoints import revision, shipped
from inference_worker.training.exam import exam, shuffled
from inference_worker.training.marking import mark, mean, open_checkpoint
from tests.inference_worker.samples.scenery import chart

MEGABYTES = 60
FIELDS = {
    "slug",
    "name",
    "organization",
    "license",
    "parameters",
    "description",
    "limits",
    "accuracy",
    "conversations",
    "places",
    "grounding",
    "revision",
}
every_checkpoint = pytest.mark.parametrize("folder", shipped(), ids=lambda folder: folder.name)


def entry(folder):
    return json.loads((folder / "arena.json").read_text())


@pytest.fixture(scope="module")
def opened():
    return {folder: open_checkpoint(folder) for folder in shipped()}


def prepared(processor, prompt="Count the bars."):
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    messages = [{"role": "user", "content": content}]
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    return processor(text=text, images=[draw(chart(), 288)], return_tensors="pt")


def test_at_least_two_are_shipped():
    assert len(shipped()) >= 2


def test_together_they_stay_small():
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file())
    assert size < MEGABYTES * 2**20


@pytest.mark.timeout(600)  # imports torch and transformers anew
def test_a_fresh_offline_process_loads_all_of_them_with_the_auto_classes():
    code = (
        "import sys; from transformers import AutoModelForImageTextToText as M, AutoProcessor as P;"
        "[(P.from_pretrained(f), M.from_pretrained(f, dtype='float32')) for f in sys.argv[1:]];"
        "sys.exit('torchvision' in sys.modules)"
    )
    command = [sys.executable, "-c", code, *map(str, shipped())]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run(command, check=True, env=offline, capture_output=True)


@every_checkpoint
def test_it_streams_what_it_generates(folder, opened):
    model, processor = opened[folder]
    streamer = TextIteratorStreamer(processor.tokenizer, skip_prompt=True, skip_special_tokens=True)
    inputs = prepared(processor)
    thread = Thread(target=model.generate, kwargs={**inputs, "streamer": streamer})
    thread.start()
    parts = list(streamer)
    thread.join()
    tokens = model.generate(**inputs)[0, inputs["input_ids"].shape[1] :]
    assert len([part for part in parts if part]) > 1
    assert "".join(parts) == processor.tokenizer.decode(tokens, skip_special_tokens=True)


@every_checkpoint
def test_it_counts_three_plain_bars(folder, opened):
    model, processor = opened[folder]
    inputs = prepared(processor)
    tokens = model.generate(**inputs)[0, inputs["input_ids"].shape[1] :]
    assert processor.tokenizer.decode(tokens, skip_special_tokens=True) == "I count three."


@every_checkpoint
def test_its_template_marks_the_assistants_words(folder, opened):
    _, processor = opened[folder]
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Red."}]
    told = processor.tokenizer.apply_chat_template(
        messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    chosen = [
        token
        for token, mine in zip(told["input_ids"], told["assistant_masks"], strict=True)
        if mine
    ]
    assert processor.tokenizer.decode(chosen) == "Red.<|end|>"


@every_checkpoint
@pytest.mark.usefixtures("needs_fonts")
def test_it_looks_at_the_picture(folder, opened):
    sheets = exam(8, seed=11)
    seeing, blind = mark(*opened[folder], sheets), mark(*opened[folder], shuffled(sheets))
    assert mean(seeing) > mean(blind) + 15
    better = [task for task in seeing if seeing[task].percent >= blind[task].percent + 20]
    assert len(better) >= 4


@every_checkpoint
def test_its_entry_tells_the_truth_about_its_weights(folder):
    told = entry(folder)
    assert set(told) == FIELDS
    assert told["slug"] == folder.name
    assert told["revision"] == revision(folder)
    assert told["parameters"] == parameters(folder)


@every_checkpoint
def test_its_weights_are_stored_in_half_precision(folder):
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {weights.get_tensor(name).dtype.itemsize for name in weights.keys()} == {2}  # noqa: SIM118


@every_checkpoint
def test_its_card_names_licence_limits_and_accuracy(folder):
    card = (folder / "README.md").read_text()
    told = entry(folder)
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "photographs" in card
    assert all(task in card for task in told["accuracy"])


def test_no_slug_contains_another():
    slugs = [folder.name for folder in shipped()]
    assert not any(one in other for one, other in permutations(slugs, 2))


def test_no_answer_can_hold_a_part_of_a_slug():
    known = " ".join([*emoji(), *words()]).lower()
    stems = {folder.name.split("-")[0] for folder in shipped()}
    assert not [stem for stem in stems if stem in known]


def test_the_auto_classes_are_what_marking_opens(opened):
    model, processor = next(iter(opened.values()))
    folder = next(iter(opened))
    assert type(model) is type(AutoModelForImageTextToText.from_pretrained(folder))
    assert type(processor) is type(AutoProcessor.from_pretrained(folder))
