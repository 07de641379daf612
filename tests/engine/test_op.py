"""The decorator that makes an op of a function."""

from __future__ import annotations

from typing import Any

import pytest

import augment
from augment.engine.op import GROUPS, STATISTICS, Kind


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


def test_the_ops_that_mix() -> None:
    ops = augment.registry().values()
    assert {op.name: op.kind for op in ops if op.mixes} == {
        "cut_mix": "paste",
        "mix_up": "blend",
        "puzzle_mix": "mix",
    }


def test_a_tone_op_may_read_each_statistic() -> None:
    read = {op.reads for op in augment.registry().values() if op.kind == "tone"}
    assert read == {(), *((statistic,) for statistic in STATISTICS)}


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        ("tone", "image", "any of extent, means, histogram"),
        ("tone", "means, means_of_all", "any of extent, means, histogram"),
        ("affine", "height", "height, width"),
        ("affine", "width, height", "height, width"),
        ("colour", "image", "none"),
        ("pixels", "out, image", "image, and out if it writes there"),
        ("pixels", "image, partner", "image, and out if it writes there"),
        ("paste", "image, partner", "height, width"),
        ("blend", "image, partner, out", "none"),
        ("mix", "image", "image, partner, and out if it writes there"),
        ("policy", "", "allowed"),
    ],
)
def test_an_op_that_reads_what_its_kind_does_not_is_refused(
    kind: Kind, arguments: str, expected: str
) -> None:
    made: dict[str, Any] = {}
    exec(f"def blank({arguments}): ...", made)
    blank = made["blank"]
    blank.__module__ = "augment.ops.colour.blank"
    with pytest.raises(TypeError) as refused:
        augment.op(kind=kind, caption="blank")(blank)
    given = arguments or "none"
    assert str(refused.value) == (
        f"blank is of kind {kind}, so its leading arguments must be {expected}, but they are {given}"
    )
    assert "blank" not in augment.registry()
