"""Uploaded photos are made anew: whatever else was in the file, where it was taken among it, does not come along."""

import struct
from io import BytesIO
from threading import Lock

from PIL import Image, ImageCms, ImageOps

from interplay.interact.contests.contracts import Picture
from interplay.kernel.errors import AppError

FORMATS = ("JPEG", "PNG", "WEBP")
"""What is read, by what the bytes are, whatever the file is called."""
PIXELS_MAX = 50_000_000
SIDE_MAX = 2_048
THUMB_SIDE_MAX = 480
QUALITY = 85

_WHITE = (255, 255, 255)
_AT_WORK = Lock()
"""A few kilobytes may be fifty million pixels. One image after the other has its memory, however many are sent."""
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError, struct.error)
"""What Pillow raises for bytes that are no whole image."""


def made_anew(content: bytes) -> Picture:
    """Return what is seen in an image, upright, in sRGB, on white, in two sizes.

    Raises AppError `contests.photo_type`, `contests.photo_pixels`, `contests.photo_broken`.
    """
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_many(None) from None
    except _BROKEN:
        raise AppError("contests.photo_type", allowed=", ".join(FORMATS)) from None
    if image.width * image.height > PIXELS_MAX:
        raise _too_many(image.width * image.height)
    try:
        with _AT_WORK:
            seen = _seen(image)
    except _BROKEN:
        raise AppError("contests.photo_broken") from None
    small = seen.copy()
    small.thumbnail((THUMB_SIDE_MAX, THUMB_SIDE_MAX))
    return Picture(_encoded(seen), _encoded(small), seen.width, seen.height)


def _seen(image: Image.Image) -> Image.Image:
    """Return the pixels alone, as they are meant to be seen, and no more of them than are kept."""
    image.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a large JPEG is decoded at a half or a quarter, in as much less time
    image.load()
    if image.mode.startswith("I"):  # 16 bits of gray
        image = image.convert("I").point(lambda gray: gray * (1 / 257)).convert("L")
    elif image.mode in ("1", "P", "PA") or "transparency" in image.info:  # a palette has nothing between its colors
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((SIDE_MAX, SIDE_MAX))  # before anything is made of it: each step would have all pixels again
    upright = ImageOps.exif_transpose(image)
    toned = _in_srgb(upright)
    on_white = Image.new("RGB", toned.size, _WHITE)  # new, for info of the old one would be written along
    if toned.has_transparency_data:
        layer = toned.convert("RGBA")
        on_white.paste(layer, mask=layer.getchannel("A"))
    else:
        on_white.paste(toned.convert("RGB"))
    return on_white


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an image with its colors as phones show them; a profile that cannot be read is left aside."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _encoded(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _too_many(pixels: int | None) -> AppError:
    given = "more" if pixels is None else f"{pixels / 1e6:.0f}"
    return AppError("contests.photo_pixels", status=413, given=given, allowed=PIXELS_MAX // 1_000_000)
