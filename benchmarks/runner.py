"""The runner: from submit to the first line of the log, the second run of a seed group, the list of runs.

    python -m benchmarks.runner [--rounds 3] [--runs 1000] [--browsers 30]

*Submit to log* is the time from the call of ``runs.submit`` to the first line of ``run.log``, while no
run waits: a scheduler, a supervisor and a trainer start in it.

*Second run* submits two runs that differ in the seed alone, and takes for each the time from its state
RUNNING to its first line of ``steps.csv``. The first builds the network and the graph, the second shares
them, so their ratio is what sharing saves.

*Listing* is ``runs.list_runs()`` over copies of a finished run, a tenth of them of other states: in a
process that has listed them before (as the page does, which polls), and in a fresh one. The limit is to
read and parse ``spec.json`` and ``state.json`` of each, and nothing else.

*Browsers* hold the page Runs open while a run is live, so each polls every two seconds: what share of a
core the web server takes, its memory, how long a poll takes, and how long one more browser takes to open
the page. That one is a Chromium; the others are sessions that draw nothing (`benchmarks._sessions`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from augment import data, presets, runs
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.runs.presets import settings
from augment.system import processes
from augment.train import RunConfig
from benchmarks import _measure
from benchmarks._browser import chromium, server
from benchmarks._sessions import sessions

MUST = {
    "second run of densenet121 to its first step, s": 2.0,
    "listing, listed before, ms": 200.0,
}
AIM = {"second run of densenet121 to its first step, s": 1.0}
DATA = "digits"
MODELS: dict[str, dict[str, Any]] = {
    "densenet121": {"model": "densenet121", "size": 64},
    "lite0": {"model": "lite0", "size": 64, "weights": "imagenet", "head_epochs": 1},
    "small": {"model": "small", "size": 32},
}
_POLL_S = 0.005
_DEADLINE_S = 300
_WATCHED_S = 20

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--browsers", type=int, default=30)
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.list:
        print(json.dumps(seconds_of(runs.list_runs)))
        return
    load = os.getloadavg()[0]
    found: Measured = {}
    with home():
        for size in sorted({values["size"] for values in MODELS.values()}):
            data.prepare(DATA, size)
        found |= submit_to_log(options.rounds)
        for model in MODELS:
            found |= second_run(model)
    with home() as path:
        found |= listing(options.runs, options.rounds)
        found |= browsers(path, options.browsers)
    for name, value in found.items():
        notes = f"  must {MUST[name]:g}" if name in MUST else ""
        notes += f"  aim {AIM[name]:g}" if name in AIM else ""
        print(f"{value:10.3f}  {name}{notes}")
    _measure.write(
        "runner",
        {
            "machine": _measure.machine("tensorflow", "keras", "streamlit", "playwright"),
            "setting": vars(options) | {"load before": round(load, 2)},
            "measured": _measure.rounded(found, 4),
            "must": MUST,
            "aim": AIM,
        },
    )


@contextmanager
def home() -> Iterator[Path]:
    """Set an empty ``AUGMENT_HOME``, and leave nothing running in it."""
    before = os.environ.get("AUGMENT_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AUGMENT_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            for run in runs.list_runs():
                if not run.is_over:
                    run.cancel()
            wait_for(lambda: all(run.is_over for run in runs.list_runs()))
            if before is None:
                del os.environ["AUGMENT_HOME"]
            else:
                os.environ["AUGMENT_HOME"] = before


def config(model: str, **changes: Any) -> RunConfig:
    values = {"data": DATA, "epochs": 2, "per_class": 20, **MODELS[model], **changes}
    return RunConfig(**settings(None, values), recipe=presets.PRESETS["crop_and_flip"].recipe)


def submit_to_log(rounds: int) -> Measured:
    """Return how long it takes until a trainer prints, and what a supervisor that waits for it takes."""
    seconds, memory = [], []
    for number in range(rounds):
        show(f"submit to log, {number + 1} of {rounds}")
        began = time.perf_counter()
        run = runs.submit(config("small", seed=number))
        log = RunFolder(run.path).log
        wait_for(lambda log=log: log.exists() and b"\n" in log.read_bytes())  # type: ignore[misc]
        seconds.append(time.perf_counter() - began)
        memory += [each.memory_info().rss / 2**20 for each in supervisors(run.id)]
        wait_until_over(run)
    return {
        "submit to first line of log, s": statistics.median(seconds),
        "memory of a supervisor, MB": statistics.median(memory),
    }


def supervisors(run_id: str) -> list[psutil.Process]:
    words = processes.command("supervise", run_id)[1:]
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[1 : len(words) + 1] == words:
                found.append(process)
        except psutil.Error:
            continue
    return found


def second_run(model: str) -> Measured:
    """Return from RUNNING to the first step of two runs that differ in the seed alone."""
    show(f"second run, {model}")
    pair = [runs.submit(config(model, seed=seed)) for seed in (1, 2)]
    times = []
    for run in pair:
        folder = RunFolder(run.path)
        wait_for(folder.state.exists)
        wait_for(lambda folder=folder: folder.steps.exists() and len(lines(folder.steps)) > 1)  # type: ignore[misc]
        now = time.time()
        started = folders.parse_time((folder.read_state() or {}).get("started"))
        assert started is not None
        times.append(now - started.timestamp())
    for run in pair:
        wait_until_over(run)
    return {
        f"first run of {model} to its first step, s": times[0],
        f"second run of {model} to its first step, s": times[1],
        f"first over second of {model}": times[0] / times[1],
    }


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def listing(count: int, rounds: int) -> Measured:
    """Return the milliseconds of a list of so many runs, and of reading two small files of each."""
    show("listing")
    data.prepare(DATA, MODELS["small"]["size"])
    run = runs.submit(config("small"))
    wait_until_over(run)
    model = RunFolder(run.path)
    states = ("FAILED", "CANCELLED", "SUCCEEDED", "SUCCEEDED")
    for number in range(1, count):
        copy = RunFolder(run.path.with_name(f"{run.id}-{number}"))
        shutil.copytree(model.path, copy.path, ignore=shutil.ignore_patterns("best.keras"))
        spec, state = json.loads(copy.spec.read_text()), json.loads(copy.state.read_text())
        spec["config"]["seed"] = number
        if number % 10 == 0:
            state["state"] = states[number // 10 % len(states)]
        copy.spec.write_text(json.dumps(spec))
        copy.state.write_text(json.dumps(state))
    assert len(runs.list_runs()) == count
    warm = statistics.median(seconds_of(runs.list_runs) for _ in range(rounds))
    floor = statistics.median(seconds_of(read_two_files) for _ in range(rounds))
    fresh = statistics.median(
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.runner", "--list"],
                capture_output=True,
                check=True,
            ).stdout
        )
        for _ in range(rounds)
    )
    return {
        "listing, listed before, ms": 1000 * warm,
        "listing, in a fresh process, ms": 1000 * fresh,
        "limit of listing, ms": 1000 * floor,
        "listing, listed before, over the limit": warm / floor,
        "listing, in a fresh process, over the limit": fresh / floor,
    }


def read_two_files() -> None:
    for folder in folders.list_folders():
        for path in (folder.spec, folder.state):
            json.loads(path.read_bytes())


def seconds_of(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def browsers(path: Path, count: int) -> Measured:
    """Return what a server costs that so many browsers show the page Runs of, while a run is live."""
    show("browsers")
    runs.submit(config("small", epochs=1000, seed=99))
    with (
        server(path) as (url, process, _),
        chromium() as browser,
        sessions(url, "runs", count) as seen,
    ):
        seen.polls.clear()
        before, began = cpu_seconds(process), time.perf_counter()
        time.sleep(_WATCHED_S)
        share = (cpu_seconds(process) - before) / (time.perf_counter() - began)
        polls = sorted(seen.polls)
        more = []
        for _ in range(5):
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            more.append(seconds_of(lambda page=page: open_runs(page, url)))  # type: ignore[misc]
            page.context.close()
        memory = process.memory_info().rss / 2**20
    if seen.errors:
        raise RuntimeError(f"The page failed: {seen.errors[0]}")
    return {
        f"{count} browsers on Runs: polls a second": len(polls) / _WATCHED_S,
        f"{count} browsers on Runs: a poll, 95th percentile, ms": 1000
        * polls[int(0.95 * len(polls))],
        f"{count} browsers on Runs: share of a core": share,
        f"{count} browsers on Runs: memory of the web process, MB": memory,
        f"{count} browsers on Runs: one more opens it, s": statistics.median(more),
    }


def open_runs(page: Any, url: str) -> None:
    page.goto(f"{url}/runs")
    page.get_by_role("heading", name="Runs").wait_for(timeout=120_000)
    page.get_by_text("seed 99").first.wait_for(timeout=120_000)


def cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def wait_until_over(run: runs.Run) -> None:
    wait_for(lambda: runs.get(run.id).is_over, pause_s=0.2)
    ended = runs.get(run.id)
    if ended.state != runs.SUCCEEDED:
        raise RuntimeError(f"{ended.title}: {ended.state}. {ended.reason}")


def wait_for(condition: Callable[[], object], pause_s: float = _POLL_S) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"It did not happen within {_DEADLINE_S} s.")
        time.sleep(pause_s)


def show(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
