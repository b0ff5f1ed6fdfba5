"""Recipes of families that look at a picture in an unusual way: codes, queries, two towers."""

from __future__ import annotations

from tests.inference_worker.families.more_recipes import QWEN_VIDEO
from tests.inference_worker.families.recipes import (
    QWEN_IMAGE,
    QWEN_PICTURE,
    TEXT,
    WIDTH,
    FamilyRecipe,
    text,
)

VISUAL = {f"visual_{n}": f"<|visual token {n:06d}|>" for n in range(16)}
"""Emu3's tokens of a picture, whose digits are numbers of its code book."""
EMU3_TOKENS = {
    "image_token": "<image>",
    "boi_token": "<|image_start|>",
    "eoi_token": "<|image_end|>",
    "image_wrapper_token": "<|image token|>",
    "eof_token": "<|extra_201|>",
    "eol_token": "<|extra_200|>",
    **VISUAL,
}

LATEST: dict[str, FamilyRecipe] = {
    "emu3": FamilyRecipe(
        config={
            "vq_config": {
                "codebook_size": 16,
                "base_channels": 32,
                "channel_multiplier": [1, 1, 1, 1],
                "num_res_blocks": 1,
                "hidden_size": 32,
            },
            "text_config": TEXT,
            "vocabulary_map": {
                name: f"token:{name}"
                for name in (*VISUAL.values(), "<image>", "<|extra_200|>", "<|extra_201|>")
            },
        },
        processor="Emu3Processor",
        image={
            "image_processor_type": "Emu3ImageProcessor",
            "min_pixels": 32 * 32,
            "max_pixels": 64 * 64,
        },
        tokens=EMU3_TOKENS,
    ),
    "deepseek_ocr2": FamilyRecipe(
        config={
            "vision_config": {
                "sam_config": {
                    "hidden_size": 16,
                    "output_channels": 8,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "mlp_dim": 32,
                    "global_attn_indexes": [1],
                    "downsample_channels": [16, WIDTH],
                },
                "encoder_config": {**TEXT, "vocab_size": 512},
            },
            "text_config": {
                **TEXT,
                "num_key_value_heads": 4,
                "n_routed_experts": 4,
                "num_experts_per_tok": 2,
                "moe_intermediate_size": 32,
                "mlp_layer_types": ["dense", "sparse"],
            },
            "image_token_id": "token:<image>",
        },
        processor="DeepseekOcr2Processor",
        image={
            "image_processor_type": "DeepseekOcr2ImageProcessor",
            "size": {"height": 1024, "width": 1024},
            "tile_size": 768,
        },
        tokens={"image_token": "<image>"},
    ),
    "hyperclovax_vision_v2": FamilyRecipe(
        config={
            "vision_config": {
                "model_type": "qwen2_5_vl_vision",
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "out_hidden_size": WIDTH,
                "num_heads": 2,
                "patch_size": 8,
                "window_size": 32,
                "fullatt_block_indexes": [1],
            },
            "text_config": text("hyperclovax"),
            "image_token_id": "token:<|image_pad|>",
            "video_token_id": "token:<|video_pad|>",
        },
        processor="HyperCLOVAXVisionV2Processor",
        image=QWEN_IMAGE,
        video=QWEN_VIDEO,
        picture=QWEN_PICTURE,
    ),
}
