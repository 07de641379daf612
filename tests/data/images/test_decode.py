"""Decoding: any bytes give the right picture or one sentence, and many threads the memory of few."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile

from augment.data.images import colour, decode, webp
from augment.data.images.decode import MemoryBudget
from augment.data.sources import bundled
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
    off,
)
from tests.data.processes import until

HEIF = ("AVIF", "HEIC")

# Pytest puts the filter that the module sets aside; the test of the terminal shows that it works.
pytestmark = [
    pytest.mark.filterwarnings("ignore:::PIL.TiffImagePlugin"),
    pytest.mark.filterwarnings("ignore:::PIL.PngImagePlugin"),
]


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_files_are_returned_to_the_bit(kind: str) -> None:
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


@pytest.mark.parametrize("kind", [kind for kind in (*LOSSLESS, *LOSSY) if kind not in HEIF])
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_data_that_are_none_turn_nothing(kind: str) -> None:
    plain = decode.decode(files.saved(SMOOTH, kind), "x")
    for note in (b"Exif\0\0", b"Exif\0\0no rotation at all", b"Exif\0\0MM\0*\xff\xff\xff\xff"):
        found = decode.decode(files.saved(SMOOTH, kind, exif=note), "x")
        np.testing.assert_array_equal(found, plain)


def test_the_first_picture_of_an_animation_is_decoded() -> None:
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


def test_a_file_of_the_given_name_is_never_opened(tmp_path: Path) -> None:
    """Pillow maps the pixels of some kinds from the file whose name it is reports."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"nobody may see this" * 1000)
    for kind in ("TIFF", "BMP"):
        black = files.saved(np.zeros((40, 40), np.uint8), kind)
        assert not decode.decode(black, str(secret)).any()


def refusal(data: bytes, name: str = "rose.jpg", **options: int) -> str:
    with pytest.raises(DataError) as caught:
        decode.decode(data, name, **options)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 250
    return message


def tried(data: bytes) -> tuple[np.ndarray | None, str]:
    """Return the picture, or None and the message."""
    try:
        return decode.decode(data, "rose.jpg"), ""
    except DataError as error:
        return None, str(error)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_eight_pixels_are_enough_and_seven_are_not(kind: str) -> None:
    assert decode.decode(files.saved(SMOOTH[:8, :8], kind), "x").shape == (8, 8, 3)
    for cut, words in ((SMOOTH[:7, :9], "9 x 7"), (SMOOTH[:9, :7], "7 x 9")):
        message = refusal(files.saved(cut, kind))
        assert message == f"rose.jpg is {words} pixels, but each side must have at least 8."


@pytest.mark.parametrize("kind", claims(60_000, 60_000))
def test_a_bomb_is_refused_by_its_header(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    message = refusal(claims(60_000, 60_000)[kind])
    assert "at most 52 million pixels are allowed" in message
    if not kind.startswith("WebP") or kind == "WebP, extended":
        assert message.startswith("rose.jpg is 60,000 x 60,000 pixels;")


@pytest.mark.parametrize("kind", claims(9000, 6000))
def test_a_little_too_large_is_too_large(kind: str) -> None:
    assert refusal(claims(9000, 6000)[kind]).startswith("rose.jpg is 9,000 x 6,000 pixels; at most")


def test_the_size_of_a_webp_is_known_before_memory_is_taken_for_it() -> None:
    for kind, data in {**LOSSLESS, **LOSSY}.items():
        if kind.startswith("WebP"):
            assert webp.size(data) == (128, 96)
    for kind, data in claims(9000, 6000).items():
        if kind.startswith("WebP"):
            assert webp.size(data) == (9000, 6000)


def test_a_gif_whose_picture_is_larger_than_its_screen_is_measured_too() -> None:
    gif = bytearray(PALETTES["GIF"])
    frame = gif.index(b",\0\0\0\0")
    gif[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    assert "at most 52 million pixels are allowed" in refusal(bytes(gif))


NO_PICTURES = {
    "a HEIF picture of a rare kind": b"\0\0\0\x18ftypmif1" + bytes(50),
    "a JPEG XL picture": b"\xff\x0a" + bytes(50),
    "a film": b"\0\0\0\x18ftypisom" + bytes(50),
    "a JPEG 2000 picture": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50),
    "a Photoshop document": b"8BPS" + bytes(50),
    "a PDF document": b"%PDF-1.7\n",
    "a ZIP archive": b"PK\x03\x04" + bytes(50),
    "a drawing or page of text (SVG, HTML)": b"\xef\xbb\xbf\n<svg xmlns='http://www.w3.org/2000/svg'>",
    "not a picture that can be read": b"Dear diary, today I saw a flower.",
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_files_of_other_kinds_are_refused_by_name(kind: str) -> None:
    message = refusal(NO_PICTURES[kind])
    allowed = "JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF and HEIC files are allowed."
    assert message == f"rose.jpg is {kind}; {allowed}"


def test_an_empty_file() -> None:
    assert refusal(b"") == (
        "rose.jpg is empty; if it is stored in a cloud, download it to your device first."
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
        found, message = tried(data[:end])
        if found is not None:  # only what follows the pixels is missing
            assert end >= len(data) - 3
            np.testing.assert_array_equal(found, whole)
        else:
            known = ("damaged or incomplete", "not a picture", "is a film")
            assert any(words in message for words in known)


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
def test_any_name_can_be_shown(name: str, words: str) -> None:
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
def test_any_bytes_give_a_picture_or_a_sentence(
    kind: str, change: Callable[[bytes, np.random.Generator], bytes]
) -> None:
    known = {**LOSSLESS, **LOSSY, **{f"palette {name}": data for name, data in PALETTES.items()}}
    random = np.random.default_rng([len(kind), len(change.__name__)])
    for _ in range(60):
        data = change(known[kind], random)
        found, message = tried(data)
        if found is not None:
            assert found.dtype == np.uint8
            assert found.ndim == 3
            assert min(found.shape[:2]) >= 8
            assert found.shape[2] == 3
        else:
            assert message.startswith("rose.jpg ")
            assert len(message) < 250


QUIETLY = """
import io, logging, pickle, sys
from PIL import Image, ImageFile
before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID)
from augment.data.images import decode
from augment.errors import DataError
message = []
for data in pickle.load(sys.stdin.buffer):
    try:
        decode.decode(data, "x")
    except DataError as error:
        message.append(str(error))
Image.preinit()
assert Image.MAX_IMAGE_PIXELS == before[0] == 1024 * 1024 * 1024 // 4 // 3
assert ImageFile.LOAD_TRUNCATED_IMAGES is before[1] is False
assert logging.getLogger("PIL").level == logging.NOTSET
print(len(message))
"""


def test_nothing_is_written_to_the_terminal_and_no_setting_of_pillow_changes() -> None:
    random = np.random.default_rng(11)
    known = {**LOSSLESS, **LOSSY, **{f"palette {kind}": data for kind, data in PALETTES.items()}}
    known["EXIF"] = files.saved(PHOTOGRAPH, "JPEG", exif=files.exif(6))
    known["profile"] = files.saved(PALETTE, "PNG", transparency=bytes(range(64)))
    batch = [
        change(data, random)
        for data in known.values()
        for change in (flipped, spliced)
        for _ in range(40)
    ]
    batch += [data[: random.integers(0, len(data))] for data in known.values() for _ in range(20)]
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


PIXELS = PHOTOGRAPH.shape[0] * PHOTOGRAPH.shape[1]


class Watched(MemoryBudget):
    """A room that remembers what was asked for, and what has not been given back."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.asked: list[int] = []
        self.held = 0

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        self.asked.append(size)
        with super().reserved(size):
            self.held += 1
            try:
                yield
            finally:
                self.held -= 1


def test_small_pictures_share_the_budget_and_a_large_one_has_it_alone() -> None:
    room = MemoryBudget(10)
    inside: list[str] = []
    leave = {name: threading.Event() for name in ("small", "other", "large", "late", "all")}

    def stay(name: str, size: int) -> None:
        with room.reserved(size):
            inside.append(name)
            leave[name].wait()
            inside.remove(name)

    def waiting() -> bool:
        return room._first.locked()

    def start(name: str, size: int) -> None:
        threading.Thread(target=stay, args=(name, size), daemon=True).start()

    for name in ("small", "other"):
        start(name, 5)
    until(lambda: len(inside) == 2)
    start("large", 1000)
    until(lambda: waiting() or "large" in inside)
    start("late", 1)
    leave["small"].set()
    until(lambda: "small" not in inside)
    assert inside == ["other"]  # though there is room for the late one, who came after the large
    leave["other"].set()
    until(lambda: "large" in inside)
    assert inside == ["large"]
    leave["large"].set()
    until(lambda: "late" in inside)
    leave["late"].set()
    start("all", 10)
    until(lambda: inside == ["all"])


def test_memory_is_released_after_an_error() -> None:
    room = MemoryBudget(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), room.reserved(1):
            _ = 1 / 0


@pytest.mark.parametrize(
    ("data", "least", "bytes_a_pixel"),
    [
        (LOSSLESS["PNG"], None, 4 + 3),
        (LOSSLESS["PNG"], 24, 4 + 3 / 16),
        (LOSSLESS["TIFF"], 24, 4 + 3 / 16),
        (LOSSLESS["WebP"], 24, 16),
        (LOSSY["JPEG"], None, 4 + 3),
        (LOSSY["JPEG"], 24, (4 + 3) / 16),
        (LOSSY["JPEG, progressive"], 24, 6 + (4 + 3) / 16),
        (LOSSY["AVIF"], 24, 14),
        (LOSSY["HEIC"], None, 14),
    ],
)
def test_the_memory_that_a_picture_needs_is_reserved(
    data: bytes, least: int | None, bytes_a_pixel: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Watched(10)
    held = []
    monkeypatch.setattr(decode, "_BUDGET", room)

    def loading(picture: Image.Image, **options: object) -> np.ndarray:
        held.append(room.held)
        return real(picture, **options)

    real = colour.srgb
    monkeypatch.setattr(colour, "srgb", loading)
    decode.decode(data, "x", least_side=least)
    assert room.asked == [int(PIXELS * bytes_a_pixel)]
    assert held == [1]
    assert room.held == 0


def test_a_damaged_picture_releases_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Watched(1)
    monkeypatch.setattr(decode, "_BUDGET", room)
    cut = [data[: len(data) // 2] for data in (LOSSY["WebP, lossy"], LOSSLESS["WebP"])]
    early = LOSSY["JPEG"][: len(LOSSY["JPEG"]) // 2] + b"\xff\xd9"
    for data in (*cut, early, LOSSLESS["BMP"][:9000]):
        with pytest.raises(DataError):
            decode.decode(data, "x")
    assert len(room.asked) == 4
    assert room.held == 0
    decode.decode(LOSSLESS["PNG"], "x")


def test_of_two_large_pictures_the_second_waits_and_small_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "_BUDGET", room := MemoryBudget(PIXELS * 7 + 10_000))
    inside: list[tuple[int, int]] = []
    go = threading.Event()
    real = colour.srgb

    def stopping(picture: Image.Image, **options: object) -> np.ndarray:
        inside.append(picture.size)
        if picture.size == COLOURED.size:
            go.wait()
        return real(picture, **options)

    monkeypatch.setattr(colour, "srgb", stopping)
    small = files.saved(PHOTOGRAPH[:20, :20], "PNG")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(decode.decode, LOSSLESS["PNG"], "first")
        until(lambda: len(inside) == 1)
        assert decode.decode(small, "small").shape == (20, 20, 3)
        second = pool.submit(decode.decode, LOSSLESS["BMP"], "second")
        until(lambda: room._first.locked() or len(inside) == 3)
        assert inside == [COLOURED.size, (20, 20)]
        go.set()
        for picture in (first, second):
            np.testing.assert_array_equal(picture.result(), PHOTOGRAPH)


MANY = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from augment.data.images import decode
decode.give_memory_back()
decode._BUDGET = decode.MemoryBudget(1)
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(8) as pool:
    for found in pool.map(lambda name: decode.decode(data, name, least_side=448), "abcdefgh"):
        assert found.shape == (500, 500, 3)
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KB on Linux only")
def test_large_pictures_of_many_threads_need_the_memory_of_one() -> None:
    data = files.png((4000, 4000, 8, 2, 0), bytes((1 + 3 * 4000) * 4000))
    ended = subprocess.run(
        [sys.executable, "-c", MANY], input=data, capture_output=True, check=True
    )
    before, after = map(int, ended.stdout.split())
    assert after - before < 200 << 10  # eight at a time, or what eight threads kept, is 512 MB
