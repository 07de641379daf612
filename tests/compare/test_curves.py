"""The curves of a group by epoch."""

from __future__ import annotations

import math

import numpy as np

from augment.compare.curves import curves
from augment.compare.groups import group_of
from tests.compare.conftest import LABELS, Finished

RIGHT = LABELS.tolist()


def test_a_band_is_over_the_runs_that_have_the_epoch(finished: Finished) -> None:
    first = finished(RIGHT, seed=1, metrics="1,4.0,0.1,,\n2,3.0,0.2,3.5,0.3\n")
    second = finished(RIGHT, seed=2, metrics="1,2.0,0.3,,\n2,1.0,0.4,1.5,0.5\n3,0.5,0.9,1,0.6\n")
    failed = finished(RIGHT, seed=3, metrics="1,9.0,0.9,,\n", state={"state": "FAILED"})
    found = curves(group_of([first, second, failed]))
    assert set(found) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    loss = found["loss"]
    assert loss.epochs.tolist() == [1, 2, 3]
    assert loss.count.tolist() == [2, 2, 1]
    np.testing.assert_allclose(loss.mean, [3.0, 2.0, 0.5])
    np.testing.assert_allclose(loss.deviation, [math.sqrt(2), math.sqrt(2), math.nan])
    assert (loss.low.tolist(), loss.high.tolist()) == ([2.0, 1.0, 0.5], [4.0, 3.0, 0.5])
    assert found["val_accuracy"].epochs.tolist() == [2, 3]


def test_a_group_without_tables_has_no_curves(finished: Finished) -> None:
    torn = finished(RIGHT, seed=2)
    (torn.path / "metrics.csv").mkdir()
    assert curves(group_of([finished(RIGHT), torn])) == {}
