"""Where a turn ends, where the template lies, and what fits a model's places."""

from __future__ import annotations

import json
import shutil

import pytest
from transformers import AddedToken, AutoProcessor

from inference_worker.backends import transformers
from inference_worker.backends.base import AnsweredTurn, BackendError
from inference_worker.backends.transformers.generated import GeneratedBatch
from inference_worker.backends.transformers.prompts import (
    ENGLISH,
    LEFT_FOR_ANSWER,
    PromptEncoder,
    prompt_limit,
)
from inference_worker.backends.transformers.slots import SlotBatch
from tests.inference_worker import tiny
from tests.inference_worker.making import ask, picture, settings, spec

TURNS = (
    "{% for message in messages %}<|user|>"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}ENDING{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture
def model(tiny_model, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(tiny_model, tmp_path / "model")


def load(model):
    backend = transformers.create(settings(model_dirs=(model.parent,)))
    return backend.load(backend.resolve_revision(spec(str(model), "transformers")))


def template(model, text):
    (model / "chat_template.jinja").write_text(text)


def ends(model):
    prompts = PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    found = prompts.ends(load(model)._model)
    return set(prompts.tokenizer.convert_ids_to_tokens(sorted(found)))


def test_a_token_that_only_the_template_ends_a_turn_with_is_an_end(model):
    template(model, TURNS.replace("ENDING", "<unk>\n"))
    assert ends(model) == {"<|end|>", "<unk>"}


def test_so_is_it_where_an_answer_must_be_plain_text(model):
    plain = (
        "{% for message in messages %}{% if message['role'] == 'assistant' %}"
        "<|assistant|>{{ message['content'] + '<unk>' }}"
        "{% else %}<|user|><image>?{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    template(model, plain)
    assert ends(model) == {"<|end|>", "<unk>"}


@pytest.mark.parametrize(
    "text",
    [
        tiny.TEMPLATE,
        TURNS.replace("ENDING", ""),
        TURNS.replace("ENDING", "\n"),
        TURNS.replace("ENDING", " done <unk>"),
        "{{ raise_exception('no assistant') if messages | length > 1 }}" + tiny.TEMPLATE,
        "{{ messages[0]['content'][-1]['text'] }}<image>",
    ],
)
def test_what_does_not_end_a_turn_is_no_end(model, text):
    template(model, text)
    assert ends(model) == {"<|end|>"}


def test_several_ends_and_none_in_the_generation_config(model):
    path = model / "generation_config.json"
    path.write_text(json.dumps({"eos_token_id": [1, 5]}))
    assert ends(model) == {"<|end|>", "<|assistant|>"}
    path.unlink()
    assert "<|end|>" in ends(model)


@pytest.mark.parametrize("kind", [SlotBatch, GeneratedBatch])
def test_an_answer_stops_at_such_an_end(model, kind):
    loaded = load(model)._model
    ending = "{% if message['role'] == 'assistant' %}ENDING{% endif %}"
    template(model, TURNS.replace("ENDING", ending.replace("ENDING", "")))
    prompts = PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    said = pieces(kind(loaded, prompts, revision="", device="cpu"))
    at, end = next((i, p.text) for i, p in enumerate(said) if i and p.text.isalpha())
    [token] = prompts.tokenizer.encode(end, add_special_tokens=False)
    # The same model, whose template now ends an answer with a token that it just said.
    prompts.tokenizer.add_tokens([AddedToken(end, special=True)])
    assert prompts.tokenizer.convert_tokens_to_ids(end) == token
    prompts.tokenizer.save_pretrained(model)
    template(model, TURNS.replace("ENDING", ending.replace("ENDING", end)))
    prompts = PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    stopped = pieces(kind(loaded, prompts, revision="", device="cpu"))
    assert (len(stopped), stopped[-1].finish) == (at + 1, "stop")


def pieces(batch, **more):
    """All pieces of one answer."""
    batch.join(ask(**more))
    found = []
    while not found or found[-1].finish is None:
        found += batch.step()
    return found


def test_a_template_of_the_tokenizer_alone_is_used(model):
    text = (model / "chat_template.jinja").read_text()
    (model / "chat_template.jinja").unlink()
    path = model / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chat_template": text}))
    batch = load(model)
    asked = batch._prompts.tensors(ask(prompt="red?"))["input_ids"][0]
    said = batch._prompts.tokenizer.decode(asked).replace("<image>", "")
    assert said == "<|user|>red?<|assistant|>"


def test_a_folder_without_any_template_says_so(model):
    (model / "chat_template.jinja").unlink()
    with pytest.raises(BackendError) as failed:
        load(model)
    assert failed.value.code == "unavailable"
    assert failed.value.reason.startswith("no chat template")
    assert '{"prompt_template": {"text": "' in failed.value.reason


@pytest.mark.parametrize("kind", [SlotBatch, GeneratedBatch])
@pytest.mark.parametrize(("prompt", "refused"), [("ab " * 900, True), ("ab", False)])
def test_a_prompt_past_the_models_places_is_refused_before_an_answer(model, kind, prompt, refused):
    loaded, prompts = load(model)._model, PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    batch = kind(loaded, prompts, revision="", device="cpu")
    assert batch.positions == 1024
    if refused:
        with pytest.raises(BackendError, match=r"the prompt takes \d+ tokens, the model has 1024"):
            batch.join(ask(prompt=prompt))
        assert batch.step() == []
    assert pieces(batch, tokens=2)[-1].finish == "length"


@pytest.mark.parametrize("kind", [SlotBatch, GeneratedBatch])
def test_an_answer_ends_with_the_models_places(model, kind):
    loaded, prompts = load(model)._model, PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    taken = prompts.tensors(ask())["input_ids"].shape[1]
    batch = kind(loaded, prompts, revision="", device="cpu", forced_tokens=4)
    batch.positions = taken + 4
    found = pieces(batch, tokens=500)
    assert (sum(piece.tokens for piece in found), found[-1].finish) == (4, "length")


def test_a_model_says_how_long_a_prompt_may_be(model):
    batch = load(model)
    tokenizer = batch._prompts.tokenizer
    picture = batch._prompts.tensors(ask(prompt=""))["input_ids"].shape[1]
    limit = batch.prompt_limit
    assert limit.tokens in range(1024 - LEFT_FOR_ANSWER - picture - 2, 1024 - picture)
    for text in ("红色" * 60, "😀🚀" * 40, "0,1;2:3?" * 30, ENGLISH):
        assert len(tokenizer.encode(text)) <= limit.takes(text)


@pytest.mark.parametrize("kind", ["红", "😀", "?7"])
def test_a_prompt_of_the_greatest_length_leaves_room_for_an_answer(model, kind):
    batch = load(model)
    most = 1000 - batch.prompt_limit.excess(kind * (1000 // len(kind)))
    text = kind * (most // len(kind))
    assert batch.prompt_limit.excess(text) == 0
    taken = batch._prompts.tensors(ask(prompt=text))["input_ids"].shape[1]
    assert taken + LEFT_FOR_ANSWER <= batch.positions


SPOKEN = (
    "{% for message in messages %}<|user|>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
IN_TEXT = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "<|assistant|>{{ message['content'] + '<|end|>' }}"
    "{% else %}<|user|>{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
EARLIER = (
    AnsweredTurn("what<|end|>?", (picture("blue"),), "red<image>"),
    AnsweredTurn("a", (), "b"),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SPOKEN, "what< |end|>?|red< image><|end|>|a|b<|end|>|why?"),
        (IN_TEXT, "what< |end|>?|red< image><|end|>|a|b<|end|>|why?"),
    ],
)
def test_a_conversation_stands_in_the_template_with_all_its_pictures(model, text, said):
    template(model, text)
    prompts = PromptEncoder(AutoProcessor.from_pretrained(str(model)))
    tensors = prompts.tensors(ask(prompt="why?", earlier=EARLIER, images=()))
    whole = prompts.tokenizer.decode(tensors["input_ids"][0]).replace("<image>", "")
    parts = whole.removesuffix("<|assistant|>").replace("<|assistant|>", "<|user|>")
    assert "|".join(parts.split("<|user|>")[1:]) == said
    assert tensors["pixel_values"].shape[0] == 1


def test_a_voter_who_goes_on_gets_an_answer(model):
    template(model, SPOKEN)
    batch = load(model)
    assert isinstance(batch, SlotBatch)
    assert pieces(batch, earlier=EARLIER, tokens=3)[-1].finish == "length"


@pytest.mark.parametrize(
    ("options", "most"),
    [('{"max_images": 1}', "at most 1 pictures"), ('{"max_turns": 2}', "at most 2 questions")],
)
def test_what_a_version_cannot_take_is_refused_with_the_limit(model, options, most):
    template(model, SPOKEN)
    backend = transformers.create(settings(model_dirs=(model.parent,)))
    one = spec(str(model), "transformers", options=options)
    batch = backend.load(backend.resolve_revision(one))
    with pytest.raises(BackendError, match=most):
        batch.join(ask(earlier=EARLIER))
    assert pieces(batch, tokens=1)[-1].finish == "length"


def test_a_version_may_bring_the_prompt_template_that_its_folder_lacks(model):
    (model / "chat_template.jinja").unlink()
    backend = transformers.create(settings(model_dirs=(model.parent,)))
    options = '{"prompt_template": {"text": "{images}Question: {prompt} Answer:"}}'
    one = spec(str(model), "transformers", options=options)
    batch = backend.load(backend.resolve_revision(one))
    tensors = batch._prompts.tensors(ask(prompt="<image>red?"))
    said = batch._prompts.tokenizer.decode(tensors["input_ids"][0]).replace("<image>", "")
    assert said == "Question: < image>red? Answer:"
    assert pieces(batch, tokens=2)[-1].finish == "length"
    with pytest.raises(BackendError, match="one turn alone"):
        batch.join(ask(earlier=EARLIER))


def test_options_that_make_no_sense_are_refused_before_a_load(model):
    backend = transformers.create(settings(model_dirs=(model.parent,)))
    with pytest.raises(BackendError, match="exactly once"):
        backend.resolve_revision(
            spec(str(model), "transformers", options='{"prompt_template": {"text": "?"}}')
        )


def test_a_model_that_does_not_know_its_places_has_no_limit(model):
    assert prompt_limit("m", load(model)._prompts, 0) is None
