"""The training itself: plain Keras 3, whatever its backend."""

from __future__ import annotations

import logging

import keras
import numpy as np

from augment.data.source import TRAIN
from augment.models import IMAGENET, NONE, module_of, weights
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.train.pipeline import TrainingBatches
from augment.train.record import Steps, Validation

# Keras' "auto" compiles on a GPU, and neither on the CPU alone nor under `tf.distribute`.
_JIT_COMPILE = {"auto": "auto", "on": True, "off": False}

_log = logging.getLogger(__name__)


def train(config: RunConfig, folder: RunFolder) -> None:
    """Train as configured, and write tables, best model and evaluation into ``folder``.

    Two runs with the same configuration give the same ``metrics.csv`` on the same machine.

    Raises:
        ConfigError: The weights cannot be loaded, or the loss is no longer finite.
        DataError: The data is not prepared at this size, or has no such splits.
    """
    prepared = config.prepared()
    split = prepared.split(TRAIN)
    batches = TrainingBatches(split, config.recipe, batch_size=config.batch_size, seed=config.seed)
    keras.utils.set_random_seed(config.seed)
    module = module_of(config.model)
    network = module.build(size=config.size, classes=len(prepared.class_names))
    if config.weights == IMAGENET:
        module.load_imagenet(network)
    elif config.weights != NONE:
        weights.load(network, config.weights)
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
