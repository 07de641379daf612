from __future__ import annotations

import pytest

from augment.compare.added_loss import added_loss
from augment.compare.hard_steps import HardOp, Loss


def hard_op(happened: Loss, otherwise: Loss) -> HardOp:
    first = Loss(mean=9.0, error=9.0, pictures=9)
    return HardOp(
        step="a",
        op="invert",
        title="Invert",
        within="",
        happened=(first, happened),
        otherwise=(first, otherwise),
    )


def test_what_an_op_adds_is_the_difference_over_all_epochs_with_both_errors() -> None:
    found = added_loss(
        hard_op(Loss(mean=2.5, error=0.3, pictures=100), Loss(mean=1.5, error=0.4, pictures=200))
    )
    assert found is not None
    assert (found.difference, found.low, found.high) == pytest.approx((1.0, 0.02, 1.98))


def test_without_pictures_on_both_sides_it_is_not_known() -> None:
    some, none = Loss(mean=2.5, error=0.3, pictures=100), Loss(mean=None, error=None, pictures=0)
    single = Loss(mean=2.5, error=None, pictures=1)
    assert added_loss(hard_op(some, none)) is None
    assert added_loss(hard_op(none, some)) is None
    assert added_loss(hard_op(single, some)) is None
