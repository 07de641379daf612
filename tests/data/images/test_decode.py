from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode
from augment.data.sources import bundled
from tests.data.images import picture_files as files
from tests.data.images.given_pictures import (
    COLOURED,
    LOSSLESS,
    LOSSY,
    PALETTE,
    PALETTES,
    PHOTOGRAPH,
    SMOOTH,
    off,
)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_what_is_kept_whole_is_returned_to_the_bit(kind: str) -> None:
    found = decode.decode(LOSSLESS[kind], "x")
    np.testing.assert_array_equal(found, PHOTOGRAPH)
    assert found.flags.writeable
    assert found.flags.c_contiguous


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_files_look_like_the_picture(kind: str) -> None:
    found = decode.decode(LOSSY[kind], "x")
    assert found.shape == PHOTOGRAPH.shape
    assert np.abs(found.astype(int) - PHOTOGRAPH).mean() < 3


@pytest.mark.parametrize("kind", PALETTES)
def test_palettes_are_looked_up(kind: str) -> None:
    palette = PALETTE.quantize(16) if "4 bits" in kind else PALETTE
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(decode.decode(PALETTES[kind], "x"), expected)


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
def test_opencv_decodes_the_same_pixels(kind: str) -> None:
    """Without rotation, alpha and profile the two decoders agree.

    To the bit in JPEG too, where both use libjpeg-turbo; OpenCV's own libwebp differs by no more than
    rounding in lossy files.
    """
    data = {**LOSSLESS, **LOSSY}[kind]
    other = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), 1), cv2.COLOR_BGR2RGB)
    assert off(decode.decode(data, "x"), other) <= (1 if kind == "WebP, lossy" else 0)


@pytest.mark.parametrize("row", bundled.photographs(), ids=lambda row: row.file)
def test_the_bundled_photographs_are_what_they_were_with_opencv(row: bundled.Photograph) -> None:
    data = row.path.read_bytes()
    other = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), 1), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(decode.decode(data, row.file), other)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF, LZW"])
def test_a_camera_held_in_any_way_gives_the_upright_picture(kind: str, orientation: int) -> None:
    kind, _, packed = kind.partition(", ")
    options = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
        "TIFF": {"compression": "tiff_lzw"} if packed else {},
    }.get(kind, {})
    held = files.lying(SMOOTH, orientation)
    data = files.saved(held, kind, exif=files.exif(orientation), **options)
    assert off(decode.decode(data, "x"), SMOOTH) <= (4 if kind == "JPEG" else 0)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    data = files.saved(SMOOTH, "PNG", exif=files.exif(orientation))
    np.testing.assert_array_equal(decode.decode(data, "x"), SMOOTH)


@pytest.mark.filterwarnings("ignore:::PIL.TiffImagePlugin")
def test_damaged_exif_data_turn_nothing() -> None:
    random = np.random.default_rng(8)
    plain = decode.decode(files.saved(SMOOTH, "JPEG"), "x")
    note = files.exif(6).tobytes()
    for _ in range(300):
        broken = bytearray(note)
        for place in random.integers(6, len(note), 3):
            broken[place] = random.integers(0, 256)
        data = files.saved(SMOOTH, "JPEG", exif=bytes(broken[: random.integers(7, len(note) + 1)]))
        found = decode.decode(data, "x")
        if found.shape == plain.shape:
            turned = [files.lying(plain, way) for way in range(1, 5)]
        else:
            turned = [files.lying(plain, way) for way in range(5, 9)]
        assert any(np.array_equal(found, picture) for picture in turned)


@pytest.mark.filterwarnings("ignore:::PIL.TiffImagePlugin")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_data_that_are_none_turn_nothing(kind: str) -> None:
    plain = decode.decode(files.saved(SMOOTH, kind), "x")
    for note in (b"Exif\0\0", b"Exif\0\0no rotation at all", b"Exif\0\0MM\0*\xff\xff\xff\xff"):
        found = decode.decode(files.saved(SMOOTH, kind, exif=note), "x")
        np.testing.assert_array_equal(found, plain)


def test_of_an_animation_the_first_picture_is_taken() -> None:
    others = [COLOURED.rotate(90), COLOURED.rotate(180)]
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        data = files.saved(COLOURED, kind, save_all=True, append_images=others, **options)
        np.testing.assert_array_equal(decode.decode(data, "x"), PHOTOGRAPH)
    data = files.saved(PALETTE, "GIF", save_all=True, append_images=[PALETTE.rotate(90)])
    np.testing.assert_array_equal(decode.decode(data, "x"), np.asarray(PALETTE.convert("RGB")))


def test_of_a_telephones_file_of_several_jpegs_the_first_is_taken() -> None:
    data = files.saved(COLOURED, "MPO", save_all=True, append_images=[COLOURED.rotate(180)])
    single = decode.decode(files.saved(COLOURED, "JPEG"), "x")
    np.testing.assert_array_equal(decode.decode(data, "x"), single)


def test_an_interlaced_png() -> None:
    """Written pass by pass (PNG specification, section 8); Pillow writes none."""
    rows = b""
    for top, left, down, across in (
        *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)),
        *((2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
    ):
        for row in SMOOTH[top::down, left::across]:
            rows += b"\0" + row.tobytes()
    data = files.png((64, 48, 8, 2, 1), rows)
    np.testing.assert_array_equal(decode.decode(data, "x"), SMOOTH)


def test_the_bytes_decide_and_not_the_name() -> None:
    for name in ("rose.gif", "rose.txt", "rose", "../../etc/passwd", ""):
        np.testing.assert_array_equal(decode.decode(LOSSLESS["PNG"], name), PHOTOGRAPH)
    archive = LOSSLESS["PNG"] + b"PK\x03\x04 and more that only another program reads"
    np.testing.assert_array_equal(decode.decode(archive, "rose.zip"), PHOTOGRAPH)


def test_strips_meet_without_a_seam() -> None:
    tall = np.random.default_rng(2).integers(0, 256, (40_003, 67, 3), np.uint8)
    np.testing.assert_array_equal(decode.decode(files.saved(tall, "BMP"), "x"), tall)
    data = files.saved(np.ascontiguousarray(np.rot90(tall)), "TIFF", exif=files.exif(6))
    np.testing.assert_array_equal(decode.decode(data, "x"), tall)


@pytest.mark.slow
def test_fifty_megapixels_are_shown() -> None:
    data = files.png((8688, 5792, 1, 0, 0), bytes((1 + 8688 // 8) * 5792))
    assert decode.decode(data, "x").shape == (5792, 8688, 3)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_large_jpeg_is_decoded_smaller_but_never_too_small(mode: str, progressive: bool) -> None:
    picture = Image.fromarray(files.photograph(608, 896)).convert(mode)
    data = files.saved(picture, "JPEG", quality=92, progressive=progressive, exif=files.exif(6))
    full = decode.decode(data, "x")
    for least, factor in ((609, 1), (305, 1), (304, 2), (152, 4), (76, 8), (39, 8), (38, 16)):
        found = decode.decode(data, "x", least_side=least)
        assert found.shape == (896 // factor, 608 // factor, 3)
        blocks = full.reshape(found.shape[0], factor, found.shape[1], factor, 3)
        assert np.abs(found - blocks.mean((1, 3))).mean() < 1


def means(picture: np.ndarray, factor: int) -> np.ndarray:
    """Return the mean of each block of so many pixels a side; the last ones may have fewer."""
    edges = [np.arange(0, side, factor) for side in picture.shape[:2]]
    sums = np.add.reduceat(np.add.reduceat(picture.astype(float), edges[0]), edges[1], axis=1)
    counts = [
        np.minimum(edge + factor, side) - edge
        for edge, side in zip(edges, picture.shape[:2], strict=True)
    ]
    return sums / np.outer(*counts)[..., None]


@pytest.mark.parametrize("kind", [*LOSSLESS, *(f"palette {kind}" for kind in PALETTES)])
def test_other_kinds_are_averaged_over_whole_numbers_of_pixels(kind: str) -> None:
    known = {**LOSSLESS, **{f"palette {name}": data for name, data in PALETTES.items()}}
    whole = decode.decode(known[kind], "x")
    for least, factor in ((97, 1), (49, 1), (48, 2), (32, 3), (19, 5), (1, 96)):
        found = decode.decode(known[kind], "x", least_side=least)
        assert min(found.shape[:2]) >= least or factor == 1
        assert off(found, means(whole, factor)) <= 0.51


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_averaged_as_well(orientation: int) -> None:
    held = files.lying(SMOOTH, orientation)
    data = files.saved(held, "PNG", exif=files.exif(orientation))
    assert off(decode.decode(data, "x", least_side=12), means(SMOOTH, 4)) <= 0.51


def test_strips_are_averaged_without_a_seam() -> None:
    tall = np.random.default_rng(2).integers(0, 256, (40_003, 67, 3), np.uint8)
    found = decode.decode(files.saved(tall, "BMP"), "x", least_side=20)
    assert off(found, means(tall, 3)) <= 0.51


def test_transparent_pixels_are_averaged_as_they_look() -> None:
    layers = np.dstack([PHOTOGRAPH, PHOTOGRAPH[..., ::-1][..., 0]])
    data = files.saved(layers, "PNG")
    found = decode.decode(data, "x", least_side=24)
    assert off(found, means(decode.decode(data, "x"), 4)) <= 0.51


def test_the_file_that_is_called_so_is_never_opened(tmp_path: Path) -> None:
    """Pillow maps the pixels of some kinds from the file whose name it is told."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"nobody may see this" * 1000)
    for kind in ("TIFF", "BMP"):
        black = files.saved(np.zeros((40, 40), np.uint8), kind)
        assert not decode.decode(black, str(secret)).any()
