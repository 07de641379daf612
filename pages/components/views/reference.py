"""The same pictures by this package and by keras_cv's own layers, ready to be shown.

What somebody asked of keras_cv: on its way, or what came of it.

It takes seconds, so it is asked in a thread that knows nothing of the page. What was asked, and what
came of it, is in the session, and belongs to one recipe, seed, epoch and set of pictures.

The recipe by keras_cv's own layers, beside ours, when somebody asks for it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from augment import AugmentError, Recipe, kerascv, registry
from augment.helper import Job
from augment.kerascv import Reference, timed
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, image_grid
from pages.components.pictures import tile
from pages.components.pictures.chosen import Shown
from pages.components.session import workbench
from pages.components.session.words import count, escaped
from pages.components.views import grid
from pages.components.views.grid import augmented

OURS, THEIRS = "ours", "keras_cv"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What both made of the same pictures, and how long it took.

    Attributes:
        tiles: Two a picture, ours first.
        before_of: For each tile the number of its picture.
        sheet: `contact_sheet` of the pictures of the tiles.
        count: How many pictures there are.
        ours: Seconds of drawing and rendering by this package, warm, at its fastest.
        theirs: Seconds of keras_cv's layers, likewise.
        starting: Seconds of loading TensorFlow; 0 where it was there.
        building: Seconds of making the layers; 0 where they were there.
    """

    tiles: tuple[Tile, ...]
    before_of: tuple[int, ...]
    sheet: bytes
    count: int
    ours: float
    theirs: float
    starting: float
    building: float


def pair(shown: Shown, recipe: Recipe, reference: Reference, *, seed: int, epoch: int) -> Pair:
    """Return the pictures by both, ours rendered and timed here and now.

    Args:
        shown: The pictures as they are.
        recipe: What happens to them.
        reference: The same recipe and pictures by keras_cv.
        seed: What ours are drawn from.
        epoch: What ours are drawn for.
    """
    again = partial(augmented, shown, recipe, seed=seed, epoch=epoch)
    again()
    (plan, batch), seconds = timed(again)
    count = len(shown.names)
    tiles = []
    for n, name in enumerate(shown.names):
        label = None if batch.labels is None else batch.labels[n]
        own = tile.tile(name, plan.rows[n], label, shown.class_names, others=shown.names)
        changed = bool((reference.images[n] != shown.images[n]).any())
        tiles += [
            dataclasses.replace(own, name=f"{OURS}: {name}"),
            Tile(
                name=f"{THEIRS}: {name}",
                captions=("changed",) if changed else (),
                shares=tile.mixed_shares(reference.labels[n], shown.class_names),
            ),
        ]
    both = np.stack([batch.images, reference.images], axis=1)
    return Pair(
        tiles=tuple(tiles),
        before_of=tuple(n for n in range(count) for _ in range(2)),
        sheet=contact_sheet(both.reshape(2 * count, *both.shape[2:])),
        count=count,
        ours=seconds,
        theirs=reference.seconds,
        starting=reference.starting,
        building=reference.building,
    )


HELD = "reference"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is rendered; a result is shown for nothing else."""

    recipe: Recipe
    seed: int
    epoch: int
    pictures: str


@dataclass(kw_only=True)
class Held:
    """What somebody asked for: on its way, then refused or made into a pair."""

    subject: Subject
    asked: Job[Reference] | None = None
    problem: str = ""
    pair: Pair | None = None


def subject_of(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> Subject:
    """Return what is to be rendered."""
    parts = (shown.sheet, shown.labels.tobytes(), shown.ids.tobytes())
    name = hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()
    return Subject(recipe=recipe, seed=seed, epoch=epoch, pictures=name)


def settled(shown: Shown, wanted: Subject) -> Held | None:
    """Return what somebody asked for, with what has become of it by now."""
    held: Held | None = st.session_state.get(HELD)
    if held is None or held.asked is None:
        return held
    if held.subject != wanted and (held.asked.done() or held.asked.ahead):
        # Who presses and goes on tuning wants to see what is on the screen by then.
        return ask(shown, wanted)
    if held.asked.done():
        asked, held.asked = held.asked, None
        try:
            reference = asked.result()
            held.pair = pair(shown, wanted.recipe, reference, seed=wanted.seed, epoch=wanted.epoch)
        except AugmentError as error:
            held.problem = str(error)
    return held


def ask(shown: Shown, wanted: Subject) -> Held:
    """Ask for the pictures, in place of what was asked for before."""
    held: Held | None = st.session_state.get(HELD)
    if held and held.asked:
        if held.subject == wanted:
            return held  # a second click, on its way before the first was answered
        held.asked.cancel()
    held = Held(subject=wanted)
    try:
        held.asked = kerascv.ask(wanted.recipe, shown.images, shown.labels)
    except AugmentError as error:
        held.problem = str(error)
    st.session_state[HELD] = held
    return held


def stop() -> None:
    """Wait for nothing any more."""
    held: Held | None = st.session_state.pop(HELD, None)
    if held and held.asked:
        held.asked.cancel()
    st.rerun(workbench.STAGE)


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
    subject = subject_of(shown, recipe, seed=seed, epoch=epoch)
    held = settled(shown, subject)
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


def _progress(asked: Job[Reference], is_current: bool) -> None:
    """Say what is going on, and bring the result once it is there."""
    if asked.done():
        st.rerun()
    ahead = asked.ahead
    doing = f"Waiting for {count(ahead, 'other request')}" if ahead else _DOING[asked.stage]
    later = "" if is_current else " What you changed meanwhile comes right after."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/hourglass_top: {doing}. {asked.seconds:.0f} s so far.{later}")
        st.button("Stop waiting", key="stop reference", on_click=stop)


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
            on_click=ask,
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
