"""A folder's processor; without torchvision, one that leaves videos out.

Half of the families have a processor that also takes videos, and the part for videos needs
torchvision. The arena sends pictures alone, and for these most families have a class of their own
that needs only Pillow.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import AutoProcessor
from transformers.models.auto.configuration_auto import model_type_to_module_name
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

from inference_worker.backends.base import BackendError
from inference_worker.wire.causes import FailureCause

logger = logging.getLogger(__name__)

_NAMED_IN = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")


def load(folder: Path) -> Any:
    """Return the processor of a folder. Raises what its classes raise, and BackendError where they
    need a library that is not installed."""
    try:
        return _loaded(AutoProcessor, folder)
    except (ImportError, AttributeError, ValueError) as error:
        if find_spec("torchvision"):
            raise _as_missing(error) from error
        try:
            return _without_videos(folder)
        except Exception as other:  # noqa: BLE001  # the first error says what is missing
            logger.info("no processor without torchvision: %s", other)
            raise _as_missing(error) from error


def tell_pictures_apart(processor: Any, model: Any) -> None:
    """Let a processor say which tokens are a picture's, where the model's class asks for it and
    the processor's own leaves it out, as that of Cosmos3 Edge does."""
    if "mm_token_type_ids" in inspect.signature(model.forward).parameters:
        processor.return_mm_token_type_ids = True


def _loaded(kind: Any, folder: Path) -> Any:
    # No remote code, no network.
    return kind.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)


def _without_videos(folder: Path) -> Any:
    """Return the processor without its part for videos. Raises what its class raises."""
    known = _class_of(folder)

    class PicturesOnly(known):  # type: ignore[misc,valid-type]
        """A processor without the part for videos, which needs torchvision."""

        video_processor = _NoVideos()

        @classmethod
        def get_attributes(cls) -> list[str]:
            return [name for name in known.get_attributes() if "video" not in name]

        @classmethod
        def _get_arguments_from_pretrained(cls, *args: Any, **kwargs: Any) -> list[Any]:
            parts = iter(super()._get_arguments_from_pretrained(*args, **kwargs))
            names = known.get_attributes()
            return [None if "video" in name else next(parts) for name in names]

    return _loaded(PicturesOnly, folder)


class _NoVideos:
    """Stands where some classes look for what they would do with a video: nothing."""

    def __getattr__(self, name: str) -> None:
        return None


def _class_of(folder: Path) -> Any:
    """Return the class of a folder's processor. Raises LookupError for one that is not known."""
    named = next(filter(None, (_field(folder, one, "processor_class") for one in _NAMED_IN)), None)
    kind = _field(folder, "config.json", "model_type")
    for model_type, name in PROCESSOR_MAPPING_NAMES.items():
        if name == named or (named is None and model_type == kind):
            module = model_type_to_module_name(model_type)
            try:
                found = importlib.import_module(f"transformers.models.{module}.processing_{module}")
            except ModuleNotFoundError:  # another family's class, under this one's name
                continue
            if hasattr(found, name):
                return getattr(found, name)
    raise LookupError(f"no processor is called {named}")


def _field(folder: Path, file: str, name: str) -> Any:
    try:
        return json.loads((folder / file).read_text("utf-8")).get(name)
    except (OSError, ValueError, AttributeError):
        return None


def _as_missing(error: Exception) -> Exception:
    """Return the error that names the missing library, where one is what is wrong."""
    words = str(error).lower()
    # The last is what transformers stumbles over where torchvision is not there.
    signs = {"num2words": ("num2words",), "torchvision": ("torchvision", "_extra_content")}
    for name, found in signs.items():
        if any(sign in words for sign in found) and not find_spec(name):
            cause: FailureCause = (
                "torchvision_missing" if name == "torchvision" else "package_missing"
            )
            said = f"the processor of this family needs {name}"
            return BackendError("unavailable", said, cause)
    return error
