"""Recipes of families without a chat template: captioners, readers and what came before chats."""

from __future__ import annotations

from tests.inference_worker.families.recipes import (
    SQUARE,
    TOWER,
    WIDTH,
    FamilyRecipe,
)

CODES = [f"IMGIMG{''.join('ABCDEFGHIJ'[int(digit)] for digit in str(n))}Z" for n in range(16)]
"""Chameleon's tokens of a picture, whose letters are the digits of a number."""
QUESTION = '{"prompt_template":{"text":"Question: {prompt} Answer:"}}'
BEFORE = '{"prompt_template":{"text":"{images}{prompt}"}}'
TOWER32 = {**TOWER, "hidden_size": WIDTH}
OPT = {
    "model_type": "opt",
    "hidden_size": WIDTH,
    "word_embed_proj_dim": WIDTH,
    "ffn_dim": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
}
QFORMER = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "encoder_hidden_size": 16,
    "vocab_size": 600,
}

OLDER: dict[str, FamilyRecipe] = {
    "blip": FamilyRecipe(
        config={
            "vision_config": TOWER32,
            "text_config": {
                "hidden_size": WIDTH,
                "encoder_hidden_size": WIDTH,
                "intermediate_size": 64,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "projection_dim": WIDTH,
            },
            "projection_dim": WIDTH,
        },
        processor="BlipProcessor",
        image={"image_processor_type": "BlipImageProcessor", "size": SQUARE},
        picture=None,
        options='{"prompt_template":{"text":"a picture of {prompt}"}}',
    ),
    "blip-2": FamilyRecipe(
        config={
            "vision_config": TOWER,
            "qformer_config": QFORMER,
            "text_config": OPT,
            "num_query_tokens": 4,
            "image_token_index": "token:<image>",
        },
        processor="Blip2Processor",
        image={"image_processor_type": "BlipImageProcessor", "size": SQUARE},
        fields={"num_query_tokens": 4},
        picture=None,
        options=QUESTION,
    ),
    "instructblip": FamilyRecipe(
        config={
            "vision_config": TOWER,
            "qformer_config": QFORMER,
            "text_config": OPT,
            "num_query_tokens": 4,
            "image_token_index": "token:<image>",
        },
        processor="InstructBlipProcessor",
        image={"image_processor_type": "BlipImageProcessor", "size": SQUARE},
        fields={"num_query_tokens": 4},
        picture=None,
        options=QUESTION,
    ),
    "git": FamilyRecipe(
        config={
            "vision_config": TOWER,
            "hidden_size": WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
        },
        processor="GitProcessor",
        image={"image_processor_type": "CLIPImageProcessor", "size": SQUARE, "crop_size": SQUARE},
        picture=None,
        options='{"max_images":1}',
    ),
    "kosmos-2": FamilyRecipe(
        config={
            "vision_config": TOWER,
            "text_config": {
                "embed_dim": WIDTH,
                "ffn_dim": 64,
                "layers": 2,
                "attention_heads": 4,
                "vocab_size": 600,
            },
            "latent_query_num": 64,
        },
        processor="Kosmos2Processor",
        image={"image_processor_type": "CLIPImageProcessor", "size": SQUARE, "crop_size": SQUARE},
        fields={"num_patch_index_tokens": 16},
        picture=None,
        options='{"prompt_template":{"text":"<grounding>Question: {prompt} Answer:"}}',
    ),
    "florence2": FamilyRecipe(
        config={
            "vision_config": {
                "depths": [1, 1, 1, 1],
                "embed_dim": [8, 8, 16, 16],
                "num_heads": [1, 1, 2, 2],
                "num_groups": [1, 1, 2, 2],
                "window_size": 4,
                "projection_dim": WIDTH,
                "max_position_embeddings": 8,
            },
            "text_config": {
                "model_type": "bart",
                "d_model": WIDTH,
                "encoder_layers": 2,
                "decoder_layers": 2,
                "encoder_ffn_dim": 64,
                "decoder_ffn_dim": 64,
                "encoder_attention_heads": 4,
                "decoder_attention_heads": 4,
            },
            "image_token_id": "token:<image>",
        },
        processor="Florence2Processor",
        image={
            "image_processor_type": "CLIPImageProcessor",
            "size": {"height": 64, "width": 64},
            "crop_size": {"height": 64, "width": 64},
            "image_seq_length": 5,
        },
        tokens={"image_token": "<image>"},
        picture=None,
    ),
    "fuyu": FamilyRecipe(
        config={
            "text_config": {
                "model_type": "persimmon",
                "hidden_size": WIDTH,
                "intermediate_size": 64,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
            },
            "hidden_size": WIDTH,
            "image_size": 32,
            "patch_size": 8,
            "image_token_id": "token:|SPEAKER|",
        },
        processor="FuyuProcessor",
        image={
            "image_processor_type": "FuyuImageProcessor",
            "size": {"height": 64, "width": 64},
            "patch_size": {"height": 8, "width": 8},
        },
        tokens={
            "image_token": "|SPEAKER|",
            "newline_token": "|NEWLINE|",
            "open": "<0x00>",
            "close": "<0x01>",
            "point": "<0x02>",
            "end": "<0x03>",
            "answer": "<0x04>",
        },
        picture=None,
    ),
    "pix2struct": FamilyRecipe(
        config={
            "vision_config": {
                "hidden_size": WIDTH,
                "patch_embed_hidden_size": 192,
                "d_ff": 64,
                "d_kv": 8,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "seq_len": 64,
            },
            "text_config": {
                "hidden_size": WIDTH,
                "d_kv": 8,
                "d_ff": 64,
                "num_layers": 2,
                "num_heads": 4,
            },
            "is_vqa": False,
        },
        processor="Pix2StructProcessor",
        image={
            "image_processor_type": "Pix2StructImageProcessor",
            "patch_size": {"height": 8, "width": 8},
            "max_patches": 32,
        },
        picture=None,
    ),
    "chameleon": FamilyRecipe(
        config={
            "hidden_size": WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 2048,
            "vq_config": {
                "embed_dim": 8,
                "num_embeddings": 16,
                "latent_channels": 8,
                "resolution": 32,
                "base_channels": 32,
                "channel_multiplier": [1, 1],
                "num_res_blocks": 1,
            },
            "vocabulary_map": {
                "<image>": "token:<image>",
                **{name: f"token:{name}" for name in CODES},
            },
            "image_token_id": "token:<image>",
        },
        processor="ChameleonProcessor",
        image={
            "image_processor_type": "ChameleonImageProcessor",
            "size": {"shortest_edge": 32},
            "crop_size": SQUARE,
        },
        fields={"image_seq_length": 256},
        tokens={
            "image_token": "<image>",
            "boi_token": "<start_of_image>",
            "eoi_token": "<end_of_image>",
            **{f"code_{number}": name for number, name in enumerate(CODES)},
        },
        picture=None,
        options=BEFORE,
    ),
    "idefics": FamilyRecipe(
        config={
            "vision_config": {
                "embed_dim": 16,
                "image_size": 32,
                "intermediate_size": 32,
                "patch_size": 8,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
            },
            "perceiver_config": {
                "resampler_n_latents": 4,
                "resampler_depth": 1,
                "resampler_n_heads": 2,
                "resampler_head_dim": 8,
            },
            "hidden_size": WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "use_resampler": True,
        },
        processor="IdeficsProcessor",
        image={"image_processor_type": "IdeficsImageProcessor", "image_size": 32},
        picture="<image>",
    ),
}
