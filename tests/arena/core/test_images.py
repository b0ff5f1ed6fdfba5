"""Uploads become plain pictures, or are refused in one of two ways."""

from __future__ import annotations

import random
import threading

import pytest
from PIL import Image, ImageCms

from arena.core import images
from arena.core.errors import TooLarge
from arena.core.images import STORED_SIDE, NotAPicture, PlainPicture, normalise
from tests.arena.at_once import at_once
from tests.arena.core.pictures import (
    BLUE,
    CANARY,
    FORMATS,
    GREEN,
    RED,
    WHITE,
    close_to,
    corners,
    decoded,
    encoded,
    png_claiming,
    png_with_text_bomb,
    turned,
    with_canaries,
)
from tests.arena.core.profiles import display_p3


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_keeps_its_format_and_size(kind):
    picture = normalise(encoded(kind=kind))
    assert (picture.mime, picture.width, picture.height) == (f"image/{kind.lower()}", 32, 24)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_stored_bytes_are_what_type_and_size_say(kind):
    picture = normalise(encoded(kind=kind))
    stored = decoded(picture)
    assert (Image.MIME[stored.format], *stored.size) == (
        picture.mime,
        picture.width,
        picture.height,
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_colours_survive(kind):
    stored = decoded(normalise(encoded(kind=kind)))
    places = {(4, 4): RED, (28, 4): GREEN, (28, 20): BLUE, (4, 20): WHITE}
    assert all(close_to(stored.getpixel(place), colour) for place, colour in places.items())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation, kind):
    stored = decoded(normalise(turned(orientation, kind)))
    assert stored.size == (32, 24)
    places = {(4, 4): RED, (28, 4): GREEN, (28, 20): BLUE, (4, 20): WHITE}
    assert all(close_to(stored.getpixel(place), colour) for place, colour in places.items())


@pytest.mark.parametrize("kind", FORMATS)
def test_the_upload_of_the_next_test_does_carry_canaries(kind):
    assert with_canaries(kind).count(CANARY) >= 3


@pytest.mark.parametrize("kind", FORMATS)
def test_no_metadata_survives(kind):
    assert CANARY not in normalise(with_canaries(kind)).data


@pytest.mark.parametrize("kind", FORMATS)
def test_no_field_for_metadata_is_left(kind):
    stored = decoded(normalise(with_canaries(kind)))
    assert not set(stored.info) & {"exif", "xmp", "icc_profile", "comment", "Comment", "photoshop"}


def test_a_real_colour_profile_goes_too():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = decoded(normalise(encoded(kind="JPEG", icc_profile=profile)))
    assert "icc_profile" not in stored.info


def at_most_apart(pixel, colour, steps):
    return all(abs(is_ - should) <= steps for is_, should in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(("kind", "steps"), [("PNG", 0), ("JPEG", 3), ("WEBP", 4)])
@pytest.mark.parametrize(
    ("sent", "shown"), [((220, 30, 30), (240, 0, 0)), ((30, 200, 30), (0, 204, 0))]
)
def test_a_wide_gamut_keeps_its_look(kind, steps, sent, shown):
    image = Image.new("RGB", (32, 24), sent)
    stored = decoded(normalise(encoded(image, kind, icc_profile=display_p3())))
    assert at_most_apart(stored.getpixel((9, 9)), shown, steps)


def test_a_wide_gamut_keeps_its_look_beside_transparency():
    image = Image.new("RGBA", (32, 24), (220, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 16, 24))
    stored = decoded(normalise(encoded(image, icc_profile=display_p3())))
    assert (stored.getpixel((4, 4)), stored.getpixel((28, 4))) == (WHITE, (240, 0, 0))


def test_a_wide_gamut_keeps_its_look_in_a_palette():
    image = Image.new("RGB", (32, 24), (220, 30, 30)).quantize(4)
    stored = decoded(normalise(encoded(image, icc_profile=display_p3())))
    assert at_most_apart(stored.getpixel((9, 9)), (240, 0, 0), 2)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("profile", [b"x", display_p3()[:300], display_p3()[:128], b"\0" * 4096])
def test_a_broken_profile_is_passed_over(kind, profile):
    stored = decoded(normalise(encoded(kind=kind, icc_profile=profile)))
    assert close_to(stored.getpixel((4, 4)), RED)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_profile_with_flipped_bytes_never_gives_anything_but_the_three_answers(kind):
    dice, whole = random.Random(kind), display_p3()
    for _ in range(100):
        profile = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            profile[dice.randrange(len(profile))] = dice.randrange(256)
        data = encoded(kind=kind, icc_profile=bytes(profile))
        assert outcome(data) in (PlainPicture, NotAPicture, TooLarge)


def test_a_profile_of_another_kind_of_picture_is_passed_over():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    stored = decoded(normalise(encoded(image, "JPEG", icc_profile=display_p3())))
    assert close_to(stored.getpixel((4, 4)), (255, 0, 0))


def noise(size=(1200, 1200)):
    return Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))


@pytest.mark.parametrize("kind", FORMATS)
def test_noise_is_stored_within_the_bound(kind, settings):
    settings.UPLOAD_STORED_BYTES = 200_000
    picture = normalise(encoded(noise((600, 600)), kind))
    assert len(picture.data) <= 200_000
    assert decoded(picture).size == (picture.width, picture.height)


def test_ten_megabytes_of_noise_are_stored_within_a_megabyte():
    picture = normalise(encoded(noise((1800, 1800))))
    assert len(picture.data) <= 1024 * 1024


def test_the_same_upload_is_stored_as_the_same_bytes(settings):
    settings.UPLOAD_STORED_BYTES = 100_000
    data = encoded(noise((400, 400)))
    assert normalise(data) == normalise(data)


def test_what_fits_stays_lossless():
    image = corners((640, 480))
    assert decoded(normalise(encoded(image))).tobytes() == image.tobytes()


@pytest.mark.parametrize("size", [(5712, 4284), (4624, 3468)])
def test_a_phones_jpeg_is_judged_by_what_is_decoded(size):
    picture = normalise(encoded(Image.new("RGB", size, RED), "JPEG"))
    assert (picture.width, picture.height) == (2048, 1536)


def test_a_progressive_jpeg_is_judged_by_what_is_held():
    image = Image.new("RGB", (5712, 4284), RED)
    assert normalise(encoded(image, "JPEG", progressive=True)).width == 2048


@pytest.mark.parametrize(
    ("size", "options", "limit"),
    [((8200, 8200), {}, 64), ((6000, 6000), {"progressive": True}, 32)],
)
def test_a_jpeg_over_its_own_cap_is_refused_with_that_number(size, options, limit):
    with pytest.raises(TooLarge, match=f"too many pixels; the limit is {limit} million"):
        normalise(encoded(Image.new("L", size), "JPEG", **options))


@pytest.mark.parametrize(("size", "stored"), [((1080, 9000), (246, 2048)), ((9000, 30), (2048, 7))])
@pytest.mark.parametrize("kind", FORMATS)
def test_long_screenshots_and_strips_are_taken(size, stored, kind):
    picture = normalise(encoded(Image.new("RGB", size, RED), kind))
    assert (picture.width, picture.height) == stored


def test_a_side_that_is_too_long_is_refused_with_the_sides_limit():
    with pytest.raises(TooLarge, match="too long; the limit is 16384 pixels a side"):
        normalise(encoded(Image.new("L", (20_000, 30))))


def test_a_bomb_is_refused_with_the_pixels_limit():
    with pytest.raises(TooLarge, match="too many pixels; the limit is 16 million"):
        normalise(png_claiming(16_000, 16_000))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_appended_behind_the_picture_is_gone(kind):
    polyglot = encoded(kind=kind) + b"PK\x03\x04<script>alert(1)</script><?php ?>"
    assert b"<script>" not in normalise(polyglot).data


def test_more_pixels_than_the_cap_are_refused(settings):
    settings.UPLOAD_MAX_PIXELS = 32 * 24 - 1
    with pytest.raises(TooLarge):
        normalise(encoded())


def test_just_as_many_pixels_as_the_cap_are_taken(settings):
    settings.UPLOAD_MAX_PIXELS = 32 * 24
    assert normalise(encoded()).width == 32


def test_a_side_over_the_cap_is_refused():
    with pytest.raises(TooLarge):
        normalise(encoded(Image.new("L", (images.MAX_SIDE + 1, 1))))


@pytest.mark.parametrize("size", [(100_000, 100_000), (9_500, 9_500), (20_000, 20_000)])
def test_a_header_that_promises_a_bomb_is_refused_before_decoding(size):
    with pytest.raises(TooLarge):
        normalise(png_claiming(*size))


def test_a_text_that_unpacks_to_a_bomb_is_refused():
    with pytest.raises((NotAPicture, TooLarge)):
        normalise(png_with_text_bomb())


def test_a_header_that_promises_more_than_there_is_is_refused():
    with pytest.raises(NotAPicture):
        normalise(png_claiming(2000, 2000))


def test_longer_sides_are_scaled_once():
    picture = normalise(encoded(Image.new("RGB", (3000, 1500)), "JPEG"))
    assert (picture.width, picture.height) == (STORED_SIDE, STORED_SIDE // 2)


def test_a_small_picture_is_not_scaled_up():
    assert normalise(encoded(corners((2, 2)))).width == 2


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_files_are_refused(kind, share):
    whole = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), kind)
    with pytest.raises(NotAPicture):
        normalise(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "JPEG2000"])
def test_other_formats_are_refused_whatever_they_are_called(kind):
    with pytest.raises(NotAPicture):
        normalise(encoded(kind=kind))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"hello",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8L",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"%PDF-1.7",
        b"GIF89a",
        b"PK\x03\x04",
        b"<!DOCTYPE html><script>alert(1)</script>",
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(NotAPicture):
        normalise(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, GREEN, BLUE)]
    moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    stored = decoded(normalise(moving))
    assert getattr(stored, "n_frames", 1) == 1
    assert close_to(stored.getpixel((8, 8)), RED)


def test_a_phone_picture_with_a_second_frame_gives_the_first():
    second = Image.new("RGB", (32, 24), GREEN)
    stored = decoded(normalise(encoded(kind="MPO", save_all=True, append_images=[second])))
    assert (stored.format, close_to(stored.getpixel((4, 4)), RED)) == ("JPEG", True)


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "shown"),
    [
        ("L", 100, "PNG", (100, 100, 100)),
        ("L", 100, "JPEG", (100, 100, 100)),
        ("1", 1, "PNG", (255, 255, 255)),
        ("LA", (100, 255), "PNG", (100, 100, 100)),
        ("I;16", 0x9C40, "PNG", (156, 156, 156)),
        ("CMYK", (0, 255, 255, 0), "JPEG", (255, 0, 0)),
        ("RGBA", (10, 200, 10, 255), "PNG", GREEN),
        ("RGBA", (10, 200, 10, 255), "WEBP", GREEN),
    ],
)
def test_every_colour_model_becomes_plain_colours(mode, colour, kind, shown):
    stored = decoded(normalise(encoded(Image.new(mode, (8, 8), colour), kind)))
    assert (stored.mode, close_to(stored.getpixel((4, 4)), shown)) == ("RGB", True)


def test_a_palette_becomes_plain_colours():
    stored = decoded(normalise(encoded(corners().quantize(4))))
    assert (stored.mode, close_to(stored.getpixel((4, 4)), RED)) == ("RGB", True)


def test_a_palette_with_transparency_becomes_white_there():
    image = corners().quantize(4)
    stored = decoded(normalise(encoded(image, transparency=image.getpixel((4, 4)))))
    assert stored.getpixel((4, 4)) == WHITE


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_nothing_hides_under_transparency(kind):
    image = corners()
    image.putalpha(0)
    stored = decoded(normalise(encoded(image, kind, lossless=True, exact=True)))
    assert stored.getcolors() == [(32 * 24, WHITE)]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_flipped_byte_never_gives_anything_but_the_three_answers(kind):
    dice = random.Random(kind)
    seed = with_canaries(kind)
    for _ in range(150):
        mutant = bytearray(seed)
        for _ in range(dice.randint(1, 8)):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        assert outcome(bytes(mutant)) in (PlainPicture, NotAPicture, TooLarge)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_broken_orientation_never_gives_anything_but_the_three_answers(kind):
    seed, dice = turned(6, kind), random.Random(kind)
    at = seed.index(b"\x01\x12") if b"\x01\x12" in seed else seed.index(b"\x12\x01")
    for _ in range(150):
        mutant = bytearray(seed)
        mutant[at + dice.randrange(-12, 14)] = dice.randrange(256)
        assert outcome(bytes(mutant)) in (PlainPicture, NotAPicture, TooLarge)


def outcome(data):
    try:
        return type(normalise(data))
    except (NotAPicture, TooLarge) as error:
        return type(error)


def test_a_decoder_that_runs_out_of_memory_is_a_refusal(monkeypatch):
    monkeypatch.setattr(Image.Image, "convert", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(TooLarge, match="more memory to open than the arena has"):
        normalise(encoded())


class Counted:
    """Stands in for the decoding, and knows how many of it ran at a time."""

    def __init__(self, together):
        self.running, self.most, self.lock = 0, 0, threading.Lock()
        self.together = threading.Barrier(together, timeout=120)

    def __call__(self, data, page):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.together.wait()
        with self.lock:
            self.running -= 1


def test_no_more_pictures_are_decoded_at_a_time_than_there_are_decoders(monkeypatch):
    counted = Counted(together=2)
    monkeypatch.setattr(images, "_reencode", counted)
    monkeypatch.setattr(images, "_decoders", threading.BoundedSemaphore(2))
    at_once(normalise, [b""] * 8)
    assert counted.most == 2


def test_a_refused_picture_gives_its_decoder_back(monkeypatch):
    monkeypatch.setattr(images, "_decoders", threading.BoundedSemaphore(1))
    assert [outcome(b"x"), outcome(b"x"), outcome(encoded())] == [
        NotAPicture,
        NotAPicture,
        PlainPicture,
    ]
