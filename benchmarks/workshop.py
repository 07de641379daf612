"""A workshop: thirty people move sliders every three seconds, while a training starts and runs.

    python -m benchmarks.workshop [--sessions 30] [--dragging 3] [--browsers 2] [--seconds 60]

Starts the app as the README does. All look at Explore with the recipe of the Keras guide, and each moves
a slider of it to another value every three seconds or so. `--browsers` of them are pages of a real
Chromium (`CHROMIUM` names another one), the others speak Streamlit's protocol without drawing anything
(`benchmarks._sessions`), because thirty pages need more of two cores than the server. `--dragging` of
those without a browser drag: until they release the slider, they ask the live route for one frame after
the other, as the page does.

The time is from the release of a slider to the message with the grid of its value; in Chromium to the
painted grid. There are figures for each phase: nobody drags (for the cost of a drag); some drag, without
a training; it *starts* (from the order to its first step: three processes, TensorFlow, the graph); it
*trains*. The training is the preset *quick* on the bundled digits, with so many epochs that it does not
end. `--training no` leaves it out.

Memory is that of the web server, each five seconds, and when all have left. Server, trainer, Chromium
and this script share the machine's cores; the load average of before is in the result.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import struct
import sys
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from augment import data, presets, runs
from augment.runs.folders import RunFolder
from augment.runs.presets import settings
from augment.train import RunConfig
from benchmarks import _measure
from benchmarks._browser import PAINTED, chromium, server
from benchmarks._sessions import connected, in_thread, one_by_one
from benchmarks.runner import cpu_seconds, home, wait_for
from pages.components.recipe.panel import MOST_EDITS
from pages.components.session.address import RECIPE, encode

STILL, BEFORE, STARTS, TRAINS = "nobody drags", "without training", "training starts", "trains"
OVER = "over"
MUST = {BEFORE: 300, STARTS: 500, TRAINS: 300}
DATA = "digits"
QUERY = f"{RECIPE}={encode(presets.PRESETS['guide'].recipe.to_json())}"
PAUSE_S, JITTER_S = 3.0, 0.5
LATE_S = 20.0
"""A slider without an answer after so long counts as an error."""
START_S = 300.0
_FRAME_S = 1 / 60
_SAMPLE_S = 5.0
_LEFT_S = 20.0
_WATCH = Path(__file__).with_name("latency.js").read_text(encoding="utf-8")


@dataclass(kw_only=True)
class Workshop:
    """What people have seen so far.

    Attributes:
        phase: What goes on.
        drags: Whether those who drag do.
        released: Milliseconds from a released slider to the grid, by phase.
        painted: The same in Chromium.
        dragged: Milliseconds from a request for a frame of a drag to its answer, by phase.
        dropped: How many frames of a drag were answered without a picture, by phase.
        errors: What went wrong.
    """

    phase: str = STILL
    drags: bool = False
    released: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    painted: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    dragged: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    dropped: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Slider:
    """A slider of a recipe, in the units of the recipe."""

    step: str
    name: str
    low: float
    high: float
    by: float
    value: float

    def other_value(self, chance: random.Random) -> float:
        """Return one of its values, but not the present one."""
        count = round((self.high - self.low) / self.by)
        values = [self.low + self.by * n for n in range(count + 1)]
        return chance.choice([value for value in values if abs(value - self.value) > self.by / 2])


@dataclass(kw_only=True)
class Panel:
    """The recipe panel of a page, as far as sliders are concerned."""

    widget: str
    fragment: str
    version: int
    sliders: list[Slider]
    edits: list[dict[str, Any]] = field(default_factory=list)

    def release(self, slider: Slider, value: float) -> WidgetState:
        """Return the state of the widget after a slider was released at this value."""
        slider.value = value
        number = self.edits[-1]["n"] + 1 if self.edits else 1
        edit = {"n": number, "version": self.version, "kind": "value", "step": slider.step}
        self.edits = [*self.edits, {**edit, "name": slider.name, "value": value}][-MOST_EDITS:]
        sent = {"edits": {"instance": "workshop", "edits": self.edits}}
        return WidgetState(id=self.widget, json_value=json.dumps(sent))


def panel_of(message: ForwardMsg) -> Panel | None:
    """Return the recipe panel that a message brings, with the sliders of its outer steps."""
    component = message.delta.new_element.bidi_component
    if not component.component_name.endswith("recipe_panel"):
        return None
    shown = json.loads(component.json)
    sliders = [
        Slider(
            step=step["id"],
            name=setting["name"],
            low=setting["low"],
            high=setting["high"],
            by=setting["step"],
            value=setting["value"],
        )
        for step in shown["steps"]
        if step["enabled"]
        for setting in step["settings"]
        if setting.get("slides") and not setting["only_if"]
    ]
    return Panel(
        widget=component.id,
        fragment=message.delta.fragment_id,
        version=shown["version"],
        sliders=sliders,
    )


def state_of(message: ForwardMsg) -> WidgetState | None:
    """Return the state that a browser reports of a widget that a message brings, before it is touched.

    A browser sends the states of all widgets with each request; one that is missing is forgotten.
    """
    element = message.delta.new_element
    match element.WhichOneof("type"):
        case "number_input":
            shown = element.number_input
            value = shown.value if shown.set_value else shown.default
            state = WidgetState(id=shown.id, double_value=value)
        case "checkbox":
            box = element.checkbox
            state = WidgetState(id=box.id, bool_value=box.value if box.set_value else box.default)
        case "selectbox":
            menu = element.selectbox
            value = menu.raw_value if menu.set_value else menu.options[menu.default]
            state = WidgetState(id=menu.id, string_value=value)
        case "button_group":
            group = element.button_group
            default = [group.options[n].content for n in group.default]
            state = WidgetState(id=group.id)
            state.string_array_value.data.extend(group.raw_values if group.set_value else default)
        case "text_area":
            text = element.text_area
            state = WidgetState(
                id=text.id, string_value=text.value if text.set_value else text.default
            )
        case _:
            return None
    return state


class Person:
    """Somebody with a page, without a browser."""

    def __init__(self, socket: Any, seen: Workshop, chance: random.Random) -> None:
        self._socket = socket
        self._seen = seen
        self._chance = chance
        self._panel: Panel | None = None
        self._states: dict[str, WidgetState] = {}
        self._page = ""
        self.live: dict[str, Any] = {}

    async def open(self) -> None:
        """Ask for the page, and wait for the end of its run."""
        message = BackMsg()
        message.rerun_script.query_string = QUERY
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(60):
            async for kind, _ in self._messages():
                if kind == "script_finished":
                    break

    @property
    def panel(self) -> Panel:
        """The recipe panel of the page."""
        if self._panel is None:
            raise RuntimeError("The page has no recipe panel.")
        return self._panel

    def choose(self) -> tuple[Slider, float]:
        """Return a slider, and a value to move it to."""
        slider = self._chance.choice(self.panel.sliders)
        return slider, slider.other_value(self._chance)

    async def release(self, slider: Slider, value: float) -> None:
        """Release a slider at a value, and wait for the grid, and then for the end of the run."""
        message = BackMsg()
        message.rerun_script.query_string = QUERY
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = self.panel.fragment
        self._states[self.panel.widget] = self.panel.release(slider, value)
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        phase, began, waits = self._seen.phase, time.perf_counter(), True
        await self._socket.send(message.SerializeToString())
        try:
            async with asyncio.timeout(LATE_S):
                async for kind, arrived in self._messages():
                    element = arrived.delta.new_element
                    if waits and element.bidi_component.component_name.endswith("image_grid"):
                        self._seen.released[phase].append(1000 * (time.perf_counter() - began))
                        waits = False
                    if kind == "script_finished" and not waits:
                        return
        except TimeoutError:
            self._seen.errors.append(f"no answer within {LATE_S:g} s, {phase}")

    async def listen(self, seconds: float) -> None:
        """Take what arrives for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for _ in self._messages():
                    pass

    async def _messages(self) -> AsyncIterator[tuple[str, ForwardMsg]]:
        while True:
            message = ForwardMsg()
            message.ParseFromString(await self._socket.recv())
            kind = message.WhichOneof("type") or ""
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "delta":
                self._take(message)
            yield kind, message

    def _take(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._seen.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self._seen.errors.append(element.alert.body)
        elif element.bidi_component.component_name.endswith("live_frames"):
            self.live = json.loads(element.bidi_component.json)
        if state := state_of(message):
            self._states[state.id] = state
        if (panel := panel_of(message)) and self._panel is None:
            self._panel = panel


async def _people(
    url: str,
    count: int,
    dragging: int,
    seen: Workshop,
    stop: threading.Event,
    ready: threading.Event,
) -> None:
    people = (partial(_person, url, n, n < dragging, seen, stop) for n in range(count))
    await one_by_one(people, ready)


async def _person(
    url: str, number: int, drags: bool, seen: Workshop, stop: threading.Event, opened: asyncio.Event
) -> None:
    chance = random.Random(number)
    async with connected(f"{url}/_stcore/stream", "streamlit") as socket:
        person = Person(socket, seen, chance)
        await person.open()
        opened.set()
        await person.listen(chance.uniform(0, PAUSE_S))
        while not stop.is_set():
            seconds = chance.uniform(PAUSE_S - JITTER_S, PAUSE_S + JITTER_S)
            slider, value = person.choose()
            if drags and seen.drags and person.live:
                await asyncio.gather(
                    person.listen(seconds), _drag(url, person.live, slider, seconds, chance, seen)
                )
            else:
                await person.listen(seconds)
            await person.release(slider, value)


async def _drag(
    url: str,
    live: dict[str, Any],
    slider: Slider,
    seconds: float,
    chance: random.Random,
    seen: Workshop,
) -> None:
    """Drag a slider for so long: one request is under way at a time, at most one a screen's frame."""
    ends = time.perf_counter() + seconds
    async with connected(f"{url}/{live['path']}") as socket:
        turn = 0
        while (began := time.perf_counter()) < ends:
            turn, phase = turn + 1, seen.phase
            value = slider.other_value(chance)
            asked = {"token": live["token"], "turn": turn, "step": slider.step}
            await socket.send(json.dumps({**asked, "name": slider.name, "value": value}))
            answer = await asyncio.wait_for(socket.recv(), LATE_S)
            took = time.perf_counter() - began
            (length,) = struct.unpack_from("<I", answer)
            about = json.loads(answer[4 : 4 + length])
            if problem := about.get("problem"):
                seen.errors.append(problem)
            elif about["grids"]:
                seen.dragged[phase].append(1000 * took)
            else:
                seen.dropped[phase] += 1
            await asyncio.sleep(max(_FRAME_S - took, 0))


class Visitor:
    """Somebody with a page of Chromium."""

    def __init__(self, browser: Browser, url: str, seen: Workshop) -> None:
        self._seen = seen
        self._page: Page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self._page.on("pageerror", lambda error: seen.errors.append(str(error)))
        self._page.add_init_script(_WATCH)
        self._page.goto(f"{url}/?{QUERY}")
        self._page.locator(PAINTED).wait_for(timeout=60_000)
        self._slider = self._page.get_by_role("slider").first
        self._slider.focus()
        self._up = True

    def press(self) -> None:
        """Move the slider by one stop with a key, and wait for the painted grid."""
        phase = self._seen.phase
        if self._slider.input_value() in (
            self._slider.get_attribute("min"),
            self._slider.get_attribute("max"),
        ):
            self._up = self._slider.input_value() == self._slider.get_attribute("min")
        self._page.evaluate("() => { window.waiting = watch.nextPaint(); }")
        self._page.keyboard.press("ArrowRight" if self._up else "ArrowLeft")
        times = self._page.evaluate("() => window.waiting")
        self._seen.painted[phase].append(times["painted"] - times["key"])


class Memory(threading.Thread):
    """Takes the memory of the web server each five seconds, until it is stopped."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.samples: list[tuple[float, float]] = []
        self._process = process
        self._began = time.perf_counter()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Take it again and again."""
        while not self._stopped.wait(_SAMPLE_S):
            self.take()

    def take(self) -> float:
        """Return the megabytes now, and remember them."""
        value = self._process.memory_info().rss / 2**20
        self.samples.append((round(time.perf_counter() - self._began), round(value, 1)))
        return value

    def stop(self) -> None:
        """Take no more."""
        self._stopped.set()
        self.join()


def measure(
    *, sessions: int, dragging: int, browsers: int, seconds: float, training: bool
) -> dict[str, Any]:
    """Hold the workshop; return what was measured."""
    seen = Workshop()
    shares: dict[str, float] = {}
    memory_of: dict[str, float] = {}
    with home() as path, contextlib.ExitStack() as stack:
        if training:
            data.prepare(DATA, 64)
        log = path / "server.log"
        url, process, _ = stack.enter_context(server(path, log))
        memory = Memory(process)
        memory_of["after start"] = memory.take()
        memory.start()
        with contextlib.ExitStack() as people:
            browser = people.enter_context(chromium()) if browsers else None
            visitors = [Visitor(browser, url, seen) for _ in range(browsers)] if browser else []
            count = sessions - browsers
            people.enter_context(in_thread(partial(_people, url, count, dragging, seen)))

            def hold(phase: str, until: float | RunFolder) -> None:
                """Let a phase last so many seconds, or until the first step of a run."""
                show(f"{phase} ...")
                seen.phase, seen.drags = phase, phase != STILL
                began, used = time.perf_counter(), cpu_seconds(process)
                turn = 0
                while not over(until, time.perf_counter() - began):
                    if visitors:
                        visitors[turn % len(visitors)].press()
                        turn += 1
                    time.sleep(PAUSE_S / max(len(visitors), 1))
                length = time.perf_counter() - began
                shares[phase] = (cpu_seconds(process) - used) / length
                memory_of[phase] = memory.take()
                show(f"{spread(seen.released[phase])}, load {os.getloadavg()[0]:.1f}")

            hold(STILL, seconds)
            hold(BEFORE, seconds)
            steps = 0.0
            if training:
                began = time.perf_counter()
                run = runs.submit(
                    RunConfig(
                        **settings("quick", {"data": DATA, "epochs": 1000}),
                        recipe=presets.PRESETS["guide"].recipe,
                    )
                )
                folder = RunFolder(run.path)
                hold(STARTS, folder)
                start_s = time.perf_counter() - began
                done = _steps(folder)
                hold(TRAINS, seconds)
                steps = (_steps(folder) - done) / seconds
                seen.phase = OVER
                asked = time.perf_counter()
                runs.get(run.id).cancel()
                wait_for(lambda: runs.get(run.id).is_over)
                cancel_s = time.perf_counter() - asked
            memory_of["at the end"] = memory.take()
        time.sleep(_LEFT_S)
        memory_of["when all have left"] = memory.take()
        memory.stop()
        logged = log.read_text(encoding="utf-8", errors="replace")
    if "Traceback" in logged:
        show(logged[logged.index("Traceback") :][:4000])
    return {
        "released slider to its grid, ms": {name: spread(seen.released[name]) for name in shares},
        "key to painted grid in Chromium, ms": {
            name: spread(seen.painted[name]) for name in shares if seen.painted[name]
        },
        "frame of a drag, ms": {
            name: {**spread(seen.dragged[name]), "dropped": seen.dropped[name]}
            for name in shares
            if seen.dragged[name]
        },
        "server, share of a core": _measure.rounded(shares, 2),
        "a dragging person, share of a core": round(
            (shares[BEFORE] - shares[STILL]) / max(dragging, 1), 3
        ),
        "memory of the web server, MB": _measure.rounded(memory_of, 1),
        "memory each five seconds, MB": memory.samples,
        "training": {
            "order to first step, s": round(start_s, 1),
            "steps a second": round(steps, 2),
            "cancel, s": round(cancel_s, 2),
        }
        if training
        else None,
        "errors": seen.errors,
        "tracebacks in the log of the server": logged.count("Traceback"),
    }


def over(until: float | RunFolder, seconds: float) -> bool:
    """Return whether a phase is over: its seconds have passed, or the run has made its first step."""
    if isinstance(until, RunFolder):
        if (until.read_state() or {}).get("exit_code") is not None:
            raise RuntimeError(f"The training ended: {until.read_log(20)}")
        if seconds > START_S:
            raise RuntimeError(f"The training has made no step in {START_S:g} s.")
        return _steps(until) > 0
    return seconds >= until


def _steps(folder: RunFolder) -> int:
    """Return how many steps a run has made, by its last line, of which there is one a few seconds."""
    lines = folder.steps.read_text().splitlines() if folder.steps.exists() else []
    if len(lines) < 2:
        return 0
    epoch, step, of = (int(each) for each in lines[-1].split(",")[:3])
    return (epoch - 1) * of + step


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Return how many there are, the median, the 95th percentile and the worst."""
    if not milliseconds:
        return {"count": 0}
    ordered = sorted(milliseconds)
    return {
        "count": len(ordered),
        "median": round(statistics.median(ordered), 1),
        "95th percentile": round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)], 1),
        "worst": round(ordered[-1], 1),
    }


def show(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30, help="people, all together")
    parser.add_argument("--dragging", type=int, default=3, help="how many of them drag")
    parser.add_argument("--browsers", type=int, default=2, help="how many of them have a Chromium")
    parser.add_argument("--seconds", type=float, default=60, help="how long a phase lasts")
    parser.add_argument("--training", choices=["yes", "no"], default="yes")
    parser.add_argument("--name", default="workshop", help="the name of the result file")
    options = vars(parser.parse_args())
    name, load = options.pop("name"), os.getloadavg()
    measured = measure(**{**options, "training": options["training"] == "yes"})
    for phase, figures in measured["released slider to its grid, ms"].items():
        must = f" (must {MUST[phase]})" if phase in MUST else ""
        print(f"{phase}: {figures}{must}")
    for measure_name, value in measured.items():
        if measure_name != "memory each five seconds, MB":
            print(f"{measure_name}: {value}")
    _measure.write(
        name,
        {
            "machine": _measure.machine("streamlit", "tensorflow", "websockets", "playwright"),
            "setting": {**options, "load before": [round(each, 2) for each in load]},
            "must, 95th percentile": MUST,
            "measured": measured,
        },
    )


if __name__ == "__main__":
    main()
