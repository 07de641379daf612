"""The same seed, epoch and sample give the same bytes again, whatever else is different."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import augment
from augment.train import RunConfig
from tests import contract
from tests.engine import replaying


@functools.cache
def here() -> replaying.Digests:
    """What this process renders, in order, with one thread and in one batch."""
    batch = contract.BATCH
    return replaying.digests(order=0, threads=1, batch_size=batch)


def what_happens(plan: augment.Plan) -> Iterator[augment.Applied]:
    for row in plan.rows:
        for applied in row.ops:
            yield applied
            for branch in applied.branches:
                yield from branch.ops


def test_the_recipes_have_every_op() -> None:
    """Or what follows would say nothing about one."""
    ops = augment.registry().values()
    for mixing in (None, *replaying.mixes()):
        happened = [
            applied
            for epoch in replaying.EPOCHS
            for applied in what_happens(
                augment.draw(
                    replaying.recipe(mixing),
                    contract.IDS,
                    seed=replaying.SEED,
                    epoch=epoch,
                    labels=contract.one_hot(),
                )
            )
        ]
        expected = {op.name for op in ops if not op.mixes and op.kind != "policy"} | {mixing} - {
            None
        }
        assert expected <= {applied.op for applied in happened}
        policies = {op.name for op in ops if op.kind == "policy" and not op.takes_steps}
        assert policies <= {applied.step for applied in happened}


def test_samples_and_epochs_differ() -> None:
    rendered = here()[""]
    assert len(rendered) == contract.BATCH * len(replaying.EPOCHS)
    assert len(set(rendered)) == len(rendered)


@pytest.mark.parametrize(
    ("threads", "batch_size", "way"),
    [(1, 1, "compiled"), (2, 5, "plain"), (3, 12, "compiled"), (4, 7, "plain")],
)
def test_in_another_process_order_thread_count_and_batch_size(
    threads: int, batch_size: int, way: str, request: pytest.FixtureRequest
) -> None:
    """With other hash seeds of Python and other threads of OpenCV, compiled and plain, too."""
    if way == "compiled":
        request.getfixturevalue("program")
    there = replaying.elsewhere(
        "digests", threads, order=threads, threads=threads, batch_size=batch_size, way=way
    )
    assert list(there) == list(here())
    for mixing, rendered in here().items():
        assert there[mixing] == rendered, mixing or "without mixing"


@pytest.mark.slow
def test_what_a_run_saw_is_rebuilt_from_its_settings(home: Path) -> None:
    """By another process that knows no Keras: here the batches are those that `fit` would be given."""
    pytest.importorskip("keras")
    from augment import data
    from augment.train.epoch_batches import EpochBatches
    from augment.train.pipeline import TrainingBatches

    for mixing in (None, "puzzle_mix"):
        config = RunConfig(
            recipe=replaying.recipe(mixing), size=32, epochs=9, batch_size=16, seed=11
        )
        data.open_prepared("bundled", 32)
        batches = TrainingBatches(EpochBatches(config, config.prepared()), first=1)
        batches.begin_epoch(6)
        seen = {
            str(index): list(replaying.digests_of(augment.Batch(*batches[index])))
            for index in np.random.default_rng(0).permutation(len(batches)).tolist()
        }
        assert len(seen) > 2
        assert seen == replaying.elsewhere("rebuilt", 5, config=config.to_dict(), epoch=6)
