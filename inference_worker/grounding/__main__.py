"""Prints the table of all formats as it stands in docs/grounding.md.

python -m inference_worker.grounding
"""

from __future__ import annotations

import sys

from inference_worker import grounding

NEEDS = {"none": "no", "sent": "as it was sent", "seen": "as the model saw it"}


def table() -> str:
    """Return one line of Markdown for each format, under a head."""
    lines = [
        "| format | models | draws | marks, and what the numbers mean | needs the size | source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in grounding.available():
        found = grounding.load(name)
        kinds = ", ".join(found.KINDS)
        cells = (f"`{name}`", found.MODELS, kinds, found.MEANING, NEEDS[found.SIZE], found.SOURCE)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
