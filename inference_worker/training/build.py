"""A fresh model, tokenizer and processor of a preset: LLaVA with a Swin tower and a Llama text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    SwinConfig,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from inference_worker.samples.compose import compose
from inference_worker.samples.questions import ask
from inference_worker.samples.scenes import GRID
from inference_worker.samples.vocabulary import COLOURS, SHAPES, emoji
from inference_worker.training.presets import ModelPreset
from inference_worker.training.store import PIXELS, kinds

VOCABULARY: Final = 2048
PAD, BOS, END, UNKNOWN, IMAGE = "<|pad|>", "<|bos|>", "<|end|>", "<unk>", "<image>"
ROLES: Final = ("<|user|>", "<|assistant|>", "<|system|>")
CHAT_TEMPLATE: Final = (Path(__file__).parent / "chat_template.jinja").read_text().strip()


def _corpus() -> Iterator[str]:
    """Questions and answers, without strings to read: their characters must stay single tokens."""
    rng = Random(0)
    for index, kind in enumerate(kinds(6000, seed=1)):
        if kind != "text":
            for question in ask(compose("train", kind, index), rng):
                yield question.prompt
                yield question.answer
    scene = compose("train", "text", 0)
    for _ in range(300):
        for question in ask(scene, rng):
            yield question.prompt
            yield question.answer.replace(scene.text, "")
    for _ in range(40):
        yield from (f"I see {noun}." for noun in emoji())
        yield from (f"a {colour} {shape}s" for colour in COLOURS for shape in SHAPES)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE with single digits, trained on generated questions and answers."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, BOS, END, UNKNOWN, IMAGE, *ROLES],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=END,
        unk_token=UNKNOWN,
        extra_special_tokens={"image_token": IMAGE},
        additional_special_tokens=list(ROLES),
        padding_side="left",
        model_max_length=1024,
    )


def build_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    """Pads uploads to a square instead of cropping them, so that nothing is cut off."""
    side = {"height": PIXELS, "width": PIXELS}
    image_processor = LlavaImageProcessorPil(
        do_pad=True,
        do_center_crop=False,
        size=side,
        crop_size=side,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    return LlavaProcessor(
        image_processor=image_processor,
        tokenizer=tokenizer,
        patch_size=PIXELS // GRID,
        vision_feature_select_strategy="full",
        num_additional_image_tokens=0,
        image_token=IMAGE,
        chat_template=CHAT_TEMPLATE,
    )


def build_model(
    preset: ModelPreset, tokenizer: PreTrainedTokenizerFast
) -> LlavaForConditionalGeneration:
    """Random weights in float32; embeddings of unit norm, as the vision stage aligns to them."""
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=SwinConfig(
                image_size=PIXELS,
                patch_size=preset.patch,
                embed_dim=preset.embed,
                depths=list(preset.depths),
                num_heads=list(preset.vision_heads),
                window_size=GRID,
                mlp_ratio=preset.mlp_ratio,
                drop_path_rate=0.0,
                use_absolute_embeddings=True,
            ),
            text_config=_text(preset, tokenizer),
            image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
            image_seq_length=GRID * GRID,
            vision_feature_select_strategy="full",
            vision_feature_layer=-1,
            tie_word_embeddings=True,
        )
    )
    torch.nn.init.normal_(model.get_input_embeddings().weight, std=preset.hidden**-0.5)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=96,
        do_sample=False,
    )
    return model


def _text(preset: ModelPreset, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=preset.hidden,
        num_hidden_layers=preset.layers,
        num_attention_heads=preset.heads,
        num_key_value_heads=preset.heads,
        intermediate_size=preset.feed_forward,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
