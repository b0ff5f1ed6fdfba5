"""What a folder says of its model, where the site sees it: the same facts as from the Hub."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from arena.core.errors import DomainError
from arena.onboarding.hub.facts import MOST_CONFIG_BYTES, MOST_FILES, HubFacts, describe_files

_MOST_HEADER_BYTES = 32_000_000
_MOST_CARD_BYTES = 200_000


class FolderProblem(DomainError):
    """A folder can't be a model's, with the reason and the way out for an operator."""

    code = "folder"


class FolderElsewhere(FolderProblem):
    """A folder is not below one that the worker may read."""


def read_folder(path: Path) -> HubFacts | None:
    """Return what the files say; None where this site does not see the folder, a worker may.

    Raises FolderProblem for a folder that no worker would take.
    """
    roots = [root.resolve() for root in settings.MODEL_DIRS]
    if not roots:
        return None
    found = path.resolve()
    if not any(found.is_relative_to(root) and found != root for root in roots):
        text = _("%(path)s is not below a folder of ARENA_MODEL_DIRS (%(roots)s). Put it there.")
        raise FolderElsewhere(text % {"path": path, "roots": ", ".join(map(str, roots))})
    if not found.is_dir():
        text = _("There is no folder %(path)s. Check its name, and where the worker runs.")
        raise FolderProblem(text % {"path": path})
    try:
        return describe_folder(found)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        text = _("%(path)s can't be read: %(error)s.")
        raise FolderProblem(text % {"path": path, "error": type(error).__name__}) from error


def copy_folder(path: Path) -> Path:
    """Return a folder of ARENA_MODEL_DIRS with the files of this one, which the worker can load
    then: that itself where it is below one, else a new copy in the first of them.

    Files are linked instead of copied where that is possible, so that they take no room. Raises
    FolderProblem.
    """
    roots = [root.resolve() for root in settings.MODEL_DIRS]
    found = path.resolve()
    if not roots or any(found.is_relative_to(root) for root in roots):
        return path
    place = roots[0] / found.name
    if place.exists():
        text = _("%(place)s exists already. Remove it, or give the model's folder another name.")
        raise FolderProblem(text % {"place": place})
    if not (found / "config.json").is_file():
        text = _("%(path)s has no config.json, so it is no model's folder.")
        raise FolderProblem(text % {"path": path})
    try:
        # Under its name only when it is whole.
        with tempfile.TemporaryDirectory(dir=roots[0], prefix=".copy-") as draft:
            whole = Path(shutil.copytree(found, Path(draft) / "m", copy_function=_link_or_copy))
            whole.rename(place)
    except (OSError, shutil.Error) as error:
        text = _("%(path)s can't be copied to %(place)s: %(error)s.")
        said = getattr(error, "strerror", None) or type(error).__name__
        raise FolderProblem(text % {"path": path, "place": place, "error": said}) from error
    return place


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(Path(source).resolve(), target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)


def describe_folder(folder: Path) -> HubFacts:
    """Return what the files of a folder say. Raises what reading them may raise."""
    files = {
        path.name: path.stat().st_size
        for path in islice(sorted(folder.iterdir()), MOST_FILES)
        if path.is_file()
    }
    config: Any = {}
    if 0 < files.get("config.json", 0) <= MOST_CONFIG_BYTES:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    parameters = 0  # as the safetensors files say, by their headers alone
    for path in (folder / name for name in files if name.endswith(".safetensors")):
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _MOST_HEADER_BYTES:
                raise ValueError("a header that is too long")
            header = json.loads(file.read(length))
        shapes = [one["shape"] for name, one in header.items() if name != "__metadata__"]
        parameters += sum(prod(shape) for shape in shapes)
    return describe_files(
        f"/{folder.name}",
        files=files,
        config=config if isinstance(config, dict) else {},
        card=_card(folder / "README.md", files.get("README.md", 0)),
        parameters=parameters,
    )


def _card(path: Path, size: int) -> Mapping[str, Any]:
    """Return the head of a model card on the Hub: licence, languages and the like."""
    if not 0 < size <= _MOST_CARD_BYTES:
        return {}
    from huggingface_hub import ModelCard

    card = ModelCard(path.read_text("utf-8"), ignore_metadata_errors=True)
    return dict(vars(card.data))
