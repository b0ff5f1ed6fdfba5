"""`python -m arena.rating.verify DIR`: whether the published votes give the published leaderboards.

DIR is a folder that `manage.py export` wrote, copied from anywhere, or a folder of publications.
The hashes of the ledger's entries are followed from the first to the last, then each snapshot is
computed anew. The exit status is 1 where something differs, 2 where the folder cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from arena.rating.verify.entries import broken_links, read_ledger
from arena.rating.verify.snapshots import verify_snapshot
from arena.rating.verify.tables import read_manifest, whole_export
from arena.rating.vote_tables import UnusableFile

_MOST = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m arena.rating.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args(arguments).folder
    try:
        wrong = verify_export(folder, lambda line: print(line, flush=True))  # noqa: T201
    except UnusableFile as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 (a command line's own voice)
        return 2
    return int(wrong > 0)


def verify_export(folder: Path, tell: Callable[[str], object]) -> int:
    """Verify chain and snapshots of a folder, telling each outcome; returns how many are wrong.

    Of a folder of publications it is the newest one that is verified. Raises UnusableFile for a
    folder that is no whole export.
    """
    given, folder = folder, whole_export(folder)
    if folder != given:
        tell(f"Reading {folder}")
    manifest = read_manifest(folder)
    if manifest.get("since"):
        since = f"ledger entry {manifest['since']}"
        raise UnusableFile(f"{folder} begins behind {since}: a whole export can be verified.")
    ledger = read_ledger(folder)
    findings, head = list(islice(broken_links(ledger), _MOST)), manifest["ledger"]
    if len(findings) < _MOST and ledger.hash_at(int(head["number"])) != head["hash"]:
        said = f"The export says that it ends at entry {head['number']} with another hash."
        findings.append(said)
    for finding in findings:
        tell(finding)
    if not findings:
        tell(f"The chain of {len(ledger)} ledger entries is whole.")
    wrong = len(findings)
    for one in manifest.get("snapshots", []):
        found = verify_snapshot(folder / str(one["file"]), str(one["etag"]), ledger)
        tell(found.sentence)
        wrong += bool(found.differences)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
