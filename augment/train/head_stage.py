"""The first stage of a run: the head alone, fitted on features of the frozen body."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import numpy.typing as npt

from augment.data.store.prepared import Split
from augment.runs import progress
from augment.runs.config import RunConfig
from augment.runs.evaluation import EPSILON
from augment.runs.stages import head_epochs
from augment.train import garbage, head
from augment.train.epoch_batches import EpochBatches
from augment.train.forecast import Stopwatch
from augment.train.pipeline import in_order
from augment.train.predicting import Floats, Predictor
from augment.train.record import Record, Steps

_LEAST = np.float32(np.log(EPSILON))


def train_head(
    config: RunConfig,
    batches: EpochBatches,
    predictor: Predictor,
    validation: Split | None,
    record: Record,
) -> None:
    """Train the head of a network, whose body stays as it is, for the first epochs of a run.

    The body turns each picture of an epoch into features once, and those of validation once for all
    epochs; the head is fitted on the features of all epochs so far. The figures of an epoch are those of
    the fitted head on the pictures of that epoch; in ``steps.csv``, of the head before the epoch.

    Args:
        config: The configuration.
        batches: Its batches.
        predictor: Computes features, and has the head.
        validation: The validation pictures.
        record: Records the training, and validates.
    """
    steps, watch = record.steps, record.watch
    seen: list[_Passed] = []
    features = None
    for epoch in range(1, head_epochs(config) + 1):
        record.phase.enter(progress.TRAINING_HEAD)
        parts = _parts(config, batches, predictor, steps, epoch, watch)
        seen.append(now := _Passed.of_parts(list(parts)))
        all_seen = _Passed.of_parts(seen)
        targets = _smoothed(all_seen.labels, config)
        began = time.perf_counter()
        predictor.head = head.fit(all_seen.features, targets, all_seen.weights)
        watch.fit(time.perf_counter() - began, len(all_seen.features), epoch)
        each, right = _figures(now, predictor, config)
        began = time.perf_counter()
        if validation is not None and features is None:
            features = predictor.features(validation.images)
            watch.features(time.perf_counter() - began, len(features))
            began = time.perf_counter()
        record.epochs.ended(
            epoch,
            loss=float((each * now.weights).mean()),
            accuracy=float(right.mean()),
            stopped=steps.stopped_early,
            features=features,
        )
        record.losses.add(epoch, np.concatenate(batches.rows(epoch))[: len(each)], each)
        watch.epoch(time.perf_counter() - began)
        if epoch == 1:
            garbage.resume()
        if record.is_over:
            return


@dataclass(frozen=True, kw_only=True, eq=False)
class _Passed:
    """Features, float32 (N, F), labels, float32 (N, K), and weights, float32 (N,), of pictures."""

    features: Floats
    labels: Floats
    weights: Floats

    @classmethod
    def of_parts(cls, parts: list[_Passed]) -> _Passed:
        if len(parts) == 1:
            return parts[0]
        names = [item.name for item in fields(cls)]
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _parts(
    config: RunConfig,
    batches: EpochBatches,
    predictor: Predictor,
    steps: Steps,
    epoch: int,
    watch: Stopwatch,
) -> Iterator[_Passed]:
    """Yield what the body makes of an epoch, in as many pictures at once as the predictor takes.

    It ends early where the run is stopped.
    """
    at_once, count = max(1, predictor.batch_size // config.batch_size), batches.steps(epoch)
    made = in_order(batches, epoch)
    steps.begin(epoch, count)
    sums, pictures, step = np.zeros(2), 0, 0
    requested = time.perf_counter()
    while taken := list(islice(made, at_once)):
        waited = (now := time.perf_counter()) - requested
        part = _Passed(
            features=predictor.features(np.concatenate([each.images for each in taken])),
            labels=np.concatenate([each.labels for each in taken]),
            weights=np.concatenate([each.weights for each in taken]),
        )
        watch.features(time.perf_counter() - now, len(part.features))
        yield part
        losses, right = _figures(part, predictor, config)
        sums += (losses * part.weights).sum(), right.sum()
        pictures, step = pictures + len(losses), step + len(taken)
        steps.ended(step, loss=sums[0] / pictures, accuracy=sums[1] / pictures, waited=waited)
        if steps.stopped_early:
            return
        requested = time.perf_counter()


def _smoothed(labels: Floats, config: RunConfig) -> Floats:
    """Return labels as the loss of the body takes them, so that it goes on from where the head is."""
    smoothing = config.label_smoothing
    return (1 - smoothing) * labels + np.float32(smoothing / labels.shape[1])


def _figures(
    part: _Passed, predictor: Predictor, config: RunConfig
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the loss of each picture, float32 (N,), and whether it is right, as Keras computes them."""
    logs = predictor.log_probabilities(part.features)
    losses = -(_smoothed(part.labels, config) * np.maximum(logs, _LEAST)).sum(axis=1)
    return losses, logs.argmax(axis=1) == part.labels.argmax(axis=1)
