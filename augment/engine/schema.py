"""The JSON Schema of recipes, derived from the ops.

It is for editors and other programs, and accepts what `augment.Recipe.from_json` accepts. It cannot
express all that the reader checks: that ids differ from each other, that a recipe has `MAX_STEPS`
steps in all (each list may have as many), which classes the data has, that 1.0 is no index of a class.
"""

from __future__ import annotations

from typing import Any

from augment.engine.op import Op, registry
from augment.engine.params import Param
from augment.engine.recipe import MAX_CLASS, MAX_DEPTH, MAX_ID_LENGTH, MAX_STEPS, VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_COMMON: dict[str, Any] = {
    "id": {
        "description": "What the draws are keyed by; unique in the recipe, and made if absent.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_ID_LENGTH,
    },
    "enabled": {
        "description": "Whether the step happens at all.",
        "type": "boolean",
        "default": True,
    },
    "probability": {
        "description": "How probable it is that the step happens to a picture.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 1.0,
    },
    "classes": {
        "description": "The classes it is for, by name or index; null means all.",
        "type": ["array", "null"],
        "items": {"type": ["string", "integer"], "minimum": 0, "maximum": MAX_CLASS},
        "minItems": 1,
        "default": None,
    },
}


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a recipe, as values that JSON can hold."""
    ops = registry().values()
    plain = [op.name for op in ops if not op.takes_steps]
    policies = [op.name for op in ops if op.takes_steps]
    definitions = {f"common.{name}": described for name, described in _COMMON.items()}
    definitions["step.plain"] = {"allOf": [_described(name, name) for name in plain]}
    for op in ops:
        if not op.takes_steps:
            definitions[op.name] = _step(op)
    for depth in range(1, MAX_DEPTH):
        own = [_described(name, f"{name}.{depth}") for name in policies]
        definitions[f"step.{depth}"] = {
            **_one_of([*registry()]),
            "allOf": [_reference("step.plain"), *own],
        }
        for name in policies:
            definitions[f"{name}.{depth}"] = _step(registry()[name], _steps(depth + 1))
    definitions[f"step.{MAX_DEPTH}"] = {**_one_of(plain), "allOf": [_reference("step.plain")]}
    return {
        "$schema": DIALECT,
        "title": "Augmentation recipe",
        "description": "Steps that happen to pictures one after the other.",
        **_object({"version": {"const": VERSION}, "steps": _steps(1)}, ("version", "steps")),
        "$defs": definitions,
    }


def _one_of(names: list[str]) -> dict[str, Any]:
    """Return the schema of a step whose op is one of these, whatever else it holds."""
    return {"type": "object", "properties": {"op": {"enum": names}}, "required": ["op"]}


def _described(name: str, definition: str) -> dict[str, Any]:
    """Return the schema "a step of this op is as defined", whose errors name this op alone."""
    return {
        "if": {"properties": {"op": {"const": name}}, "required": ["op"]},
        "then": _reference(definition),
    }


def _step(op: Op, steps: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "title": op.title,
        "description": f"{op.summary} ({op.paper.label})",
        **_object(
            {
                "op": {"const": op.name},
                **{name: _reference(f"common.{name}") for name in _COMMON},
                **{name: _param(param) for name, param in op.params.items()},
                **({"steps": steps} if steps else {}),
            },
            ("op",),
        ),
    }


def _param(param: Param) -> dict[str, Any]:
    text = f"{param.help} Unit: {param.unit}." if param.unit else param.help
    described: dict[str, Any] = {"description": text, "default": param.default}
    if param.type == "choice":
        return {**described, "enum": list(param.choices)}
    low, high = param.bounds
    number = "integer" if param.type == "int" else "number"
    return {**described, "type": number, "minimum": low, "maximum": high}


def _steps(depth: int) -> dict[str, Any]:
    return {"type": "array", "items": _reference(f"step.{depth}"), "maxItems": MAX_STEPS}


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}
