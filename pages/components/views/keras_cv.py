"""The recipe with the layers of keras_cv beside this package, when the user requests it.

Rendering with keras_cv takes seconds and runs in another process. The request and its result are in the
session, and belong to one recipe, seed, epoch and set of pictures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

import streamlit as st

from augment import Recipe, kerascv, registry
from augment.inspect.views import keras_cv_group
from augment.kerascv import Reference, timed
from augment.system.units import counted
from pages.components.parts.image_grid.image_grid import image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session.text import escaped
from pages.components.views import grid
from pages.components.views.asked import Asked, Request

REQUEST = "keras_cv request"
_GRID_WIDTH = 760
"""An even number of tiles fits into a row of this width, so the two of a picture are neighbours."""
_STAGES = {
    "building": "Building the layers",
    "rendering": "Rendering the pictures",
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is rendered; a result is shown for this and nothing else."""

    recipe: Recipe
    seed: int
    epoch: int
    pictures: str

    @classmethod
    def of(cls, pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Subject:
        """Return the subject of these pictures, with a digest for them."""
        parts = (pictures.sheet, pictures.labels.tobytes(), pictures.ids.tobytes())
        digest = hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()
        return cls(recipe=recipe, seed=seed, epoch=epoch, pictures=digest)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The same pictures by both, and how long each took.

    Attributes:
        frame: Two tiles for each picture, ours first, as the browser shows them.
        count: How many pictures there are.
        ours: Seconds of drawing and rendering by this package, warm, at its fastest.
        theirs: Seconds of the layers of keras_cv, likewise.
        starting: Seconds of loading TensorFlow; 0 if it was loaded.
        building: Seconds of building the layers; 0 if they were built.
    """

    frame: bytes
    count: int
    ours: float
    theirs: float
    starting: float
    building: float


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show both side by side, or ours alone with a button to render theirs, and the differences."""
    subject = Subject.of(pictures, recipe, seed=seed, epoch=epoch)
    asked = Asked(
        key=REQUEST,
        subject=subject,
        make=partial(kerascv.ask, recipe, pictures.images, pictures.labels),
        finish=partial(_compare, pictures, subject),
        stages=_STAGES,
    )
    result: Comparison | None = asked.show(_offer)
    if result:
        with st.container(width=_GRID_WIDTH):
            image_grid(result.frame, key="keras_cv grid")
        _times(result, pictures.size)
    else:
        grid.show(pictures, recipe, seed=seed, epoch=epoch)
    _differences(recipe)


def _compare(pictures: Pictures, subject: Subject, reference: Reference) -> Comparison:
    """Render the pictures with this package, timed, and combine them with those of keras_cv."""
    render = partial(
        grid.augmented, pictures, subject.recipe, seed=subject.seed, epoch=subject.epoch
    )
    render()
    (plan, batch), seconds = timed(render)
    group = keras_cv_group(pictures, plan, batch, reference.images, reference.labels)
    return Comparison(
        frame=tile.group_frame(group, pictures),
        count=len(pictures.names),
        ours=seconds,
        theirs=reference.seconds,
        starting=reference.starting,
        building=reference.building,
    )


def _offer(request: Request | None, asked: Asked) -> None:
    """Show what the last request gave, with a button for a new one."""
    label = "Render with keras_cv"
    is_stale = request is not None and request.subject != asked.subject
    with st.container(horizontal=True, vertical_alignment="center"):
        if request is None or (is_stale and not request.result):
            st.markdown(
                "Renders the same recipe with the layers of keras_cv, beside ours. The first time takes "
                "ten seconds or more, because TensorFlow is loaded in another process. You can continue "
                "to work on this page."
            )
        elif is_stale:
            st.markdown(
                "The recipe, the draws or the pictures have changed since keras_cv rendered them, so "
                "only ours are shown."
            )
        elif request.result:
            ours, theirs = request.result.ours, request.result.theirs
            st.markdown(
                f"Ours took **{_seconds(ours)}**, keras_cv **{_seconds(theirs)}**: "
                f"{theirs / ours:.1f} times as long."
            )
            label = "Render again"
        else:
            st.error(escaped(request.problem))
            label = "Try again"
        st.button(
            label,
            type="secondary" if label == "Render again" else "primary",
            icon=":material/compare:",
            key="render with keras_cv",
            on_click=asked.submit,
            help="keras_cv draws anew each time.",
        )


def _times(result: Comparison, size: int) -> None:
    """Show what the times include."""
    once = {"loading TensorFlow": result.starting, "building the layers": result.building}
    spent = " and ".join(
        f"{_seconds(seconds)} of {what}" for what, seconds in once.items() if seconds
    )
    not_included = f" Not included: {spent}, which are needed once." if spent else ""
    pictures = f"{counted(result.count, 'picture')} of {size} px"
    st.caption(
        f"Measured now on the processor of this server: drawing and rendering {pictures}, the fastest "
        "of up to five runs, ours on one core, keras_cv on any number. Larger batches, or other work "
        f"on the server, give another ratio.{not_included}"
    )


def _differences(recipe: Recipe) -> None:
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    st.subheader("Known differences", anchor=False)
    for step, sentence in kerascv.differences(recipe):
        st.markdown(f"**{escaped(titles[step])}.** {escaped(sentence)}")
    st.caption(
        "The draws of keras_cv cannot be repeated: it makes other pictures each time, which differ from "
        "ours by chance even where both do the same. It does not report what it drew."
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
