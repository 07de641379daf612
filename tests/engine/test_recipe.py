from __future__ import annotations

import json
from typing import Any

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
    (json.dumps(of({})), ["Step 1", "unknown op null", "rand_augment"]),
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
    (json.dumps(nested(50)), ["6 levels deep", "at most 5 are allowed"]),
    ('{"version": 1, "steps": ' + "[" * 100_000 + "]" * 100_000 + "}", ["nested too deep"]),
    (json.dumps(of(*[{"op": "grayscale"}] * 51)), ["more than 50 steps"]),
    (" " * (MAX_BYTES + 1), ["KB", "256 KB"]),
    ("x" * 50_000_000, ["48,828 KB", "256 KB"]),
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
    for word in words:
        assert word in sentence


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
