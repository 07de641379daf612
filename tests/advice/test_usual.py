"""How far the field goes stands at the parameter, and must be sound for each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import augment
from augment.arguments import Param, Usual
from augment.spec import Op

DECLARED = [
    (op, param, usual)
    for op in augment.registry().values()
    for param in op.params.values()
    for usual in param.usual
]


def name_of(item: object) -> str:
    return str(getattr(item, "name", None) or getattr(item, "only_if", None) or "")


def check(op: Op, param: Param, usual: Usual) -> None:
    low, high = param.bounds
    ends = [end for end in (usual.low, usual.high) if end is not None]
    assert ends, "it says how far"
    assert ends == sorted(set(ends))
    assert all(low <= end <= high for end in ends)
    assert not (usual.holds(low) and usual.holds(high)), "there is something beyond it"
    assert usual.source.endswith(".")
    assert usual.source[0].isupper() or usual.source[0].isdigit()
    if usual.only_if is not None:
        choice, value = usual.only_if
        assert value in op.params[choice].choices
        assert op.params[choice].default != value or usual.holds(param.default)
    else:
        assert usual.holds(param.default)


@pytest.mark.parametrize(("op", "param", "usual"), DECLARED, ids=name_of)
def test_it_lies_within_what_is_allowed_and_holds_the_default(
    op: Op, param: Param, usual: Usual
) -> None:
    check(op, param, usual)


def test_the_field_has_been_asked() -> None:
    """A figure and where it comes from: a paper, a package that people use, or nobody."""
    known = ("arXiv", "KerasCV", "Simard", "AutoAugment", "TorchIO", "olklore")
    assert len(DECLARED) >= 30
    unnamed = [
        f"{op.name}.{param.name}"
        for op, param, usual in DECLARED
        if not any(word in usual.source for word in known)
    ]
    assert unnamed == []


@pytest.mark.parametrize(
    "bug",
    [
        {"source": "The paper stops here"},
        {"high": None},
        {"high": 1.5},
        {"high": 1.0},
        {"high": 0.2},
        {"low": 0.4},
        {"only_if": ("fill_mode", "never")},
    ],
    ids=str,
)
def test_a_bug_is_seen(bug: dict[str, object]) -> None:
    op = augment.registry()["shear_x"]
    param = op.params["x_factor"]
    [sound] = param.usual
    check(op, param, sound)
    with pytest.raises(AssertionError):
        check(op, param, replace(sound, **bug))  # type: ignore[arg-type]


def test_it_holds_beside_its_choice_only() -> None:
    factor = augment.registry()["brightness"].params["factor"]
    for method, high in (("additive", 0.5), ("multiplicative", 0.9)):
        [usual] = factor.usual_beside({"method": method})
        assert usual.high == high
        assert usual.holds(high)
        assert not usual.holds(high + 1e-9)


def test_both_ends_count() -> None:
    usual = Usual(low=0.1, high=0.4, source="Folklore.")
    assert [usual.holds(value) for value in (0.09, 0.1, 0.4, 0.41)] == [False, True, True, False]
