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
from augment.models.fused_batch_norm import PlainCopy
from augment.models.weights import set_trainable
from augment.runs import progress
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.stages import head_epochs, pictures_an_epoch, validated_epochs
from augment.system import files
from augment.train import checkpoint, garbage, network
from augment.train.body_stage import train_body
from augment.train.devices import Devices, use_precision
from augment.train.epoch_batches import EpochBatches, warnings
from augment.train.forecast import Stopwatch
from augment.train.head_stage import train_head
from augment.train.predicting import Predictor
from augment.train.progress import Progress
from augment.train.record import Epochs, Steps
from augment.train.train_losses import TrainLosses

_log = logging.getLogger(__name__)


def train(config: RunConfig, folder: RunFolder, watch: Stopwatch | None = None) -> None:
    """Train as configured, and write tables, best model and evaluation into ``folder``.

    Two runs with the same configuration give the same ``metrics.csv`` on the same machine, and so does a
    run that was interrupted and resumed: all that is random is a function of the seed, the epoch and the
    step, or among the variables that are saved.

    Args:
        config: The configuration.
        folder: The run.
        watch: Times the parts of the training, for forecasts; None for one that starts now.

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
    devices = Devices(config)
    precision = use_precision(config)
    with devices.scope():
        model = network.build(config, len(prepared.class_names))
    _log.info("%s", prepared.split_note)
    for warning in warnings(config, prepared):
        _log.warning("%s", warning)
    _log.info(
        "%s on %s at %d px (%s): %d classes, %d training pictures, %d steps an epoch;"
        " Keras %s on %s, %s",
        *(models.MODELS[config.model].title, config.data, config.size, config.fit),
        *(len(prepared.class_names), len(batches.ids), batches.steps(config.epochs)),
        *(keras.version(), devices.description, precision),
    )
    _train_stages(config, folder, prepared, batches, model, devices, phase, watch)
    _log.info("done")


def _train_stages(
    config: RunConfig,
    folder: RunFolder,
    prepared: Prepared,
    batches: EpochBatches,
    model: keras.Model,
    devices: Devices,
    phase: Progress,
    watch: Stopwatch,
) -> None:
    """Train all epochs that are left, and evaluate. Nothing is made before the stage that needs it."""
    validation, heads = prepared.splits.get(VALIDATION), head_epochs(config)
    kept, is_compiled, done = None, False, 0
    if files.exists(folder.resume_from) or files.exists(folder.resume_from_before):
        kept, is_compiled = _compile(config, batches, model, devices), True
        state = checkpoint.resume(folder, model)
        done = state.epoch if state else 0
    predictor = Predictor(
        model,
        pictures=max(len(batches.ids), len(validation or ())),
        multiple=config.batch_size if heads else 1,
    )
    # Without the compilation, which no checkpoint needs.
    uncompiled = keras.Model(model.input, model.output, name=model.name)
    steps = Steps(folder, learning_rate=config.learning_rate, resumed=done > 0)
    record = Epochs(
        folder,
        config,
        prepared,
        validated=_validated(config, folder, prepared),
        predictor=predictor,
        save=PlainCopy(uncompiled).save,
        phase=phase,
        watch=watch,
        resumed=done > 0,
    )
    losses = TrainLosses(folder, batches.ids, epochs=config.epochs, resumed=done > 0)
    watch.built()
    if done < heads:
        train_head(
            config,
            batches,
            predictor,
            validation,
            epochs=heads,
            steps=steps,
            record=record,
            losses=losses,
            phase=phase,
            watch=watch,
        )
        done = heads
    if done < config.epochs and not (steps.stopped_early or record.is_over):
        phase.enter(progress.GRAPH)
        garbage.pause()
        watch.body()
        if not is_compiled:
            kept = _compile(config, batches, model, devices)
        if kept is None:
            _log.warning("%s is not written on several devices", folder.train_losses.name)
        train_body(
            config,
            folder,
            batches,
            model,
            done=done,
            kept=kept,
            steps=steps,
            record=record,
            losses=losses,
            phase=phase,
            watch=watch,
        )
    if record.is_over and not steps.stopped_early:
        _log.info("the validation has not improved %d times: stopped early", config.patience)
    watch.keep(devices.gpu_bytes())
    record.finish(stopped_early=steps.stopped_early or record.is_over)


def _compile(
    config: RunConfig, batches: EpochBatches, model: keras.Model, devices: Devices
) -> network.SampleLosses | None:
    with devices.scope():
        set_trainable(
            model,
            config.trainable,
            last_block=models.module_of(config.model).LAST_BLOCK,
            freeze_batch_norm=config.weights != models.NONE,
        )
        return network.compile_for_training(
            model,
            config,
            steps=batches.steps(config.epochs),
            batch_size=len(batches.rows(config.epochs)[0]),
            epochs=config.epochs - head_epochs(config),
        )


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
