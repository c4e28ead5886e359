"""Images as phones and rogues make them."""

from io import BytesIO

from PIL import Image

ORIENTATION = 0x0112
GPS = 0x8825
LATITUDE = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}


def jpeg(width=640, height=480, color=(200, 30, 30), *, orientation=None, comment=None):
    """Return a photo with a place, a camera and whatever else in it; its left half is blue."""
    image = Image.new("RGB", (width, height), color)
    image.paste((20, 20, 220), (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(GPS).update(LATITUDE)
    if orientation:
        exif[ORIENTATION] = orientation
    return encoded(image, "JPEG", exif=exif, **({"comment": comment} if comment else {}))


def encoded(image, form, **more):
    out = BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def opened(content):
    return Image.open(BytesIO(content))
