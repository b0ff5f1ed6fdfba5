"""The true cause of a model that can't be fetched or loaded, by what the libraries raise.

Their sentences name classes, paths and addresses; operators get a cause with a way out, and one
line of what was said.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from inference_worker.backends.base import NO_MEMORY, BackendError, error_chain
from inference_worker.wire.causes import FailureCause

MOST_SAID = 240
"""Characters of a library's own words."""

_TOKENIZERS = (
    *("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "vocab.txt"),
    *("spiece.model", "sentencepiece.bpe.model", "tekken.json"),
)
_CAUSES: tuple[tuple[str, FailureCause], ...] = (
    (NO_MEMORY, "no_memory"),
    (r"torchvision", "torchvision_missing"),
    (
        r"does not recognize this architecture|should have a `model_type` key",
        "unknown_architecture",
    ),
    (r"for this kind of AutoModel", "text_only"),
    (
        r"incomplete ?metadata|header ?too|invalid ?header|safetensors.*(?:corrupt|spoilt)",
        "truncated",
    ),
    (r"no file named|does not appear to have files? named|size mismatch", "truncated"),
    (r"chat.?template", "no_template"),
)
_SECRET = re.compile(
    r"\bhf_\w+|\bBearer\s+\S+|(?<=://)[^/\s@]+@|(?i:(?:token|key|secret)=)[^&\s]+", re.IGNORECASE
)


def said_of(error: BaseException) -> str:
    """Return an error's kind and the first of its words on one line, without secrets."""
    words = " ".join(_SECRET.sub("…", str(error)).split())
    plain = "".join(letter for letter in words if letter.isprintable())
    return f"{type(error).__name__}: {plain}"[:MOST_SAID]


def cause_of_fetch(error: BaseException, *, hub: bool) -> FailureCause:
    """Return why a repository could not be fetched; ``hub`` says whether the Hub may be asked.

    The library raises that it has no copy of its own, and what the Hub said is behind that.
    """
    by_status: dict[int, FailureCause] = {401: "hub_gated", 403: "hub_gated", 404: "hub_not_found"}
    for one in error_chain(error):
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT):
            return "disk_full"
        if isinstance(one, LocalEntryNotFoundError) and not hub:
            return "hub_off"
        if isinstance(one, GatedRepoError):
            return "hub_gated"
        if isinstance(one, RepositoryNotFoundError | RevisionNotFoundError):
            return "hub_not_found"
        if isinstance(one, HfHubHTTPError) and one.response.status_code in by_status:
            return by_status[one.response.status_code]
    return "hub_unreachable"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what loading a folder may raise into a BackendError with its cause."""
    try:
        yield
    except BackendError:
        raise
    except Exception as error:
        raise BackendError("unavailable", said_of(error), cause_of_load(error, folder)) from error


def cause_of_load(error: BaseException, folder: Path) -> FailureCause:
    """Return why a folder whose files are there could not be loaded."""
    words = f"{type(error).__name__}: {error}"
    for pattern, cause in _CAUSES:
        if re.search(pattern, words, re.IGNORECASE):
            return cause
    if isinstance(error, ImportError):
        return "package_missing"
    if not any((folder / name).exists() for name in _TOKENIZERS):
        return "no_tokenizer"
    return "unusable_folder"
