from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import augment
from augment import Recipe, RecipeError
from augment.engine.recipe import MAX_BYTES


def of(*steps: Any, **rest: Any) -> dict[str, Any]:
    return {"version": 1, "steps": list(steps), **rest}


def nested(depth: int) -> dict[str, Any]:
    step: dict[str, Any] = {"op": "grayscale"}
    for _ in range(depth):
        step = {"op": "one_of", "steps": [step]}
    return of(step)


# What comes, and the words that the one sentence must have in it.
BAD: list[tuple[str, list[str]]] = [
    ("", ["empty"]),
    ("   \n", ["empty"]),
    ("{", ["not valid JSON", "line 1"]),
    ("[1, 2]", ["object", '"steps"']),
    ("null", ["object", '"steps"']),
    ('{"version": 1}', ['"steps"']),
    ('{"version": 1, "steps": {}}', ['"steps"']),
    ('{"steps": []}', ["version null", "version 1"]),
    ('{"version": 2, "steps": []}', ["version 2", "version 1"]),
    (json.dumps(of(extra=1)), ['"extra"', "version, steps"]),
    (json.dumps(of("shear_x")), ["Step 1", '"shear_x"', "object"]),
    (json.dumps(of({})), ['Step 1 has no "op"', "rand_augment"]),
    (json.dumps(of({"op": None})), ["Step 1: unknown op null", "rand_augment"]),
    (json.dumps(of({"op": "sheer_x"})), ['"sheer_x"', 'did you mean "shear_x"']),
    (json.dumps(of({"op": ["shear_x"]})), ["Step 1", "unknown op"]),
    (
        json.dumps(of({"op": "grayscale"}, {"op": "cut_mix", "alfa": 1})),
        ["Step 2 (cut_mix)", '"alfa"', 'did you mean "alpha"'],
    ),
    (
        json.dumps(of({"op": "cut_mix", "alpha": 0})),
        ["Step 1 (cut_mix)", "alpha is 0", "a number from 0.01 to 10"],
    ),
    (json.dumps(of({"op": "cut_mix", "alpha": "1"})), ['alpha is "1"', "a number from"]),
    (json.dumps(of({"op": "cut_mix", "alpha": True})), ["alpha is true", "a number from"]),
    (json.dumps(of({"op": "cut_mix", "alpha": None})), ["alpha is null"]),
    ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": NaN}]}', ["alpha is NaN", "a number"]),
    ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": 1e999}]}', ["alpha is Infinity"]),
    (
        json.dumps(of({"op": "rand_augment", "augmentations_per_image": 2.5})),
        ["augmentations_per_image is 2.5", "a whole number from 1 to 8"],
    ),
    (json.dumps(of({"op": "flip", "mode": "diagonal"})), ['mode is "diagonal"', '"horizontal" or']),
    (json.dumps(of({"op": "grayscale", "probability": 2})), ["probability is 2", "from 0 to 1"]),
    (json.dumps(of({"op": "grayscale", "enabled": 1})), ["enabled is 1", "true or false"]),
    (json.dumps(of({"op": "grayscale", "id": ""})), ['id is ""', "1 to 64 characters"]),
    (json.dumps(of({"op": "grayscale", "id": 7})), ["id is 7"]),
    (
        json.dumps(of({"op": "grayscale", "id": "a"}, {"op": "equalize", "id": "a"})),
        ["Step 2", 'id "a" already'],
    ),
    (json.dumps(of({"op": "grayscale", "classes": []})), ["classes is []", "absent for all"]),
    (json.dumps(of({"op": "grayscale", "classes": ["rose"]})), ['"rose"', "use indexes"]),
    (json.dumps(of({"op": "grayscale", "classes": [-1]})), ["classes holds -1", "from 0"]),
    (json.dumps(of({"op": "grayscale", "classes": [1.5]})), ["classes holds 1.5"]),
    (json.dumps(of({"op": "one_of", "steps": "x"})), ["Step 1 (one_of)", 'steps is "x"', "a list"]),
    (
        json.dumps(of({"op": "one_of", "steps": [{"op": "mix_up", "alpha": -1}]})),
        ["Step 1 (one_of), step 1 (mix_up)", "alpha is -1"],
    ),
    (json.dumps(of({"op": "grayscale", "steps": []})), ['unknown parameter "steps"']),
    (
        json.dumps(nested(50)),
        [
            "Step 1 (one_of), step 1 (one_of), step 1 (one_of), step 1 (one_of), step 1 (one_of): its "
            "steps are nested 6 levels deep",
            "at most 5 are allowed",
        ],
    ),
    ('{"version": 1, "steps": ' + "[" * 100_000 + "]" * 100_000 + "}", ["nested too deep"]),
    (json.dumps(of(*[{"op": "grayscale"}] * 51)), ["more than 50 steps"]),
    (" " * (MAX_BYTES + 1), ["KB", "256 KB"]),
    ("x" * 50_000_000, ["48,828 KB", "256 KB"]),
    (json.dumps(of({"op": "cut_mix", "alpha": 10**400})), ["alpha is 1000", "from 0.01 to 10"]),
    (json.dumps(of({"op": "cut_mix", "alpha": -(10**400)})), ["alpha is -1000", "from 0.01 to"]),
    (
        json.dumps(of({"op": "rand_augment", "augmentations_per_image": 10**400})),
        ["augmentations_per_image is 1000", "a whole number from 1 to 8"],
    ),
    ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": ' + "9" * 5000 + "}]}", ["5,000 digits"]),
    (json.dumps(of({"op": "invert", "probability": 10**400})), ["probability is 1000"]),
    (json.dumps(of({"op": "invert", "classes": [10**400]})), ["classes holds 1000"]),
    (json.dumps(of({"op": "invert", "classes": [2**63]})), ["classes holds 9223372036854775808"]),
    (json.dumps({"version": 10**400, "steps": []}), ["version 1000"]),
    (json.dumps({"version": True, "steps": []}), ["version true"]),
    (json.dumps({"version": [1], "steps": []}), ["version [1]"]),
    # Nested just under the limit of Python's own reader, in a place that the recipe does not nest.
    (
        '{"version": 1, "steps": [{"op": "invert", "id": ' + "[" * 940 + "]" * 940 + "}]}",
        ["too deep"],
    ),
    (
        '{"version": 1, "steps": [{"op": "invert", "id": ' + "[" * 150 + "]" * 150 + "}]}",
        ["id is [["],
    ),
    ('{"version": 1, "steps": [{"op": "invert", "op": "flip"}]}', ["two entries", '"op"']),
    ('{"version": 1, "steps": [{"op": "invert", "id": "\\ud800"}]}', ["id is", "\\ud800"]),
    ('{"version": 1, "steps": [{"op": "\\ud800"}]}', ["unknown op", "\\ud800"]),
    (json.dumps(of({"op": "invert", "id": "x" * 200_000})), ["id is", "1 to 64 characters"]),
    (json.dumps(of({"x" * 200_000: 1, "op": "invert"})), ["unknown parameter"]),
    (json.dumps(of({"op": "x" * 200_000})), ["unknown op"]),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=range(len(BAD)))
def test_bad_input_gets_one_sentence(text: str, words: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 600
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "  " not in sentence
    for word in words:
        assert word in sentence


def test_values_that_no_json_holds_get_a_sentence_too() -> None:
    """`Recipe.from_dict` takes what other code made."""
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    cycle: list[Any] = []
    cycle.append(cycle)
    for value in (10**5_000, deep, cycle, {1: 2, (3,): 4}, object(), b"\xff", {1}):
        for entry in ("alpha", "id", "probability", "classes", "enabled", "op"):
            with pytest.raises(RecipeError) as caught:
                Recipe.from_dict(of({"op": "cut_mix", entry: value}))
            assert len(str(caught.value)) < 800
            assert "\n" not in str(caught.value)
    with pytest.raises(RecipeError, match="unknown parameter 5"):
        Recipe.from_dict(of({"op": "cut_mix", 5: 1}))


@pytest.mark.parametrize("given", [None, 5, {}, [], bytearray(b"{}"), memoryview(b"{}"), object()])
def test_what_is_no_text_is_told(given: Any) -> None:
    """A dict, for example, which `Recipe.from_dict` takes."""
    with pytest.raises(RecipeError, match=rf"is of type {type(given).__name__}.*from_dict takes"):
        Recipe.from_json(given)


@pytest.mark.parametrize("names", ["rose", b"rose", 5, [0, 1], [None], object()])
def test_class_names_that_are_none_are_told(names: Any) -> None:
    with pytest.raises(RecipeError, match=r"class names are .*a list of texts"):
        Recipe.from_dict(of({"op": "invert", "classes": ["rose"]}), class_names=names)


def test_numbers_of_numpy_are_numbers() -> None:
    """As loops over `numpy.linspace` and `numpy.arange` give them."""
    step = {
        "op": "rand_augment",
        "augmentations_per_image": np.int64(2),
        "magnitude": np.float32(0.5),
        "probability": np.float16(0.25),
        "enabled": np.True_,
        "classes": list(np.arange(2)),
    }
    recipe = Recipe.from_dict(of(step))
    plain = {**step, "augmentations_per_image": 2, "magnitude": 0.5, "probability": 0.25}
    assert recipe == Recipe.from_dict(of({**plain, "enabled": True, "classes": [0, 1]}))
    assert Recipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(RecipeError, match=r"magnitude is 1.5; it must be a number from 0 to 1\."):
        Recipe.from_dict(of({"op": "rand_augment", "magnitude": np.float32(1.5)}))


def test_text_with_a_byte_order_mark() -> None:
    text = json.dumps(of({"op": "invert"}))
    for given in ("\ufeff" + text, text.encode("utf-8-sig"), text.encode("utf-16")):
        assert [step.op for step in Recipe.from_json(given).steps] == ["invert"]


def test_a_negative_zero_is_zero() -> None:
    [step] = Recipe.from_dict(of({"op": "shear_x", "x_factor": -0.0, "probability": -0.0})).steps
    assert str(step.params["x_factor"]) == str(step.probability) == "0.0"


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RecipeError, match="UTF-8"):
        Recipe.from_json(b'\xff\xfe{"version')


def test_the_design_example_is_valid_and_comes_back_complete() -> None:
    recipe = Recipe.from_json(
        """{"version": 1, "steps": [
        {"op": "rand_augment", "augmentations_per_image": 3, "magnitude": 0.3,
         "magnitude_stddev": 0.2, "rate": 0.5},
        {"op": "one_of", "steps": [{"op": "cut_mix", "alpha": 1.0}, {"op": "mix_up", "alpha": 0.2}]},
        {"op": "random_pipeline", "augmentations_per_image": 1,
         "steps": [{"op": "grid_mask"}, {"op": "grayscale"}]}]}"""
    )
    written = recipe.to_dict()
    assert written["steps"][0]["policy"] == "keras_cv"
    for step in recipe.walk():
        described = step.to_dict()
        params = augment.registry()[step.op].params
        assert {"op", "id", "enabled", "probability", "classes", *params} <= set(described)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json(recipe.to_json(indent=2).encode()) == recipe


def test_ids_are_made_from_the_op_and_never_collide() -> None:
    recipe = Recipe.from_dict(
        of(
            {"op": "shear_x"},
            {"op": "shear_x"},
            {"op": "one_of", "steps": [{"op": "flip", "id": "shear_x_2"}, {"op": "shear_x"}]},
        )
    )
    assert [step.id for step in recipe.walk()] == [
        "shear_x",
        "shear_x_3",
        "one_of",
        "shear_x_2",
        "shear_x_4",
    ]


def test_class_names_become_indexes() -> None:
    names = ["daisy", "rose", "tulip"]
    step = {"op": "grayscale", "classes": ["tulip", 0, "daisy"]}
    assert Recipe.from_dict(of(step), names).steps[0].classes == (0, 2)
    with pytest.raises(RecipeError, match=r'unknown class "ros".*did you mean "rose"'):
        Recipe.from_dict(of({"op": "grayscale", "classes": ["ros"]}), names)
    with pytest.raises(RecipeError, match="indexes from 0 below 3"):
        Recipe.from_dict(of({"op": "grayscale", "classes": [3]}), names)


def test_whole_numbers_are_numbers() -> None:
    recipe = Recipe.from_dict(of({"op": "rand_augment", "augmentations_per_image": 2.0, "rate": 1}))
    params = recipe.steps[0].params
    assert params["augmentations_per_image"] == 2
    assert isinstance(params["augmentations_per_image"], int)
    assert isinstance(params["rate"], float)


def test_a_step_cannot_be_changed() -> None:
    step = Recipe.from_dict(of({"op": "cut_mix"})).steps[0]
    with pytest.raises(TypeError):
        step.params["alpha"] = 3.0  # type: ignore[index]


def test_presets_are_valid_and_explained() -> None:
    for preset in augment.presets.PRESETS.values():
        assert Recipe.from_json(preset.recipe.to_json()) == preset.recipe
        assert preset.sentence.endswith(".")
    assert augment.presets.DEFAULT in augment.presets.PRESETS
