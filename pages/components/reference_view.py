"""The recipe by keras_cv's own layers, beside ours, when somebody asks for it."""

from __future__ import annotations

import streamlit as st

from augment import Recipe, kerascv, registry
from augment.kerascv import Asked
from pages.components import reference_request
from pages.components.image_grid import image_grid
from pages.components.reference_pair import Pair
from pages.components.reference_request import Held, Subject
from pages.components.shown import Shown
from pages.components.views import grid
from pages.components.words import count, escaped

SECONDS_BETWEEN_LOOKS = 0.5
# Two tiles a picture stand beside each other where an even number of tiles fits into a row.
GRID_WIDTH = 800
_DOING = {
    "starting": "Loading TensorFlow, which takes ten seconds or more",
    "building": "Building the layers",
    "rendering": "Rendering the pictures",
}


def show(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show both side by side, or ours alone with the offer to render theirs, and what differs."""
    subject = reference_request.subject(shown, recipe, seed=seed, epoch=epoch)
    held = reference_request.settled(shown, subject)
    made = held.pair if held and held.subject == subject else None
    with st.container(border=True):
        if held and held.asked:
            look = st.fragment(_progress, run_every=SECONDS_BETWEEN_LOOKS)
            look(held.asked, held.subject == subject)
        else:
            _offer(held, subject, shown)
    if made:
        with st.container(width=GRID_WIDTH):
            image_grid(
                made.tiles,
                before=shown.sheet,
                before_of=made.before_of,
                after=made.sheet,
                size=shown.size,
                layout="single",
                key="reference grid",
            )
        _times(made, shown.size)
    else:
        grid.show(shown, recipe, seed=seed, epoch=epoch)
    _differences(recipe)


def _progress(asked: Asked, is_current: bool) -> None:
    """Say what is going on, and bring the result once it is there."""
    if asked.done:
        st.rerun()
    ahead = asked.ahead
    doing = f"Waiting for {count(ahead, 'other request')}" if ahead else _DOING[asked.stage]
    later = "" if is_current else " What you changed meanwhile comes right after."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/hourglass_top: {doing}. {asked.seconds:.0f} s so far.{later}")
        st.button("Stop waiting", key="stop reference", on_click=reference_request.stop)


def _offer(held: Held | None, subject: Subject, shown: Shown) -> None:
    """Say what there is, and offer to render it, or to do so again."""
    label = "Render with keras_cv"
    is_stale = held is not None and held.subject != subject
    with st.container(horizontal=True, vertical_alignment="center"):
        if held is None or (is_stale and not held.pair):
            st.markdown(
                "The same recipe by the layers of keras_cv, beside ours. The first time takes ten "
                "seconds or more, because TensorFlow is loaded in a process of its own; meanwhile "
                "the page works on."
            )
        elif is_stale:
            st.markdown(
                "The recipe, the draws or the pictures have changed since keras_cv rendered them, so "
                "these are ours alone."
            )
        elif held.pair:
            st.markdown(
                f"Ours in **{_time(held.pair.ours)}**, keras_cv's in **{_time(held.pair.theirs)}**: "
                f"{held.pair.theirs / held.pair.ours:.1f} times as long."
            )
            label = "Render again"
        else:
            st.error(escaped(held.problem))
            label = "Try again"
        st.button(
            label,
            type="secondary" if label == "Render again" else "primary",
            icon=":material/compare:",
            key="render reference",
            on_click=reference_request.ask,
            args=(shown, subject),
            help="keras_cv draws anew each time.",
        )


def _times(made: Pair, size: int) -> None:
    """Say what the times are of."""
    once = {"loading TensorFlow": made.starting, "building the layers": made.building}
    spent = " and ".join(f"{_time(seconds)} of {what}" for what, seconds in once.items() if seconds)
    uncounted = f" Not counted: {spent}, which are there the next time." if spent else ""
    pictures = f"{count(made.count, 'picture')} of {size} px"
    st.caption(
        f"Timed just now on this server's processor: drawing and rendering {pictures}, the fastest of "
        "up to five times; ours on one core, keras_cv on any. More pictures at a time, or other work "
        f"on the server, give another ratio.{uncounted}"
    )


def _differences(recipe: Recipe) -> None:
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    st.subheader("What is known to differ", anchor=False)
    for step, sentence in kerascv.differences(recipe):
        st.markdown(f"**{escaped(titles[step])}.** {escaped(sentence)}")
    st.caption(
        "keras_cv's draws cannot be repeated: it makes other pictures each time, so even where both do "
        "the same, theirs differ from ours by luck. It does not tell what it drew."
    )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
