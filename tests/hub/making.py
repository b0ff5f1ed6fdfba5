"""Repositories for a loopback Hub that look like models: right in their names and headers alone."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

CONFIG: dict[str, Any] = {
    "model_type": "llava",
    "architectures": ["LlavaForConditionalGeneration"],
    "vision_config": {"image_size": 336},
}


def make_repository(
    root: Path,
    name: str = "maker/tiny-vlm",
    *,
    config: dict[str, Any] | None = None,
    files: dict[str, bytes] | None = None,
    without: tuple[str, ...] = (),
    **about: Any,
) -> Path:
    """Write a repository that a worker could take, but for what the arguments change."""
    folder = root / name
    folder.mkdir(parents=True)
    content = {
        "config.json": json.dumps(CONFIG if config is None else config).encode(),
        "tokenizer.json": b"{}",
        "model.safetensors": safetensors(1000),
        **(files or {}),
    }
    for file, data in content.items():
        if file not in without:
            (folder / file).write_bytes(data)
    if about:
        (folder / "hub.json").write_text(json.dumps(about))
    return folder


def safetensors(numbers: int) -> bytes:
    """Return a file with one tensor of so many zeros in float32."""
    tensor = {"dtype": "F32", "shape": [numbers], "data_offsets": [0, 4 * numbers]}
    header = json.dumps({"weight": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4 * numbers)
