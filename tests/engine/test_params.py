from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pytest

from augment.engine import distributions, op
from augment.engine.distributions import (
    Beta,
    Between,
    Chance,
    ClippedNormal,
    Gamma,
    Ratio,
    Seed,
    Uniform,
    UpTo,
    Whole,
    Within,
)
from augment.engine.op import registry
from augment.engine.params import Draw, Param, label_of, read_signature


def reading(only_if: tuple[str, str]) -> dict[str, Param]:
    """Return the parameters of an op of which one waits for another."""

    def blank(*, mode: str = "noise", size: int = 0, level: int = 0) -> None:
        """Never called."""

    number = Param(low=0, high=9, help="How large.")
    blank.__annotations__ = {
        "mode": Annotated[str, Param(choices=("noise", "plain"), help="What.")],
        "size": Annotated[int, number],
        "level": Annotated[int, replace(number, only_if=only_if)],
    }
    return read_signature(blank)[0]


def drawing(draw: Draw) -> Callable[..., Any]:
    """Return the function of an op with one parameter, `size`, and one argument that is drawn."""

    def blank(image: object, *, size: float = 1.0, drawn: float) -> None:
        """Do nothing."""

    size = Param(low=0.0, high=9.0, step=1.0, identity=0.0, help="How large.")
    blank.__annotations__ = {"size": Annotated[float, size], "drawn": Annotated[float, draw]}
    blank.__module__ = "augment.ops.colour.blank"
    return blank


UNKNOWN = [
    Chance("sise"),
    UpTo("sise"),
    Within("sise"),
    Between(low="sise", param="size"),
    Between(low="size", param="sise"),
    Ratio("sise"),
    Whole("sise", end=4),
    Gamma("sise"),
    Beta("sise"),
    ClippedNormal(mean="sise", stddev="size"),
    ClippedNormal(mean="size", stddev="sise"),
    Uniform(slots=("sise",)),
    Uniform(slots=("size", "sise")),
]


@pytest.mark.parametrize("draw", UNKNOWN, ids=repr)
def test_an_op_that_draws_from_an_unknown_param_is_refused(draw: Draw) -> None:
    known = dict(op.registry())
    with pytest.raises(TypeError, match="blank: drawn is drawn from sise, which is not a Param"):
        op.op(kind="pixels", caption="blank")(drawing(draw))
    assert op.registry() == known


def test_every_distribution_is_tried_with_an_unknown_param() -> None:
    known = {each for each in Draw.__subclasses__() if each.__module__ == distributions.__name__}
    assert {type(draw) for draw in UNKNOWN} == known - {Seed}


def test_a_parameter_applies_beside_the_choice_that_it_waits_for() -> None:
    params = reading(("mode", "plain"))
    assert params["level"].applies({"mode": "plain", "level": 3})
    assert not params["level"].applies({"mode": "noise", "level": 3})
    assert params["mode"].applies({"mode": "noise", "level": 3})


@pytest.mark.parametrize("only_if", [("mode", "never"), ("nothing", "plain"), ("size", "plain")])
def test_a_parameter_cannot_wait_for_what_never_comes(only_if: tuple[str, str]) -> None:
    with pytest.raises(TypeError, match=f"{only_if[0]} is never {only_if[1]}, as level needs"):
        reading(only_if)


@pytest.mark.parametrize(
    ("op", "name", "value", "text"),
    [
        ("rotate", "factor", 0.125, "45°"),
        ("rotate", "turn", -1 / 12, "-30°"),
        ("rotate", "fill_value", 7, "7 grey levels"),
        ("flip", "mode", "horizontal_and_vertical", "horizontal and vertical"),
        ("flip", "horizontal", np.True_, "yes"),
        ("shear_x", "x_factor", 1 / 3, "0.3333"),
        ("gaussian_noise", "seed", 4_503_599_627_370_495, "4,503,599,627,370,495"),
    ],
)
def test_a_value_as_text_has_the_unit_of_its_parameter(
    op: str, name: str, value: Any, text: str
) -> None:
    assert registry()[op].format(name, value) == text


def test_labels() -> None:
    assert registry()["rotate"].params["fill_mode"].label == "Fill mode"
    assert label_of("size_px") == "Size"
