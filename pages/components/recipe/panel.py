"""The recipe of Explore as a panel: what the browser shows of it, and the edits that come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from augment import Param, Recipe, RecipeError, Step, registry
from augment.advice import advice_on_values
from augment.engine.params import DEGREES_PER_TURN, format_value
from augment.engine.recipe import MAX_DEPTH
from pages.components.parts.recipe_panel.recipe_panel import KEY
from pages.components.parts.recipe_panel.recipe_panel import recipe_panel as mount
from pages.components.recipe import edit
from pages.components.recipe.step_chooser import open_op_list
from pages.components.session import workbench
from pages.components.session.fragments import PANEL, STAGE, rerun

MOST_SLIDER_STOPS = 2_000
"""A parameter with more values than this has no slider."""
MOST_EDITS = 20
"""How many edits the browser sends at a time."""
_APPLIED = "edits of the panel"
"""The number of the last edit of each mounted panel, the newest panel last."""
_MOST_PANELS = 8
_BEHIND = "the panel is behind"
"""The number of the last edit whose effect the browser can only show once it has the recipe again.

That the recipe was sent is not enough: its run may be interrupted, and the browser drops a recipe that
lacks what has been edited since. So each edit says which of them the recipe that the browser shows has.
"""
_ADDS = "the panel adds a step"
_FIELDS = ("enabled", "probability", "classes")
"""What every step has besides its parameters, and the panel changes as it does those."""


def recipe_panel(class_names: Sequence[str]) -> None:
    """Show the recipe of the workbench; call it in the fragment `PANEL`.

    Args:
        class_names: The classes of the data shown, to which a step can be limited.
    """
    sent = mount(described(workbench.recipe(), class_names), on_edits=apply)
    if _APPLIED not in st.session_state:
        # A browser that outlived its session, as when the server was started anew, still has its edits;
        # they are in the recipe of the address.
        instance, edits = _read(sent)
        st.session_state[_APPLIED] = {instance: max((each["n"] for each in edits), default=0)}
    inside = st.session_state.pop(_ADDS, None)
    if inside is not None:
        open_op_list(inside)


def described(recipe: Recipe, class_names: Sequence[str]) -> dict[str, Any]:
    """Return what the browser shows of a recipe, as JSON."""
    advice: dict[str, list[str]] = {}
    for each in advice_on_values(recipe):
        advice.setdefault(each.step, []).append(each.sentence)
    return {
        "version": workbench.version(),
        "applied": next(reversed(st.session_state.get(_APPLIED, {"": 0}).items())),
        "deepest": MAX_DEPTH,
        "classes": list(class_names),
        "steps": [_step(step, advice) for step in recipe.steps],
    }


def apply(sent: object) -> None:
    """Apply the edits that have not been applied yet, and run again what shows them; for a callback.

    Args:
        sent: What the browser sent: `instance`, a name of the panel on that page, and `edits`, each with
            its number `n`, the `version` of the recipe that it was made on, the number of the last edit
            that this recipe `has`, its `kind`, and the `step`. One that `replaces` the edit of that
            number is undone together with it. Anything else is ignored: it is not from our page.
    """
    is_shown = _take(sent)
    # A slider shows its value already, so that only the pictures are made again.
    if is_shown:
        rerun(STAGE)
    if is_shown is not None:
        rerun(STAGE, PANEL)


def catch_up() -> None:
    """Apply the edits that came in one message with a click elsewhere; for its callback.

    Streamlit calls those of buttons first, so the click would be answered without what was done before.
    """
    _take((st.session_state.get(KEY) or {}).get("edits"))


def _take(sent: object) -> bool | None:
    """Apply what is new, and return whether the panel shows all of it already; None if nothing is."""
    instance, edits = _read(sent)
    applied: dict[str, int] = st.session_state.get(_APPLIED, {})
    if instance in applied and instance != next(reversed(applied)):
        return None  # another panel has taken its place
    before = applied.get(instance, 0)
    fresh = [each for each in edits if each["n"] > before]
    if not fresh:
        return None
    behind = st.session_state.get(_BEHIND, 0) if instance in applied else 0
    applied = {**applied, instance: max(each["n"] for each in fresh)}
    st.session_state[_APPLIED] = dict([*applied.items()][-_MOST_PANELS:])
    is_shown = True
    for each in fresh:
        has = each.get("has")
        is_shown &= type(has) is int and has >= behind
        # A recipe that was loaded or undone meanwhile is not the one that the user changed.
        if each.get("version") != workbench.version():
            is_shown = False
        elif each.get("kind") == "add":
            st.session_state[_ADDS] = str(each.get("step") or "")
            is_shown = False
        else:
            # Of two messages only the second may have come, without an edit to replace.
            is_shown &= _apply(each, replaces=each.get("replaces") == before)
        before = each["n"]
    st.session_state[_BEHIND] = behind if is_shown else before
    return is_shown


def _apply(each: Mapping[str, Any], *, replaces: bool) -> bool:
    """Apply one edit, and return whether the panel shows all of its effect already."""
    recipe = workbench.recipe()
    try:
        changed = edited(recipe, each)
    except RecipeError as error:
        workbench.refuse(error)
        return False
    workbench.change(changed, replaces=replaces)
    return each.get("kind") == "value" and advice_on_values(changed) == advice_on_values(recipe)


def edited(recipe: Recipe, each: Mapping[str, Any]) -> Recipe:
    """Return the recipe after one edit of the browser; unchanged where that makes no sense.

    Raises:
        RecipeError: The value is not allowed, or there would be too many steps or too deep ones.
    """
    step = next((step for step in recipe.walk() if step.id == each.get("step")), None)
    if step is None:
        return recipe
    match dict(each):
        case {"kind": "value", "name": str(name), "value": value}:
            if name in step.params or name in _FIELDS:
                return edit.with_value(recipe, step.id, name, value)
        case {"kind": "move", "parent": str(parent), "index": int(index)}:
            return edit.with_step_placed(recipe, step.id, parent or None, index)
        case {"kind": "duplicate"}:
            return edit.with_step_duplicated(recipe, step.id)
        case {"kind": "remove"}:
            return edit.without_step(recipe, step.id)
    return recipe


def _read(sent: object) -> tuple[str, list[Mapping[str, Any]]]:
    match sent:
        case {"instance": str(instance), "edits": list(edits)}:
            found = [each for each in edits[-MOST_EDITS:] if isinstance(each, Mapping)]
            return instance, [each for each in found if type(each.get("n")) is int]
    return "", []


def _step(step: Step, advice: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    op = registry()[step.op]
    return {
        "id": step.id,
        "title": op.title,
        "about": op.summary,
        "paper": op.paper.label,
        "enabled": step.enabled,
        "probability": step.probability,
        "classes": None if step.classes is None else list(step.classes),
        "settings": [_setting(param, step.params[param.name]) for param in op.params.values()],
        "advice": advice.get(step.id, []),
        "steps": [_step(child, advice) for child in step.steps] if op.takes_steps else None,
    }


def _setting(param: Param, value: Any) -> dict[str, Any]:
    """Return a parameter; numbers are in the units of the recipe, `factor` and `unit` are for reading."""
    shown: dict[str, Any] = {
        "name": param.name,
        "label": param.label,
        "help": f"{param.help} Default: {param.format(param.default)}.",
        "type": param.type,
        "value": value,
        "default": param.default,
        "secondary": param.secondary,
        "only_if": param.only_if,
        "usual": [
            {"low": usual.low, "high": usual.high, "source": usual.source, "only_if": usual.only_if}
            for usual in param.recommended
        ],
    }
    if param.type == "choice":
        return shown | {"choices": [(choice, format_value(choice)) for choice in param.choices]}
    low, high = param.bounds
    default = 1 if param.type == "int" else (high - low) / 100
    step = default if param.step is None else param.step
    return shown | {
        "low": low,
        "high": high,
        "step": step,
        "unit": param.unit,
        "factor": DEGREES_PER_TURN if param.unit == "turn" else 1,
        "slides": (high - low) / step <= MOST_SLIDER_STOPS,
    }
