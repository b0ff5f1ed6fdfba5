"""Draws the icons of the installed arena anew from static/favicon.svg.

python -m tests.e2e.icons static
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browser import chromium

SIZES = (192, 512)
"""The drawing's own margin keeps it inside every mask that a system puts over an icon."""


def draw(browser: Browser, drawing: str, size: int) -> bytes:
    """Return a PNG of the drawing on white."""
    page = browser.new_page(viewport={"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0; background: white }}</style>{drawing}")
    icon = page.screenshot()
    page.close()
    return icon


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with favicon.svg")
    folder: Path = parser.parse_args(argv).folder
    drawing = (folder / "favicon.svg").read_text()
    with chromium() as browser:
        for size in SIZES:
            (folder / f"icon-{size}.png").write_bytes(draw(browser, drawing, size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
