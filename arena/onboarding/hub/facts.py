"""The facts that the Hub has of a model, read by its own client: metadata, and never weights."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arena.catalog.licences import CommercialUse, commercial_use
from arena.core.text import strip_unsafe_characters
from arena.onboarding.hub import client
from arena.onboarding.hub.obstacles import ModelObstacle, find_obstacle
from inference_worker.wire.hub_repositories import FILES, native_architectures

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

MOST_FILES = 5_000
MOST_CONFIG_BYTES = 1_000_000
MOST_PARAMETERS = 10**15
MOST_RESULTS = 50
MOST_TEXT = 100
"""Characters of a name, a licence or a language: what a stranger has written."""

_EXPANDED = (
    *("author", "cardData", "config", "evalResults", "gated", "model-index", "pipeline_tag"),
    *("safetensors", "sha", "tags"),
)


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One evaluation result that the makers, or others, have published on the Hub."""

    dataset: str
    task: str
    value: float
    source: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class HubFacts:
    """The facts that the Hub states of one model at one commit; empty or None where it says
    nothing."""

    name: str
    organization: str
    license: str
    license_url: str
    commercial_use: CommercialUse
    parameters: int | None
    megabytes: int
    """The size of the files that a worker reads."""
    languages: tuple[str, ...]
    model_type: str
    architecture: str
    native: bool
    image_resolution: str
    obstacle: ModelObstacle | None
    hub_id: str = ""
    revision: str = ""
    gated: str = ""
    """``auto`` or ``manual``, where the makers decide who may have the files."""
    results: tuple[PublishedResult, ...] = ()


def read_facts(hub_id: str, revision: str = "") -> HubFacts:
    """Return what the Hub says of a repository. Raises HubProblem with a sentence for operators."""
    api = client.connect()
    with client.explained(hub_id):
        info = api.model_info(
            hub_id,
            revision=revision or None,
            timeout=client.SECONDS,
            expand=list(_EXPANDED),  # type: ignore[arg-type]  # names of a Literal
        )
        commit = info.sha or ""
        tree = islice(api.list_repo_tree(hub_id, revision=commit, recursive=True), MOST_FILES)
        files = {entry.path: entry.size for entry in tree if hasattr(entry, "size")}
        config = _config(api, hub_id, commit, files)
        found = describe_files(
            info.id,
            files=files,
            config=config if config is not None else dict(info.config or {}),
            card=dict(vars(info.card_data)) if info.card_data else {},
            parameters=getattr(info.safetensors, "total", None),
            task=info.pipeline_tag,
        )
        return replace(
            found,
            hub_id=info.id,
            revision=commit,
            organization=_text(info.author) or found.organization,
            gated=_text(info.gated),
            results=published_results(info.eval_results or ()),
        )


def _config(api: Any, hub_id: str, commit: str, files: Mapping[str, int]) -> dict[str, Any] | None:
    """Return the content of config.json; None where there is none that can be read.

    Raises GatedRepoError where this site's token is not let in.
    """
    if not 0 < files.get("config.json", 0) <= MOST_CONFIG_BYTES:
        return None
    with tempfile.TemporaryDirectory(prefix="arena-hub-") as folder:
        path = api.hf_hub_download(hub_id, "config.json", revision=commit, local_dir=folder)
        found = json.loads(Path(path).read_text("utf-8"))
    return found if isinstance(found, dict) else None


def describe_files(
    name: str,
    *,
    files: Mapping[str, int],
    config: Mapping[str, Any],
    card: Mapping[str, Any],
    parameters: Any,
    task: Any = "",
) -> HubFacts:
    """Return what files, their config.json and the head of a model card say.

    ``name`` is OWNER/NAME, ``files`` are names with sizes in bytes.
    """
    owner, _, own_name = name.partition("/")
    licences, named = _texts(card.get("license")), _text(card.get("license_name"))
    # A licence has a name of its own where the Hub calls it ``other``.
    is_other = licences[:1] == ("other",) and bool(named)
    licence = named if is_other else ", ".join(licences)[:MOST_TEXT]
    model_type = _text(config.get("model_type"))
    counted = isinstance(parameters, int) and 0 < parameters < MOST_PARAMETERS
    wanted = [
        size
        for file, size in files.items()
        if "/" not in file and any(fnmatch(file, pattern) for pattern in FILES)
    ]
    return HubFacts(
        name=_text(own_name),
        organization=_text(owner),
        license=licence,
        license_url=_address(card.get("license_link")),
        commercial_use=commercial_use(licence),
        parameters=parameters if counted else None,
        megabytes=-(-sum(wanted) // 1_000_000),
        languages=_texts(card.get("language")),
        model_type=model_type,
        architecture=next(iter(_texts(config.get("architectures"))), ""),
        native=model_type in native_architectures(),
        image_resolution=image_resolution(config),
        obstacle=find_obstacle(files, config, task=_text(task)),
    )


def image_resolution(config: Mapping[str, Any]) -> str:
    """Return the resolution at which a model sees, by its config.json; empty where it varies."""
    vision = config.get("vision_config")
    size = vision.get("image_size") if isinstance(vision, dict) else config.get("image_size")
    if isinstance(size, dict):
        size = [size.get("width"), size.get("height")]
    sides = size if isinstance(size, list) else [size, size]
    if not (len(sides) == 2 and all(isinstance(side, int) and side > 0 for side in sides)):
        return ""
    single = f"{sides[0]} × {sides[1]}"
    tiles = config.get("image_grid_pinpoints")
    pairs = tiles if isinstance(tiles, list) else []
    grids = [
        one
        for one in pairs
        if isinstance(one, list) and len(one) == 2 and all(isinstance(n, int) for n in one)
    ]
    if not grids:
        return single
    height, width = max(grids, key=lambda pair: (pair[0] * pair[1], pair[0]))
    return f"{single}, tiles up to {width} × {height}"


def published_results(entries: Iterable[EvalResultEntry]) -> tuple[PublishedResult, ...]:
    """Return the published results whose value is a number, MOST_RESULTS at most."""
    found = [
        PublishedResult(
            dataset=_text(entry.dataset_id),
            task=_text(entry.task_id),
            value=float(entry.value),
            source=_address(entry.source_url),
            verified=bool(entry.verify_token),
        )
        for entry in entries
        if isinstance(entry.value, int | float) and not isinstance(entry.value, bool)
    ]
    return tuple(found[:MOST_RESULTS])


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts in what may be one text, a list of them, or anything else."""
    parts: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    return tuple(text for part in islice(parts, 50) if (text := _text(part)))


def _text(value: Any) -> str:
    """Return a stranger's text on one line and bounded; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return " ".join(strip_unsafe_characters(value[:1000]).split())[:MOST_TEXT]


def _address(value: Any) -> str:
    """Return an address of the web; empty for anything else."""
    address = value if isinstance(value, str) and len(value) <= 500 else ""
    return address if address.startswith("https://") and address.isprintable() else ""
