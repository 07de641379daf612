"""The training itself: plain Keras 3, whatever its backend.

A run has up to two stages. In head epochs the frozen body turns each picture into features once, and the
head is fitted on those of all head epochs so far. In the other epochs ``fit`` trains the body and the
head, from what the first stage left.
"""

from __future__ import annotations

import logging

import keras

from augment import models
from augment.data.source import VALIDATION
from augment.data.store.prepared import Prepared
from augment.runs import progress
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.stages import head_epochs, pictures_an_epoch, validated_epochs
from augment.system import files
from augment.train import checkpoint, garbage
from augment.train.body_stage import train_body
from augment.train.devices import Devices
from augment.train.epoch_batches import EpochBatches, warnings
from augment.train.forecast import Stopwatch
from augment.train.head_stage import train_head
from augment.train.network import Network
from augment.train.progress import Progress
from augment.train.record import Epochs, Record, Steps
from augment.train.train_losses import TrainLosses

_log = logging.getLogger(__name__)


def train(
    config: RunConfig,
    folder: RunFolder,
    watch: Stopwatch | None = None,
    network: Network | None = None,
) -> Network:
    """Train as configured, and write tables, best model and evaluation into ``folder``.

    Two runs with the same configuration give the same ``metrics.csv`` on the same machine, and so does a
    run that was interrupted and resumed, and one that was trained after another one in the same process:
    all that is random is a function of the seed, the epoch and the step, or among the variables that are
    saved.

    Args:
        config: The configuration.
        folder: The run.
        watch: Times the parts of the training, for forecasts; None for one that starts now.
        network: That of an earlier run in this process, which is used again if it fits.

    Returns:
        The network, for the next run.

    Raises:
        ConfigError: The weights cannot be loaded, the devices are not there, or the loss is no longer
            finite.
        DataError: The data is not prepared at this size, or has no such splits.
        OSError: The best model cannot be saved, as on a full disk.
    """
    watch = watch or Stopwatch(config, folder.id)
    prepared = config.prepared()
    batches = EpochBatches(config, prepared)
    phase = Progress(folder)
    phase.enter(progress.MODEL)
    if network is None or not network.begin(config, prepared, batches):
        devices = network.devices if network else Devices(config)
        network = Network(config, prepared, batches, devices)
    _log.info("%s", prepared.split_note)
    for warning in warnings(config, prepared):
        _log.warning("%s", warning)
    _log.info(
        "%s on %s at %d px (%s): %d classes, %d training pictures, %d steps an epoch;"
        " Keras %s on %s, %s",
        *(models.MODELS[config.model].title, config.data, config.size, config.fit),
        *(len(prepared.class_names), len(batches.ids), batches.steps(config.epochs)),
        *(keras.version(), network.devices.description, network.precision),
    )
    _train_stages(config, folder, prepared, batches, network, phase, watch)
    _log.info("done")
    return network


def _train_stages(
    config: RunConfig,
    folder: RunFolder,
    prepared: Prepared,
    batches: EpochBatches,
    network: Network,
    phase: Progress,
    watch: Stopwatch,
) -> None:
    """Train all epochs that are left, and evaluate. Nothing is made before the stage that needs it."""
    validation, heads, done = prepared.splits.get(VALIDATION), head_epochs(config), 0
    if files.exists(folder.resume_from) or files.exists(folder.resume_from_before):
        network.compile(config, batches)
        state = checkpoint.resume(folder, network.model)
        done = state.epoch if state else 0
    resumed = done > 0
    record = Record(
        phase=phase,
        watch=watch,
        steps=Steps(folder, learning_rate=config.learning_rate, resumed=resumed),
        epochs=Epochs(
            folder,
            config,
            prepared,
            validated=_validated(config, folder, prepared),
            predictor=network.predictor,
            save=network.save,
            phase=phase,
            watch=watch,
            resumed=resumed,
        ),
        losses=TrainLosses(folder, batches.ids, epochs=config.epochs, resumed=resumed),
    )
    watch.built()
    if done < heads:
        train_head(config, batches, network.predictor, validation, record)
        done = heads
    if done < config.epochs and not record.is_over:
        phase.enter(progress.GRAPH)
        if not network.is_traced:
            garbage.pause()
        watch.body()
        network.compile(config, batches)
        if network.losses is None:
            _log.warning("%s is not written on several devices", folder.train_losses.name)
        train_body(config, folder, batches, network, record, done=done)
        network.is_traced = True
    if record.epochs.is_over and not record.steps.stopped_early:
        _log.info("the validation has not improved %d times: stopped early", config.patience)
    watch.keep(network.devices.gpu_bytes())
    record.epochs.finish(stopped_early=record.is_over)


def _validated(config: RunConfig, folder: RunFolder, prepared: Prepared) -> tuple[int, ...]:
    """Return the epochs that are validated: those of ``spec.json``, which older runs lack."""
    listed = folder.read_spec().get("validated_epochs")
    if listed is not None:
        return tuple(listed)
    return validated_epochs(
        config,
        training=pictures_an_epoch(config, prepared),
        validation=len(prepared.splits.get(VALIDATION, ())),
    )
