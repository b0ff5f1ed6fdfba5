"""A tiny LLaVA with random weights: it knows nothing, and loads and answers like any model."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    SwinConfig,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

SPECIAL = ["<|pad|>", "<|end|>", "<unk>", "<image>", "<|user|>", "<|assistant|>"]
TEMPLATE = (
    "{% for message in messages %}<|user|>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}<|assistant|>"
)


def make(folder: Path, *, seed: int = 0, layers: int = 2, width: int = 32) -> Path:
    """Save model and processor to ``folder``; the same seed gives the same weights."""
    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    model = LlavaForConditionalGeneration(_config(tokenizer, layers=layers, width=width))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    # Random weights of the usual size always repeat one token; larger ones wander.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4 if parameter.dim() > 1 else 1)
    model.save_pretrained(folder)
    _processor(tokenizer).save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    bytes_ = Tokenizer(models.BPE())
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    # No bytes beyond ASCII: whatever random weights say is whole characters.
    alphabet = [letter for letter in pre_tokenizers.ByteLevel.alphabet() if ord(letter) < 127]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bytes_.train_from_iterator(["what is in this picture", "a red circle"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bytes_,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        unk_token="<unk>",
        extra_special_tokens={"image_token": "<image>"},
        additional_special_tokens=["<|user|>", "<|assistant|>"],
        padding_side="left",
    )


def _config(tokenizer: PreTrainedTokenizerFast, *, layers: int, width: int) -> LlavaConfig:
    vision = SwinConfig(
        image_size=32, patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=4
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )


def _processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    side = {"height": 32, "width": 32}
    images = LlavaImageProcessorPil(do_pad=True, do_center_crop=False, size=side, crop_size=side)
    return LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="full",
        num_additional_image_tokens=0,
        chat_template=TEMPLATE,
    )
