"""Latency from a slider to the painted grid, while it moves and when it is released, against the targets.

    python -m benchmarks.latency [--presses 100] [--seconds 10] [--query ""] [--slider Magnitude]

Starts the app as the README does and drives Explore in a real Chromium (`CHROMIUM` names another one):
nine tiles of 224 px, the recipe of the Keras guide. `--query "tiles=25"` adds to the address. The
grid is painted when it sets `data-digest`, which it does after every sheet is decoded and the frame that
shows them has been drawn. Server, browser and this script share the machine's cores.

While the thumb moves: for some seconds, the page is told a new magnitude in each animation frame, as a
slider tells it. Counted are the pictures painted and the time from the move that had their value to them,
and the processor time of the server meanwhile.

A release is a key press. Its pictures are painted when the grid shows them first, which the connection
of the slider or the page may have brought; the page has painted when the grid has its frame, and is at
rest when its run is over, with its advice. Each press is divided: from the key to the request that leaves
the browser, to the last byte of the frame (the server, and the way there and back), to the start of
decoding (below 0 where the slider had them sooner), to the decoded sheets, to the frame of the page.
Changes of the page outside the grid are counted too. Then follow ten presses without a pause; the grid
must end as a fresh page shows it under the final address.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Locator, Page

from augment.presets import PRESETS
from benchmarks import _measure
from benchmarks._browser import chromium, first_grid, server
from pages.components.session.address import encode

WATCH = Path(__file__).with_name("latency.js").read_text(encoding="utf-8")
WARM, QUICK = 5, 10
QUIET_MS = 1_000  # without a message from the server for so long, no more is expected
MARKS = ("key", "request", "first answer", "frame", "decoding", "decoded", "painted", "at rest")
GUIDE = encode(PRESETS["guide"].recipe.to_json())
MOVED = ("rand_augment", "magnitude")
TARGETS = {
    "pictures a second while the thumb moves": {"must": 20, "aim": 40},
    "thumb to painted, median": {"must": 60, "aim": 30},
    "key to pictures, median": {"must": 145, "aim": 100},
    "key to pictures, 95th percentile": {"must": 181, "aim": 150},
}
STAGE = ".st-key-stage"


def slider(page: Page, label: str) -> Locator:
    """Return the slider with this label."""
    return page.get_by_role("slider", name=label, exact=True)


def moving(page: Page, process: psutil.Process, seconds: float) -> dict[str, Any]:
    """Return what is painted while a thumb moves, and what the server needs for it."""
    arguments = [*MOVED, 1]
    move = "([step, name, seconds]) => watch.drag(step, name, seconds)"
    page.evaluate(move, arguments)
    before = process.cpu_times()
    seen = page.evaluate(move, [*MOVED, seconds])
    after = process.cpu_times()
    used = after.user - before.user + after.system - before.system
    return {
        "moves a second": round(seen["moves"] / seen["seconds"], 1),
        "pictures a second": round(len(seen["painted"]) / seen["seconds"], 1),
        "thumb to painted": spread(seen["painted"]),
        "server, share of a core": round(used / seen["seconds"], 2),
    }


def pressed(page: Page, key: str) -> dict[str, float]:
    """Press a key; return the time of each event up to the painted grid."""
    page.evaluate("() => { window.waiting = watch.nextPaint(); }")
    page.keyboard.press(key)
    times: dict[str, float] = page.evaluate("() => window.waiting")
    return times


def up_and_down(control: Locator) -> Iterator[str]:
    """Yield the keys that move a slider from its lower end to its upper end, back, and so on.

    The browser caches the grid of a value seen before, and paints it sooner than a new one; on a
    slider with a hundred steps, a hundred presses show new ones only.
    """
    low, high = (float(control.get_attribute(end) or 0) for end in ("min", "max"))
    while True:
        for key, end in (("ArrowRight", high), ("ArrowLeft", low)):
            while float(control.input_value()) != end:
                yield key


def single(page: Page, label: str, presses: int) -> dict[str, Any]:
    """Return the latencies of single presses with their parts, and what else changed meanwhile."""
    control = slider(page, label)
    control.focus()
    for _ in range(WARM):
        pressed(page, "ArrowRight")
    pressed(page, "Home")
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 80)")
    page.evaluate("stage => watch.beginRest(stage)", STAGE)
    times = [pressed(page, key) for key in itertools.islice(up_and_down(control), presses)]
    page.wait_for_timeout(QUIET_MS)
    rest = page.evaluate("() => watch.endRest()")
    sent = [each for each in times if "frame" in each]
    parts = {
        f"{start} to {end}": spread([each[end] - each[start] for each in sent])
        for start, end in itertools.pairwise(MARKS)
    }
    return {
        "key to pictures": spread([each["pictures"] - each["key"] for each in times]),
        "key to the frame of the page": spread([each["painted"] - each["key"] for each in times]),
        "key to a page at rest": spread([each["at rest"] - each["key"] for each in times]),
        "parts": parts,
        "pictures that the browser still held": len(times) - len(sent),
        "kilobytes of a frame": round(statistics.median(each["bytes"] for each in sent) / 1e3, 1),
        "elsewhere": {
            "changes": dict(sorted(rest["changed"].items(), key=lambda item: -item[1])),
            "layout shift": round(sum(shift["value"] for shift in rest["shifts"]), 4),
            "shifted": sorted({place for shift in rest["shifts"] for place in shift["places"]}),
            "boxes that are elsewhere after": rest["moved"],
            "scroll before and after": rest["scroll"],
        },
    }


def quick(browser: Browser, page: Page, label: str) -> dict[str, Any]:
    """Press ten times without a pause; return how the page caught up.

    Raises:
        RuntimeError: The final grid is not that of the final address.
    """
    slider(page, label).press("Home")
    page.wait_for_timeout(QUIET_MS)
    page.evaluate("() => { window.followed = watch.follow(); }")
    for _ in range(QUICK):
        page.keyboard.press("ArrowRight", delay=0)
    page.wait_for_function(
        "quiet => { const seen = followed(); return seen.now - seen.heard > quiet; }", arg=QUIET_MS
    )
    seen = page.evaluate("() => followed()")
    shown = page.evaluate("() => watch.digest()")
    fresh = first_grid(browser, page.url, WATCH)
    expected, value = fresh.evaluate("() => watch.digest()"), slider(fresh, label).input_value()
    if (shown, slider(page, label).input_value()) != (expected, value):
        raise RuntimeError(f"after ten quick changes, the grid is not that of {page.url}")
    fresh.context.close()
    return {
        "ended at": value,
        "frames sent": len(seen["frames"]),
        "pictures painted": len(seen["paints"]),
        "last key to last picture": round(seen["paints"][-1]["at"] - seen["last"], 1),
    }


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    return {
        "median": round(statistics.median(milliseconds), 1),
        "95th percentile": round(
            statistics.quantiles(milliseconds, n=20, method="inclusive")[18], 1
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10, help="how long the thumb moves")
    parser.add_argument("--query", default="", help="added to the address, such as tiles=25")
    parser.add_argument("--slider", default="Magnitude", help="the label of the slider")
    parser.add_argument("--name", default="latency", help="the name of the result file")
    options = vars(parser.parse_args())
    name, label = options.pop("name"), options["slider"]
    address = "&".join(filter(None, [f"r={GUIDE}", options["query"].strip("?&")]))
    with server() as (url, process, _), chromium() as browser:
        page = first_grid(browser, f"{url}/?{address}", WATCH)
        moved = moving(page, process, options["seconds"])
        measured = single(page, label, options["presses"])
        quickly = quick(browser, page, label)
    total = measured["key to pictures"]
    figures = [moved["pictures a second"], moved["thumb to painted"]["median"], *total.values()]
    reached = dict(zip(TARGETS, figures, strict=True))
    for what, target in TARGETS.items():
        print(f"{reached[what]:9.1f}  {what} (must {target['must']}, aim {target['aim']})")
    for part, times in measured["parts"].items():
        print(f"{times['median']:9.1f} ms  {times['95th percentile']:7.1f} ms  {part}")
    others = {f"moving: {what}": value for what, value in moved.items()}
    others |= {"key to a page at rest": measured["key to a page at rest"]}
    others |= measured["elsewhere"] | {f"quick: {k}": v for k, v in quickly.items()}
    for what, value in others.items():
        print(f"{what}: {value}")
    _measure.write(
        name,
        {
            "machine": _measure.machine("streamlit", "playwright"),
            "load": [round(load, 1) for load in psutil.getloadavg()],
            "setting": options,
            "while the thumb moves": moved,
            "milliseconds": measured,
            "ten quick changes": quickly,
            "targets": TARGETS,
        },
    )


if __name__ == "__main__":
    main()
