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
    panels = [
        f'<g transform="translate(0 {index * _HEIGHT})">{_panel(stage, points)}</g>'
        for index, (stage, points) in enumerate(read_losses(folder).items())
    ]
    size = f'width="{_WIDTH}" height="{_HEIGHT * len(panels)}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    path = folder / "losses.svg"
    path.write_text(f'{svg}<rect {size} fill="white"/>{"".join(panels)}</svg>\n')
    return path


def _panel(stage: str, points: list[tuple[int, float]]) -> str:
    last, top = points[-1][0], max(loss for _, loss in points)
    across, up = (_WIDTH - 2 * _MARGIN) / max(last, 1), (_HEIGHT - 2 * _MARGIN) / max(top, 1e-9)
    floor = _HEIGHT - _MARGIN
    dots = [f"{_MARGIN + step * across:.1f},{floor - loss * up:.1f}" for step, loss in points]
    right = _WIDTH - _MARGIN
    end = f"step {last}, {points[-1][1]:.3f}"
    return (
        f'<text x="{_MARGIN}" y="24" font-weight="bold">{stage}</text>'
        f'<path d="M{_MARGIN} {_MARGIN}V{floor}H{right}" fill="none" stroke="#888"/>'
        f'<text x="{_MARGIN}" y="{_MARGIN - 4}">{_unit(stage)} {top:.2f}</text>'
        f'<text x="{right}" y="{floor + 18}" text-anchor="end">{end}</text>'
        f'<polyline points="{" ".join(dots)}" fill="none" stroke="#2457c5" stroke-width="2"/>'
    )


def _unit(stage: str) -> str:
    """Return what a panel shows: a stage's loss, or the margin of rewards."""
    return "margin" if stage.endswith("margin") else "loss"
