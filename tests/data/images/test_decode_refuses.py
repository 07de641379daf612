"""Files that are refused: whatever bytes come, a right picture or one sentence, and nothing else."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import ImageFile

from augment.data.images import decode, headers
from augment.errors import DataError
from tests.data.images import picture_files as files
from tests.data.images.given_pictures import (
    COLOURED,
    LOSSLESS,
    LOSSY,
    PALETTE,
    PALETTES,
    PHOTOGRAPH,
    SMOOTH,
    claims,
)

# Pytest puts the filter that the module sets aside; the test of the terminal shows that it works.
pytestmark = [
    pytest.mark.filterwarnings("ignore:::PIL.TiffImagePlugin"),
    pytest.mark.filterwarnings("ignore:::PIL.PngImagePlugin"),
]


def refusal(data: bytes, name: str = "rose.jpg", **options: int) -> str:
    with pytest.raises(DataError) as caught:
        decode.decode(data, name, **options)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 250
    return said


def tried(data: bytes) -> tuple[np.ndarray | None, str]:
    """Return the picture, or none and what was said."""
    try:
        return decode.decode(data, "rose.jpg"), ""
    except DataError as error:
        return None, str(error)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_eight_pixels_are_enough_and_seven_are_not(kind: str) -> None:
    assert decode.decode(files.saved(SMOOTH[:8, :8], kind), "x").shape == (8, 8, 3)
    for cut, words in ((SMOOTH[:7, :9], "9 x 7"), (SMOOTH[:9, :7], "7 x 9")):
        said = refusal(files.saved(cut, kind))
        assert said == f"rose.jpg is {words} pixels, but each side must have at least 8."


@pytest.mark.parametrize("kind", claims(60_000, 60_000))
def test_a_bomb_is_refused_by_its_header(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    said = refusal(claims(60_000, 60_000)[kind])
    assert "at most 52 million pixels are allowed" in said
    if not kind.startswith("WebP") or kind == "WebP, extended":
        assert said.startswith("rose.jpg is 60,000 x 60,000 pixels;")


@pytest.mark.parametrize("kind", claims(9000, 6000))
def test_a_little_too_large_is_too_large(kind: str) -> None:
    assert refusal(claims(9000, 6000)[kind]).startswith("rose.jpg is 9,000 x 6,000 pixels; at most")


def test_the_size_of_a_webp_is_known_before_memory_is_taken_for_it() -> None:
    for kind, data in {**LOSSLESS, **LOSSY}.items():
        if kind.startswith("WebP"):
            assert headers.webp_size(data) == (128, 96)
    for kind, data in claims(9000, 6000).items():
        if kind.startswith("WebP"):
            assert headers.webp_size(data) == (9000, 6000)


def test_a_gif_whose_picture_is_larger_than_its_screen_is_measured_too() -> None:
    gif = bytearray(PALETTES["GIF"])
    frame = gif.index(b",\0\0\0\0")
    gif[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    assert "at most 52 million pixels are allowed" in refusal(bytes(gif))


def test_a_jpeg_of_very_many_passes_is_refused() -> None:
    data = files.saved(PHOTOGRAPH, "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xc4", first)
    bomb = data[:second] + data[first:second] * 200 + data[second:]
    assert "of more than 100 passes" in refusal(bomb)
    assert decode.decode(data + bytes(2) + b"\xff\xda\0\2" * 200, "film").shape == (96, 128, 3)


NO_PICTURES = {
    "a HEIC picture": b"\0\0\0\x18ftypheic" + bytes(50),
    "an AVIF picture": b"\0\0\0\x18ftypavif" + bytes(50),
    "a film": b"\0\0\0\x18ftypisom" + bytes(50),
    "a JPEG 2000 picture": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50),
    "a Photoshop document": b"8BPS" + bytes(50),
    "a PDF document": b"%PDF-1.7\n",
    "a ZIP archive": b"PK\x03\x04" + bytes(50),
    "a drawing or page of text (SVG, HTML)": b"\xef\xbb\xbf\n<svg xmlns='http://www.w3.org/2000/svg'>",
    "no picture that can be read": b"Dear diary, today I saw a flower.",
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_no_picture_is_called_by_its_name(kind: str) -> None:
    said = refusal(NO_PICTURES[kind])
    assert said == f"rose.jpg is {kind}; JPEG, PNG, WebP, BMP, GIF and TIFF files are allowed."


def test_an_empty_file() -> None:
    assert refusal(b"") == (
        "rose.jpg is empty; JPEG, PNG, WebP, BMP, GIF and TIFF files are allowed."
    )


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY, "GIF", "JPEG, CMYK"])
def test_a_file_that_was_cut_off_is_never_shown_in_part(kind: str) -> None:
    data = {
        **LOSSLESS,
        **LOSSY,
        "GIF": PALETTES["GIF"],
        "JPEG, CMYK": files.saved(COLOURED.convert("CMYK"), "JPEG"),
    }[kind]
    whole = decode.decode(data, "x")
    ends = {*range(1, 120), *range(120, len(data), 101), *range(len(data) - 60, len(data))}
    for end in sorted(ends):
        found, said = tried(data[:end])
        if found is not None:  # only what follows the pixels is missing
            assert end >= len(data) - 3
            np.testing.assert_array_equal(found, whole)
        else:
            assert "damaged or incomplete" in said or "no picture" in said


def test_a_png_with_one_wrong_bit_is_refused() -> None:
    random = np.random.default_rng(4)
    for place in random.integers(8, len(LOSSLESS["PNG"]), 100):
        broken = bytearray(LOSSLESS["PNG"])
        broken[place] ^= 1 << int(random.integers(0, 8))
        assert refusal(bytes(broken))


def test_unusual_tiff_files_are_refused_with_a_way_out() -> None:
    floats = files.saved(np.ones((16, 16), np.float32), "TIFF")
    assert "only grey, RGB and CMYK of up to 16 bits are allowed" in refusal(floats)
    inside = files.saved(PHOTOGRAPH, "TIFF", compression="jpeg")
    assert "compressed by jpeg; save it without compression, or with LZW" in refusal(inside)
    raw = files.saved(PHOTOGRAPH, "TIFF", tiffinfo={254: 1})
    assert "is a raw file of a camera" in refusal(raw, "DSC_0001.NEF")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\nb\tc.jpg", r"a\nb\tc.jpg"),
        ("rose\u202egpj.exe", r"rose\u202egpj.exe"),
        ("\x1b[31mred.jpg", r"\x1b[31mred.jpg"),
        ("\udcff.jpg", r"\udcff.jpg"),
        ("Blüte 花 🌸.jpg", "Blüte 花 🌸.jpg"),
        ("", "A file without a name"),
        (" \u3000", "A file without a name"),
        ("x" * 70_000 + ".jpg", "x" * 29 + "…" + "x" * 26 + ".jpg"),
        ("start" + "x" * 100 + "end.jpg", "start" + "x" * 24 + "…" + "x" * 23 + "end.jpg"),
    ],
)
def test_any_name_is_fit_for_a_sentence(name: str, words: str) -> None:
    assert decode.shown(name) == words
    assert refusal(b"", name).startswith(f"{words} is empty")


def flipped(data: bytes, random: np.random.Generator) -> bytes:
    broken = bytearray(data)
    reach = min(len(data), int(random.choice([64, 400, len(data)])))
    for place in random.integers(0, reach, random.integers(1, 6)):
        broken[place] = random.integers(0, 256)
    return bytes(broken)


def spliced(data: bytes, random: np.random.Generator) -> bytes:
    start, end = sorted(random.integers(0, len(data), 2))
    return data[:start] + data[end:]


def headed(data: bytes, random: np.random.Generator) -> bytes:
    return data[: random.integers(0, 40)] + random.bytes(int(random.integers(0, 600)))


@pytest.mark.parametrize("change", [flipped, spliced, headed])
@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY, *(f"palette {kind}" for kind in PALETTES)])
def test_whatever_comes_is_a_picture_or_a_sentence(
    kind: str, change: Callable[[bytes, np.random.Generator], bytes]
) -> None:
    known = {**LOSSLESS, **LOSSY, **{f"palette {name}": data for name, data in PALETTES.items()}}
    random = np.random.default_rng([len(kind), len(change.__name__)])
    for _ in range(60):
        data = change(known[kind], random)
        found, said = tried(data)
        if found is not None:
            assert found.dtype == np.uint8
            assert found.ndim == 3
            assert min(found.shape[:2]) >= 8
            assert found.shape[2] == 3
        else:
            assert said.startswith("rose.jpg ")
            assert len(said) < 250


QUIETLY = """
import io, logging, pickle, sys
from PIL import Image, ImageFile
before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID)
from augment.data.images import decode
from augment.errors import DataError
said = []
for data in pickle.load(sys.stdin.buffer):
    try:
        decode.decode(data, "x")
    except DataError as error:
        said.append(str(error))
Image.preinit()
assert Image.MAX_IMAGE_PIXELS == before[0] == 1024 * 1024 * 1024 // 4 // 3
assert ImageFile.LOAD_TRUNCATED_IMAGES is before[1] is False
assert logging.getLogger("PIL").level == logging.NOTSET
print(len(said))
"""


def test_nothing_is_written_to_the_terminal_and_no_setting_of_pillow_changes() -> None:
    """Except what libtiff prints of a damaged compressed file, which no setting of one call stops."""
    random = np.random.default_rng(11)
    printing = {"TIFF, LZW", "TIFF, deflate", "TIFF, PackBits"}
    known = {**LOSSLESS, **LOSSY, **{f"palette {kind}": data for kind, data in PALETTES.items()}}
    known["EXIF"] = files.saved(PHOTOGRAPH, "JPEG", exif=files.exif(6))
    known["profile"] = files.saved(PALETTE, "PNG", transparency=bytes(range(64)))
    quiet = [data for kind, data in known.items() if kind not in printing]
    batch = [
        change(data, random) for data in quiet for change in (flipped, spliced) for _ in range(40)
    ]
    batch += [data[: random.integers(0, len(data))] for data in quiet for _ in range(20)]
    batch += [*claims(60_000, 60_000).values(), *claims(9999, 9999).values(), *known.values()]
    batch += [*NO_PICTURES.values(), b""]
    many = bytearray(files.saved(PHOTOGRAPH, "TIFF"))
    samples = many.index(struct.pack("<HHI", 277, 3, 1))
    many[samples + 8 : samples + 10] = struct.pack("<H", 500)  # Pillow logs an error of this one
    batch.append(bytes(many))
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-c", QUIETLY],
        input=pickle.dumps(batch),
        capture_output=True,
        check=False,
    )
    assert ended.stderr == b""
    assert int(ended.stdout) > len(batch) / 3
