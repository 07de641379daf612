"""Training: the order to the first useful figure, the first step, the warm step, the wait, the memory.

    python -m benchmarks.training [--rounds 2] [--epochs 4] [--sizes 32 64 96] [--data NAME]

*Orders* are real runs, from the start of ``python -m augment train`` to a line of a table: of the preset
``quick`` to its first validated figure, on Oxford Flowers 102 where it is prepared or can be (else on
``digits``, and the result says so), and of densenet121 to its first step.

*Steps* are DenseNet121's, batch 32, on the bundled pictures. Ours are those of real runs: queued,
supervised, augmented with the guide's recipe, at nice 10. The peers have a process of their own at the
same niceness, without augmentation: Keras' default ``fit`` on the same network as
``keras.applications`` builds it, and plain PyTorch in float32 and in bfloat16 (left out, with a note,
where ``torch`` is not installed). The contenders take turns, so that a machine whose speed drifts is fair
to all; the median round counts. A warm step of ours and of Keras is the time from the end of an epoch's
first step to the end of its last, divided by the steps between, without the first epoch; of PyTorch it is
the median step without the first.

The limit is what these cores could do: the operations of a step divided by those that one large matrix
product reaches in the same run.
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
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psutil

from augment import DataError, data, presets, runs
from augment.models import MODELS
from augment.train import RunConfig
from benchmarks import _measure
from benchmarks._inputs import ROOT

BATCH = 32
MUST = {
    "quick: order to the first figure, s": 12.0,
    "densenet121: order to the first step, s": 15.0,
    "warm step at 64 px over Keras' default fit": 1.1,
    "share of waiting for input": 0.02,
}
AIM = {
    "quick: order to the first figure, s": 8.0,
    "densenet121: order to the first step, s": 10.0,
    "warm step at 64 px over Keras' default fit": 1.3,
    "share of waiting for input": 0.0,
}
FLOWERS = "tfds:oxford_flowers102"

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=4, help="at least 2")
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64, 96])
    parser.add_argument("--data", default=FLOWERS, help="of the order of quick")
    parser.add_argument("--keras", type=int, metavar="SIZE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keras:
        keras_fit(options.keras, options.epochs)
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ["AUGMENT_HOME"] = home
        source = prepare(options)
        found = measure(options, source)
    report(options, source, found)


def prepare(options: argparse.Namespace) -> str:
    """Prepare all that is measured, and return the set of the order of quick."""
    for size in options.sizes:
        data.open_prepared("bundled", size)
    try:
        data.prepare(options.data, 64)
    except DataError as error:
        print(f"{options.data} cannot be prepared here, so quick is measured on digits: {error}")
        data.prepare("digits", 64)
        return "digits"
    return str(options.data)


def measure(options: argparse.Namespace, source: str) -> dict[str, list[Measured]]:
    """Measure every contender once a round."""
    found: dict[str, list[Measured]] = {}
    has_torch = _measure.installed("torch")
    if not has_torch:
        print("PyTorch is not installed, so it is left out: pip install torch adds it.")
    for number in range(1, options.rounds + 1):
        _measure.show_progress(f"round {number} of {options.rounds}: orders")
        found.setdefault("order: quick", []).append(order_of_quick(source))
        for size in options.sizes:
            _measure.show_progress(f"round {number} of {options.rounds}: {size} px")
            found.setdefault(f"ours, {size} px", []).append(ours(size, options.epochs))
            peer = ["benchmarks.training", "--keras", str(size), "--epochs", str(options.epochs)]
            found.setdefault(f"keras default fit, {size} px", []).append(keras_peer(peer))
            for precision in ("float32", "bfloat16") if has_torch else ():
                name = f"pytorch {precision}, {size} px"
                found.setdefault(name, []).append(torch_peer(size, precision))
        found.setdefault("limit", []).append({"flop_per_s": flop_per_second()})
    _measure.show_progress("")
    return found


def order_of_quick(source: str) -> Measured:
    """Measure the preset quick: seconds from the order to each validated figure."""
    arguments = ["--preset", "quick", "--data", source, "--size", "64", "--recipe", "guide"]
    with ordered(*arguments) as (began, run_id):
        shown: Measured = {}
        while not (run := runs.get(run_id)).is_over or not shown:
            for row in run.epochs():
                if "val_accuracy" in row and f"epoch {row['epoch']:g}, s" not in shown:
                    shown[f"epoch {row['epoch']:g}, s"] = time.time() - began
                    shown[f"epoch {row['epoch']:g}, validation accuracy"] = row["val_accuracy"]
            if run.is_over and run.state != runs.SUCCEEDED:
                sys.exit(f"{run.state}: {run.reason}")
            time.sleep(0.05)
        shown["whole run, s"] = time.time() - began
    first = next(name for name in shown if name.endswith(", s"))
    return {"first_figure_s": shown[first], **shown}


def ours(size: int, epochs: int) -> Measured:
    """Measure a real run of DenseNet121 from its order to its end."""
    recipe = presets.PRESETS["guide"].recipe
    config = RunConfig(recipe=recipe, size=size, batch_size=BATCH, epochs=epochs, seed=7)
    arguments = ["--size", str(size), "--batch-size", str(BATCH), "--epochs", str(epochs)]
    with ordered("--recipe", "guide", "--seed", str(config.seed), *arguments) as (began, run_id):
        start, peak = 0.0, 0
        while not (ended := runs.get(run_id)).is_over:
            if not start and ended.steps():
                start = time.time() - began
            peak = max(peak, trainer_bytes(run_id))
            time.sleep(0.05)
    if ended.state != runs.SUCCEEDED:
        sys.exit(f"{ended.state}: {ended.reason}")
    rows = ended.steps()
    inside = sum(b["seconds"] - a["seconds"] for a, b in pairwise(rows) if same_epoch(a, b))
    waited = rows[-1]["waited"] - rows[0]["waited"]
    return {
        "order_to_first_step_s": start,
        "first_s": rows[0]["seconds"],
        "step_s": step(rows),
        "waiting": waited / inside,
        "peak_bytes": peak,
    }


@contextmanager
def ordered(*arguments: str) -> Iterator[tuple[float, str]]:
    """Order a run by the command line; give the time of the order and the id of the run."""
    began = time.time()
    command = [sys.executable, "-m", "augment", "train", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    yield began, json.loads(done.stdout)["id"]


def trainer_bytes(run_id: str) -> int:
    """Return the memory of the trainer of a run; 0 before it has started."""
    for process in psutil.process_iter():
        try:
            if process.cmdline()[-2:] == ["--run", run_id]:
                return int(process.memory_info().rss)
        except psutil.Error:
            continue
    return 0


def keras_peer(words: list[str]) -> Measured:
    """Measure Keras' default ``fit`` in a process of its own."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    document = json.loads(done.stdout.splitlines()[-1])
    rows = document["rows"]
    return {
        "order_to_first_step_s": rows[0]["seconds"] - began,
        "first_s": rows[0]["seconds"] - document["fit_began"],
        "step_s": step(rows),
        "peak_bytes": document["peak_bytes"],
    }


def keras_fit(size: int, epochs: int) -> None:
    """Fit as Keras does by default; print the time at which each step ended, and the peak memory."""
    os.nice(10)  # as our trainer, so that other processes on this machine slow both alike
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import resource

    import keras
    import numpy as np

    prepared = data.open_prepared("bundled", size)
    split = prepared.split("train")
    full = len(split) // BATCH * BATCH
    labels = split.one_hot(np.arange(full))
    pixels = keras.Input((size, size, 3))
    body = keras.applications.DenseNet121(
        include_top=False,
        weights=None,
        pooling="avg",
        input_tensor=keras.layers.Rescaling(1 / 255)(pixels),
    )
    head = keras.layers.Dense(len(prepared.class_names), activation="softmax")
    model = keras.Model(pixels, head(body.output))
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
    began = time.time()
    model.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[Clock()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"fit_began": began, "rows": rows, "peak_bytes": peak}), flush=True)


def torch_peer(size: int, precision: str) -> Measured:
    """Measure plain PyTorch in a process of its own."""
    words = [str(size), str(BATCH), "11", "12", precision]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._torch_densenet", *words],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    document = json.loads(done.stdout.splitlines()[-1])
    return {
        "first_s": document["first_s"],
        "step_s": statistics.median(document["steps_s"]),
        "peak_bytes": document["peak_bytes"],
    }


def flop_per_second() -> float:
    """Return what all cores reach in one float32 matrix product, in a process of its own."""
    code = (
        "import time, tensorflow as tf\n"
        "a = tf.random.normal((4096, 4096)); tf.matmul(a, a).numpy()\n"
        "times = []\n"
        "for _ in range(5):\n"
        "    began = time.perf_counter(); tf.matmul(a, a).numpy()\n"
        "    times.append(time.perf_counter() - began)\n"
        "print(2 * 4096**3 / min(times))\n"
    )
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return float(done.stdout.splitlines()[-1])


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


def report(options: argparse.Namespace, source: str, found: dict[str, list[Measured]]) -> None:
    """Print and write the medians, the ratios and the limit."""
    medians = {
        name: {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
        for name, rounds in found.items()
    }
    ratios: dict[str, dict[str, float]] = {}
    flop = medians["limit"]["flop_per_s"]
    for size in options.sizes:
        mine = medians[f"ours, {size} px"]
        limit = 3 * BATCH * MODELS["densenet121"].forward_flop * (size / 64) ** 2 / flop
        compared = {"part of the limit that a step reaches": limit / mine["step_s"]}
        for peer in ("keras default fit", "pytorch float32", "pytorch bfloat16"):
            if theirs := medians.get(f"{peer}, {size} px"):
                compared[f"step, speed over {peer} (higher is better)"] = (
                    theirs["step_s"] / mine["step_s"]
                )
                compared[f"first call, wait over {peer} (lower is better)"] = (
                    mine["first_s"] / theirs["first_s"]
                )
        ratios[f"{size} px"] = compared
    for name, figures in {**medians, **ratios}.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()))
    _measure.write(
        "training",
        {
            "machine": _measure.machine("tensorflow", "keras", "numpy"),
            "setting": {
                "batch": BATCH,
                "rounds": options.rounds,
                "epochs": options.epochs,
                "data of quick": source,
                "load before": round(os.getloadavg()[0], 2),
            },
            "medians": _measure.rounded(medians, 4),
            "ratios": _measure.rounded(ratios, 3),
            "must": MUST,
            "aim": AIM,
            "rounds": found,
        },
    )


if __name__ == "__main__":
    main()
