"""The network of a run: built with its initial weights, and compiled for the epochs of its body."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from augment.models import IMAGENET, NONE, module_of
from augment.models import weights as weight_files
from augment.runs.config import RunConfig
from augment.train.learning_rate import learning_rate

# Keras' "auto" compiles on a GPU, and neither on the CPU alone nor under `tf.distribute`.
_JIT_COMPILE = {"auto": "auto", "on": True, "off": False}


def build(config: RunConfig, classes: int) -> keras.Model:
    """Return the network of a run with its initial weights, not compiled.

    Raises:
        ConfigError: The weights cannot be loaded, or do not fit.
    """
    keras.utils.set_random_seed(config.seed)
    module = module_of(config.model)
    network = module.build(size=config.size, classes=classes)
    if config.weights == IMAGENET:
        module.load_imagenet(network)
    elif config.weights != NONE:
        weight_files.load(network, config.weights)
    return network


def compile_for_training(
    network: keras.Model, config: RunConfig, *, steps: int, batch_size: int, epochs: int
) -> SampleLosses | None:
    """Give a network its optimiser, loss and metrics, and make their variables.

    Keras would make the variables while the first step is traced, and TensorFlow traces a step that
    made variables a second time: that is a third of the wait for the first step.

    Args:
        network: The network, whose layers are trained or frozen already.
        config: The configuration.
        steps: Steps in an epoch.
        batch_size: Pictures in a step.
        epochs: The epochs that train the body.

    Returns:
        The metric that keeps the losses of an epoch; None on several devices, each of which knows only
        those of its own pictures.
    """
    optimizer = keras.optimizers.SGD(
        learning_rate(config, steps * epochs),
        momentum=config.momentum,
        weight_decay=config.weight_decay or None,
        # Keras clips on each device, before the gradients of all devices are added up.
        global_clipnorm=config.clip_norm / config.devices or None,
    )
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(
            var_list=[v for v in network.trainable_variables if v.name != "kernel"]
        )
    kept = None
    if config.devices == 1:
        kept = SampleLosses(config.label_smoothing, steps=steps, batch_size=batch_size)
    network.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy", *([kept] if kept else [])],
        jit_compile=_JIT_COMPILE[config.jit],
    )
    network.optimizer.build(network.trainable_variables)
    shares = np.zeros((batch_size, *network.output_shape[1:]), np.float32)
    network.compute_loss(None, shares, shares)
    network.compute_metrics(None, shares, shares)
    network.reset_metrics()
    return kept


class SampleLosses(keras.metrics.Metric):
    """Keeps the loss of each picture of an epoch in a variable, which is read at its end.

    Reading after each step would make the next one wait.

    Args:
        label_smoothing: That of the loss.
        steps: Steps in an epoch.
        batch_size: Pictures in a step, all of which have as many.
    """

    def __init__(self, label_smoothing: float, *, steps: int, batch_size: int) -> None:
        super().__init__(name="sample_losses")
        self._smoothing = label_smoothing
        self._shape = (steps, batch_size)
        self._kept = self.add_variable(self._shape, initializer="zeros", name="losses")
        self._step = self.add_variable((), initializer="zeros", name="step", dtype="int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Keep the losses of a step."""
        ops = keras.ops
        losses = keras.losses.categorical_crossentropy(
            ops.cast(y_true, "float32"), y_pred, label_smoothing=self._smoothing
        )
        here = ops.arange(self._shape[0], dtype="int32")[:, None] == ops.convert_to_tensor(
            self._step
        )
        kept = ops.convert_to_tensor(self._kept)
        self._kept.assign(ops.where(here, ops.reshape(losses, (1, self._shape[1])), kept))
        self._step.assign_add(1)

    def result(self) -> Any:
        """Return 0, as Keras asks for a figure."""
        return keras.ops.zeros(())

    def reset_state(self) -> None:
        """Begin an epoch; its losses replace those that are kept."""
        self._step.assign(0)

    def values(self) -> npt.NDArray[np.float32]:
        """Return the losses of the steps of this epoch so far, float32 (steps, batch_size)."""
        kept = keras.ops.convert_to_numpy(self._kept)
        return np.asarray(kept[: int(keras.ops.convert_to_numpy(self._step))], np.float32)
