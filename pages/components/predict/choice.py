"""What the page Predict is asked for: a run, where the pictures come from, and views of them.

All of it is in the session and, where it is not the default, in the address. No widget is bound to the
address, because most exist for some choices only, and a bound one that is made again has its old value.
Nor are their values set through the session: a browser that misses the run in which that happens, as it
asked for the next one, would send the first option as the choice of its user. So each begins with what is
asked for as its default, and has another key whenever an address is adopted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from augment import Recipe
from augment.engine.limits import shorten
from augment.predict import views
from augment.predict.aggregate import LOG_MEAN, MEAN, TITLES, VOTES
from augment.predict.pictures import METHODS
from augment.predict.runs import told_apart, with_models
from augment.presets import PRESETS
from augment.runs import Run
from augment.runs.groups import meaning
from pages.components.pictures import seed_epoch
from pages.components.recipe.summary import recipe_summary
from pages.components.runs.tta_recipes import dropped_sentence, without_refused
from pages.components.session import address_notes, streamlit_internals, workbench
from pages.components.session.address import arrived
from pages.components.session.text import escaped

RUN, PICTURES, RECIPE, COUNT, METHOD = "run", "pictures", "recipe", "views", "method"
UPLOAD, CAMERA, EXAMPLES = SOURCES = ("upload", "camera", "examples")
NONE, OF_EXPLORE, OF_RUN = "none", "explore", "run"

_DEFAULTS: dict[str, Any] = {RUN: "", PICTURES: UPLOAD, RECIPE: NONE, COUNT: 8, METHOD: MEAN}
_ASKED, _VERSION = "asked of predict", "predict version"
_SOURCES = {
    UPLOAD: ":material/upload: Upload",
    CAMERA: ":material/photo_camera: Camera",
    EXAMPLES: ":material/photo_library: Examples",
}
_RECIPES = {
    NONE: "No recipe: each picture as it is",
    OF_EXPLORE: "The recipe of Explore",
    OF_RUN: "The recipe that this run was trained with",
}
_METHODS = {
    VOTES: "the class that most views are for; of those with as many, the one with the larger mean",
    MEAN: "the class with the largest mean of the probabilities that the views give it",
    LOG_MEAN: "the mean of the logarithms, so that a view which rules a class out counts more",
}


def adopt_address() -> None:
    """Take over what the address requests, if that is new; call it before any widget is made.

    A link of the navigation requests nothing, and leads back to what was asked for last.
    """
    asked = st.session_state.setdefault(_ASKED, dict(_DEFAULTS))
    address = {name: st.query_params[name] for name in _DEFAULTS if name in st.query_params}
    if arrived("predict") and (address or streamlit_internals.came_by_history()):
        asked.update(_DEFAULTS, **address)
        asked[COUNT] = _views(address.get(COUNT, ""))
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def write_address() -> None:
    """Write what is asked for into the address, as one entry of the browser's history."""
    asked = _asked()
    values = {
        name: None if asked[name] == default else str(asked[name])
        for name, default in _DEFAULTS.items()
    }
    values |= {workbench.PARAMETER: None}
    if asked[RECIPE] == OF_EXPLORE:
        values |= workbench.link()
    streamlit_internals.change_address(values, {})


def run_control(listed: Sequence[Run]) -> Run | None:
    """Show the choice among the runs with a model, and return it; None for one that does not exist.

    Args:
        listed: All runs of this machine, newest first; with none that has a model there is nothing to
            choose, and this returns None.
    """
    found = with_models(listed)
    address_notes.expect(RUN)
    asked = _asked()
    known = {run.id: run for run in listed}
    if asked[RUN] and asked[RUN] not in known:
        st.warning(escaped(f"There is no run {shorten(asked[RUN])}; it may have been deleted."))
    options: dict[str, Run] = {run.id: run for run in found}
    if asked[RUN] in known:
        options.setdefault(asked[RUN], known[asked[RUN]])
    if not options:
        return None
    shown: str | None = asked[RUN] if asked[RUN] in options else None
    if not asked[RUN]:
        shown = next((run.id for run in found if run.is_over), next(iter(options)))
    titles = told_apart({run.id: run.title for run in options.values()})
    chosen = st.selectbox(
        "Model of the run",
        list(options),
        index=None if shown is None else list(options).index(shown),
        format_func=titles.__getitem__,
        key=_key(RUN),
        on_change=_take,
        args=(RUN,),
        placeholder="Choose a run with a model",
    )
    return options[chosen] if chosen else None


def expect_no_more() -> None:
    """Mark what the address says beside the run as used, where there is no model to ask."""
    address_notes.expect(PICTURES, RECIPE, COUNT, METHOD, "seed")


def source_control() -> str:
    """Show where the pictures come from, and return what is chosen: one of `SOURCES`."""
    source: str = st.segmented_control(
        "Pictures",
        SOURCES,
        default=_wanted(PICTURES, SOURCES),
        required=True,
        format_func=_SOURCES.__getitem__,
        key=_key(PICTURES),
        on_change=_take,
        args=(PICTURES,),
        width="stretch",
    )
    return source


def recipe_control(run: Run) -> Recipe | None:
    """Show the recipes for views, and return the one that is chosen; None for none, or a refused one."""
    recipes = {NONE: None, OF_EXPLORE: workbench.recipe()}
    dropped: tuple[str, ...] = ()
    if run.config:
        allowed, dropped = without_refused(run.config.recipe)
        if not meaning(allowed):  # nothing is left: the page says why the whole recipe is refused
            allowed, dropped = run.config.recipe, ()
        recipes[OF_RUN] = allowed
    presets = {
        name: preset for name, preset in PRESETS.items() if not views.why_not(preset.recipe.steps)
    }
    recipes |= {name: preset.recipe for name, preset in presets.items()}
    titles = _RECIPES | {name: f"Preset: {preset.title}" for name, preset in presets.items()}
    name = st.selectbox(
        "Recipe for the views",
        list(recipes),
        index=list(recipes).index(_wanted(RECIPE, recipes)),
        format_func=titles.__getitem__,
        key=_key(RECIPE),
        on_change=_take,
        args=(RECIPE,),
        help="A view is the picture as the recipe changes it once. The model is asked about each view, "
        "and the answers are combined: test-time augmentation. The first view is the picture as it is.",
    )
    recipe = recipes[name]
    if recipe is None:
        address_notes.expect(COUNT, METHOD, "seed")
        return None
    if name == OF_EXPLORE:
        st.page_link(
            "explore.py",
            label="Change it in Explore",
            icon=":material/tune:",
            query_params=workbench.link(),
        )
    with st.expander("What the recipe does", icon=":material/tune:"):
        recipe_summary(recipe)
    if name == OF_RUN and dropped:
        st.caption(escaped(dropped_sentence(dropped)))
    if problem := views.why_not(recipe.steps):
        address_notes.expect(COUNT, METHOD, "seed")
        st.warning(escaped(f"{problem} The answer is for the picture as it is."))
        return None
    return recipe


def views_control() -> tuple[int, int, str]:
    """Show how many views there are and how they are combined; return their number, seed and method."""
    low, high = int(views.VIEWS.low), int(views.VIEWS.high)
    with st.grid(3, min_column_width=200):
        count: int = st.number_input(
            "Views",
            min_value=low,
            max_value=high,
            value=int(_asked()[COUNT]),
            step=1,
            key=_key(COUNT),
            on_change=_take,
            args=(COUNT,),
        )
        seed = seed_epoch.seed_input(
            help="The same seed draws the same views. Another draws others."
        )
        method: str = st.selectbox(
            "Combined by",
            METHODS,
            index=METHODS.index(_wanted(METHOD, METHODS)),
            format_func=TITLES.__getitem__,
            key=_key(METHOD),
            on_change=_take,
            args=(METHOD,),
            help="\n".join(f"- **{TITLES[name]}**: {what}." for name, what in _METHODS.items()),
        )
    address_notes.compare(COUNT, count, range(low, high + 1))
    return count, seed, method


def _asked() -> dict[str, Any]:
    asked: dict[str, Any] = st.session_state[_ASKED]
    return asked


def _wanted(name: str, options: Collection[str]) -> str:
    """Return what is asked for, or the default where that is not among the options."""
    asked = _asked()
    if asked[name] not in options:
        asked[name] = _DEFAULTS[name]
    address_notes.compare(name, asked[name], list(options))
    return str(asked[name])


def _key(name: str) -> str:
    return f"predict {name} {st.session_state.get(_VERSION, 0)}"


def _take(name: str) -> None:
    """Take over what a widget shows; a callback."""
    _asked()[name] = st.session_state[_key(name)]


def _views(text: str) -> int:
    # Python reads digits of all scripts, and refuses to read thousands of them.
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return number if views.VIEWS.low <= number <= views.VIEWS.high else int(_DEFAULTS[COUNT])
