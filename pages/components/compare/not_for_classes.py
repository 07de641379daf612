"""A step of a recipe that is kept from the classes that it hurts, opened in Explore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import streamlit as st

from augment import Recipe, RecipeError, registry
from augment.compare.comparison import Comparison
from pages.components.recipe.edit import place_of, with_value
from pages.components.runs.links import explore_link, train_link
from pages.components.session.text import escaped


def not_for_classes(found: Comparison, hurt: Sequence[str], key: str) -> None:
    """Offer to keep a step of the second recipe from the classes that it hurt.

    Nothing is shown of a recipe that does nothing.

    Args:
        found: The comparison.
        hurt: The names of the classes.
        key: The first part of the keys of the elements.
    """
    config = found.second.config
    titles = step_titles(config.recipe)
    if not titles:
        return
    names = found.second_predictions.class_names
    with st.container(border=True, key=f"{key} not for"):
        st.markdown(
            "**Not for these classes.** Keep a step of the recipe from the classes that it hurt: it then "
            "happens to the pictures of all others only."
        )
        step = st.selectbox(
            "Step",
            list(titles),
            format_func=titles.__getitem__,
            key=f"{key} not for step",
            width=400,
        )
        try:
            recipe = without_classes(
                config.recipe, step, [names.index(name) for name in hurt], len(names)
            )
        except RecipeError as error:
            st.warning(escaped(error))
            return
        changed = replace(config, recipe=recipe)
        with st.container(horizontal=True):
            explore_link(changed, label="Not for these classes: open the recipe in Explore")
            train_link(
                changed,
                label="Train it with the same settings",
                help="Opens Train with this recipe and the settings of these runs, so that the new runs "
                "can be compared with them.",
            )


def step_titles(recipe: Recipe) -> dict[str, str]:
    """Return the titles of the steps that are on by their ids; equal ones get a number."""
    titles = {}
    for step in recipe.walk():
        parent, _ = place_of(recipe, step.id)
        if step.enabled:
            within = f"{registry()[parent.op].title} → " if parent else ""
            titles[step.id] = within + registry()[step.op].title
    often, seen = Counter(titles.values()), Counter[str]()
    for step_id, title in titles.items():
        if often[title] > 1:
            seen[title] += 1
            titles[step_id] = f"{title} ({seen[title]})"
    return titles


def without_classes(recipe: Recipe, step_id: str, hurt: Collection[int], classes: int) -> Recipe:
    """Return the recipe with a step for fewer classes.

    Args:
        recipe: The recipe, which is not modified.
        step_id: The id of the step.
        hurt: The indexes of the classes that it is not for any more.
        classes: How many classes there are.

    Raises:
        RecipeError: The step would be for no class.
    """
    step = next(one for one in recipe.walk() if one.id == step_id)
    before = range(classes) if step.classes is None else step.classes
    left = [label for label in before if label not in set(hurt)]
    if not left:
        raise RecipeError(
            f"{registry()[step.op].title} would be for no class: switch the step off instead."
        )
    return with_value(recipe, step_id, "classes", left)
