"""Latency from a key press on a slider to the painted grid, against the targets of the design.

    python -m benchmarks.latency [--presses 100] [--query ""] [--slider Magnitude]

Starts the app as the README does and drives Explore in a real Chromium (`CHROMIUM` names another one):
nine tiles of 224 px, the recipe of the Keras guide. `--query "?tiles=25"` measures another address. The
grid is painted when it sets `data-digest`, which it does after every sheet is decoded and the frame that
shows them has been drawn. Server, browser and this script share the machine's cores.

Each press is divided: from the key to the request that leaves the browser, to the last byte of the frame
(the server, and the way there and back), to the start of decoding (Streamlit's own work in the page), to
the decoded sheets, to the paint. Changes of the page outside the grid are counted too. Then follow ten
presses without a pause; the grid must end as a fresh page shows it under the final address.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from benchmarks import _measure
from benchmarks._browser import chromium, first_grid, server

WATCH = Path(__file__).with_name("latency.js").read_text(encoding="utf-8")
WARM, QUICK = 5, 10
QUIET_MS = 1_000  # without a message from the server for so long, no more is expected
MARKS = ("key", "request", "first answer", "frame", "decoding", "decoded", "painted")
MUST = {"median": (200, 100), "95th percentile": (300, 150)}
STAGE = ".st-key-stage"


def slider(page: Page, label: str) -> Locator:
    """Return the slider with this label."""
    return page.get_by_role("group", name=label, exact=True).get_by_role("slider")


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
        "key to painted": spread([each["painted"] - each["key"] for each in times]),
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
    parser.add_argument("--query", default="", help="appended to the address, such as ?tiles=25")
    parser.add_argument("--slider", default="Magnitude", help="the label of the slider")
    parser.add_argument("--name", default="latency", help="the name of the result file")
    options = vars(parser.parse_args())
    name, label = options.pop("name"), options["slider"]
    with server() as (url, _, _), chromium() as browser:
        page = first_grid(browser, f"{url}/{options['query']}", WATCH)
        measured = single(page, label, options["presses"])
        quickly = quick(browser, page, label)
    total = measured["key to painted"]
    for measure, (must, aim) in MUST.items():
        print(f"{total[measure]:9.1f} ms  {measure}, key to painted (must {must}, aim {aim})")
    for part, times in measured["parts"].items():
        print(f"{times['median']:9.1f} ms  {times['95th percentile']:7.1f} ms  {part}")
    for what, value in (
        measured["elsewhere"] | {f"quick: {k}": v for k, v in quickly.items()}
    ).items():
        print(f"{what}: {value}")
    _measure.write(
        name,
        {
            "machine": _measure.machine("streamlit", "playwright"),
            "setting": options,
            "milliseconds": measured,
            "ten quick changes": quickly,
            "must": {measure: must for measure, (must, _) in MUST.items()},
            "aim": {measure: aim for measure, (_, aim) in MUST.items()},
        },
    )


if __name__ == "__main__":
    main()
