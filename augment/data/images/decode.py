"""Decoding picture files of any origin: correctly, or refused with one sentence.

Pillow decodes, simplejpeg the pixels of JPEG files (see `jpeg`), and pillow-heif HEIC files if it is
installed. OpenCV, which takes two thirds of Pillow's time and gives the same pixels for plain files,
drops alpha, so that what was cut out shows again, ignores colour profiles, does not know the size before
it decodes, and writes to the terminal about a damaged file; `benchmarks/decoding.py` shows
it and other decoders. No setting of Pillow is changed: they hold for the whole process, and other code
has a right to them. How much is decoded at the same time is limited by a `MemoryBudget`.

What is refused as damaged: see `jpeg`, `webp`, `heif` and `headers`. BMP and uncompressed TIFF files
have nothing by which a wrong pixel could be known, and a few wrong bits in JPEG, lossless WebP, AVIF and
HEIC files often make a valid picture too.
"""

from __future__ import annotations

import ctypes
import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from augment.data.images import colour, headers, heif, jpeg, webp
from augment.data.source import Pixels
from augment.engine.limits import visible
from augment.errors import DataError

try:
    import pillow_heif
except ImportError:  # the licence of its wheels is not for everyone
    pillow_heif = None  # type: ignore[assignment]

LEAST_SIDE = 8
MOST_PIXELS = 50 * 1024 * 1024
"""Cameras that are sold as having 50 megapixels have up to 50.4 million pixels."""

EXTENSIONS = frozenset(
    (
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "mpo",
        "png",
        "webp",
        "bmp",
        "gif",
        "tif",
        "tiff",
        "avif",
        "heic",
        "heif",
        "hif",
    )
)
"""The extensions of files that may be decoded, without the dot and in lower case."""

_LONGEST_NAME = 60

# Bytes for a pixel, as measured: in Pillow, in what is returned, in the coefficients of a whole JPEG that
# comes in several scans, and in all copies of a WebP, and of an AVIF (with alpha 13) or HEIC picture.
_DECODED, _RETURNED, _SEVERAL_SCANS, _WEBP, _HEIF = 4, 3, 6, 16, 14

# `PIL.Image.open` would warn about pictures of 89 megapixels by Pillow's own setting, before their size
# is known; the classes that it chooses from do not.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
if features.check("avif"):
    _READERS["AVIF"] = AvifImagePlugin.AvifImageFile
if pillow_heif is not None:
    _READERS["HEIC"] = pillow_heif.HeifImageFile
_HEIF_KINDS = ("AVIF", "HEIC")
KINDS = tuple(_READERS)
"""The kinds of files that are decoded."""
ALLOWED = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"
"""The same as in a sentence."""
_WITHOUT_READER = {
    "AVIF": "an AVIF picture, which only Pillow with libavif reads; save it as JPEG",
    "HEIC": (
        "a HEIC picture, which only the package pillow-heif reads; install it, or save the picture as "
        "JPEG (an iPhone takes JPEG by Settings > Camera > Formats > Most Compatible)"
    ),
}


def _checked(check: Callable[[bytes], None]) -> Callable[[bytes], bytes]:
    def prepared(data: bytes) -> bytes:
        check(data)
        return data

    return prepared


_PREPARE: dict[str, Callable[[bytes], bytes]] = {
    "PNG": headers.whole_png,
    "WebP": webp.first,
    "BMP": _checked(headers.check_bmp),
    "GIF": headers.first_of_gif,
    "TIFF": _checked(headers.check_tiff),
    "AVIF": _checked(heif.check),
    "HEIC": _checked(heif.check),
}
"""From a file to what its reader gets: only what it needs, or what is checked."""

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SUBFILE, _DNG_VERSION = 258, 262, 254, 50706
# Those that photographs have: the fewer of libtiff's decoders, the better.
_TIFF_COMPRESSIONS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")

# Damaged files are normal, and the error reports them. `catch_warnings` would do this for one call, but
# it is not safe where several threads decode.
warnings.filterwarnings("ignore", module=r"PIL\..*ImagePlugin")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning, module=r"PIL\.Image")
logging.getLogger(TiffImagePlugin.__name__).addFilter(lambda record: False)
# libtiff prints errors on the terminal by a handler for the whole process; Pillow unsets only that of
# warnings. Where Pillow has libtiff within itself, as on Windows, it cannot be reached, and still prints.
_on_error = getattr(ctypes.CDLL(Image.core.__file__), "TIFFSetErrorHandler", None)  # type: ignore[attr-defined]
if _on_error is not None:
    _on_error(None)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGE, _SMALL_ENOUGH = 4 << 20, 16 << 20


def decode(data: bytes, name: str, *, least_side: int | None = None) -> Pixels:
    """Return the picture in a file as it should look.

    The kind of a file, one of `KINDS`, is recognised by its bytes, whatever the name says. Of an
    animation or a file of several pictures the first one is returned. EXIF rotation is applied,
    colours of another profile are converted to sRGB, transparent pixels lie on white, and 16 bits a
    level are scaled to 8.

    Args:
        data: The whole file.
        name: Its name in an error; it need not be trusted.
        least_side: Where no more than a picture of this side is needed, a larger one is returned at
            a half, a third, a quarter … of its size, the smallest that has it, each pixel the mean of
            those that it replaces. A JPEG is decoded at a half, a quarter or an eighth, which is
            faster, and nearly the mean.

    Returns:
        RGB, uint8, (H, W, 3).

    Raises:
        DataError: The file is no such picture, is damaged or incomplete, or has less than
            `LEAST_SIDE` pixels along a side or more than `MOST_PIXELS` in all.
    """
    called = shown(name)
    if not data:
        raise DataError(
            f"{called} is empty; if it is stored in a cloud, download it to your device first."
        )
    kind = headers.kind_of(data)
    if kind is None:
        other = headers.other_kind_of(data) or "not a picture that can be read"
        raise DataError(f"{called} is {other}; {ALLOWED} files are allowed.")
    if kind not in _READERS:
        raise DataError(f"{called} is {_WITHOUT_READER[kind]}.")
    damaged = (
        f"{called} is a damaged or incomplete {kind} file; only complete pictures are allowed."
    )
    try:
        return _decode(data, kind, called, least_side, damaged)
    except DataError:
        raise
    except headers.Unusual as error:
        raise DataError(
            f"{called} is {_named(kind)} {error}, which would take long to decode; "
            "save it again as an ordinary one."
        ) from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{called} is too large; {_limit()}.") from error
    except MemoryError as error:
        raise DataError(f"{called} needs more memory than there is; make it smaller.") from error
    except Exception as error:  # damaged files make the readers raise anything
        raise DataError(damaged) from error


def shown(name: str) -> str:
    """Return a file's name as a message shows it: on one line, visible, and not too long."""
    text = visible(name.strip())
    half = _LONGEST_NAME // 2
    if len(text) > _LONGEST_NAME:
        return f"{text[: half - 1]}…{text[-half:]}"
    return text or "A file without a name"


def give_memory_back() -> None:
    """Make this process return the memory of large pictures to the system as soon as it is free.

    glibc keeps it for the thread that used it, up to hundreds of megabytes, and asks the system for the
    memory of small pictures each time, which takes longer than decoding some. This holds for the whole
    process, so call it in one that does nothing but prepare pictures. With another C library it does
    nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _SMALL_ENOUGH)


class MemoryBudget:
    """A number of bytes that threads share; a picture that needs more than all of it has it alone.

    The first to ask is the first to get it, so that small pictures do not delay a large one for ever.
    """

    def __init__(self, size: int) -> None:
        self._all = self._free = size
        self._first = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """Wait until so many bytes are free, and reserve them while the block runs."""
        share = min(size, self._all)
        with self._first, self._changed:
            self._changed.wait_for(lambda: self._free >= share)
            self._free -= share
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify()


_BUDGET = MemoryBudget(256 << 20)
"""For all threads of the process, so that many large pictures at a time cannot use up its memory."""


def _decode(data: bytes, kind: str, called: str, least_side: int | None, damaged: str) -> Pixels:
    if kind == "JPEG":
        return _decode_jpeg(jpeg.Jpeg(data), called, least_side)
    with ExitStack() as reserved:
        if kind == "WebP":  # opening it allocates its pixels
            size = webp.size(data)
            if size is None:
                raise DataError(damaged)
            _check_size(size, called)
            reserved.enter_context(_BUDGET.reserved(size[0] * size[1] * _WEBP))
        data = _PREPARE[kind](data)
        if kind == "WebP" and not webp.is_used_up(data):
            raise DataError(damaged)
        # Without the name, or Pillow would open the file of that name and read the pixels from it.
        picture = _READERS[kind](io.BytesIO(data))
        _check_size(picture.size, called)
        if not colour.understood(picture.mode):
            raise DataError(
                f"{called} is {_named(kind)} with colours of the kind {picture.mode}, but only grey, "
                "RGB and CMYK of up to 16 bits are allowed."
            )
        bits, white_is_zero = 8, False
        if isinstance(picture, TiffImagePlugin.TiffImageFile):
            _check_tiff(picture, called)
            bits = picture.tag_v2.get(_BITS_PER_SAMPLE, (1,))[0]
            white_is_zero = picture.tag_v2.get(_PHOTOMETRIC) == 0
        elif kind == "PNG":
            bits = headers.png_depth(data)
        shrink = 1 if least_side is None else max(1, min(picture.size) // least_side)
        if kind in _HEIF_KINDS:
            reserved.enter_context(_BUDGET.reserved(_pixels(picture) * _HEIF))
        elif kind != "WebP":
            returned = _pixels(picture) * _RETURNED // shrink**2
            reserved.enter_context(_BUDGET.reserved(_pixels(picture) * _DECODED + returned))
        picture.load()
        upright = colour.srgb(picture, bits=bits, white_is_zero=white_is_zero, shrink=shrink)
        del picture  # or its memory would be free only after another thread has reserved it
        return upright


def _decode_jpeg(parts: jpeg.Jpeg, called: str, least_side: int | None) -> Pixels:
    if parts.bits != 8:
        raise DataError(
            f"{called} is a JPEG file with {parts.bits} bits a level; save it with 8 bits."
        )
    picture = JpegImagePlugin.JpegImageFile(io.BytesIO(parts.head))
    _check_size(picture.size, called)
    whole, shrink = _pixels(picture), 1
    if parts.scans > jpeg.MOST_SCANS or parts.scans * whole > jpeg.MOST_SCANNED:
        raise headers.Unusual(f"of {parts.scans} passes")
    if least_side is not None:
        picture.draft(None, (least_side, least_side))
        shrink = max(1, min(picture.size) // least_side)
    coefficients = whole * _SEVERAL_SCANS if parts.scans > 1 else 0
    returned = _pixels(picture) * _RETURNED // shrink**2
    with _BUDGET.reserved(coefficients + _pixels(picture) * _DECODED + returned):
        pixels = None
        if picture.mode == "CMYK":  # Pillow knows how Adobe's programs store it
            parts.decoded(_eighth(parts.size), "CMYK")
        else:
            pixels = parts.decoded(picture.size, "GRAY" if picture.mode == "L" else "RGB")
        if pixels is None:
            picture = JpegImagePlugin.JpegImageFile(io.BytesIO(parts.file))
            if least_side is not None:
                picture.draft(None, (least_side, least_side))
            picture.load()
        return colour.srgb(picture, bits=8, shrink=shrink, pixels=pixels)


def _eighth(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a JPEG when libjpeg reduces it as much as it can."""
    return -(-size[0] // 8), -(-size[1] // 8)


def _pixels(picture: ImageFile.ImageFile) -> int:
    return picture.width * picture.height


def _check_tiff(picture: TiffImagePlugin.TiffImageFile, called: str) -> None:
    if picture.tag_v2.get(_SUBFILE, 0) & 1 or _DNG_VERSION in picture.tag_v2:
        raise DataError(f"{called} is a raw file of a camera; {ALLOWED} files are allowed.")
    compression = picture.info.get("compression")
    if compression not in _TIFF_COMPRESSIONS:
        raise DataError(
            f"{called} is a TIFF file compressed by {compression}; save it without compression, "
            "or with LZW, deflate or PackBits."
        )


def _check_size(size: tuple[int, int], called: str) -> None:
    width, height = size
    if min(size) < LEAST_SIDE:
        raise DataError(
            f"{called} is {width:,} x {height:,} pixels, but each side must have "
            f"at least {LEAST_SIDE}."
        )
    if width * height > MOST_PIXELS:
        raise DataError(f"{called} is {width:,} x {height:,} pixels; {_limit()}.")


def _named(kind: str) -> str:
    return f"{'an' if kind == 'AVIF' else 'a'} {kind} file"


def _limit() -> str:
    return f"at most {MOST_PIXELS / 1e6:.0f} million pixels are allowed"
