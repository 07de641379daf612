"""The network of a run: built with its initial weights, and compiled for the epochs of its body.

Runs that differ in seed or recipe alone have one `Network` in one process, one after the other. It is
built and traced for the first of them; each of the others begins with the variables that it would have in
a process of its own, to the bit.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from augment import models
from augment.data.source import VALIDATION
from augment.data.store.prepared import Prepared
from augment.models import IMAGENET, NONE, module_of
from augment.models import weights as weight_files
from augment.models.fused_batch_norm import PlainCopy
from augment.runs.config import RunConfig
from augment.runs.groups import graph_of
from augment.runs.stages import head_epochs
from augment.train import checkpoint
from augment.train.devices import Devices, use_precision
from augment.train.epoch_batches import EpochBatches
from augment.train.learning_rate import learning_rate
from augment.train.predicting import Predictor

# Keras' "auto" compiles on a GPU, and neither on the CPU alone nor under `tf.distribute`.
_JIT_COMPILE = {"auto": "auto", "on": True, "off": False}

# From this range Keras draws the seed of each layer that has none, from Python's global generator.
_SEEDS = (1, 10**9)
_MOST_SEEDS = 10_000  # of one network
_NOT_LOADED = 1e30  # no weight of a file

Array = npt.NDArray[Any]


class Network:
    """The network of one or several runs in this process, and what is traced for them.

    Args:
        config: The configuration of the first run; with its seed it has its initial variables.
        prepared: Its data.
        batches: Its batches.
        devices: The devices of this process.

    Attributes:
        model: The network.
        devices: As given.
        precision: The name of the policy in which it computes.
        predictor: Predicts with the weights that it has at the moment.
        losses: The metric that keeps the losses of an epoch; None on several devices, and before
            `compile`.
        is_compiled: Whether it can train its body.
        is_traced: Whether a step of its body was traced.
        save: Writes it to a path, without the compilation, which no checkpoint needs.
    """

    def __init__(
        self, config: RunConfig, prepared: Prepared, batches: EpochBatches, devices: Devices
    ) -> None:
        self.devices = devices
        self.precision = use_precision(config)
        with devices.scope():
            self.model, self._initial = _build(config, len(prepared.class_names))
        self._optimizer: list[tuple[Any, Array]] = []
        self._key = _key(config, prepared, batches)
        self.predictor = Predictor(
            self.model,
            pictures=max(len(batches.ids), len(prepared.splits.get(VALIDATION, ()))),
            multiple=config.batch_size if head_epochs(config) else 1,
        )
        uncompiled = keras.Model(self.model.input, self.model.output, name=self.model.name)
        self.save = PlainCopy(uncompiled).save
        self.losses: SampleLosses | None = None
        self.is_compiled = self.is_traced = False

    def begin(self, config: RunConfig, prepared: Prepared, batches: EpochBatches) -> bool:
        """Give it the variables with which a run begins; return False if it is no network of that run.

        It is not where the shapes of the run differ (its data was prepared anew), the file of the weights
        was replaced, or Keras draws the seeds of its layers in a way that is not known here.
        """
        if self._initial is None or self._key != _key(config, prepared, batches):
            return False
        # Without Keras' seed, which nothing draws from any more: to set it, TensorFlow drops what it has
        # compiled, and the next step of DenseNet121 takes six seconds.
        for variable, value in (*self._initial.values(config.seed), *self._optimizer):
            checkpoint.assign(self.model, variable, value)
        return True

    def compile(self, config: RunConfig, batches: EpochBatches) -> None:
        """Prepare it to train its body, unless it is already."""
        if self.is_compiled:
            return
        with self.devices.scope():
            weight_files.set_trainable(
                self.model,
                config.trainable,
                last_block=module_of(config.model).LAST_BLOCK,
                freeze_batch_norm=config.weights != models.NONE,
            )
            self.losses = compile_for_training(
                self.model,
                config,
                steps=batches.steps(config.epochs),
                batch_size=len(batches.rows(config.epochs)[0]),
                epochs=config.epochs - head_epochs(config),
            )
        self._optimizer = [
            (variable, _compact(np.asarray(variable)))
            for variable in self.model.optimizer.variables
        ]
        self.is_compiled = True


class InitialValues:
    """The values that the variables of a network have before it is trained, for any seed.

    Keras draws a seed for each layer with random weights, or with a generator of its own, when it makes
    the layer. The place of each among those draws is kept, so that the seed of the layer for another seed
    of the run, and thus its weights, are known without building the network once more, which takes
    seconds.

    Args:
        model: The network, as it was built after ``keras.utils.set_random_seed(seed)``.
        seed: That seed.
        loaded: Variables whose values are those of a file.

    Raises:
        LookupError: Keras has drawn the seeds in another way.
    """

    def __init__(self, model: keras.Model, seed: int, loaded: Sequence[Any] = ()) -> None:
        places = {
            drawn: place for place, drawn in reversed([*enumerate(_seeds(seed, _MOST_SEEDS))])
        }
        from_file = {id(variable) for variable in loaded}
        self._kernels = [
            (variable, initializer, places[initializer.seed])
            for variable, initializer in _random_kernels(model)
            if id(variable) not in from_file
        ]
        self._generators = [
            (generator.state, places[int(np.asarray(generator.state)[0])])
            for generator in _generators(model)
        ]
        drawn = {id(variable) for variable, *_ in (*self._kernels, *self._generators)}
        self._others = [
            (variable, keras.ops.convert_to_numpy(variable).copy())
            for variable in model.variables
            if id(variable) not in drawn
        ]
        places_of_all = [place for *_, place in (*self._kernels, *self._generators)]
        self._count = max(places_of_all, default=-1) + 1

    def values(self, seed: int) -> list[tuple[Any, Any]]:
        """Return each variable of the network, and the value that it has before a run with this seed."""
        seeds = _seeds(seed, self._count)
        found: list[tuple[Any, Any]] = list(self._others)
        for variable, initializer, place in self._kernels:
            again = type(initializer).from_config(initializer.get_config() | {"seed": seeds[place]})
            found.append((variable, again(variable.shape, dtype=variable.dtype)))
        for state, place in self._generators:
            found.append((state, np.array([seeds[place], 0], state.dtype)))
        return found


def build(config: RunConfig, classes: int) -> keras.Model:
    """Return the network of a run with its initial weights, not compiled.

    Raises:
        ConfigError: The weights cannot be loaded, or do not fit.
    """
    return _build(config, classes)[0]


def _build(config: RunConfig, classes: int) -> tuple[keras.Model, InitialValues | None]:
    keras.utils.set_random_seed(config.seed)
    module = module_of(config.model)
    network = module.build(size=config.size, classes=classes)
    loaded: list[Any] = []
    if config.weights != NONE:
        loaded = _load(network, config)
    try:
        return network, InitialValues(network, config.seed, loaded)
    except LookupError:  # so each run has a network of its own
        return network, None


def _load(network: keras.Model, config: RunConfig) -> list[Any]:
    """Load the weights of a file; return the variables that are in it, of those with random values.

    They are all but the kernel of the head, which is one of them if the file has as many classes.
    """
    kernel = network.get_layer(weight_files.HEAD).kernel
    drawn = keras.ops.convert_to_numpy(kernel).copy()
    kernel.assign(np.full_like(drawn, _NOT_LOADED))
    if config.weights == IMAGENET:
        module_of(config.model).load_imagenet(network)
    else:
        weight_files.load(network, config.weights)
    loaded = [variable for variable, _ in _random_kernels(network)]
    if (np.asarray(kernel) == np.float32(_NOT_LOADED)).all():
        kernel.assign(drawn)
        loaded = [variable for variable in loaded if variable is not kernel]
    return loaded


def _random_kernels(model: keras.Model) -> list[tuple[Any, Any]]:
    """Return the variables with random initial values, which are kernels, and what draws them."""
    found = []
    for layer in model.layers:
        for name in ("kernel_initializer", "depthwise_initializer"):
            initializer = getattr(layer, name, None)
            if hasattr(initializer, "seed"):
                found.append((layer.kernel, initializer))
    return found


def _generators(model: keras.Model) -> list[Any]:
    found = [getattr(layer, "seed_generator", None) for layer in model.layers]
    return [generator for generator in found if generator is not None]


def _seeds(seed: int, count: int) -> list[int]:
    """Return the first seeds that Keras draws for layers after ``keras.utils.set_random_seed(seed)``."""
    generator = random.Random(seed)
    return [generator.randint(*_SEEDS) for _ in range(count)]


def _key(config: RunConfig, prepared: Prepared, batches: EpochBatches) -> Hashable:
    """Return what is equal for runs that can have one network: all that a shape or a graph depends on."""
    file = None
    if config.weights not in (NONE, IMAGENET):
        status = Path(config.weights).stat()
        file = (status.st_ino, status.st_size, status.st_mtime_ns)
    return (
        graph_of(config),
        len(prepared.class_names),
        len(batches.ids),
        len(prepared.splits.get(VALIDATION, ())),
        batches.steps(config.epochs),
        len(batches.rows(config.epochs)[0]),
        file,
    )


def _compact(values: Array) -> Array:
    """Return an array in the memory of one number, if all of its numbers are equal."""
    first = values.reshape(-1)[:1]
    if values.size and (values == first).all():
        return np.broadcast_to(first[0].copy(), values.shape)
    return values.copy()


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
