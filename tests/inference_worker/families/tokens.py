"""A byte-level tokenizer of some hundred words that has the special tokens of every family."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, BEGIN, END, UNKNOWN = "<|pad|>", "<|begin|>", "<|im_end|>", "<unk>"
SPECIAL = (
    *(PAD, BEGIN, END, UNKNOWN, "<|im_start|>", "<image>", "<video>", "<audio>"),
    *("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"),
    *("<fake_token_around_image>", "<end_of_utterance>", "<global-img>"),
    *("<img>", "</img>", "<IMG_CONTEXT>", "<start_of_image>", "<end_of_image>"),
    *("<image_soft_token>", "<boi>", "<eoi>", "[IMG]", "[IMG_BREAK]", "[IMG_END]"),
    *("<|image|>", "<|video|>", "<|image_start|>", "<|image_end|>", "<|patch|>"),
    *("<|tile_x_separator|>", "<|tile_y_separator|>", "<|img_thumbnail|>", "<imgpad>"),
    *("<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>"),
    *("<|START_OF_IMG|>", "<|END_OF_IMG|>", "<|IMG_PATCH|>", "<|IMG_LINE_BREAK|>"),
    *("TILE_GLOBAL", *(f"TILE_{tile}" for tile in range(1, 5)), "<|python_tag|>"),
    *(f"<IMG_{name}>" for name in ("START", "END", "ROW", "GRID", "COL", "ATOM")),
    *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
)
TRAINED_ON = ("what is in this picture", "a red circle stands beside two blue squares")
WORDS = 512
"""Numbers of tokens; those that the tokenizer has no word for are never special."""


def tokenizer(named: Mapping[str, str], more: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    """Return the tokenizer with attributes such as ``image_token``, and with further tokens."""
    special = list(dict.fromkeys((*SPECIAL, *named.values(), *more)))
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_trained(tuple(special))),
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        unk_token=UNKNOWN,
        extra_special_tokens=dict(named),
        additional_special_tokens=[one for one in special if one not in (PAD, BEGIN, END, UNKNOWN)],
        padding_side="left",
    )


@cache
def _trained(special: tuple[str, ...]) -> str:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(TRAINED_ON, trainer)
    return str(made.to_str())
