"""Take the pictures of the README and the guide anew: `python docs/screenshots.py`.

The app is started on a free port with an empty ``AUGMENT_HOME`` and shows what is bundled; a real
Chromium (``CHROMIUM`` names another one) opens it. One picture needs a finished run, which is trained
first: the small network on the digits. Takes about a minute and a half; needs `requirements-dev.txt`.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._browser import PAINTED, chromium, server  # noqa: E402 - the root is on the path only now

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 150_000
"""The largest picture, so that a page of a document loads at once."""
_QUALITIES = (90, 80, 70, 60)
_WIDE, _LONG, _PHONE = (1280, 800), (1280, 1100), (390, 844)
_WAIT_MS = 120_000
_TRAINING = (
    *("train", "--data", "digits", "--per-class", "40", "--model", "small", "--size", "32"),
    *("--epochs", "20", "--learning-rate", "0.1", "--seed", "7", "--recipe", "nothing"),
    *("--name", "Digits, nothing changed", "--wait", "--json"),
)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One picture.

    Attributes:
        path: The page, with the parameters of its address; "{run}" is the id of the finished run.
        heading: The heading of the page, or of the run.
        size: Width and height of the window in CSS pixels.
        scheme: "light" or "dark".
        scale: Pixels of the picture for each of the window.
    """

    path: str
    heading: str
    size: tuple[int, int] = _WIDE
    scheme: str = "light"
    scale: float = 1


SCREENS = {
    "explore.webp": Screen(path="/", heading="Explore"),
    "explore-dark.webp": Screen(path="/", heading="Explore", scheme="dark"),
    "explore-phone.webp": Screen(path="/", heading="Explore", size=_PHONE, scale=1.5),
    "steps.webp": Screen(path="/?view=Steps", heading="Explore"),
    "data.webp": Screen(path="/data", heading="Data", size=_LONG),
    "run.webp": Screen(path="/runs?run={run}", heading="Digits, nothing changed", size=_LONG),
}
"""The pictures by their file names in ``docs/images``."""


def main(names: Sequence[str] = ()) -> None:
    """Take the named pictures, or all, and write their files.

    Raises:
        RuntimeError: The app did not start, or a picture is too large.
        KeyError: There is no such picture.
        subprocess.CalledProcessError: The run could not be trained.
    """
    screens = {name: SCREENS[name] for name in names or SCREENS}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        needs_run = any("{run}" in screen.path for screen in screens.values())
        run = _train(home) if needs_run else ""
        with server(home) as (url, _, _), chromium() as browser:
            for name, screen in screens.items():
                content = _compressed(
                    _taken(browser, f"{url}{screen.path.format(run=run)}", screen)
                )
                if len(content) > MOST_BYTES:
                    raise RuntimeError(f"{name} has {len(content):,} bytes; {MOST_BYTES:,} may be.")
                (IMAGES / name).write_bytes(content)
                print(f"{name}: {len(content) / 1000:.0f} kB", flush=True)


def _train(home: Path) -> str:
    """Train the run, and return its id."""
    environment = os.environ | {"AUGMENT_HOME": str(home)}
    augment = (sys.executable, "-m", "augment")
    prepare = ("data", "prepare", "digits", "--size", "32")
    subprocess.run([*augment, *prepare], cwd=ROOT, env=environment, check=True)
    done = subprocess.run(
        [*augment, *_TRAINING], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
    )
    return str(json.loads(done.stdout)["id"])


def _taken(browser: Browser, url: str, screen: Screen) -> bytes:
    """Return a picture of a page as PNG, once everything on it is there."""
    width, height = screen.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=screen.scheme,  # type: ignore[arg-type]
        device_scale_factor=screen.scale,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(_WAIT_MS)
    page.goto(url)
    page.get_by_role("heading", name=screen.heading, exact=True).first.wait_for()
    if screen.heading == "Explore":
        page.locator(PAINTED).first.wait_for()
    for test_id in ("stStatusWidget", "stSkeleton"):
        expect(page.get_by_test_id(test_id)).to_have_count(0, timeout=_WAIT_MS)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    picture = page.screenshot(animations="disabled", caret="hide")
    context.close()
    return picture


def _compressed(png: bytes) -> bytes:
    """Return a picture as WebP, of the best quality with which it is small enough."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "WEBP", quality=quality, method=6)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
