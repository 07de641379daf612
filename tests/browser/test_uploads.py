from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from augment.data.images import squares
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted, settle
from tests.data.images import picture_files as files

SIZE = 224
# Of grey levels, on the average: what JPEG at quality 90 does to these pictures, and a palette to one.
CLOSE, ROUGH = 2.0, 6.0


def picture(seed: int, height: int = 240, width: int = 300) -> np.ndarray:
    """Return a smooth picture like no other."""
    small = np.random.default_rng(seed).integers(20, 236, (3, 3, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def good() -> dict[str, tuple[bytes, np.ndarray, float]]:
    """Return files by name, each with the picture that it has to be seen as."""
    made: dict[str, tuple[bytes, np.ndarray, float]] = {}
    for seed, (name, kind, options) in enumerate(
        [
            ("a jpeg.jpg", "JPEG", {"quality": 95, "subsampling": 0}),
            ("a png.png", "PNG", {}),
            ("a webp.webp", "WEBP", {"lossless": True}),
            ("a bmp.bmp", "BMP", {}),
            ("a tiff.tif", "TIFF", {}),
            ("wrong ending.txt", "PNG", {}),
        ]
    ):
        made[name] = (files.saved(picture(seed), kind, **options), picture(seed), CLOSE)
    frames = [Image.fromarray(picture(seed)).quantize(256) for seed in (20, 21)]
    animated = files.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    made["a gif.gif"] = (animated, picture(20), ROUGH)
    made["a palette.png"] = (
        files.saved(Image.fromarray(picture(22)).quantize(256), "PNG"),
        picture(22),
        ROUGH,
    )
    grey = picture(23)[..., 0]
    made["grey.png"] = (files.saved(grey, "PNG"), np.dstack([grey] * 3), CLOSE)
    deep = picture(24)[..., 0]
    made["sixteen bits.png"] = (
        files.png_of_levels(deep.astype(np.uint16) * 257, 16),
        np.dstack([deep] * 3),
        CLOSE,
    )
    ink = Image.fromarray(picture(25)).convert("CMYK")
    made["ink.jpg"] = (files.saved(ink, "JPEG", quality=95), picture(25), ROUGH)
    cut_out = np.dstack([picture(26), np.full((240, 300), 255, np.uint8)])
    cut_out[:, 150:, 3] = 0
    on_white = np.where(cut_out[..., 3:] == 0, np.uint8(255), cut_out[..., :3])
    made["cut out.png"] = (files.saved(cut_out, "PNG"), on_white, CLOSE)
    lying = files.lying(picture(27), 6)
    made["turned.jpg"] = (
        files.saved(lying, "JPEG", quality=95, exif=files.exif(6)),
        picture(27),
        CLOSE,
    )
    made["tiny.png"] = (files.saved(picture(28, 8, 9), "PNG"), picture(28, 8, 9), CLOSE)
    large = picture(29, 500, 1000).repeat(10, axis=0).repeat(10, axis=1)
    assert large.shape[0] * large.shape[1] == 50_000_000
    made["large.jpg"] = (files.saved(large, "JPEG", quality=90), large, CLOSE)
    return made


BAD = {
    "bomb.png": (files.png((60_000, 60_000, 8, 2, 0), b""), "is 60,000 x 60,000 pixels"),
    "half.jpg": (files.saved(picture(30), "JPEG")[:2000], "is a damaged or incomplete JPEG"),
    "text.png": (b"Dear diary", "is not a picture that can be read"),
    "empty.png": (b"", "is empty"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is a drawing or page of text"),
    "**loud** <img src=x onerror=alert(1)> [a](b) :tulip:.jpg": (b"x", "is not a picture"),
}


def uploader(page: Page) -> Locator:
    """Open the box with the file uploader, and return that."""
    box = page.locator(".st-key-pictures details")
    box.wait_for()
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    return page.locator(".st-key-own-files input[type=file]")


def square(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    return squares.cut(picture, squares.square_box(width, height), SIZE)


def seen_of(page: Page, name: str) -> np.ndarray:
    """Return what is painted of one picture; as a PNG file, since lists of numbers travel slowly."""
    copied = """shown => {
      const copy = document.createElement("canvas");
      copy.width = shown.width;
      copy.height = shown.height;
      copy.getContext("2d").drawImage(shown, 0, 0);
      return copy.toDataURL("image/png").split(",")[1];
    }"""
    encoded = page.get_by_role("img", name=name).first.evaluate(copied)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))


@pytest.fixture
def too_large(tmp_path: Path) -> Path:
    path = tmp_path / "too large.tif"
    with path.open("wb") as file:
        file.truncate(101 * 2**20)
    return path


def test_good_files_are_shown_right_and_each_bad_one_has_a_sentence(
    visit: Visits, too_large: Path
) -> None:
    page = visit("/?data=own&tiles=16")
    expect(page.get_by_text("Upload your own pictures")).to_be_visible()
    given = uploader(page)
    expected = good()
    everything = [payload(name, content) for name, (content, _) in BAD.items()]
    everything += [payload(name, content) for name, (content, *_) in expected.items()]
    given.set_input_files(everything)
    # The page runs for each file that has come, and shows those that are there.
    expect(page.locator(".tile")).to_have_count(len(expected))
    sentences = page.get_by_role("alert").get_by_role("listitem")
    expect(sentences).to_have_count(len(BAD))
    settle(page)
    painted(page)
    expect(page.get_by_text("Upload your own pictures")).to_have_count(0)
    for name, (_, seen, tolerance) in expected.items():
        title = re.sub(r"\.\w+$", "", name)
        off = np.abs(seen_of(page, f"{title} before") - square(seen).astype(float))
        assert off.mean() < tolerance, name
    for sentence, (name, (_, message)) in zip(sentences.all(), BAD.items(), strict=True):
        expect(sentence).to_contain_text(f"{name} {message}")
        expect(sentence.locator("img, a, strong")).to_have_count(0)
    given.set_input_files(too_large)
    expect(page.get_by_text(re.compile("must be 100")).first).to_be_visible()
    expect(page.locator(".tile")).to_have_count(len(expected))


def test_no_other_user_sees_them_and_a_removed_file_is_gone(visit: Visits) -> None:
    page = visit("/?data=own&tiles=4")
    names = ("anemone", "begonia", "crocus")
    uploader(page).set_input_files(
        [
            payload(f"{name}.png", files.saved(picture(seed), "PNG"))
            for seed, name in enumerate(names)
        ]
    )
    expect(page.get_by_text("Only 3 pictures available.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(3)
    first = painted(page)
    other = visit(page.url)
    expect(other.get_by_text("Upload your own pictures")).to_be_visible()
    uploader(other).wait_for(state="attached")
    expect(other.locator(".tile")).to_have_count(0)

    page.get_by_role("button", name="begonia.png").click()
    second = repainted(page, first)
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.get_by_role("img", name="begonia before")).to_have_count(0)

    settle(page)
    page.get_by_role("combobox", name="Pictures").click()
    page.get_by_role("option", name="crocus").click()
    repainted(page, second)
    expect(page.locator(".tile")).to_have_count(1)
    assert not any(name in page.url for name in names)
