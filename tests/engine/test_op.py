"""The decorator that makes an op of a function."""

from __future__ import annotations

import pytest

import augment
from augment.engine.op import GROUPS


def test_the_group_of_an_op_is_its_package() -> None:
    ops = augment.registry().values()
    assert {op.group for op in ops} == set(GROUPS)
    for op in ops:
        assert op.function.__module__ == f"augment.ops.{op.group}.{op.name}"
    assert [op.group for op in ops] == sorted((op.group for op in ops), key=list(GROUPS).index)


@pytest.mark.parametrize("module", [__name__, "augment.ops.blank", "augment.ops.melting.blank"])
def test_an_op_elsewhere_is_refused(module: str) -> None:
    def blank(image: object) -> None:
        """Never called."""

    blank.__module__ = module
    with pytest.raises(TypeError, match=r"one of the packages policies, .* of augment\.ops"):
        augment.op(kind="pixels", caption="blank")(blank)
    assert "blank" not in augment.registry()
