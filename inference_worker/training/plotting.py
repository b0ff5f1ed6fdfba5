"""The losses of a run as one SVG; plain markup, so that no plotting library is needed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

_WIDTH: Final = 640
_HEIGHT: Final = 320
_MARGIN: Final = 44


def read_losses(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Smoothed losses by stage, as (step, loss)."""
    curves: dict[str, list[tuple[int, float]]] = {}
    with (folder / "losses.csv").open(newline="") as log:
        for stage, step, loss in csv.reader(log):
            curves.setdefault(stage, []).append((int(step), float(loss)))
    return curves


def plot(folder: Path) -> Path:
    """Writes `losses.svg` beside `losses.csv`, a panel per stage."""
    panels = []
    floor, right = _HEIGHT - _MARGIN, _WIDTH - _MARGIN
    for index, (stage, points) in enumerate(read_losses(folder).items()):
        last, top = points[-1][0], max(loss for _, loss in points)
        across, up = (right - _MARGIN) / max(last, 1), (floor - _MARGIN) / max(top, 1e-9)
        dots = [f"{_MARGIN + step * across:.1f},{floor - loss * up:.1f}" for step, loss in points]
        unit = "margin" if stage.endswith("margin") else "loss"  # of rewards, or of a stage
        end = f"step {last}, {points[-1][1]:.3f}"
        panels.append(
            f'<g transform="translate(0 {index * _HEIGHT})">'
            f'<text x="{_MARGIN}" y="24" font-weight="bold">{stage}</text>'
            f'<path d="M{_MARGIN} {_MARGIN}V{floor}H{right}" fill="none" stroke="#888"/>'
            f'<text x="{_MARGIN}" y="{_MARGIN - 4}">{unit} {top:.2f}</text>'
            f'<text x="{right}" y="{floor + 18}" text-anchor="end">{end}</text>'
            f'<polyline points="{" ".join(dots)}" fill="none" stroke="#2457c5" stroke-width="2"/>'
            "</g>"
        )
    size = f'width="{_WIDTH}" height="{_HEIGHT * len(panels)}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    path = folder / "losses.svg"
    path.write_text(f'{svg}<rect {size} fill="white"/>{"".join(panels)}</svg>\n')
    return path
