"""The second stage of a run: ``fit`` trains the body, or a part of it, and the head."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import keras
import numpy as np

from augment.runs import progress
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.train import checkpoint, garbage
from augment.train.epoch_batches import EpochBatches
from augment.train.network import Network
from augment.train.pipeline import TrainingBatches
from augment.train.record import Record


def train_body(
    config: RunConfig,
    folder: RunFolder,
    batches: EpochBatches,
    network: Network,
    record: Record,
    *,
    done: int,
) -> None:
    """Train a compiled network from the epoch after `done` to the last, or until the run is over.

    Args:
        config: The configuration.
        folder: The run.
        batches: Its batches.
        network: The network, as it is after epoch `done`.
        record: Records the training, and validates.
        done: The last epoch that is complete.
    """
    phase, watch, steps, model = record.phase, record.watch, record.steps, network.model
    served = TrainingBatches(batches, first=done + 1)
    served.prepare_epoch(done + 1)

    class Recorder(keras.callbacks.Callback):
        """Sets the epoch of the batches, and records what happens; Keras counts epochs from 0."""

        is_built = False

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            served.begin_epoch(epoch + 1)
            steps.begin(epoch + 1, len(served))
            self.requested = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            # While the graph is built before the first step, the batches are made.
            watch.step(time.perf_counter() - self.requested)
            waited = served.waited(batch, self.requested) if self.is_built else 0.0
            if not self.is_built:
                garbage.resume()
            self.is_built = True
            phase.enter(progress.TRAINING)
            loss, accuracy = float(logs["loss"]), float(logs["accuracy"])
            steps.ended(batch + 1, loss=loss, accuracy=accuracy, waited=waited)
            if steps.stopped_early:
                self.model.stop_training = True
            self.requested = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            number, began = epoch + 1, time.perf_counter()
            if number < config.epochs:
                served.prepare_epoch(number + 1)  # while the model is validated and saved
            loss, accuracy = float(logs["loss"]), float(logs["accuracy"])
            record.epochs.ended(number, loss=loss, accuracy=accuracy, stopped=steps.stopped_early)
            if network.losses:
                values = network.losses.values()
                rows = np.concatenate(batches.rows(number)[: len(values)])
                record.losses.add(number, rows, values.ravel())
            phase.enter(progress.SAVING)
            checkpoint.save(folder, model, epoch=number)
            watch.epoch(time.perf_counter() - began)
            if number == done + 2:
                watch.keep()  # so that a run which is cancelled has been of use
            if record.epochs.is_over:
                self.model.stop_training = True
            elif number < config.epochs:
                phase.enter(progress.TRAINING)

    with closing(served):
        model.fit(
            served,
            initial_epoch=done,
            epochs=config.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[Recorder()],
        )
