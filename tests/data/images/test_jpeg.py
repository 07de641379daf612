"""JPEG files: damages inside are noticed, habits of cameras are taken, and padding takes no time."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode, jpeg
from augment.errors import DataError
from tests.data.images import picture_files as files

PHOTOGRAPH = files.photograph(240, 320)
BASELINE = files.saved(PHOTOGRAPH, "JPEG", quality=85)
PROGRESSIVE = files.saved(PHOTOGRAPH, "JPEG", quality=85, progressive=True)
CMYK = files.saved(Image.fromarray(PHOTOGRAPH).convert("CMYK"), "JPEG", quality=85)
KINDS = {
    "baseline": BASELINE,
    "progressive": PROGRESSIVE,
    "with restarts": files.saved(PHOTOGRAPH, "JPEG", quality=85, restart_marker_rows=1),
    "grey": files.saved(PHOTOGRAPH[..., 0], "JPEG", quality=85),
    "CMYK": CMYK,
    "CMYK, progressive": files.saved(
        Image.fromarray(PHOTOGRAPH).convert("CMYK"), "JPEG", progressive=True
    ),
}
END = b"\xff\xd9"


def middle(data: bytes) -> int:
    return (data.index(b"\xff\xda") + len(data)) // 2


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut and ended": lambda data: data[: middle(data)] + END,
    "the end is zeros": lambda data: data[: middle(data)] + bytes(500) + END,
    "the rest is zeros": lambda data: (
        data[: middle(data)] + bytes(len(data) - middle(data) - 2) + END
    ),
    "an end in the middle": lambda data: data[: middle(data)] + END + data[middle(data) + 9 :],
    "a hole": lambda data: data[: middle(data)] + data[middle(data) + 600 :],
    "other bytes": lambda data: (
        data[: middle(data)] + bytes(range(1, 200, 3)) * 3 + data[middle(data) + 201 :]
    ),
    "without its end": lambda data: data[:-2],
    "the end of another": lambda data: data[: middle(data)] + data[middle(data) // 2 :],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("least", [None, 40])
def test_a_picture_that_is_damaged_inside_is_refused(
    kind: str, damage: str, least: int | None
) -> None:
    decode.decode(KINDS[kind], "x", least_side=least)
    with pytest.raises(DataError, match=r"rose.jpg is a damaged or incomplete JPEG file; only"):
        decode.decode(DAMAGES[damage](KINDS[kind]), "rose.jpg", least_side=least)


def scans(data: bytes) -> list[int]:
    return [place for place in range(len(data)) if data[place : place + 2] == b"\xff\xda"]


def test_a_progressive_picture_without_its_last_passes_is_refused() -> None:
    """Of which libjpeg does not even warn: each pass that is there is whole."""
    for place in scans(PROGRESSIVE)[1:]:
        table = PROGRESSIVE.rindex(b"\xff\xc4", 0, place)
        with pytest.raises(DataError, match="damaged or incomplete"):
            decode.decode(PROGRESSIVE[:table] + END, "x")


def test_most_damages_of_any_place_are_noticed() -> None:
    """A few bytes that are wrong often are the codes of another picture, which no decoder can know."""
    random = np.random.default_rng(2)
    start, noticed = BASELINE.index(b"\xff\xda") + 14, 0
    for _ in range(100):
        place = int(random.integers(start, len(BASELINE) - 42))
        try:
            decode.decode(BASELINE[:place] + random.bytes(40) + BASELINE[place + 40 :], "x")
        except DataError:
            noticed += 1
    assert noticed > 50


def after_start(inserted: bytes, data: bytes = BASELINE) -> bytes:
    return data[:2] + inserted + data[2:]


def after_first_segment(inserted: bytes) -> bytes:
    return BASELINE[:20] + inserted + BASELINE[20:]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 255, marker, len(body) + 2) + body


def before_end(inserted: bytes, data: bytes = BASELINE) -> bytes:
    return data[:-2] + inserted + END


def changed(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


FRAME, SCAN = BASELINE.index(b"\xff\xc0"), BASELINE.index(b"\xff\xda")
HABITS = {
    "something after the picture": BASELINE + b"garbage" * 30,
    "a second picture": BASELINE + BASELINE,
    "a trailer with markers": BASELINE + b"\xff\xe5\xff\xff\xff\xda" * 50,
    "zeros before the end": before_end(bytes(228)),
    "spaces before the end": before_end(b" " * 999),
    "fill bytes before the end": before_end(b"\xff" * 50),
    "one byte too many": before_end(b"\x42"),
    "a thumbnail": after_start(segment(0xE1, b"Exif\0\0" + BASELINE[:20_000])),
    "a comment": after_start(segment(0xFE, b"a rose") * 300),
    "fill bytes before a marker": after_start(b"\xff" * 1000),
    "bytes between segments": after_first_segment(bytes(1000)),
    "another version of JFIF": changed(BASELINE, 11, b"\0\0"),
    "an unknown transform of Adobe": after_start(
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x09"), BASELINE[:2] + BASELINE[20:]
    ),
    "parameters of a scan that has none": changed(BASELINE, SCAN + 11, b"\1\5\x21"),
    "a wrong profile": after_start(segment(0xE2, b"ICC_PROFILE\0\3\1" + bytes(400))),
    "all components of one number": changed(
        changed(changed(BASELINE, FRAME + 10, b"\1"), FRAME + 13, b"\1"), FRAME + 16, b"\1"
    )[:SCAN]
    + changed(changed(changed(BASELINE, SCAN + 5, b"\1"), SCAN + 7, b"\1"), SCAN + 9, b"\1")[SCAN:],
}


@pytest.mark.parametrize("habit", HABITS)
def test_habits_of_cameras_and_programs_are_no_damages(habit: str) -> None:
    np.testing.assert_array_equal(decode.decode(HABITS[habit], "x"), decode.decode(BASELINE, "x"))


@pytest.mark.parametrize("least", [None, 100, 60, 30])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "CMYK" not in kind])
def test_the_pixels_are_those_of_pillow(kind: str, least: int | None) -> None:
    """Prepared sets were made by Pillow, and must stay the same to the bit."""
    with Image.open(files.io.BytesIO(KINDS[kind])) as picture:
        if least is not None:
            picture.draft(None, (least, least))
        expected = np.asarray(picture.convert("RGB"))
    found = decode.decode(KINDS[kind], "x", least_side=least)
    np.testing.assert_array_equal(found, expected)


def of_sampling(*factors: tuple[int, int]) -> bytes:
    """Return a picture of one grey, 100 x 70 pixels, with any sampling of its components."""
    flat = files.saved(np.full((16, 16, 3), 128, np.uint8), "JPEG", quality=80)
    frame, scan = flat.index(b"\xff\xc0"), flat.index(b"\xff\xda")
    across = -(-100 // (8 * max(wide for wide, _ in factors)))
    down = -(-70 // (8 * max(high for _, high in factors)))
    # The codes of Annex K for a block that is as the one before: luminance, chrominance.
    unit = "".join(
        ("0000" if number else "001010") * wide * high
        for number, (wide, high) in enumerate(factors)
    )
    bits = unit * across * down
    bits += "1" * (-len(bits) % 8)
    components = enumerate(factors, start=1)
    size = struct.pack(">BHHB", 8, 70, 100, len(factors))
    size += b"".join(bytes((n, wide << 4 | high, min(n - 1, 1))) for n, (wide, high) in components)
    chosen = b"".join(bytes((n + 1, 0x11 if n else 0)) for n in range(len(factors)))
    return b"".join(
        (
            flat[:frame],
            segment(0xC0, size),
            flat[frame + 19 : scan],
            segment(0xDA, bytes([len(factors)]) + chosen + b"\0\x3f\0"),
            int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0"),
            END,
        )
    )


@pytest.mark.parametrize(
    "factors",
    [
        [(2, 2), (1, 1), (1, 1)],
        [(4, 1), (1, 1), (1, 1)],
        [(1, 4), (1, 1), (1, 1)],
        [(4, 2), (1, 1), (1, 1)],  # those that follow have no name in TurboJPEG
        [(3, 1), (1, 1), (1, 1)],
        [(1, 1), (2, 2), (2, 2)],
        [(2, 2), (2, 1), (1, 2)],
        [(1, 1)] * 4,
        [(2, 2), (1, 1), (1, 1), (2, 2)],
    ],
)
@pytest.mark.parametrize("least", [None, 20])
def test_rare_samplings_are_decoded(factors: list[tuple[int, int]], least: int | None) -> None:
    found = decode.decode(of_sampling(*factors), "x", least_side=least)
    assert found.shape == ((70, 100, 3) if least is None else (35, 50, 3))
    assert np.ptp(found) == 0


def test_twelve_bits_a_level_are_refused_with_a_way_out() -> None:
    with pytest.raises(DataError, match=r"x is a JPEG file with 12 bits a level; save it with 8"):
        decode.decode(changed(BASELINE, FRAME + 4, b"\x0c"), "x")


PADDING = {
    "fill bytes": after_start(b"\xff" * 3_000_000),
    "zeros": after_first_segment(bytes(3_000_000)),
    "escapes": after_first_segment(b"\xff\0" * 1_500_000),
    "comments": after_start(segment(0xFE, b"") * 20_000),
    "tables": after_start(segment(0xDD, b"\0\0") * 20_000),
    "zeros before the end": before_end(bytes(5_000_000)),
    "restarts": before_end(b"\xff\xd0" * 2_500_000),
    "comments before the end": before_end(segment(0xFE, b"") * 20_000),
}


@pytest.mark.parametrize("kind", PADDING)
def test_padding_is_refused_before_it_is_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(jpeg.simplejpeg, "decode_jpeg", never)
    with pytest.raises(DataError, match=r"x is a JPEG file (of|with) more than .* take long"):
        decode.decode(PADDING[kind], "x")


def test_only_what_is_needed_reaches_a_decoder() -> None:
    parts = jpeg.Jpeg(after_start(segment(0xE1, b"x" * 65_000) * 50 + segment(0xFE, b"y") * 50))
    assert len(parts.file) < len(BASELINE) + 17 * 65_100
    assert b"y" not in parts.file[:100]


def test_a_jpeg_of_very_many_passes_is_refused() -> None:
    """One coefficient of one bit in a pass, as the format allows."""
    first = scans(PROGRESSIVE)[0]
    passes = [segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 0, 0)))]
    for component in (1, 2, 3):
        passes += [segment(0xDA, bytes((1, component, 0, n, n, 0))) for n in range(1, 64)]
    with pytest.raises(DataError, match=r"x is a JPEG file of 190 passes, which would take long"):
        decode.decode(PROGRESSIVE[:first] + b"\0".join(passes) + END, "x")
