"""The exported web page in a real Chromium, opened from the disk; nothing is trained, no server runs."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from augment.data.images.decode import decode
from augment.data.images.squares import fit
from augment.model_export import FORMATS, WEB
from augment.model_export.archive import ArchiveFacts
from augment.runs.folders import RunFolder
from tests.train.conftest import tiny

SIZE = 32
NAMES = ("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "b & c", *"defghijk")
FACTS = ArchiveFacts(
    run_id="2026-x",
    title="A <b>run</b>",
    size=SIZE,
    fit="crop",
    class_names=NAMES,
    model="A model.",
    training="Accuracy 50.0% on the 10 pictures of validation.",
    data="Pictures of a test",
    licence="CC BY 4.0",
    citation="Somebody",
)
PIXELS = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  return Array.from(await pixelsOf(new File([bytes], "a picture")));
}"""


def picture(kind: str, width: int, height: int, seed: int, *, orientation: int = 1) -> bytes:
    """Return a file with noise, coarse in a JPEG, which keeps that; a PNG is transparent in part."""
    noise = np.random.default_rng(seed)
    cells = (6, 6) if kind == "JPEG" else (height, width)
    made = Image.fromarray(noise.integers(0, 256, (*cells, 3), np.uint8))
    made = made.resize((width, height), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = orientation
    if kind == "PNG":
        made.putalpha(Image.linear_gradient("L").resize(made.size))
    file = io.BytesIO()
    made.save(file, kind, exif=exif, **({"quality": 95} if kind == "JPEG" else {}))
    return file.getvalue()


PICTURES = {
    "small.png": picture("PNG", 20, 31, 1),
    "exact.png": picture("PNG", 32, 45, 2),
    "large.png": picture("PNG", 301, 200, 3),
    "large.jpg": picture("JPEG", 640, 427, 4),
    "turned.jpg": picture("JPEG", 300, 200, 5, orientation=6),
}


def test_a_page_from_the_disk_predicts_as_keras_does_without_a_network(
    new_tab: Callable[[], Page], tmp_path: Path
) -> None:
    from augment.model_export import formats

    content, files = tmp_path / "web page", tmp_path / "files"
    content.mkdir()
    files.mkdir()
    model = tiny(3)
    formats.convert(model, RunFolder(tmp_path), FORMATS[WEB], FACTS, content)
    for name, data in PICTURES.items():
        (files / name).write_bytes(data)
    (files / "notes.jpg").write_text("no picture")
    with (files / "huge.jpg").open("wb") as huge:
        huge.truncate(100_000_000)

    page, problems, requests = new_tab(), [], []
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and problems.append(message.text),
    )
    page.on("request", lambda request: requests.append(request.url.partition(":")[0]))
    page.route(lambda url: url.startswith(("http", "ws")), lambda route: route.abort())
    page.goto((content / "index.html").as_uri())
    assert page.evaluate("ready")

    # The pixels are those of the training, up to how a JPEG file is decoded at a part of its size.
    squares = np.stack(
        [fit(decode(data, name, least_side=SIZE), SIZE, "crop") for name, data in PICTURES.items()]
    )
    for (name, data), expected in zip(PICTURES.items(), squares, strict=True):
        got = np.array(page.evaluate(PIXELS, base64.b64encode(data).decode()), np.uint8).reshape(
            expected.shape
        )
        difference = np.abs(np.reshape(got, expected.shape) - expected.astype(int))
        assert difference.max() <= (12 if name.endswith("jpg") else 2), name
        assert difference.mean() <= 1, name

    # The same pixels give the probabilities of Keras.
    keras = np.asarray(model(squares))
    shares = [
        page.evaluate("(pixels) => predictPixels(new Uint8Array(pixels)).then(Array.from)", row)
        for row in squares.reshape(len(squares), -1).tolist()
    ]
    largest = np.abs(np.array(shares) - keras).max()
    sys.stdout.write(f"web: largest difference of a probability {largest:.2g}\n")
    assert largest < 1e-4
    assert (np.argmax(shares, 1) == keras.argmax(1)).all()

    # What a person sees: the same class first, whatever its name is, and a sentence for each bad file.
    page.locator("#files").set_input_files(sorted(files.iterdir()))
    expect(page.get_by_role("status")).to_have_text("5 pictures are done.")
    results = page.locator(".result")
    expect(results).to_have_count(len(PICTURES))
    for name, row in zip(PICTURES, keras, strict=True):
        shown = results.filter(has=page.get_by_role("heading", name=name))
        expect(shown.locator("li")).to_have_count(5)
        expect(shown.locator(".first .name")).to_have_text(NAMES[row.argmax()])
    expect(page.get_by_role("heading", level=1)).to_have_text("A <b>run</b>")
    expect(page.locator("#classes li").first).to_have_text(NAMES[0])
    assert page.locator("main script, main img, footer script, footer img").count() == 0
    said = page.locator("#problems li").all_inner_texts()
    assert said == [
        "huge.jpg has 100.0 MB, but at most 50 MB are allowed.",
        "notes.jpg is not a picture that this browser can read; use JPEG, PNG, WebP, GIF, BMP or AVIF.",
    ]

    # The mean with the mirror image.
    page.get_by_role("button", name="Remove all results").click()
    page.get_by_role("checkbox").check()
    page.locator("#files").set_input_files(files / "exact.png")
    mean = (keras[1] + np.asarray(model(squares[1:2, :, ::-1]))[0]) / 2
    expect(results.locator(".first .name")).to_have_text(NAMES[mean.argmax()])
    expect(results.locator(".first .share")).to_have_text(f"{mean.max():.1%}")

    # It asked for nothing but its own files, and cannot ask for more.
    assert set(requests) <= {"file", "data", "blob"}
    assert problems == []
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == (
        "refused"
    )
    assert set(requests) <= {"file", "data", "blob"}

    (content / "model.js").unlink()
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("unpack the whole archive")
