"""One setting over its range, or two settings against each other; everything else stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from augment import Recipe
from augment.inspect import Axis, default_axis, sweepable
from augment.inspect.views import sweep_group
from pages.components.parts.image_grid.image_grid import image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session import address_notes
from pages.components.session.live import Frames
from pages.components.views import state

KEY = "sweep"


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames | None:
    """Show the picture for each value of one setting, or for each pair of values of two."""
    axes = _axes(recipe)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = state.picture_control(pictures)
        if axes:
            across, down = _axes_control(recipe, axes)
    if not axes:
        why = "all steps of the recipe are off" if recipe.steps else "the recipe has no steps"
        st.info(f"There is no setting to sweep: {why}.")
        return None

    names = [name for name in (across, down) if name]
    mixing = state.mixing_control(recipe, [axes[name] for name in names])

    def frames(recipe: Recipe) -> dict[str, bytes]:
        # Among the values of a setting is the one that the recipe has.
        axes = _axes(recipe)
        if not axes.keys() >= set(names):
            return {}
        group = sweep_group(
            recipe,
            pictures,
            row=row,
            seed=seed,
            epoch=epoch,
            over=[(axes[name], ()) for name in names],
            mixing=mixing,
        )
        return {KEY: tile.group_frame(group, pictures, layout="single" if down else "strip")}

    image_grid(frames(recipe)[KEY], key=KEY)
    return frames


def _axes(recipe: Recipe) -> dict[str, Axis]:
    """Return the settings of a recipe that can be swept, by their names in the address."""
    return {axis.key: axis for axis in sweepable(recipe)}


def _axes_control(recipe: Recipe, axes: Mapping[str, Axis]) -> tuple[str, str]:
    """Show the choice of the settings to sweep, and return their names; the second may be empty."""
    first = default_axis(recipe, mixing=state.requested(state.MIXING) != "")
    default = first.key if first else ""
    across = _axis_control(
        "From left to right", state.ACROSS, axes, list(axes), default, "The setting to vary."
    )
    others = ["", *(name for name in axes if name != across)]
    down = _axis_control(
        "From top to bottom",
        state.DOWN,
        axes,
        others,
        "",
        "A second setting makes a table of pairs.",
    )
    return across, down


def _axis_control(
    label: str,
    parameter: str,
    axes: Mapping[str, Axis],
    options: Sequence[str],
    default: str,
    help: str,
) -> str:
    requested = state.requested(parameter)
    # While the step of a setting is off or removed, another widget replaces the one of that setting,
    # which comes back with its value when the change is undone.
    missing = bool(requested) and requested not in options
    chosen: str = st.selectbox(
        label,
        options,
        index=options.index(default if missing or not requested else requested),
        format_func=lambda name: axes[name].label if name else "None",
        key=state.key(f"sweep {parameter}{' instead' if missing else ''}"),
        help=help,
        width=280,
    )
    address_notes.compare(parameter, chosen, [option for option in options if option])
    if not missing or chosen != default:
        state.request(parameter, chosen)
    state.set_shown(parameter, chosen)
    return chosen
