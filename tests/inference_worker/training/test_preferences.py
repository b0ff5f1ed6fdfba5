from __future__ import annotations

import pytest
import torch
from PIL import Image

from inference_worker.training.preferences import _score, prefers_chosen

PICTURE = Image.new("RGB", (32, 32), "red")


def turn(role, text, *, pictures=0):
    places = [{"type": "image"}] * pictures
    return [{"role": role, "content": [*places, {"type": "text", "text": text}]}]


def pair(chosen, rejected, images=(PICTURE,)):
    return {
        "images": list(images),
        "prompt": turn("user", "What colour is it?", pictures=len(images)),
        "chosen": turn("assistant", chosen),
        "rejected": turn("assistant", rejected),
    }


@pytest.mark.parametrize("images", [(PICTURE,), ()])
def test_of_two_answers_exactly_one_is_the_likelier(tiny, processor, images):
    rows = [pair("red", "blue circle", images), pair("blue circle", "red", images)]
    one, other = prefers_chosen(tiny, processor, rows)
    assert one != other


def test_the_mean_over_tokens_is_that_of_the_model(tiny, processor):
    """Beside the loss that the model itself computes over the tokens of the answer."""
    row = pair("a red circle", "blue")
    prompt = processor.apply_chat_template(row["prompt"], add_generation_prompt=True)
    whole = processor.apply_chat_template([*row["prompt"], *row["chosen"]])
    asked = processor(text=prompt, images=[PICTURE], return_tensors="pt")["input_ids"].shape[1]
    inputs = processor(text=whole, images=[PICTURE], return_tensors="pt")
    labels = inputs["input_ids"].clone()
    labels[:, :asked] = -100
    with torch.inference_mode():
        loss = float(tiny(**inputs, labels=labels).loss)
        assert _score(tiny, processor, row, row["chosen"]) == pytest.approx(-loss, abs=1e-5)
