"""HEIC, AVIF and pages of PDF files are decoded in a process of its own, with bounds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from arena.core import decoding
from arena.core.errors import TooLarge
from arena.core.images import STORED_SIDE, NeedsPassword, NoSuchPage, NotAPicture, normalise
from tests.arena.core.pictures import BLUE, GREEN, RED, WHITE, close_to, corners, decoded, encoded
from tests.arena.core.profiles import display_p3

pillow_heif.register_heif_opener()


def document(*colours, size=(60, 40), **options):
    first, *others = [Image.new("RGB", size, colour) for colour in colours]
    return encoded(first, "PDF", save_all=True, append_images=others, **options)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_photograph_keeps_its_place_and_colours(kind):
    picture = normalise(encoded(corners((96, 64)), kind, quality=95))
    image = decoded(picture)
    assert (image.format, image.size, picture.mime) == ("JPEG", (96, 64), "image/jpeg")
    seen = [image.getpixel(at) for at in ((10, 10), (85, 10), (85, 55), (10, 55))]
    assert all(map(close_to, seen, (RED, GREEN, BLUE, WHITE)))


def test_a_photograph_held_sideways_comes_out_upright():
    """The library that writes HEIC here leaves the orientation out; reading one turns it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = corners((96, 64)).transpose(Image.Transpose.ROTATE_90)
    image = decoded(normalise(encoded(stored, "AVIF", quality=95, exif=exif)))
    assert image.size == (96, 64)
    assert close_to(image.getpixel((10, 10)), RED)
    assert not image.getexif()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_large_photograph_is_stored_scaled(kind):
    image = decoded(normalise(encoded(Image.new("L", (4400, 3000), 90), kind, quality=20)))
    assert image.size == (STORED_SIDE, round(STORED_SIDE * 3000 / 4400))


def test_an_animation_gives_its_first_picture():
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN)]
    picture = normalise(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert picture.mime == "image/png"
    assert close_to(decoded(picture).getpixel((4, 4)), RED)


@pytest.mark.parametrize(("page", "colour"), [(1, RED), (3, BLUE)])
def test_a_page_of_a_document_is_a_picture(page, colour):
    image = decoded(normalise(b"\n" + document(RED, GREEN, BLUE), page))
    assert image.width / image.height == pytest.approx(1.5, abs=0.05)
    assert close_to(image.getpixel((10, 10)), colour)


@pytest.mark.parametrize("page", [0, -1, 2])
def test_a_page_that_is_not_there_is_named(page):
    with pytest.raises(NoSuchPage):
        normalise(document(RED), page)


def test_a_locked_document_is_named():
    key = b"<" + b"41" * 32 + b">"
    locked = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O " + key + b"/U " + key + b">>endobj\n"
        b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<41><41>]>>\n%%EOF\n"
    )
    with pytest.raises(NeedsPassword):
        normalise(locked)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_photograph_that_was_cut_off_is_refused(kind, share):
    whole = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), kind)
    with pytest.raises(NotAPicture):
        normalise(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(("size", "limit"), [((300, 300), "million"), ((17_000, 4), "16384")])
def test_a_photograph_over_a_limit_is_refused_with_that_limit(settings, size, limit):
    settings.UPLOAD_MAX_PIXELS = 20_000
    with pytest.raises(TooLarge, match=limit):
        normalise(encoded(Image.new("RGB", size), "AVIF", speed=10))


def test_a_decoder_has_no_more_memory_than_its_bound():
    data = encoded(Image.new("RGB", (9_000, 9_000)), "AVIF", speed=10, quality=1)
    code = (
        "import runpy, sys; from unittest import mock; sys.argv = sys.argv[1:];"
        f"source = open({decoding.__file__!r}).read().replace('1536 *', '160 *');"
        "exec(compile(source, 'decoding', 'exec'), {'__name__': '__main__'})"
    )
    words = ["decoding", "AVIF", "2048", str(10**9), "16384", "1"]
    child = subprocess.run(
        [sys.executable, "-c", code, *words], input=data, capture_output=True, check=False
    )
    assert child.returncode
    assert not child.stdout


def test_a_decoder_leaves_no_copy_of_its_memory_behind():
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv.pop(1));"
        "limit = resource.RLIMIT_CORE; _, most = resource.getrlimit(limit);"
        "resource.setrlimit(limit, (most, most));"
        "from arena.core import decoding; status = decoding.main(sys.argv[1:]);"
        "print(status, *resource.getrlimit(limit), file=sys.stderr)"
    )
    words = [str(Path(decoding.__file__).parents[2]), "PDF", "2048", str(10**9), "16384", "1"]
    child = subprocess.run(
        [sys.executable, "-c", code, *words], input=document(RED), capture_output=True, check=True
    )
    assert child.stderr.split() == [b"0", b"0", b"0"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(decoding.TOO_MUCH_MEMORY, "1536 MB of memory"), (-signal.SIGXCPU, "8 seconds")],
)
def test_a_decoder_that_needs_too_much_is_told_with_its_limit(monkeypatch, status, sentence):
    ended = subprocess.CompletedProcess([], status, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: ended)
    with pytest.raises(TooLarge, match=sentence):
        normalise(document(RED))


def test_a_wide_gamut_keeps_its_look():
    sent = Image.new("RGB", (64, 64), (220, 30, 30))
    stored = decoded(normalise(encoded(sent, "HEIF", quality=100, icc_profile=display_p3())))
    assert close_to(stored.getpixel((5, 5)), (240, 0, 0))
    assert stored.getpixel((5, 5))[0] > 230


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("P", "GIF"), ("RGBA", "WEBP"), ("RGB", "JPEG")]
)
def test_a_large_picture_is_decoded_apart_and_keeps_its_format(monkeypatch, mode, kind):
    apart = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: apart.append(a) or run(*a, **k))
    sent = corners((2400, 1800))
    sent = sent.quantize(8) if mode == "P" else sent.convert(mode)
    picture = normalise(encoded(sent, kind, progressive=True))
    image = decoded(picture)
    assert len(apart) == 1
    assert (image.format, image.size) == ("PNG" if kind == "GIF" else kind, (2048, 1536))
    seen = [image.getpixel(at) for at in ((10, 10), (2000, 10), (2000, 1500), (10, 1500))]
    assert all(map(close_to, seen, (RED, GREEN, BLUE, WHITE)))


def test_a_large_picture_hides_nothing_under_its_transparent_colour():
    sent = corners((2400, 1800))
    image = decoded(normalise(encoded(sent, "PNG", transparency=RED)))
    assert image.getpixel((10, 10)) == WHITE
