"""The schema and the reader accept the same recipes."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

import augment
from augment.engine.recipe import MAX_DEPTH, MAX_ID_LENGTH, MAX_STEPS
from augment.engine.schema import recipe_schema
from augment.presets import PRESETS
from tests.given import step_of

SCHEMA = recipe_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read(recipe: Any) -> bool:
    """Return whether the reader accepts a recipe; the classes of its data are called so."""
    try:
        augment.Recipe.from_json(json.dumps(recipe), class_names=["rose", "tulip"])
    except augment.RecipeError:
        return False
    return True


def of(*steps: Any, **rest: Any) -> dict[str, Any]:
    return {"version": 1, "steps": list(steps), **rest}


def nested(depth: int, innermost: Any) -> dict[str, Any]:
    """Return a recipe whose innermost step is at a depth, counted from 1."""
    for _ in range(depth - 1):
        innermost = {"op": "one_of", "steps": [innermost]}
    return of(innermost)


def test_it_is_a_schema_and_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def test_every_definition_is_referred_to_and_every_reference_leads_somewhere() -> None:
    referred = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(SCHEMA)))
    assert referred == set(SCHEMA["$defs"])


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid(name: str) -> None:
    VALIDATOR.validate(PRESETS[name].recipe.to_dict())


@pytest.mark.parametrize("name", augment.registry())
def test_a_step_is_valid_bare_and_with_every_value_explicit(name: str) -> None:
    VALIDATOR.validate(of(step_of(name)))
    VALIDATOR.validate(augment.Recipe.from_dict(of(step_of(name))).to_dict())


@pytest.mark.parametrize("name", augment.registry())
def test_the_schema_has_the_descriptions_of_the_op(name: str) -> None:
    op = augment.registry()[name]
    described = SCHEMA["$defs"][f"{name}.1" if op.takes_steps else name]
    assert op.summary in described["description"]
    for param in op.params.values():
        stated = described["properties"][param.name]
        assert stated["default"] == param.default
        assert param.help in stated["description"]
        assert param.unit in stated["description"]
        if param.type == "choice":
            assert stated["enum"] == list(param.choices)
        else:
            assert (stated["minimum"], stated["maximum"]) == param.bounds


WRONG = [None, True, False, [], {}, "", "strong", -1, 0, 1, 2, 0.5, 1.5, 3.0, 1e9, -0.001]


def values_of(step: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return changes of one entry of a step, right ones and wrong ones."""
    changes = [(name, value) for name in [*step, "no_such_entry"] for value in WRONG]
    for param in augment.registry()[step["op"]].params.values():
        if param.type == "choice":
            changes += [(param.name, choice) for choice in param.choices]
        else:
            low, high = param.bounds
            changes += [(param.name, at) for at in (low, high, low - 0.01, high + 0.01, high + 1)]
    return changes


@pytest.mark.parametrize("name", augment.registry())
def test_schema_and_reader_agree_on_every_entry(name: str) -> None:
    step = augment.Recipe.from_dict(of(step_of(name))).to_dict()["steps"][0]
    verdicts = set()
    for entry, value in values_of(step):
        recipe = of({**step, entry: value})
        verdict = read(recipe)
        assert VALIDATOR.is_valid(recipe) == verdict, (entry, value)
        verdicts.add(verdict)
    assert verdicts == {True, False}


FLIP = {"op": "flip"}
SAME_VERDICT = {
    "no steps": {"version": 1},
    "no version": {"steps": []},
    "an old version": of(FLIP) | {"version": 0},
    "a version as text": of(FLIP) | {"version": "1"},
    "a version that is true": of(FLIP) | {"version": True},
    "the version as 1.0": of(FLIP) | {"version": 1.0},
    "an unknown entry": of(FLIP, author="me"),
    "a list": [FLIP],
    "nothing": None,
    "steps as an object": {"version": 1, "steps": {}},
    "empty": of(),
    "a step without op": of({"rate": 0.5}),
    "a step that is text": of("flip"),
    "an unknown op": of({"op": "flop"}),
    "an op that is a list": of({"op": ["flip"]}),
    "steps of an op that takes none": of({**FLIP, "steps": []}),
    "children that are no list": of({"op": "one_of", "steps": FLIP}),
    "a policy without children": of({"op": "one_of"}),
    "an id": of({**FLIP, "id": "é" * MAX_ID_LENGTH}),
    "an id too long": of({**FLIP, "id": "é" * (MAX_ID_LENGTH + 1)}),
    "class names": of({**FLIP, "classes": ["rose", 1]}),
    "no classes": of({**FLIP, "classes": []}),
    "a class below 0": of({**FLIP, "classes": [-1]}),
    "half a class": of({**FLIP, "classes": [0.5]}),
    "a class that is true": of({**FLIP, "classes": [True]}),
    "a class that is nothing": of({**FLIP, "classes": [None]}),
    "as deep as allowed": nested(MAX_DEPTH, FLIP),
    "a step too deep": nested(MAX_DEPTH + 1, FLIP),
    "a policy too deep": nested(MAX_DEPTH, {"op": "one_of"}),
    "as many as allowed": of(*[FLIP] * MAX_STEPS),
    "one too many": of(*[FLIP] * (MAX_STEPS + 1)),
    "a mistake deep down": nested(3, {"op": "cut_mix", "alpha": 99}),
}


@pytest.mark.parametrize("case", SAME_VERDICT)
def test_schema_and_reader_agree_on_the_whole(case: str) -> None:
    recipe = SAME_VERDICT[case]
    right = case in {
        *("empty", "a policy without children", "an id", "class names"),
        *("as deep as allowed", "as many as allowed", "the version as 1.0"),
    }
    assert read(recipe) is right
    assert VALIDATOR.is_valid(recipe) is right


LAXER = {
    "the same id twice": of({**FLIP, "id": "a"}, {**FLIP, "id": "a"}),
    "too many in all": of(*[{"op": "one_of", "steps": [FLIP] * 20}] * 3),
    "a class that the data has not": of({**FLIP, "classes": ["daisy"]}),
    "an index that the data has not": of({**FLIP, "classes": [2]}),
    "an index as 1.0": of({**FLIP, "classes": [1.0]}),
}


@pytest.mark.parametrize("case", LAXER)
def test_what_only_the_reader_can_see(case: str) -> None:
    """What the docstring of `augment.engine.schema` says that a schema cannot say."""
    assert VALIDATOR.is_valid(LAXER[case])
    assert not read(LAXER[case])


def test_every_call_returns_its_own() -> None:
    changed = recipe_schema()
    changed["$defs"]["common.enabled"]["default"] = "changed"
    assert recipe_schema() == SCHEMA


@pytest.mark.parametrize(
    ("recipe", "where", "what"),
    [
        (nested(2, {"op": "cut_mix", "alpha": 99}), "$.steps[0].steps[0].alpha", "99"),
        (of(FLIP, {"op": "flip", "modes": 1}), "$.steps[1]", "modes"),
        (of({"op": "cutmix"}), "$.steps[0].op", "cutmix"),
    ],
)
def test_a_mistake_is_reported_where_it_is(recipe: Any, where: str, what: str) -> None:
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(recipe))
    assert error is not None
    assert error.json_path == where
    assert what in error.message
