"""The words beside the tables: data card, Croissant metadata, manifest."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from arena.boards.services.snapshots import version
from arena.datasets.formats import ExportFormat, export_formats
from arena.datasets.services.increments import TOMBSTONES
from arena.datasets.services.state import STATE, ExportState
from arena.rating.verify.tables import MANIFEST

SCHEMA_VERSION = 2
CARD, CROISSANT = "README.md", "croissant.json"
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_SIZE_WORDS = (
    *("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M"),
    "n>100M",
)
"""The Hub's words for numbers of rows between those sizes."""
TITLE = "Votes and battles of a vision arena"
_TYPES = (
    (pa.types.is_boolean, "sc:Boolean"),
    (pa.types.is_integer, "sc:Integer"),
    (pa.types.is_floating, "sc:Float"),
    (pa.types.is_date, "sc:Date"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_descriptions(
    folder: Path,
    state: ExportState,
    rows: Mapping[str, int],
    snapshots: Sequence[Mapping[str, Any]],
    tombstones: int,
) -> None:
    """Write card, Croissant metadata and manifest; the last one names the SHA-256 of each file."""
    parquet = "parquet" in state.options["forms"]
    (folder / CARD).write_text(_card(state, rows, tombstones), encoding="utf-8")
    if parquet:
        croissant = json.dumps(_croissant(folder), indent=2, ensure_ascii=False)
        (folder / CROISSANT).write_text(f"{croissant}\n", encoding="utf-8")
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "code_version": version(),
        "license": settings.DATASET_LICENSE,
        "ledger": {"number": state.number, "hash": state.hash},
        "since": state.options["since"],
        "rows": dict(rows),
        "tombstones": tombstones,
        "snapshots": list(snapshots),
        "sha256": digests(folder),
    }
    (folder / MANIFEST).write_text(f"{json.dumps(manifest, indent=1)}\n", encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of an export by its path, but for the manifest's own."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name not in (MANIFEST, STATE, "lock"):
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _card(state: ExportState, rows: Mapping[str, int], tombstones: int) -> str:
    formats, most = export_formats(), max(rows.values(), default=0)
    front = [
        "---",
        f"license: {json.dumps(settings.DATASET_LICENSE)}",
        f"pretty_name: {json.dumps(TITLE)}",
        "tags: [arena, human-preference, vision-language-models]",
        f"size_categories: [{json.dumps(_SIZE_WORDS[bisect_right(SIZES, most)])}]",
    ]
    if "parquet" in state.options["forms"]:
        configs = [line for name, one in formats.items() for line in _config(name, one, rows)]
        front += ["configs:", *configs] if configs else []
    counts = [
        f"| `{name}` | {split} | {rows.get(f'{name}/{split}', 0)} | {one.SUMMARY} |"
        for name, one in formats.items()
        for split in one.SPLITS
    ]
    text = [
        "---",
        f"\n# {TITLE}\n",
        "People compared the answers of two anonymous models to the same picture and question.\n",
        "| configuration | split | rows | content |\n| --- | --- | --- | --- |",
        *counts,
        f"\nLicence: {settings.DATASET_LICENSE}. Schema version: {SCHEMA_VERSION}. Ledger entries:"
        f" {state.options['since'] + 1} to {state.number}. The hash of the last one is"
        f" `{state.hash}`.\n",
        "`votes` are complete and hold neither pictures nor text. All other tables with content"
        " hold only battles whose voter agreed to their publication. `judge` and `battle_id` are"
        " names that this export alone uses.\n",
        "Answers may be subject to the terms of the models that wrote them; `battles` has the"
        " licence of each.\n",
        "`snapshots/` holds the leaderboards as they were published. `python -m"
        " arena.rating.verify FOLDER` computes each from `votes` and `decisions` and says whether"
        " it is equal.",
    ]
    if tombstones:
        text.append(
            f"\n`{TOMBSTONES}` names {tombstones} battles of earlier exports, by `ledger_number`,"
            " whose content was withdrawn: please delete them. Of one that is `changed`, a part of"
            " a picture is blurred now: delete the earlier copy and use the one here."
        )
    return "\n".join([*front, *text, ""])


def _config(name: str, one: ExportFormat, rows: Mapping[str, int]) -> list[str]:
    """Return the lines of a table in the card. A split without rows is left out: `datasets` can't
    load one, and with it not the rest of the table."""
    splits = [split for split in one.SPLITS if rows.get(f"{name}/{split}")]
    if not splits:
        return []
    lines = [f"- config_name: {name}", *(["  default: true"] if name == "votes" else [])]
    lines.append("  data_files:")
    for split in splits:
        lines += [f"  - split: {split}", f"    path: {name}/{split}-*.parquet"]
    return lines


def _croissant(folder: Path) -> dict[str, Any]:
    """Return the metadata of Croissant 1.0; each table is a set of Parquet files."""
    files, records = [], []
    for name, one in export_formats().items():
        for split in one.SPLITS:
            shards = sorted(folder.glob(f"{name}/{split}-*.parquet"))
            files += [_file(folder, path) for path in shards]
            # The columns are described by the first shard; the others have the same.
            record, file = f"{name}_{split}", shards[0].relative_to(folder).as_posix()
            fields = [
                {
                    "@type": "cr:Field",
                    "@id": f"{record}/{field.name}",
                    "name": f"{record}/{field.name}",
                    "dataType": next(
                        (word for test, word in _TYPES if test(field.type)), "sc:Text"
                    ),
                    "source": {"fileObject": {"@id": file}, "extract": {"column": field.name}},
                }
                for field in one.schema()
                if not pa.types.is_nested(field.type)
            ]
            records.append(
                {"@type": "cr:RecordSet", "@id": record, "name": record, "field": fields}
            )
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "vision-arena",
        "description": f"{TITLE}, exported with the schema of version {SCHEMA_VERSION}.",
        "license": settings.DATASET_LICENSE,
        "distribution": files,
        "recordSet": records,
    }


def _file(folder: Path, path: Path) -> dict[str, str]:
    name = path.relative_to(folder).as_posix()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }
