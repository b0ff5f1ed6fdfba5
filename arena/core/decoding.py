"""Decode one picture of a costly or complicated format in a process of its own.

Decoders of HEIC, AVIF and PDF hold whole pictures and are large C libraries. Here they have a bound
on memory and on processor time, and whatever becomes of this process, the site goes on. The file
comes by standard input; the picture, scaled down, leaves as PNG by standard output. No Django.
"""

from __future__ import annotations

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps

MEMORY_BYTES = 1536 * 1024 * 1024
PROCESSOR_SECONDS = 8
TOO_MANY_PIXELS, TOO_LONG, NO_SUCH_PAGE, NEEDS_PASSWORD, TOO_MUCH_MEMORY = 3, 4, 5, 6, 7
"""The statuses with which it ends, beside 0 and 1 for what is no picture. Before NO_SUCH_PAGE it
writes to standard error how many pages there are."""
PAGE_DOTS_PER_INCH = 150
POINTS_PER_INCH = 72


def main(argv: list[str]) -> int:
    """Run with FORMAT, the longest side stored, the most pixels, the longest side and the page."""
    kind, (stored_side, most_pixels, longest, page) = argv[0], map(int, argv[1:])
    # Its memory holds a visitor's file, and a signal would leave a copy of it on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # At the second limit it is killed, at the first one it ends with a signal that says why.
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 1))
    data = sys.stdin.buffer.read()
    if kind == "PDF":
        picture = _page(data, page, stored_side)
        if isinstance(picture, int):
            return picture
    else:
        if kind == "HEIF":
            import pillow_heif

            pillow_heif.register_heif_opener(thumbnails=False)
        Image.MAX_IMAGE_PIXELS = None
        picture = Image.open(BytesIO(data), formats=[kind])
        if max(picture.size) > longest:
            return TOO_LONG
        if picture.width * picture.height > most_pixels:
            return TOO_MANY_PIXELS
    profile = picture.info.get("icc_profile")
    ImageOps.exif_transpose(picture, in_place=True)
    # Before it is scaled: a palette and a colour that stands for transparency don't survive that.
    if picture.mode not in ("RGB", "RGBA", "L") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((stored_side, stored_side), Image.Resampling.LANCZOS)
    picture.save(sys.stdout.buffer, "PNG", compress_level=1, icc_profile=profile or None)
    return 0


def _page(data: bytes, number: int, stored_side: int) -> Image.Image | int:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return NEEDS_PASSWORD if "password" in str(error).lower() else 1
    if not 1 <= number <= len(document):
        sys.stderr.write(f"{len(document)}\n")
        return NO_SUCH_PAGE
    page = document[number - 1]
    longest = max(page.get_size())
    if not longest > 0:
        return 1
    scale = min(PAGE_DOTS_PER_INCH / POINTS_PER_INCH, stored_side / longest)
    picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    return picture


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MemoryError:
        sys.exit(TOO_MUCH_MEMORY)
