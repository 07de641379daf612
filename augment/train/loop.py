"""``train --run RUN``: the trainer, a process that its supervisor starts and answers for.

Keras is imported only after the process is tied to its supervisor and the environment is set.
"""

from __future__ import annotations

import logging
import os
import sys

from augment.errors import AugmentError, RunError
from augment.runs import folder as folders
from augment.runs.folder import RunFolder
from augment.train import jit, lifeline
from augment.train.config import RunConfig

_log = logging.getLogger("augment")


def main(run_id: str) -> int:
    """Train the run ``run_id`` in this process; return 0, or 1 or 2 with the reason in the log.

    With a supervisor behind it the process ends right here: TensorFlow takes five seconds to take its
    graphs apart, and all files are closed.
    """
    code = _train(run_id)
    if lifeline.tied():
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)
    return code


def _train(run_id: str) -> int:
    lifeline.tie()
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s", level=logging.WARNING)
    _log.setLevel(logging.INFO)
    try:
        folder = folders.find(run_id)
        config = _config(folder)
        config.check_inputs()
        _log.info("loading Keras")
        # TensorFlow reports its build and every missing GPU library otherwise.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        jit.keep_compiled()
        from augment.train.fit import train

        train(config, folder)
    except AugmentError as error:
        sys.stdout.write(f"error: {error}\n")
        return 2
    except Exception:  # noqa: BLE001 - the last resort: whatever it was, it belongs into the log
        _log.exception("the training broke off")
        return 1
    return 0


def _config(folder: RunFolder) -> RunConfig:
    spec = folders.read_json(folder.spec)
    if spec is None:
        raise RunError(f"The run {folder.id} has no spec.json.")
    return RunConfig.from_dict(spec.get("config"))
