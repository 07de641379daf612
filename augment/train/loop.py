"""One training: plain Keras 3, whatever its backend.

``train --run RUN``: the trainer, a process that its supervisor starts and answers for.

Keras is imported only after the process is tied to its supervisor and the environment is set.
"""

from __future__ import annotations

import logging
import os
import sys

import keras
import numpy as np

from augment.data.source import TRAIN
from augment.errors import AugmentError, RunError
from augment.runs import folder as folders
from augment.runs import supervisor
from augment.runs.config import RunConfig
from augment.runs.folder import RunFolder
from augment.train import model
from augment.train.pipeline import TrainingBatches
from augment.train.record import Steps, Validation

# Keras' "auto" compiles on a GPU, and neither on the CPU alone nor under `tf.distribute`.
_JIT_COMPILE = {"auto": "auto", "on": True, "off": False}

_log = logging.getLogger(__name__)


def train(config: RunConfig, folder: RunFolder) -> None:
    """Train as ``config`` says, and write tables, best model and evaluation into ``folder``.

    Two runs of one configuration give the same ``metrics.csv`` on the same machine.

    Raises:
        ConfigError: the weights cannot be loaded, or the loss is no longer a number.
        DataError: the data is not prepared at this size, or has no such splits.
    """
    prepared = config.prepared()
    split = prepared.split(TRAIN)
    batches = TrainingBatches(split, config.recipe, batch_size=config.batch_size, seed=config.seed)
    keras.utils.set_random_seed(config.seed)
    network = model.build(
        size=config.size, classes=len(prepared.class_names), weights=config.weights
    )
    compile_model(network, config)
    _log.info("%s", prepared.split_note)
    _log.info(
        "DenseNet121 on %s at %d px (%s): %d classes, %d training pictures, %d steps an epoch;"
        " Keras %s on %s, compiled by XLA: %s",
        *(
            config.data,
            config.size,
            config.fit,
            len(prepared.class_names),
            len(split),
            len(batches),
        ),
        *(keras.version(), keras.backend.backend(), network.jit_compile),
    )
    steps = Steps(folder, batches)
    validation = Validation(folder, config, prepared)
    network.fit(
        batches,
        epochs=config.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[steps, validation],
    )
    validation.write_evaluation(stopped_early=steps.stopped_early)
    _log.info("done")


def compile_model(network: keras.Model, config: RunConfig) -> None:
    """Give a model its optimiser, loss and metrics, and make their variables.

    Keras would make the variables while the first step is traced, and TensorFlow traces a step that
    made variables a second time: that is a third of the wait for the first step.
    """
    network.compile(
        optimizer=keras.optimizers.SGD(config.learning_rate, momentum=config.momentum),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=_JIT_COMPILE[config.jit],
    )
    network.optimizer.build(network.trainable_variables)
    shares = np.zeros((1, *network.output_shape[1:]), np.float32)
    network.compute_loss(None, shares, shares)
    network.compute_metrics(None, shares, shares)
    network.reset_metrics()


_trainer_log = logging.getLogger("augment")


def main(run_id: str) -> int:
    """Train the run ``run_id`` in this process; return 0, or 1 or 2 with the reason in the log.

    With a supervisor behind it the process ends right here: TensorFlow takes five seconds to take its
    graphs apart, and all files are closed.
    """
    code = _train(run_id)
    if supervisor.tied():
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)
    return code


def _train(run_id: str) -> int:
    supervisor.tie()
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s", level=logging.WARNING)
    _trainer_log.setLevel(logging.INFO)
    try:
        folder = folders.find(run_id)
        config = _config(folder)
        config.check_inputs()
        _trainer_log.info("loading Keras")
        # TensorFlow reports its build and every missing GPU library otherwise.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        pass

        train(config, folder)
    except AugmentError as error:
        sys.stdout.write(f"error: {error}\n")
        return 2
    except Exception:  # noqa: BLE001 - the last resort: whatever it was, it belongs into the log
        _trainer_log.exception("the training broke off")
        return 1
    return 0


def _config(folder: RunFolder) -> RunConfig:
    spec = folders.read_json(folder.spec)
    if spec is None:
        raise RunError(f"The run {folder.id} has no spec.json.")
    return RunConfig.from_dict(spec.get("config"))
