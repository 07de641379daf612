"""A recipe as a list of its steps, each with its settings."""

from __future__ import annotations

import streamlit as st

from augment import Recipe, Step, registry
from augment.system.units import counted
from pages.components.session import workbench
from pages.components.session.text import escaped


def recipe_summary(recipe: Recipe) -> None:
    """Show one line for each step."""
    lines = recipe_lines(recipe) or ["No augmentation: the pictures are unchanged."]
    st.markdown("\n".join(f"- {escaped(line)}" for line in lines))


def recipe_of_explore() -> Recipe:
    """Show the recipe of Explore with the link that changes it there, and return it."""
    recipe = workbench.recipe()
    with st.container(border=True):
        st.subheader("Recipe", anchor=False)
        recipe_summary(recipe)
        st.page_link(
            "explore.py",
            label="Change it in Explore",
            icon=":material/tune:",
            query_params=workbench.link(),
        )
    return recipe


def recipe_lines(recipe: Recipe) -> list[str]:
    """Return one line for each step; that of a child starts with its parent and an arrow."""
    return [line for step in recipe.steps for line in _lines(step, "")]


def _lines(step: Step, parent: str) -> list[str]:
    op = registry()[step.op]
    if not step.enabled:
        return [f"{parent}{op.title}: off"]
    settings = [
        f"{param.label.lower()} {param.format(step.params[name])}"
        for name, param in op.params.items()
        if param.applies(step.params)
    ]
    if step.probability < 1:
        settings.append(f"for {step.probability:.0%} of the pictures")
    if step.classes is not None:
        settings.append(f"only for {counted(len(step.classes), 'class', 'classes')}")
    line = f"{parent}{op.title}" + (f": {', '.join(settings)}" if settings else "")
    return [line, *(deeper for child in step.steps for deeper in _lines(child, f"{op.title} → "))]
