"""The judge of a model's folder: no file may name code, no size may be one that nothing backs.

It looks before transformers reads anything. A folder is somebody else's: what it says of sizes is
believed only within bounds, and of its weights only what the files really hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from inference_worker.backends.base import BackendError
from inference_worker.wire.causes import FailureCause

FORBIDDEN_KEYS = frozenset(
    {
        *("auto_map", "auto_mapping", "custom_pipelines", "custom_generate", "trust_remote_code"),
        *("attn_implementation", "_attn_implementation"),
        *("experts_implementation", "_experts_implementation"),
        *("use_kernels", "kernel_config", "hub_kernels", "kernels"),
        *("base_model_name_or_path", "code_revision"),
    }
)
"""Keys that make transformers fetch, choose or run code, or read another repository. The worker
alone decides which attention is used."""
FORBIDDEN_ENDING = "_implementation_internal"
"""Keys that only a live configuration has; in a file they made transformers fetch and run code."""
_HUB_KERNELS = frozenset(
    {"fbgemm_fp8", "fp8", "finegrained_fp8", "mxfp4", "nvfp4", "eetq", "metal"}
)
"""Ways to quantise whose kernels transformers would fetch from the Hub."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
"""Endings of weight files that are read by executing them, or by other libraries."""
_ADAPTERS = ("adapter_config.json", "adapter_model.safetensors")
_WORDS = {
    "vocab.json": (),
    "added_tokens.json": (),
    "tokenizer.json": ("model", "added_tokens"),
    "model.safetensors.index.json": ("weight_map",),
}
"""Where any word may be a key, since it is a token or a tensor and never read as a setting: the
whole file, or what stands under these keys."""

MOST_JSON_BYTES = 64_000_000
MOST_DEPTH = 32
MOST_TEMPLATE_BYTES = 1_000_000
MOST_HEADER_BYTES = 32_000_000
MOST_TENSORS = 200_000
MOST_FILES = 2000
MOST_LAYERS, MOST_HEADS, MOST_VOCABULARY, MOST_WIDTH = 1024, 4096, 4_000_000, 1_000_000
MOST_EDGE, MOST_PIXELS = 16_384, 1 << 26

_BOUNDS = (
    (("layers", "depth", "depths", "blocks"), MOST_LAYERS),
    (("heads", "experts"), MOST_HEADS),
    (("vocab_size",), MOST_VOCABULARY),
    (("image_size", "crop_size", "height", "width", "patch_size", "tile_size"), MOST_EDGE),
    (("image_seq_length", "image_seq_len", "image_tokens", "tokens_per_image"), MOST_EDGE),
    (("_edge",), MOST_EDGE),
    (("_pixels",), MOST_PIXELS),
    (("_size", "_dim", "d_model", "channels"), MOST_WIDTH),
)
"""By how a key ends, the largest whole number under it; the first that fits holds."""
_COUNTING_PIXELS = ("Qwen", "Glm", "PaddleOCR")
"""Families whose processors count pixels under the name of an edge."""


def check(folder: Path) -> None:
    """Raise BackendError for a folder that could run code, or whose sizes nothing real has."""
    weights(folder)
    for name in _ADAPTERS:
        if (folder / name).exists():
            raise _refused(f"{name} makes it an adapter: merge it into its model first")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    if len(found) > MOST_FILES:
        raise _refused(f"{len(found)} files are too many for a model")
    for path in found:
        if path.suffix == ".json":
            _judge(path.relative_to(folder), _parsed(path))
        elif path.suffix == ".jinja" and path.stat().st_size > MOST_TEMPLATE_BYTES:
            raise _refused(f"{path.name} is too long for a template")


def weights(folder: Path) -> list[Path]:
    """Return the folder's safetensors by name. Raises BackendError where it has none."""
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        pickled = any(found for ending in _PICKLES for found in folder.glob(f"*{ending}"))
        said = f"no safetensors in {folder}"
        raise _refused(said, "pickle_only" if pickled else "unusable_folder")
    return found


def numbers(folder: Path) -> int:
    """Return how many numbers the weights hold, as backed by the files' bytes. Raises BackendError
    where a header is not one that fits its file."""
    found = 0
    for path in weights(folder):
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER_BYTES:
            raise _refused(f"{path.name} has a header of {length} bytes")
        try:
            # The library compares shapes and offsets with the file's length.
            with safe_open(path, framework="np") as tensors:
                names = tensors.keys()
                if len(names) > MOST_TENSORS:
                    raise _refused(f"{path.name} has {len(names)} tensors")
                found += sum(prod(tensors.get_slice(name).get_shape()) for name in names)
        except (SafetensorError, OSError) as error:
            raise _refused(f"{path.name} is spoilt: {error}", "truncated") from error
    return found


def _parsed(path: Path) -> Any:
    if path.stat().st_size > MOST_JSON_BYTES:
        raise _refused(f"{path.name} is too long")
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _refused(f"{path.name} can't be read: {type(error).__name__}") from error


def _judge(path: Path, content: Any) -> None:
    words = _WORDS.get(path.name)
    if words == ():
        return
    if words and isinstance(content, dict):
        content = {key: value for key, value in content.items() if key not in words}
    entries = list(_entries(path.name, content))
    pixels = any(
        key == "image_processor_type" and str(value).startswith(_COUNTING_PIXELS)
        for key, value in entries
    )
    for key, value in entries:
        if key in FORBIDDEN_KEYS or key.endswith(FORBIDDEN_ENDING):
            raise _refused(f"{path.name} names code: {key}", "remote_code")
        if key == "quant_method" and str(value).lower() in _HUB_KERNELS:
            raise _refused(f"{path.name} names code: {key} {value}", "remote_code")
        bounds = (most for endings, most in _BOUNDS if key.endswith(endings))
        most = MOST_PIXELS if pixels and key.endswith("_edge") else next(bounds, float("inf"))
        if isinstance(value, int) and abs(value) > most:
            raise _refused(f"{path.name} has {key} {value}, more than any model has")


def _entries(name: str, content: Any) -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, and each item of a list under the list's key."""
    waiting = [("", content, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise _refused(f"{name} is nested too deeply")
        yield key, value
        if isinstance(value, dict):
            waiting += [(inner, part, depth + 1) for inner, part in value.items()]
        elif isinstance(value, list):
            waiting += [(key, part, depth + 1) for part in value]


def _refused(reason: str, cause: FailureCause = "unusable_folder") -> BackendError:
    return BackendError("unavailable", reason, cause)
