from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import pytest

from augment.engine.params import Param, read_signature


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


def test_a_parameter_applies_beside_the_choice_that_it_waits_for() -> None:
    params = reading(("mode", "plain"))
    assert params["level"].applies({"mode": "plain", "level": 3})
    assert not params["level"].applies({"mode": "noise", "level": 3})
    assert params["mode"].applies({"mode": "noise", "level": 3})


@pytest.mark.parametrize("only_if", [("mode", "never"), ("nothing", "plain"), ("size", "plain")])
def test_a_parameter_cannot_wait_for_what_never_comes(only_if: tuple[str, str]) -> None:
    with pytest.raises(TypeError, match=f"{only_if[0]} is never {only_if[1]}, as level needs"):
        reading(only_if)
