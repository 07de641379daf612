"""From a key press on a slider to the new picture on the screen, and what else moves meanwhile.

    python benchmarks/latency.py [--presses 100] [--query ""] [--slider Magnitude]

Starts the app as the README says and drives Explore in a real Chromium: nine tiles of 224 px, the
recipe of the Keras guide. `--query "?tiles=25"` measures another address. A picture counts as painted
when the grid says so (`data-digest`), which it does after every sheet is decoded and the frame that
shows them has been drawn. Server, browser and this script share the machine's cores.

Each press is taken apart: from the key to the request that leaves the browser, from there to the last
byte of the frame (the server, and the way there and back), to the start of decoding (the page's own
bookkeeping), to the decoded sheets, to the paint. Then ten presses as fast as the keyboard can, which
must end on the last one: on what a fresh page shows under the address they end at.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _results
from benchmarks._browser import chromium, first_grid, server

WATCH = Path(__file__).with_name("_watch.js").read_text(encoding="utf-8")
WARM, QUICK = 5, 10
# Milliseconds without a message from the server, after which nothing more is on its way.
QUIET_MS = 1_000
MARKS = ("key", "request", "first answer", "frame", "decoding", "decoded", "painted")
MUST = {"median": (200, 100), "95th percentile": (300, 150)}
STAGE = ".st-key-stage"


def slider(page: Page, label: str) -> Locator:
    """Return the slider of a parameter."""
    return page.get_by_role("group", name=label, exact=True).get_by_role("slider")


def pressed(page: Page, key: str) -> dict[str, float]:
    """Press a key; return the times of what followed, up to the new picture."""
    page.evaluate("() => { window.waiting = watch.nextPaint(); }")
    page.keyboard.press(key)
    times: dict[str, float] = page.evaluate("() => window.waiting")
    return times


def up_and_down(control: Locator) -> Iterator[str]:
    """Give the keys that take a slider from its lower end to its upper end, back, and so on.

    A value seen before is a picture that the browser still holds, and so quicker than a new one;
    on a slider with a hundred steps, a hundred presses show new ones only.
    """
    low, high = (float(control.get_attribute(end) or 0) for end in ("min", "max"))
    while True:
        for key, end in (("ArrowRight", high), ("ArrowLeft", low)):
            while float(control.input_value()) != end:
                yield key


def single(page: Page, label: str, presses: int) -> dict[str, Any]:
    """Return the latencies of single presses, in parts, and what else changed during them."""
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
    """Press ten times without waiting; return when it settled, and whether on the last change.

    Raises:
        RuntimeError: It settled on another picture than that of its address.
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
        raise RuntimeError(f"ten quick changes ended on another picture than {page.url} shows")
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
    parser.add_argument("--query", default="", help="what follows the address, as in ?tiles=25")
    parser.add_argument("--slider", default="Magnitude", help="the label of the slider")
    parser.add_argument("--name", default="latency", help="the name of the file of the results")
    options = vars(parser.parse_args())
    name, label = options.pop("name"), options["slider"]
    with server() as (url, _, _), chromium() as browser:
        page = first_grid(browser, f"{url}/{options['query']}", WATCH)
        measured = single(page, label, options["presses"])
        hurried = quick(browser, page, label)
    whole = measured["key to painted"]
    for measure, (must, aim) in MUST.items():
        print(f"{whole[measure]:9.1f} ms  {measure}, key to painted (must {must}, aim {aim})")
    for part, times in measured["parts"].items():
        print(f"{times['median']:9.1f} ms  {times['95th percentile']:7.1f} ms  {part}")
    for what, value in (
        measured["elsewhere"] | {f"quick: {k}": v for k, v in hurried.items()}
    ).items():
        print(f"{what}: {value}")
    path = _results.write(
        name,
        {
            "machine": _results.machine("streamlit", "playwright"),
            "setting": options,
            "milliseconds": measured,
            "ten quick changes": hurried,
            "must": {measure: must for measure, (must, _) in MUST.items()},
            "aim": {measure: aim for measure, (_, aim) in MUST.items()},
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
