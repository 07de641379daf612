from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import augment
from augment.advice import Advice, advice_on_values
from augment.arguments import Param, Usual
from augment.presets import PRESETS
from augment.spec import Op
from tests.advice.given import recipe
from tests.advice.test_usual import DECLARED, name_of


def on(*steps: dict[str, Any] | str) -> tuple[Advice, ...]:
    return advice_on_values(recipe(*steps))


def at(op: Op, param: Param, usual: Usual, value: float) -> list[Advice]:
    beside = dict([usual.only_if]) if usual.only_if else {}
    found = on({"op": op.name, param.name: value, **beside})
    return [advice for advice in found if advice.about == "range"]


@pytest.mark.parametrize(("op", "param", "usual"), DECLARED, ids=name_of)
def test_beyond_the_usual_it_speaks_and_up_to_it_it_is_silent(
    op: Op, param: Param, usual: Usual
) -> None:
    finest = 1 if param.type == "int" else 1e-6
    for limit, outwards in ((usual.low, -finest), (usual.high, finest)):
        if limit is None:
            continue
        assert at(op, param, usual, limit) == []
        [advice] = at(op, param, usual, limit + outwards)
        assert advice.step == op.name
        assert advice.sentence.startswith(f"{op.title}: {param.name.replace('_', ' ')} ")
        assert advice.sentence.endswith(usual.source)
        assert (" is less than " if outwards < 0 else " is more than ") in advice.sentence


@pytest.mark.parametrize("name", augment.registry())
def test_defaults_are_silent(name: str) -> None:
    children = {"steps": [{"op": "flip"}]} if augment.registry()[name].takes_steps else {}
    assert on({"op": name, **children}) == ()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "too_strong"])
def test_presets_are_silent(name: str) -> None:
    assert advice_on_values(PRESETS[name].recipe) == ()


def test_turns_are_said_in_degrees() -> None:
    [advice] = on({"op": "rotate", "factor": 0.25})
    assert "factor 90 degrees is more than the usual 30 degrees" in advice.sentence


def test_a_value_that_changes_nothing_is_passed_over() -> None:
    """Brightness has another range beside each method, and only one of them counts."""
    assert on({"op": "brightness", "factor": 0.8, "method": "multiplicative"}) == ()
    assert len(on({"op": "brightness", "factor": 0.8, "method": "additive"})) == 1


def test_nothing_has_nothing_to_be_said() -> None:
    assert on() == ()


def test_what_is_off_is_passed_over_with_all_that_is_in_it() -> None:
    strong = {"op": "hue", "factor": 0.5, "id": "strong"}
    assert [advice.step for advice in on(strong)] == ["strong"]
    assert on({**strong, "enabled": False}) == ()
    inside = {"op": "one_of", "steps": [strong, {"op": "flip"}]}
    assert [advice.step for advice in on(inside)] == ["strong"]
    assert on({**inside, "enabled": False}) == ()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"op": "hue", "factor": 0.5, "probability": 0.0}, "its probability is 0"),
        ({"op": "one_of", "steps": []}, "there is no step in it that is switched on"),
        (
            {"op": "one_of", "steps": [{"op": "flip", "enabled": False}]},
            "there is no step in it that is switched on",
        ),
    ],
)
def test_a_step_that_never_happens(settings: dict[str, Any], reason: str) -> None:
    [advice] = on(settings)
    assert advice.about == "never"
    assert advice.sentence.endswith(f" never happens: {reason}.")


def test_a_step_for_no_class() -> None:
    [step] = recipe("grayscale").steps
    [advice] = advice_on_values(augment.Recipe(steps=(replace(step, classes=()),)))
    assert advice == Advice(
        step="grayscale", about="never", sentence="Grayscale never happens: it is for no class."
    )


def test_a_probability_above_nothing_is_no_reason() -> None:
    assert on({"op": "flip", "probability": 0.01}) == ()
