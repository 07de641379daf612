"""The recommended ranges that parameters declare are sound, and advice is given beyond them.

Values that are harmless alone and add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import augment
from augment.advice import Advice, advice_on_values
from augment.engine import op
from augment.engine.op import Op
from augment.engine.params import Param, RecommendedRange
from augment.presets import PRESETS
from tests.advice.given import recipe

DECLARED = [
    (op, param, recommended)
    for op in augment.registry().values()
    for param in op.params.values()
    for recommended in param.recommended
]


def name_of(item: object) -> str:
    return str(getattr(item, "name", None) or getattr(item, "only_if", None) or "")


def check(op: Op, param: Param, recommended: RecommendedRange) -> None:
    low, high = param.bounds
    ends = [end for end in (recommended.low, recommended.high) if end is not None]
    assert ends, "a recommended range has an end"
    assert ends == sorted(set(ends))
    assert all(low <= end <= high for end in ends)
    assert not (recommended.holds(low) and recommended.holds(high)), "there is something beyond it"
    assert recommended.source.endswith(".")
    assert recommended.source[0].isupper() or recommended.source[0].isdigit()
    if recommended.only_if is not None:
        choice, value = recommended.only_if
        assert value in op.params[choice].choices
        assert op.params[choice].default != value or recommended.holds(param.default)
    else:
        assert recommended.holds(param.default)


@pytest.mark.parametrize(("op", "param", "recommended"), DECLARED, ids=name_of)
def test_it_lies_within_what_is_allowed_and_holds_the_default(
    op: Op, param: Param, recommended: RecommendedRange
) -> None:
    check(op, param, recommended)


def test_the_field_has_been_asked() -> None:
    """A figure and where it comes from: a paper, a package that people use, or folklore."""
    known = ("arXiv", "KerasCV", "Simard", "AutoAugment", "TorchIO", "olklore")
    assert len(DECLARED) >= 30
    unnamed = [
        f"{op.name}.{param.name}"
        for op, param, recommended in DECLARED
        if not any(word in recommended.source for word in known)
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
    [sound] = param.recommended
    check(op, param, sound)
    with pytest.raises(AssertionError):
        check(op, param, replace(sound, **bug))  # type: ignore[arg-type]


def test_it_holds_beside_its_choice_only() -> None:
    factor = augment.registry()["brightness"].params["factor"]
    for method, high in (("additive", 0.5), ("multiplicative", 0.9)):
        [recommended] = factor.recommended_for({"method": method})
        assert recommended.high == high
        assert recommended.holds(high)
        assert not recommended.holds(high + 1e-9)


def test_both_ends_count() -> None:
    recommended = RecommendedRange(low=0.1, high=0.4, source="Folklore.")
    assert [recommended.holds(value) for value in (0.09, 0.1, 0.4, 0.41)] == [
        False,
        True,
        True,
        False,
    ]


def on(*steps: dict[str, Any] | str) -> tuple[Advice, ...]:
    return advice_on_values(recipe(*steps))


def at(op: Op, param: Param, recommended: RecommendedRange, value: float) -> list[Advice]:
    beside = dict([recommended.only_if]) if recommended.only_if else {}
    found = on({"op": op.name, param.name: value, **beside})
    return [advice for advice in found if advice.about == "range"]


@pytest.mark.parametrize(("op", "param", "recommended"), DECLARED, ids=name_of)
def test_beyond_the_usual_it_speaks_and_up_to_it_it_is_silent(
    op: Op, param: Param, recommended: RecommendedRange
) -> None:
    finest = 1 if param.type == "int" else 1e-6
    for limit, outwards in ((recommended.low, -finest), (recommended.high, finest)):
        if limit is None:
            continue
        assert at(op, param, recommended, limit) == []
        [advice] = at(op, param, recommended, limit + outwards)
        assert advice.step == op.name
        assert advice.sentence.startswith(f"{op.title}: {param.name.replace('_', ' ')} ")
        assert advice.sentence.endswith(recommended.source)
        assert (" is less than " if outwards < 0 else " is more than ") in advice.sentence


@pytest.mark.parametrize("name", augment.registry())
def test_defaults_are_silent(name: str) -> None:
    children = {"steps": [{"op": "flip"}]} if augment.registry()[name].takes_steps else {}
    assert on({"op": name, **children}) == ()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "too_strong"])
def test_presets_are_silent(name: str) -> None:
    assert advice_on_values(PRESETS[name].recipe) == ()


def test_turns_are_in_degrees() -> None:
    [advice] = on({"op": "rotate", "factor": 0.25})
    assert "factor 90° is more than the recommended 30°" in advice.sentence


def test_a_value_without_effect_gets_no_advice() -> None:
    """Brightness has another range beside each method, and only one of them counts."""
    assert on({"op": "brightness", "factor": 0.8, "method": "multiplicative"}) == ()
    assert len(on({"op": "brightness", "factor": 0.8, "method": "additive"})) == 1


@pytest.fixture
def erasing_with_a_recommended_level(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No op yet has a range for a parameter that depends on a choice."""
    erasing = augment.registry()["random_erasing"]
    level = replace(
        erasing.params["fill_value"], recommended=(RecommendedRange(high=100, source="Planted."),)
    )
    planted = replace(erasing, params={**erasing.params, "fill_value": level})
    with monkeypatch.context() as patch:
        patch.setitem(op._registry, erasing.name, planted)
        op._sorted.cache_clear()
        yield
    op._sorted.cache_clear()


@pytest.mark.usefixtures("erasing_with_a_recommended_level")
def test_a_parameter_that_waits_for_another_choice_is_passed_over() -> None:
    step = {"op": "random_erasing", "fill_value": 200}
    assert [advice.about for advice in on({**step, "fill": "constant"})] == ["range"]
    assert on({**step, "fill": "noise"}) == ()


def test_an_empty_recipe_gets_no_advice() -> None:
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


def about(kind: str, *steps: dict[str, Any] | str) -> list[Advice]:
    return [advice for advice in advice_on_values(recipe(*steps)) if advice.about == kind]


def rand_augment(**settings: Any) -> dict[str, Any]:
    return {"op": "rand_augment", "policy": "paper", "rate": 1.0, **settings}


@pytest.mark.parametrize(
    ("settings", "advised"),
    [
        ({"augmentations_per_image": 2, "magnitude": 0.9}, False),
        ({"augmentations_per_image": 3, "magnitude": 0.83}, False),
        ({"augmentations_per_image": 3, "magnitude": 0.84}, True),
        ({"augmentations_per_image": 3, "magnitude": 0.9}, True),
        ({"augmentations_per_image": 3, "magnitude": 0.9, "rate": 0.9}, False),
        ({"augmentations_per_image": 8, "magnitude": 0.3}, False),
    ],
    ids=str,
)
def test_many_ops_at_a_high_strength(settings: dict[str, Any], advised: bool) -> None:
    assert bool(about("strength", rand_augment(**settings))) is advised


def test_the_advice_has_the_count_and_the_strength() -> None:
    [advice] = about("strength", rand_augment(augmentations_per_image=3, magnitude=0.9))
    assert advice.step == "rand_augment"
    assert (
        "3 ops, each at 0.9 and happening to 100% of the pictures, add up to 2.7" in advice.sentence
    )


CUT = {"op": "cut_mix", "alpha": 1.0}
BLEND = {"op": "mix_up", "alpha": 0.5}


@pytest.mark.parametrize(
    ("steps", "advised"),
    [
        ([CUT], False),
        ([CUT, BLEND], True),
        ([CUT, {**BLEND, "alpha": 0.49}], False),
        ([CUT, {**BLEND, "enabled": False}], False),
        ([CUT, {**BLEND, "probability": 0.5}], True),
        ([CUT, {**BLEND, "probability": 0.49}], False),
        ([{"op": "one_of", "steps": [CUT, BLEND]}], False),
        ([{"op": "one_of", "steps": [CUT, BLEND]}, "puzzle_mix"], True),
        ([CUT, "flip"], False),
    ],
    ids=str,
)
def test_mixing_in_a_row(steps: list[Any], advised: bool) -> None:
    assert bool(about("mixing", *steps)) is advised


def test_the_advice_has_the_number_of_mixed_pictures() -> None:
    [advice] = about("mixing", CUT, BLEND)
    assert advice.step == ""
    assert advice.sentence.startswith("CutMix and MixUp mix the same pictures")
    assert "up to 4 pictures" in advice.sentence
    [three] = about("mixing", CUT, BLEND, "puzzle_mix")
    assert three.sentence.startswith("CutMix, MixUp and Puzzle Mix ")
    assert "up to 8 pictures" in three.sentence


def erased(share: float) -> dict[str, Any]:
    return {"op": "random_erasing", "area_min_factor": share, "area_factor": share}


GRID = {"op": "grid_mask", "ratio_min_factor": 0.4, "ratio_factor": 0.4}


@pytest.mark.parametrize(
    ("steps", "advised"),
    [
        ([erased(0.4)], False),
        ([erased(0.02), GRID], False),
        ([erased(0.2), GRID], True),
        ([{**erased(0.2), "probability": 0.2}, GRID], False),
        ([{**erased(0.2), "enabled": False}, GRID], False),
        ([{**erased(0.2), "classes": [0]}, GRID], False),
        (["cutout", "grid_mask"], False),
    ],
    ids=str,
)
def test_blanking_adds_up(steps: list[Any], advised: bool) -> None:
    assert bool(about("blank", *steps)) is advised


def test_the_advice_has_the_blank_share() -> None:
    """0.3 and 0.16 of what is left of it: 0.41."""
    [advice] = about("blank", erased(0.3), GRID)
    assert advice.step == ""
    assert advice.sentence.startswith("Random erasing and GridMask together blank 4")
