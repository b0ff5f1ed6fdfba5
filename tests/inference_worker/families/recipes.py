"""How to make a tiny folder of a family: its configuration, and the files of its processor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEADS, PAIRS, HEAD = 32, 4, 2, 8
"""Of the language models: width, heads, pairs of keys and values, width of a head."""

TEXT: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "num_key_value_heads": PAIRS,
    "head_dim": HEAD,
    "max_position_embeddings": 2048,
}
TOWER: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
"""A vision tower of 16 patches."""


@dataclass(frozen=True)
class FamilyRecipe:
    """The smallest sizes at which a family's classes still do everything."""

    config: Mapping[str, Any]
    """Fields of the configuration; a value ``token:X`` stands for the number of the token X."""
    processor: str
    """Name of the processor's class."""
    image: Mapping[str, Any] = field(default_factory=dict)
    """Fields of ``preprocessor_config.json``."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of ``processor_config.json``."""
    video: Mapping[str, Any] = field(default_factory=dict)
    """Fields of ``video_preprocessor_config.json``, for a processor that has one for videos."""
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Attributes of the tokenizer, such as ``image_token``."""
    picture: str | None = "<image>"
    """What the chat template writes for a picture; None for a family without a chat template."""
    options: str = ""
    """The options of the version, as an operator would give them."""
    wandering: float = 16.0
    """Random weights of the usual size always repeat one token; so many times larger ones don't."""


def siglip(**more: Any) -> dict[str, Any]:
    """Return a SigLIP tower of 16 patches."""
    return {"model_type": "siglip_vision_model", **TOWER, "vision_use_head": False, **more}


def clip(**more: Any) -> dict[str, Any]:
    """Return a CLIP tower of 16 patches and a token for the whole."""
    return {"model_type": "clip_vision_model", **TOWER, **more}


def text(model_type: str, **more: Any) -> dict[str, Any]:
    """Return a language model."""
    return {"model_type": model_type, **TEXT, **more}


SQUARE = {"height": 32, "width": 32}
PINPOINTS = [[32, 32], [32, 64], [64, 32]]
MROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}
QWEN_TOKENS = {
    "image_token_id": "token:<|image_pad|>",
    "video_token_id": "token:<|video_pad|>",
    "vision_start_token_id": "token:<|vision_start|>",
    "vision_end_token_id": "token:<|vision_end|>",
}
QWEN_IMAGE = {
    "image_processor_type": "Qwen2VLImageProcessor",
    "patch_size": 8,
    "merge_size": 2,
    "temporal_patch_size": 2,
    "size": {"shortest_edge": 16 * 16, "longest_edge": 64 * 64},
}
QWEN_PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"

RECIPES: dict[str, FamilyRecipe] = {
    "llava": FamilyRecipe(
        config={
            "vision_config": clip(),
            "text_config": text("llama"),
            "image_token_index": "token:<image>",
            "vision_feature_layer": -1,
        },
        processor="LlavaProcessor",
        image={
            "image_processor_type": "CLIPImageProcessor",
            "size": {"shortest_edge": 32},
            "crop_size": SQUARE,
        },
        fields={
            "patch_size": 8,
            "num_additional_image_tokens": 1,
            "vision_feature_select_strategy": "default",
        },
        tokens={"image_token": "<image>"},
    ),
    "llava_next": FamilyRecipe(
        config={
            "vision_config": clip(),
            "text_config": text("llama"),
            "image_token_index": "token:<image>",
            "vision_feature_layer": -1,
            "image_grid_pinpoints": PINPOINTS,
        },
        processor="LlavaNextProcessor",
        image={
            "image_processor_type": "LlavaNextImageProcessor",
            "size": {"shortest_edge": 32},
            "crop_size": SQUARE,
            "image_grid_pinpoints": PINPOINTS,
        },
        fields={
            "patch_size": 8,
            "num_additional_image_tokens": 1,
            "vision_feature_select_strategy": "default",
        },
        tokens={"image_token": "<image>"},
    ),
    "llava_onevision": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text("qwen2"),
            "image_token_index": "token:<image>",
            "video_token_index": "token:<video>",
            "vision_feature_layer": -1,
            "vision_feature_select_strategy": "full",
            "image_grid_pinpoints": PINPOINTS,
        },
        processor="LlavaOnevisionProcessor",
        image={
            "image_processor_type": "LlavaOnevisionImageProcessor",
            "size": SQUARE,
            "image_grid_pinpoints": PINPOINTS,
        },
        fields={"num_image_tokens": 16, "vision_feature_select_strategy": "full"},
        video={"video_processor_type": "LlavaOnevisionVideoProcessor", "size": SQUARE},
        tokens={"image_token": "<image>", "video_token": "<video>"},
    ),
    "idefics3": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "patch_size": 4},
            "text_config": text("llama"),
            "scale_factor": 2,
            "image_token_id": "token:<image>",
        },
        processor="Idefics3Processor",
        image={
            "image_processor_type": "Idefics3ImageProcessor",
            "size": {"longest_edge": 64},
            "max_image_size": {"longest_edge": 32},
        },
        fields={"image_seq_len": 16},
    ),
    "smolvlm": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "patch_size": 4},
            "text_config": text("llama"),
            "scale_factor": 2,
            "image_token_id": "token:<image>",
        },
        processor="SmolVLMProcessor",
        image={
            "image_processor_type": "SmolVLMImageProcessor",
            "size": {"longest_edge": 64},
            "max_image_size": {"longest_edge": 32},
        },
        fields={"image_seq_len": 16},
        video={"video_processor_type": "SmolVLMVideoProcessor", "size": {"longest_edge": 32}},
    ),
    "internvl": FamilyRecipe(
        config={
            "vision_config": {
                **TOWER,
                "image_size": [32, 32],
                "patch_size": [8, 8],
                "use_qk_norm": False,
            },
            "text_config": text("qwen2"),
            "image_token_id": "token:<IMG_CONTEXT>",
            "image_seq_length": 4,
            "downsample_ratio": 0.5,
        },
        processor="InternVLProcessor",
        image={
            "image_processor_type": "GotOcr2ImageProcessor",
            "size": SQUARE,
            "crop_to_patches": True,
            "max_patches": 3,
        },
        fields={"image_seq_length": 4},
        video={"video_processor_type": "InternVLVideoProcessor", "size": SQUARE},
        tokens={
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        },
        picture="<IMG_CONTEXT>",
    ),
    "qwen2_vl": FamilyRecipe(
        config={
            "vision_config": {
                "depth": 2,
                "embed_dim": 16,
                "hidden_size": WIDTH,
                "num_heads": 2,
                "mlp_ratio": 2,
                "patch_size": 8,
            },
            "text_config": text("qwen2_vl_text", rope_parameters=MROPE),
            **QWEN_TOKENS,
        },
        processor="Qwen2VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen2VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "qwen2_5_vl": FamilyRecipe(
        config={
            "vision_config": {
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "out_hidden_size": WIDTH,
                "num_heads": 2,
                "patch_size": 8,
                "window_size": 32,
                "fullatt_block_indexes": [1],
            },
            "text_config": text("qwen2_5_vl_text", rope_parameters=MROPE),
            **QWEN_TOKENS,
        },
        processor="Qwen2_5_VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen2VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "qwen3_vl": FamilyRecipe(
        config={
            "vision_config": {
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "out_hidden_size": WIDTH,
                "num_heads": 2,
                "patch_size": 8,
                "num_position_embeddings": 64,
                "deepstack_visual_indexes": [0, 1],
            },
            "text_config": text("qwen3_vl_text", rope_parameters=MROPE),
            **QWEN_TOKENS,
        },
        processor="Qwen3VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen3VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "gemma3": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text(
                "gemma3_text",
                num_hidden_layers=3,
                layer_types=["sliding_attention", "sliding_attention", "full_attention"],
                sliding_window=12,
                query_pre_attn_scalar=HEAD,
            ),
            "mm_tokens_per_image": 4,
            "image_token_index": "token:<image_soft_token>",
            "boi_token_index": "token:<start_of_image>",
            "eoi_token_index": "token:<end_of_image>",
        },
        processor="Gemma3Processor",
        image={"image_processor_type": "Gemma3ImageProcessor", "size": SQUARE},
        fields={"image_seq_length": 4},
        tokens={
            "image_token": "<image_soft_token>",
            "boi_token": "<start_of_image>",
            "eoi_token": "<end_of_image>",
        },
        picture="<start_of_image>",
        wandering=4.0,
    ),
    "paligemma": FamilyRecipe(
        config={
            "vision_config": siglip(projection_dim=WIDTH),
            "text_config": text("gemma"),
            "projection_dim": WIDTH,
            "hidden_size": WIDTH,
            "image_token_index": "token:<image>",
        },
        processor="PaliGemmaProcessor",
        image={
            "image_processor_type": "SiglipImageProcessor",
            "size": SQUARE,
            "image_seq_length": 16,
        },
        picture=None,
        options='{"max_images":1,"prompt_template":{"text":"answer en {prompt}"}}',
    ),
    "mistral3": FamilyRecipe(
        config={
            "vision_config": {"model_type": "pixtral", **TOWER, "image_size": 64, "head_dim": 8},
            "text_config": text("mistral", sliding_window=None),
            "image_token_index": "token:[IMG]",
            "spatial_merge_size": 2,
            "vision_feature_layer": -1,
        },
        processor="PixtralProcessor",
        image={
            "image_processor_type": "PixtralImageProcessor",
            "size": {"longest_edge": 64},
            "patch_size": {"height": 8, "width": 8},
        },
        fields={"patch_size": 8, "spatial_merge_size": 2},
        picture="[IMG]",
    ),
}

LARGER: dict[str, Any] = {
    "hidden_size": 512,
    "intermediate_size": 1536,
    "num_hidden_layers": 10,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 64,
}
"""A language model of some 30 million parameters, which no cache of a core holds."""
_LARGER_MROPE = {"rope_parameters": {**MROPE, "mrope_section": [8, 12, 12]}}

MIDDLE: dict[str, dict[str, Any]] = {
    **{family: {"text_config": LARGER} for family in RECIPES},
    "qwen2_vl": {
        "vision_config": {"hidden_size": 512},
        "text_config": {**LARGER, **_LARGER_MROPE},
    },
    **{
        family: {
            "vision_config": {"out_hidden_size": 512},
            "text_config": {**LARGER, **_LARGER_MROPE},
        }
        for family in ("qwen2_5_vl", "qwen3_vl")
    },
    "gemma3": {
        "text_config": {
            **LARGER,
            "num_hidden_layers": 12,
            "layer_types": ["sliding_attention"] * 5
            + ["full_attention"]
            + ["sliding_attention"] * 5
            + ["full_attention"],
            "sliding_window": 64,
            "query_pre_attn_scalar": 64,
        }
    },
    "paligemma": {
        "vision_config": {"projection_dim": 512},
        "text_config": LARGER,
        "projection_dim": 512,
        "hidden_size": 512,
    },
}
"""By family, what a recipe's configuration needs for such a language model."""
