"""``train --run RUN``: the trainer of a run, a process that its supervisor starts.

Its supervisor may hand it further runs, one after the other, which differ in seed or recipe alone: they
are trained with the network and the graph of the first. Keras is imported only after the process is tied
to its supervisor, its inputs are checked and the environment is set.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from augment.engine import compiled
from augment.errors import AugmentError
from augment.runs import folders, supervisor
from augment.runs.config import RunConfig
from augment.runs.progress import COMPILING, LOADING
from augment.train import forecast, garbage
from augment.train.failures import reason_of
from augment.train.progress import Progress

if TYPE_CHECKING:
    from augment.train.network import Network

_log = logging.getLogger("augment")


def main(run_id: str) -> int:
    """Train the run ``run_id`` in this process; return 0, or 1 or 2 with the reason in the log.

    With a supervisor the process ends right here: TensorFlow takes five seconds to free its graphs, and
    all files are closed.
    """
    supervisor.end_with_supervisor()
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s", level=logging.WARNING)
    _log.setLevel(logging.INFO)
    network = None
    while True:
        code, network = _train(run_id, network)
        sys.stdout.flush()
        following = supervisor.next_run(run_id, code)
        if not following:
            break
        run_id = following
        garbage.collect()
    if supervisor.is_supervised():
        logging.shutdown()
        os._exit(code)
    return code


def _train(run_id: str, network: Network | None) -> tuple[int, Network | None]:
    """Train a run; return its exit code, and the network for the next one if it has succeeded."""
    try:
        folder = folders.find(run_id)
        config = RunConfig.from_dict(folder.read_spec().get("config"))
        config.check_inputs()
        if compiled.needs_compiling():
            # Before the time is taken by which later trainings are forecast.
            Progress(folder).enter(COMPILING)
        compiled.load()
        watch = forecast.Stopwatch(config, run_id, is_first=network is None)
        if network is None:
            _load_keras(config, folder)
        from augment.train.loop import train

        watch.loaded()
        return 0, train(config, folder, watch, network)
    except AugmentError as error:
        sys.stdout.write(f"error: {error}\n")
        return 2, None
    except Exception as error:  # noqa: BLE001 - the last resort: whatever failed, the log must have it
        if reason := reason_of(error, run_id):
            sys.stdout.write(f"error: {reason}\n")
            return 2, None
        _log.exception("the training failed")
        return 1, None


def _load_keras(config: RunConfig, folder: folders.RunFolder) -> None:
    """Import Keras, if the run can be expected to fit into the memory of this machine."""
    expected = forecast.forecast(config, config.prepared())
    if warning := forecast.check_memory(config, expected):
        _log.warning("%s", warning)
    Progress(folder).enter(LOADING)
    _log.info("loading Keras")
    # TensorFlow reports its build and every missing GPU library otherwise.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    garbage.pause()
    import augment.train.loop  # noqa: F401
