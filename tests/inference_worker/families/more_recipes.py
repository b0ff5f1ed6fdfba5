"""Recipes of families that are younger, larger or seen less often."""

from __future__ import annotations

from tests.inference_worker.families.recipes import (
    HEAD,
    MROPE,
    PINPOINTS,
    QWEN_IMAGE,
    QWEN_PICTURE,
    QWEN_TOKENS,
    SQUARE,
    TEXT,
    TOWER,
    WIDTH,
    FamilyRecipe,
    clip,
    siglip,
    text,
)

BEGIN_END = {
    "image_token": "<image>",
    "boi_token": "<start_of_image>",
    "eoi_token": "<end_of_image>",
}
CROPPED = {"size": {"shortest_edge": 32}, "crop_size": SQUARE}
QWEN_VIDEO = {**QWEN_IMAGE, "video_processor_type": "Qwen2VLVideoProcessor"}
GLM_TOWER = {
    "depth": 2,
    "hidden_size": 16,
    "intermediate_size": 32,
    "out_hidden_size": WIDTH,
    "num_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
GLM_TOKENS = {
    "image_token_id": "token:<|image|>",
    "video_token_id": "token:<|video|>",
    "image_start_token_id": "token:<|begin_of_image|>",
    "image_end_token_id": "token:<|end_of_image|>",
    "video_start_token_id": "token:<|begin_of_video|>",
    "video_end_token_id": "token:<|end_of_video|>",
}
GLM_PICTURE = "<|begin_of_image|><|image|><|end_of_image|>"
EXPERTS = {
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "shared_expert_intermediate_size": 32,
}


def glm_image(kind: str) -> dict[str, object]:
    """Return the fields of an image processor of the GLM kind."""
    return {**QWEN_IMAGE, "image_processor_type": f"{kind}ImageProcessor"}


QWEN3_TOWER = {
    "depth": 2,
    "hidden_size": 16,
    "intermediate_size": 32,
    "out_hidden_size": WIDTH,
    "num_heads": 2,
    "patch_size": 8,
    "num_position_embeddings": 64,
    "deepstack_visual_indexes": [0, 1],
}
LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
}

MORE: dict[str, FamilyRecipe] = {
    "vipllava": FamilyRecipe(
        config={
            "vision_config": clip(num_hidden_layers=3),
            "text_config": text("llama"),
            "image_token_index": "token:<image>",
            "vision_feature_layers": [-2, -1],
            "vision_feature_layer": [-2, -1],
        },
        processor="LlavaProcessor",
        image={"image_processor_type": "CLIPImageProcessor", **CROPPED},
        fields={
            "patch_size": 8,
            "num_additional_image_tokens": 1,
            "vision_feature_select_strategy": "default",
        },
        tokens={"image_token": "<image>"},
    ),
    "aya_vision": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text("cohere2", layer_types=["sliding_attention", "full_attention"]),
            "image_token_index": "token:<|IMG_PATCH|>",
            "downsample_factor": 2,
        },
        processor="AyaVisionProcessor",
        image={"image_processor_type": "GotOcr2ImageProcessor", "size": SQUARE, "max_patches": 3},
        fields={"patch_size": 8, "img_size": 32, "downsample_factor": 2},
    ),
    "cohere2_vision": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text("cohere2", layer_types=["sliding_attention", "full_attention"]),
            "image_token_id": "token:<image>",
            "downsample_factor": 2,
            "alignment_intermediate_size": 64,
        },
        processor="Cohere2VisionProcessor",
        image={
            "image_processor_type": "Cohere2VisionImageProcessor",
            "size": SQUARE,
            "patch_size": 2,
            "max_patches": 3,
        },
        tokens={**BEGIN_END, "img_line_break_token": "<|IMG_LINE_BREAK|>"},
    ),
    "got_ocr2": FamilyRecipe(
        config={
            "vision_config": {
                **TOWER,
                "image_size": 512,
                "output_channels": 16,
                "mlp_dim": 32,
                "window_size": 4,
                "global_attn_indexes": [1],
            },
            "text_config": text("qwen2"),
            "image_token_index": "token:<imgpad>",
            "image_seq_length": 4,
        },
        processor="GotOcr2Processor",
        image={
            "image_processor_type": "GotOcr2ImageProcessor",
            "size": {"height": 512, "width": 512},
        },
        picture=None,
        options='{"prompt_template":{"text":"{images}{prompt}"}}',
    ),
    "ovis2": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "hidden_stride": 1, "vocab_size": 32},
            "text_config": text("qwen2"),
            "image_token_id": "token:<IMG_ATOM>",
            "visual_indicator_token_ids": [
                f"token:<IMG_{name}>" for name in ("START", "END", "ROW", "GRID", "COL")
            ],
            "hidden_size": WIDTH,
        },
        processor="Ovis2Processor",
        image={"image_processor_type": "Ovis2ImageProcessor", "size": SQUARE, "max_patches": 3},
        fields={"image_seq_length": 16},
    ),
    "janus": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "projection_dim": WIDTH, "num_image_tokens": 16},
            "vq_config": {
                "embed_dim": 8,
                "num_embeddings": 32,
                "base_channels": 32,
                "channel_multiplier": [1, 1],
                "num_res_blocks": 1,
                "num_patches": 4,
                "latent_channels": 32,
                "projection_dim": WIDTH,
                "image_token_embed_dim": WIDTH,
            },
            "text_config": text("llama"),
            "image_token_id": "token:<image>",
        },
        processor="JanusProcessor",
        image={"image_processor_type": "JanusImageProcessor", "size": SQUARE, "min_size": 4},
        fields={"num_image_tokens": 16},
        tokens=BEGIN_END,
    ),
    "idefics2": FamilyRecipe(
        config={
            "vision_config": {**TOWER},
            "text_config": text("mistral", sliding_window=None),
            "perceiver_config": {
                "hidden_size": WIDTH,
                "resampler_n_latents": 4,
                "resampler_depth": 1,
                "resampler_n_heads": 2,
                "resampler_head_dim": 8,
                "num_key_value_heads": 2,
            },
            "image_token_id": "token:<image>",
        },
        processor="Idefics2Processor",
        image={
            "image_processor_type": "Idefics2ImageProcessor",
            "size": {"shortest_edge": 16, "longest_edge": 32},
            "do_image_splitting": False,
        },
        fields={"image_seq_len": 4},
    ),
    "mllama": FamilyRecipe(
        config={
            "vision_config": {
                **TOWER,
                "num_global_layers": 1,
                "attention_heads": 2,
                "intermediate_layers_indices": [0],
                "vision_output_dim": 32,
                "supported_aspect_ratios": [[1, 1], [1, 2], [2, 1]],
                "max_num_tiles": 2,
            },
            "text_config": {**TEXT, "num_hidden_layers": 3, "cross_attention_layers": [1]},
            "image_token_index": "token:<|image|>",
        },
        processor="MllamaProcessor",
        image={
            "image_processor_type": "MllamaImageProcessor",
            "size": SQUARE,
            "max_image_tiles": 2,
        },
        picture="<|image|>",
    ),
    "aria": FamilyRecipe(
        config={
            "vision_config": {
                "model_type": "idefics3_vision",
                **TOWER,
                "image_size": 980,
                "patch_size": 70,
            },
            "text_config": {
                **TEXT,
                "moe_num_experts": 4,
                "moe_topk": 2,
                "moe_num_shared_experts": 1,
                "moe_intermediate_size": 32,
            },
            "projector_patch_to_query_dict": {196: 4},
            "image_token_index": "token:<image>",
        },
        processor="AriaProcessor",
        image={"image_processor_type": "AriaImageProcessor", "max_image_size": 980},
        fields={"size_conversion": {"980": 4}},
        tokens={"image_token": "<image>"},
    ),
    "deepseek_vl": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text("llama"),
            "image_token_id": "token:<image>",
        },
        processor="DeepseekVLProcessor",
        image={"image_processor_type": "DeepseekVLImageProcessor", "size": SQUARE, "min_size": 4},
        fields={"num_image_tokens": 16},
        tokens={"image_token": "<image>"},
    ),
    "deepseek_vl_hybrid": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "high_res_vision_config": {
                "model_type": "sam_vision_model",
                **TOWER,
                "image_size": 128,
                "output_channels": 8,
                "mlp_dim": 32,
                "window_size": 4,
                "global_attn_indexes": [0, 1],
            },
            "text_config": text("llama"),
            "image_token_id": "token:<image>",
        },
        processor="DeepseekVLHybridProcessor",
        image={
            "image_processor_type": "DeepseekVLHybridImageProcessor",
            "size": SQUARE,
            "high_res_size": {"height": 128, "width": 128},
            "min_size": 4,
        },
        fields={"num_image_tokens": 16},
        tokens={"image_token": "<image>"},
    ),
    "lfm2_vl": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "num_patches": 16},
            "text_config": {
                **TEXT,
                "model_type": "lfm2",
                "layer_types": ["conv", "full_attention"],
                "block_multiple_of": 8,
            },
            "image_token_id": "token:<image>",
            "projector_hidden_size": 32,
            "downsample_factor": 2,
        },
        processor="Lfm2VlProcessor",
        image={
            "image_processor_type": "Lfm2VlImageProcessor",
            "encoder_patch_size": 8,
            "tile_size": 32,
            "min_image_tokens": 1,
            "max_image_tokens": 4,
            "max_num_patches": 16,
            "min_tiles": 2,
            "max_tiles": 3,
            "downsample_factor": 2,
        },
    ),
    "llama4": FamilyRecipe(
        config={
            "vision_config": {
                **TOWER,
                "vision_output_dim": 16,
                "projector_input_dim": 16,
                "projector_output_dim": 16,
                "intermediate_size": 64,
            },
            "text_config": {
                **TEXT,
                "intermediate_size_mlp": 64,
                "num_local_experts": 2,
                "num_hidden_layers": 4,
                "attention_chunk_size": 64,
            },
            "image_token_index": "token:<|patch|>",
            "boi_token_index": "token:<|image_start|>",
            "eoi_token_index": "token:<|image_end|>",
        },
        processor="Llama4Processor",
        image={"image_processor_type": "Llama4ImageProcessor", "size": SQUARE, "max_patches": 2},
        fields={"patch_size": 8},
        picture="<|image|>",
    ),
    "glm4v": FamilyRecipe(
        config={
            "vision_config": GLM_TOWER,
            "text_config": text(
                "glm4v_text", rope_parameters={**MROPE, "partial_rotary_factor": 1.0}
            ),
            **GLM_TOKENS,
        },
        processor="Glm4vProcessor",
        image=glm_image("Glm4v"),
        video={**glm_image("Glm4v"), "video_processor_type": "Glm4vVideoProcessor"},
        picture=GLM_PICTURE,
    ),
    "glm46v": FamilyRecipe(
        config={
            "vision_config": {"model_type": "glm4v_vision", **GLM_TOWER},
            "text_config": text(
                "glm4v_text", rope_parameters={**MROPE, "partial_rotary_factor": 1.0}
            ),
            **GLM_TOKENS,
        },
        processor="Glm46VProcessor",
        image=glm_image("Glm46V"),
        video={**glm_image("Glm46V"), "video_processor_type": "Glm46VVideoProcessor"},
        picture=GLM_PICTURE,
    ),
    "glm4v_moe": FamilyRecipe(
        config={
            "vision_config": GLM_TOWER,
            "text_config": {
                **TEXT,
                **EXPERTS,
                "first_k_dense_replace": 1,
                "n_group": 1,
                "topk_group": 1,
                "rope_parameters": {**MROPE, "partial_rotary_factor": 1.0},
            },
            **GLM_TOKENS,
        },
        processor="Glm4vProcessor",
        image=glm_image("Glm4v"),
        video={**glm_image("Glm4v"), "video_processor_type": "Glm4vVideoProcessor"},
        picture=GLM_PICTURE,
    ),
    "glm_ocr": FamilyRecipe(
        config={
            "vision_config": GLM_TOWER,
            "text_config": {
                **TEXT,
                "rope_parameters": {**MROPE, "partial_rotary_factor": 1.0},
            },
            **GLM_TOKENS,
        },
        processor="Glm46VProcessor",
        image=glm_image("Glm46V"),
        video={**glm_image("Glm46V"), "video_processor_type": "Glm46VVideoProcessor"},
        picture=GLM_PICTURE,
    ),
    "paddleocr_vl": FamilyRecipe(
        config={
            "vision_config": {**TOWER, "image_size": 32},
            "text_config": {**TEXT, "rope_parameters": MROPE},
            **QWEN_TOKENS,
        },
        processor="PaddleOCRVLProcessor",
        image={
            "image_processor_type": "PaddleOCRVLImageProcessor",
            "patch_size": 8,
            "merge_size": 2,
            "size": {"shortest_edge": 16 * 16, "longest_edge": 64 * 64},
        },
        tokens={"image_token": "<|image_pad|>"},
        picture=QWEN_PICTURE,
    ),
    "qwen3_vl_moe": FamilyRecipe(
        config={
            "vision_config": QWEN3_TOWER,
            "text_config": {**TEXT, **EXPERTS, "rope_parameters": MROPE},
            **QWEN_TOKENS,
        },
        processor="Qwen3VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen3VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "qwen3_5": FamilyRecipe(
        config={
            "vision_config": QWEN3_TOWER,
            "text_config": {
                **TEXT,
                **LINEAR,
                "rope_parameters": {**MROPE, "partial_rotary_factor": 1.0},
            },
            **QWEN_TOKENS,
        },
        processor="Qwen3VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen3VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "qwen3_5_moe": FamilyRecipe(
        config={
            "vision_config": QWEN3_TOWER,
            "text_config": {
                **TEXT,
                **LINEAR,
                **EXPERTS,
                "rope_parameters": {**MROPE, "partial_rotary_factor": 1.0},
            },
            **QWEN_TOKENS,
        },
        processor="Qwen3VLProcessor",
        image=QWEN_IMAGE,
        video={**QWEN_IMAGE, "video_processor_type": "Qwen3VLVideoProcessor"},
        picture=QWEN_PICTURE,
    ),
    "ernie4_5_vl_moe": FamilyRecipe(
        config={
            "vision_config": {
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "num_heads": 2,
                "patch_size": 8,
                "spatial_merge_size": 2,
                "temporal_merge_size": 2,
            },
            "text_config": {
                **TEXT,
                "moe_num_experts": 4,
                "moe_k": 2,
                "moe_intermediate_size": [32, 32],
                "rope_parameters": {**MROPE, "mrope_section": [1, 1, 2]},
            },
            "image_token_id": "token:<|image_pad|>",
            "video_token_id": "token:<|video_pad|>",
            "image_start_token_id": "token:<|image_start|>",
            "image_end_token_id": "token:<|image_end|>",
            "video_start_token_id": "token:<|begin_of_video|>",
            "video_end_token_id": "token:<|end_of_video|>",
        },
        processor="Ernie4_5_VLMoeProcessor",
        image={
            **QWEN_IMAGE,
            "image_processor_type": "Ernie4_5_VLMoeImageProcessor",
            "temporal_patch_size": 1,
        },
        video={
            **QWEN_IMAGE,
            "video_processor_type": "Ernie4_5_VLMoeVideoProcessor",
            "draw_on_frames": False,
        },
        tokens={
            "image_token": "<|image_pad|>",
            "image_start_token": "<|image_start|>",
            "image_end_token": "<|image_end|>",
            "video_token": "<|video_pad|>",
            "video_start_token": "<|begin_of_video|>",
            "video_end_token": "<|end_of_video|>",
        },
        picture="<|image_start|><|image_pad|><|image_end|>",
    ),
    "lighton_ocr": FamilyRecipe(
        config={
            "vision_config": {"model_type": "pixtral", **TOWER, "image_size": 64, "head_dim": 8},
            "text_config": text("qwen3"),
            "image_token_id": "token:<|image_pad|>",
            "spatial_merge_size": 2,
        },
        processor="LightOnOcrProcessor",
        image={
            "image_processor_type": "PixtralImageProcessor",
            "size": {"longest_edge": 64},
            "patch_size": {"height": 8, "width": 8},
        },
        fields={"patch_size": 8, "spatial_merge_size": 2},
        tokens={
            "image_token": "<|image_pad|>",
            "image_break_token": "<|vision_pad|>",
            "image_end_token": "<|vision_end|>",
        },
        picture="<|image_pad|>",
    ),
    "video_llama_3": FamilyRecipe(
        config={
            "vision_config": {
                "hidden_size": 16,
                "intermediate_size": 32,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "patch_size": 8,
            },
            "text_config": text("qwen2"),
            "image_token_id": "token:<image>",
            "video_token_id": "token:<video>",
        },
        processor="VideoLlama3Processor",
        image={
            "image_processor_type": "VideoLlama3ImageProcessor",
            "patch_size": 8,
            "merge_size": 1,
            "size": {"shortest_edge": 16 * 16, "longest_edge": 64 * 64},
        },
        video={"video_processor_type": "VideoLlama3VideoProcessor", "patch_size": 8},
        tokens={"image_token": "<image>", "video_token": "<video>"},
    ),
    "shieldgemma2": FamilyRecipe(
        config={
            "vision_config": siglip(),
            "text_config": text("gemma3_text", query_pre_attn_scalar=HEAD),
            "mm_tokens_per_image": 4,
            "image_token_index": "token:<image_soft_token>",
            "boi_token_index": "token:<start_of_image>",
            "eoi_token_index": "token:<end_of_image>",
        },
        processor="ShieldGemma2Processor",
        image={"image_processor_type": "Gemma3ImageProcessor", "size": SQUARE},
        fields={"image_seq_length": 4},
        tokens={**BEGIN_END, "image_token": "<image_soft_token>"},
        picture="<start_of_image>",
        wandering=4.0,
    ),
    "granite4_vision": FamilyRecipe(
        config={
            "vision_config": siglip(hidden_size=64),
            "qformer_config": {"intermediate_size": 32, "num_hidden_layers": 1},
            "text_config": text("granite"),
            "deepstack_layer_map": [[-1, 0]],
            "vision_feature_select_strategy": "full",
            "spatial_target_layers": [1],
            "downsample_rate": "1/2",
            "image_token_index": "token:<image>",
            "image_grid_pinpoints": PINPOINTS,
        },
        processor="Granite4VisionProcessor",
        image={
            "image_processor_type": "LlavaNextImageProcessor",
            **CROPPED,
            "image_grid_pinpoints": PINPOINTS,
        },
        fields={
            "patch_size": 8,
            "vision_feature_select_strategy": "full",
            "downsample_rate": "1/2",
        },
        tokens={"image_token": "<image>"},
    ),
    "fast_vlm": FamilyRecipe(
        config={
            "text_config": text("qwen2"),
            "image_token_id": "token:<image>",
        },
        processor="LlavaProcessor",
        image={"image_processor_type": "CLIPImageProcessor", **CROPPED},
        fields={"patch_size": 8, "vision_feature_select_strategy": "full"},
        tokens={"image_token": "<image>"},
    ),
    "exaone4_5": FamilyRecipe(
        config={
            "vision_config": {
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "out_hidden_size": WIDTH,
                "num_heads": 2,
                "num_key_value_heads": 2,
                "patch_size": 8,
                "window_size": 32,
                "fullatt_block_indexes": [1],
            },
            "text_config": text("exaone4", sliding_window=64, sliding_window_pattern=2),
            **QWEN_TOKENS,
        },
        processor="Exaone4_5_Processor",
        image=QWEN_IMAGE,
        video=QWEN_VIDEO,
        picture=QWEN_PICTURE,
    ),
}
