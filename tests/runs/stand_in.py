"""A trainer without a network, which takes milliseconds: it saves and resumes as the real one does.

`SITE` is a ``sitecustomize.py`` that puts it in the place of the trainer of a run. `SUPERVISOR` is one
that puts a few lines in the place of the supervisor, which start no trainer, and write when they began
and ended.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.runs import folders, supervisor
from augment.runs.folders import RunFolder
from augment.system import files
from augment.train import checkpoint

SITE = """
import sys
if "train" in sys.orig_argv:
    from tests.runs import stand_in
    stand_in.main(sys.orig_argv[-1])
"""
SUPERVISOR = """
import sys
if "supervise" in sys.orig_argv:
    import fcntl, json, os, time
    run, slot = sys.orig_argv[sys.orig_argv.index("supervise") + 1], sys.orig_argv[-1]
    os.chdir(os.path.join(os.environ["AUGMENT_HOME"], "runs", run))
    lock = open("lock", "a+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(2)
    if os.path.exists("state.json"):
        os._exit(2)
    def write(**entries):
        with open(".state", "w") as file:
            json.dump(entries | {"slot": slot, "attempt": 1}, file)
        os.replace(".state", "state.json")
    began = time.monotonic()
    write(state="RUNNING")
    time.sleep(0.05)
    with open("trained", "a") as file:
        file.write(f"{began} {time.monotonic()} {slot}\\n")
    write(state="SUCCEEDED")
    os._exit(0)
"""
STEPS = 4
EPOCH_S = 0.02


class Variable:
    """As far as a state knows of one."""

    def __init__(self, *shape: int) -> None:
        self.values = np.zeros(shape)
        self.shape, self.dtype, self.path = shape, self.values.dtype, "weights"

    def __array__(self, dtype: Any = None, copy: Any = None) -> npt.NDArray[np.float64]:
        return self.values

    def assign(self, values: npt.NDArray[np.float64]) -> None:
        self.values = np.array(values)


def main(run_id: str) -> None:
    """Train the run, and those that follow it, in this process, which ends."""
    supervisor.end_with_supervisor()
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    while run_id:
        logging.info("process %d trains %s", os.getpid(), run_id)
        train(folders.find(run_id), epoch_s=EPOCH_S)
        sys.stdout.flush()
        run_id = supervisor.next_run(run_id, 0)
    os._exit(0)


def train(folder: RunFolder, *, epoch_s: float = 0) -> None:
    """Each epoch draws by its number, and moves what the epochs before it have left."""
    spec = folder.read_spec()
    model: Any = SimpleNamespace(
        variables=[Variable(50, 50)], optimizer=SimpleNamespace(variables=[Variable(50)])
    )
    weights, momentum = model.variables[0], model.optimizer.variables[0]
    state = checkpoint.resume(folder, model)
    if state is None:
        folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n")
        folder.steps.write_text("epoch,step,steps_per_epoch,seconds,waited,loss,accuracy\n")
    for epoch in range(state.epoch + 1 if state else 1, spec["config"]["epochs"] + 1):
        for step in range(1, STEPS + 1):
            draws = np.random.default_rng([epoch, step])
            momentum.assign(0.9 * momentum.values + draws.random(50))
            weights.assign(weights.values + np.outer(momentum.values, draws.random(50)))
            time.sleep(epoch_s / STEPS)
            with folder.steps.open("a") as file:
                file.write(f"{epoch},{step},{STEPS},{epoch * STEPS + step},0,1.5,0.5\n")
        with folder.metrics.open("a") as file:
            for cell in (f"{epoch},", f"{weights.values.mean():.12f},", "0.5,2.5,0.25\n"):
                file.write(cell)
                file.flush()  # so that half a line may be left
        checkpoint.save(folder, model, epoch=epoch)
    files.write_json(folder.evaluation, {"stopped_early": False})
