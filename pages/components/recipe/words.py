"""A recipe in words: one line a step, every value that changes anything as the recipe has it."""

from __future__ import annotations

from typing import Any

from augment import Param, Recipe, Step, registry
from pages.components.recipe.param_widget import in_words
from pages.components.session.words import count


def recipe_lines(recipe: Recipe) -> list[str]:
    """Return one line for each step, children indented by their parent's arrow."""
    return [line for step in recipe.steps for line in _lines(step, "")]


def _lines(step: Step, above: str) -> list[str]:
    op = registry()[step.op]
    said = [
        f"{in_words(name).lower()} {_value(param, step.params[name])}"
        for name, param in op.params.items()
        if param.applies(step.params)
    ]
    if step.probability < 1:
        said.append(f"to {step.probability:.0%} of the pictures")
    if step.classes is not None:
        said.append(f"only for {count(len(step.classes), 'class', 'classes')}")
    line = f"{above}{op.title}" + (f": {', '.join(said)}" if said else "")
    if not step.enabled:
        return [f"{above}{op.title}: switched off"]
    return [line, *(deeper for child in step.steps for deeper in _lines(child, f"{op.title} → "))]


def _value(param: Param, value: Any) -> str:
    if param.type == "choice":
        return str(value).replace("_", " ")
    if param.unit == "turn":
        return f"{value * 360:g}°"
    return f"{value:g}" + (f" {param.unit}" if param.unit else "")
