"""What is uploaded is made anew: nothing of the file survives but what is seen, and nothing hostile is decoded."""

import random
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from interplay.interact.contests.pictures import PIXELS_MAX, made_anew
from interplay.kernel.errors import AppError
from tests.interact.contests.pictures import encoded, jpeg, opened


def refusal(content):
    with pytest.raises(AppError) as refused:
        made_anew(content)
    return refused.value.code


def png_of(width, height):
    """Return the head of a PNG that says it is so large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + b"\0" * 4


def test_place_camera_and_comments_are_gone():
    original = jpeg(comment=b"taken at home")
    assert b"SecretCamera" in original
    assert opened(original).getexif().get_ifd(0x8825)
    found = made_anew(original)
    for one in (found.content, found.thumb):
        image = opened(one)
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert not {"exif", "comment", "icc_profile", "xmp"} & image.info.keys()
        assert b"SecretCamera" not in one
        assert b"at home" not in one


def test_an_image_that_lies_on_its_side_stands_up():
    found = made_anew(jpeg(640, 480, orientation=6))  # to be turned by 90° clockwise
    assert (found.width, found.height) == (480, 640)
    image = opened(found.content)
    assert image.getpixel((240, 100))[2] > 180  # what was on the left is above
    assert image.getpixel((240, 540))[0] > 150


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_type_is_what_the_bytes_are(form):
    found = made_anew(encoded(Image.new("RGB", (30, 20), (1, 2, 3)), form))
    assert (found.width, found.height) == (30, 20)


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "PDF", "PPM"])
def test_other_types_are_refused(form):
    assert refusal(encoded(Image.new("RGB", (30, 20)), form)) == "contests.photo_type"


def test_what_shines_through_is_on_white():
    found = made_anew(encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG"))
    assert opened(found.content).getpixel((15, 10)) == (255, 255, 255)


def test_large_photos_become_smaller_and_small_ones_stay():
    found = made_anew(jpeg(4000, 3000))
    assert (found.width, found.height) == (2048, 1536)
    assert max(opened(found.thumb).size) == 480
    small = made_anew(jpeg(100, 80))
    assert (small.width, small.height) == (100, 80)


@pytest.mark.parametrize("side", [8_000, 12_000, 30_000, 65_000])
def test_bombs_are_refused_by_their_head(side):
    assert side * side > PIXELS_MAX
    assert refusal(png_of(side, side)) == "contests.photo_pixels"


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_image_is_refused(content):
    assert refusal(content) in ("contests.photo_type", "contests.photo_broken")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_end_in_a_refusal_or_an_image_never_in_a_bug(form):
    rng = random.Random(form)
    whole = bytearray(jpeg() if form == "JPEG" else encoded(opened(jpeg()), form))
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(rng.choice((1, 5, 50))):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        cut = bytes(broken[: rng.randrange(1, len(broken))] if rng.random() < 0.3 else broken)
        with suppress(AppError):
            assert made_anew(cut).width


def test_sixteen_bits_of_gray_stay_gray():
    ramp = Image.new("I;16", (256, 4))
    for x in range(256):
        ramp.paste(x * 257, (x, 0, x + 1, 4))
    seen = opened(made_anew(encoded(ramp, "PNG")).content)
    assert [abs(seen.getpixel((x, 1))[0] - x) < 4 for x in (0, 64, 128, 255)] == [True] * 4


@pytest.mark.parametrize(("mode", "nothing"), [("RGB", (1, 1, 1)), ("L", 1)])
def test_a_color_that_is_said_to_be_nothing_is_white_also_where_the_image_was_large(mode, nothing):
    found = made_anew(encoded(Image.new(mode, (2400, 40), nothing), "PNG", transparency=nothing))
    assert (found.width, opened(found.content).getpixel((900, 10))) == (2048, (255, 255, 255))


LARGE = """
from io import BytesIO
from pathlib import Path
from PIL import Image
from interplay.interact.contests.pictures import made_anew

def most():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

out = BytesIO()
Image.new("RGB", (6000, 5000)).save(out, "PNG", compress_level=1)
before = most()
made_anew(out.getvalue())
print((most() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
def test_a_large_image_is_not_kept_in_memory_many_times():
    """It has 120 MB, which were had once before, when it was written."""
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200
