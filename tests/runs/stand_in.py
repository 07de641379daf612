"""A trainer without a network, which takes milliseconds: it saves and resumes as the real one does.

`SITE` is a ``sitecustomize.py`` that puts it in the place of the trainer of a run. `SUPERVISOR` is one
that puts a few lines in the place of the supervisor, which start no trainer, and write when they began
and ended, and when their process was started. `QUICK` is one with a trainer that imports nothing of the
package, and so starts at once: it follows the protocol of the supervisor, also with a process of its own
that a SIGTERM does not end, and dies, or waits, at any point that a test names.
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
    import fcntl, json, os, psutil, time
    run, slot = sys.orig_argv[sys.orig_argv.index("supervise") + 1], sys.orig_argv[-1]
    os.chdir(os.path.join(os.environ["AUGMENT_HOME"], "runs", run))
    lock = open("lock", "a+b")
    def locked(kind):
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    while not locked(fcntl.LOCK_EX):
        if not locked(fcntl.LOCK_SH):  # else somebody was only testing the lock
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
        file.write(f"{began} {time.monotonic()} {slot} {psutil.Process().create_time()}\\n")
    write(state="SUCCEEDED")
    os._exit(0)
"""
QUICK = """
import sys
if "train" in sys.orig_argv:
    import fcntl, json, os, queue, signal, subprocess, threading, time
    home, told, passed, child = os.environ["AUGMENT_HOME"], queue.SimpleQueue(), 0, None

    def watch():
        rest = b""
        while arrived := os.read(0, 4096):
            *lines, rest = (rest + arrived).split(b"\\n")
            for line in lines:
                told.put(line.decode())
        if child:
            child.kill()
        os.killpg(0, signal.SIGKILL)

    def point(name):
        "Be killed, or wait, where a test says so."
        global passed
        passed += 1
        if passed == int(os.environ.get("KILL_TRAINER_AT", 0)):
            os.kill(os.getpid(), signal.SIGKILL)
        if name == os.environ.get("HOLD_TRAINER"):
            open(home + "/held", "w").close()
            while not os.path.exists(home + "/go"):
                time.sleep(0.002)

    def train(run):
        with open("spec.json") as file:
            config = json.load(file)["config"]
        done = 0
        if os.path.exists("state.npz"):
            done = int(open("state.npz").read())
        rows = open("metrics.csv").read().splitlines()[1 : done + 1] if done else []
        with open("metrics.csv", "w") as file:
            file.write("epoch,loss,accuracy,val_loss,val_accuracy\\n")
            file.writelines(row + "\\n" for row in rows)
        for epoch in range(done + 1, config["epochs"] + 1):
            point(f"{run} epoch {epoch}")
            with open("metrics.csv", "a") as file:
                for cell in (f"{epoch},{config['seed'] / epoch:.6f},", "0.5,2.5,0.25\\n"):
                    file.write(cell)
                    file.flush()
                    point("")
            with open(".writing-state.npz", "w") as file:
                file.write(str(epoch))
            point("")
            os.replace(".writing-state.npz", "state.npz")
        with open("evaluation.json", "w") as file:
            file.write('{"stopped_early": false}')
        point(f"{run} trained")

    alone = open(home + "/training", "w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        open(home + "/two at once", "w").close()
    if "STUBBORN_TRAINER" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "600"], start_new_session=True, close_fds=True)
    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    run = sys.orig_argv[-1]
    try:
        while run:
            os.chdir(f"{home}/runs/{run}")
            print("process", os.getpid(), "trains", run, flush=True)
            train(run)
            if "AUGMENT_REPORT" not in os.environ:
                break
            os.write(int(os.environ["AUGMENT_REPORT"]), f"{run} 0\\n".encode())
            point(f"{run} reported")
            run = told.get()
    except BrokenPipeError:
        # A supervisor that is gone reads nothing, and the thread is about to end this process.
        watching.join()
    os._exit(0)
"""
STEPS = 4
EPOCH_S = 0.02
_PACE = "pace"


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
        train(folders.find(run_id), at_once=False)
        sys.stdout.flush()
        run_id = supervisor.next_run(run_id, 0)
    os._exit(0)


def set_pace(folder: RunFolder, epoch_s: float | None) -> None:
    """Set how many seconds an epoch of a run takes from now on; None for `EPOCH_S`.

    So that a run does not end before a test has done something to it, however slow the machine is.
    """
    if epoch_s is None:
        (folder.path / _PACE).unlink()
    else:
        files.write_bytes(folder.path / _PACE, str(epoch_s).encode())


def _epoch_s(folder: RunFolder) -> float:
    try:
        return float((folder.path / _PACE).read_text())
    except FileNotFoundError:
        return EPOCH_S


def train(folder: RunFolder, *, at_once: bool = True) -> None:
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
            time.sleep(0 if at_once else _epoch_s(folder) / STEPS)
            with folder.steps.open("a") as file:
                file.write(f"{epoch},{step},{STEPS},{epoch * STEPS + step},0,1.5,0.5\n")
        with folder.metrics.open("a") as file:
            for cell in (f"{epoch},", f"{weights.values.mean():.12f},", "0.5,2.5,0.25\n"):
                file.write(cell)
                file.flush()  # so that half a line may be left
        checkpoint.save(folder, model, epoch=epoch)
    files.write_json(folder.evaluation, {"stopped_early": False})
