"""A training run against Keras' default ``fit``: warm step, start, and the wait for input.

    python -m benchmarks.training [--rounds 2] [--epochs 6]

The peer is the same DenseNet121 with the same head, loss and optimiser, compiled as Keras does by
default and fitted on the images as arrays, without augmentation, in a process of its own. Our runs are
real ones: submitted, queued, supervised, augmented with the guide's recipe, at nice 10, once compiled by
XLA and once not. The contenders take turns, so that a machine whose speed drifts is fair to all; the
median round counts.

A step is the time from the end of an epoch's first step to the end of its last, divided by the steps
between; the first epoch does not count, so at least two are needed. The start is the time from the
submission to the end of the first step, imports included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from typing import Any

from augment import data, presets, runs
from augment.train import RunConfig
from benchmarks import _measure
from benchmarks._inputs import ROOT

SIZE, BATCH = 64, 32
MUST = {"step": 1.8, "start": 1.0, "waiting": 0.02}
AIM = {"step": 2.2, "start": 0.5, "waiting": 0.0}

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=6, help="at least 2")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.epochs)
        return
    measured: dict[str, list[Measured]] = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["AUGMENT_HOME"] = home
        data.open_prepared("bundled", SIZE)
        for _ in range(options.rounds):
            measured.setdefault("keras default fit", []).append(keras_fit(options.epochs))
            measured.setdefault("ours, compiled", []).append(ours("on", options.epochs))
            measured.setdefault("ours, not compiled", []).append(ours("auto", options.epochs))
    report(options, measured)


def ours(jit: str, epochs: int) -> Measured:
    """Measure a real run from its submission to its end."""
    recipe = presets.PRESETS["guide"].recipe
    began = time.time()
    run = runs.submit(
        RunConfig(recipe=recipe, size=SIZE, batch_size=BATCH, epochs=epochs, seed=7, jit=jit)
    )
    while not (rows := run.steps()) and not runs.get(run.id).is_over:
        time.sleep(0.05)
    start = time.time() - began
    while not (ended := runs.get(run.id)).is_over:
        time.sleep(0.5)
    if ended.state != runs.SUCCEEDED:
        sys.exit(f"{ended.state}: {ended.reason}")
    rows = ended.steps()
    inside = sum(b["seconds"] - a["seconds"] for a, b in pairwise(rows) if same_epoch(a, b))
    waited = rows[-1]["waited"] - rows[0]["waited"]
    return {"start_s": start, "step_s": step(rows), "waiting": waited / inside}


def keras_fit(epochs: int) -> Measured:
    """Measure Keras' default ``fit`` in a process of its own."""
    began = time.time()
    command = [sys.executable, "-m", "benchmarks.training", "--peer", "--epochs", str(epochs)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    rows = json.loads(done.stdout.splitlines()[-1])
    return {"start_s": rows[0]["seconds"] - began, "step_s": step(rows)}


def peer(epochs: int) -> None:
    """Fit as Keras does by default; print the time at which each step ended."""
    os.nice(10)  # as our trainer, so that other processes on this machine slow both alike
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import numpy as np

    from augment.models import densenet121 as models

    prepared = data.open_prepared("bundled", SIZE)
    split = prepared.split("train")
    full = len(split) // BATCH * BATCH
    labels = split.one_hot(np.arange(full))
    model = models.build(size=SIZE, classes=len(prepared.class_names), weights="none")
    model.compile(
        optimizer=keras.optimizers.SGD(momentum=0.9),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    rows: list[Measured] = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch = epoch

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            rows.append({"epoch": self.epoch + 1, "step": batch + 1, "seconds": time.time()})

    images = split.images[:full]
    model.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[Clock()])
    print(json.dumps(rows), flush=True)


def step(rows: list[Measured]) -> float:
    """Return the median over the epochs, without the first, of the seconds of a step."""
    epochs: dict[float, list[Measured]] = {}
    for row in rows:
        epochs.setdefault(row["epoch"], []).append(row)
    return statistics.median(
        (of[-1]["seconds"] - of[0]["seconds"]) / (of[-1]["step"] - of[0]["step"])
        for epoch, of in epochs.items()
        if epoch > 1
    )


def same_epoch(a: Measured, b: Measured) -> bool:
    return a["epoch"] == b["epoch"]


def report(options: argparse.Namespace, measured: dict[str, list[Measured]]) -> None:
    """Print and write the medians and the ratios."""
    medians = {
        name: {key: round(statistics.median(each[key] for each in rounds), 4) for key in rounds[0]}
        for name, rounds in measured.items()
    }
    for name, figures in medians.items():
        print(f"{name}: " + ", ".join(f"{key} {value:g}" for key, value in figures.items()))
    base = medians["keras default fit"]
    ratios = {
        name: {
            "step, speed over Keras' default fit (higher is better)": round(
                base["step_s"] / figures["step_s"], 3
            ),
            "start, wait over Keras' default fit (lower is better)": round(
                figures["start_s"] / base["start_s"], 3
            ),
        }
        for name, figures in medians.items()
        if "keras" not in name
    }
    for name, figures in ratios.items():
        print(f"{name}: " + ", ".join(f"{key}: {value:g}" for key, value in figures.items()))
    _measure.write(
        "training",
        {
            "machine": _measure.machine("tensorflow", "keras", "numpy"),
            "setting": {
                "model": "DenseNet121",
                "size": SIZE,
                "batch": BATCH,
                "rounds": options.rounds,
                "epochs": options.epochs,
                "load before": round(os.getloadavg()[0], 2),
            },
            "medians": medians,
            "ratios": ratios,
            "must": MUST,
            "aim": AIM,
            "rounds": measured,
        },
    )


if __name__ == "__main__":
    main()
