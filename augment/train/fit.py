"""One training: plain Keras 3, whatever its backend."""

from __future__ import annotations

import logging

import keras
import numpy as np

from augment.data.spec import TRAIN
from augment.runs.folder import RunFolder
from augment.train import jit, model, probe
from augment.train.config import RunConfig
from augment.train.pipeline import TrainingBatches
from augment.train.record import Steps, Validation

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
    compiled = jit.choose(
        config,
        steps=config.epochs * len(batches),
        backend=keras.backend.backend(),
        has_gpu=not keras.distribution.list_devices()[0].startswith("cpu"),
        gain=probe.gain,
    )
    keras.utils.set_random_seed(config.seed)
    network = model.build(
        size=config.size, classes=len(prepared.class_names), weights=config.weights
    )
    network.compile(
        optimizer=keras.optimizers.SGD(config.learning_rate, momentum=config.momentum),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=compiled,
    )
    make_variables(network)
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
        *(keras.version(), keras.backend.backend(), compiled),
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


def make_variables(network: keras.Model) -> None:
    """Make the variables of the optimiser and the metrics of a compiled model.

    Keras would make them while the first step is traced, and TensorFlow traces a step that made
    variables a second time: that is a third of the wait for the first step.
    """
    network.optimizer.build(network.trainable_variables)
    shares = np.zeros((1, *network.output_shape[1:]), np.float32)
    network.compute_loss(None, shares, shares)
    network.compute_metrics(None, shares, shares)
    network.reset_metrics()
