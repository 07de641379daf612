"""The pictures that a model is asked about: uploaded, taken with a camera, or examples of its data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import AugmentError
from augment.data import uploads
from augment.data.source import TEST, VALIDATION
from augment.data.uploads import Uploaded
from augment.engine.samples import Images
from augment.predict.runs import ModelFacts
from augment.runs import Run
from augment.system.units import counted
from pages.components.pictures import own_pictures
from pages.components.predict.choice import CAMERA, EXAMPLES
from pages.components.runs.predicted import prepared_of
from pages.components.session import hosts
from pages.components.session.text import escaped

MOST = 8
"""How many pictures are asked about at once: with their views they are one request to the helper."""
SHOWN_EXAMPLES = 4
_CAMERA_PX = 480
_NAME = "predict"
_ANY_CLASS = -1
_TURN = "predict examples turned"
_SHOT = "predict shot"

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Pictures that a model is asked about.

    Attributes:
        images: uint8 (N, S, S, 3), RGB, at the size of the model.
        ids: int64 (N,), by which their views are drawn.
        names: What each is called; the text of a user.
        labels: The class of each, where it is known.
    """

    images: Images
    ids: Ints
    names: tuple[str, ...]
    labels: tuple[int, ...] | None = None

    @property
    def digest(self) -> str:
        """A digest of the pictures."""
        parts = (self.ids.tobytes(), np.ascontiguousarray(self.images).data)
        return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


def pictures_control(source: str, run: Run, facts: ModelFacts) -> Inputs | None:
    """Show where pictures of a kind are given, and return them; None while there are none.

    Args:
        source: One of `choice.SOURCES`.
        run: The run whose model is asked.
        facts: What is known of the model.
    """
    if source == EXAMPLES:
        return _examples(run, facts)
    if source == CAMERA:
        return _taken(facts)
    own = own_pictures.upload(facts.size, fit=facts.fit, name=_NAME)
    if len(own) > MOST:
        st.caption(
            f"The first {MOST} of the {counted(len(own), 'picture')} are used. Remove some to ask about "
            "the others."
        )
    return _of(own)


def camera_is_allowed(url: str | None) -> bool:
    """Return whether a browser lets a page of this address use a camera: over TLS, or on its own machine.

    Args:
        url: The address of the page; None where it is not known.
    """
    parts = urlsplit(url or "https:")
    name = parts.hostname or ""
    is_local = hosts.is_loopback(name) or name.endswith(".localhost")
    return parts.scheme == "https" or is_local


def _of(own: Uploaded) -> Inputs | None:
    if not len(own):
        st.caption("Pictures stay in the server's memory, for this browser tab only.")
        return None
    return Inputs(images=own.pictures[:MOST], ids=own.ids[:MOST], names=own.names[:MOST])


def _taken(facts: ModelFacts) -> Inputs | None:
    if not camera_is_allowed(st.context.url):
        st.info(
            "Browsers let only pages with https:// or on localhost use a camera. Choose *Upload*: a "
            "phone then offers to take a photograph."
        )
        return None
    shot = st.camera_input(
        "Take a picture", key="predict camera", label_visibility="collapsed", width=_CAMERA_PX
    )
    if shot is None:
        return _of(uploads.take([], facts.size))
    key = (shot.file_id, facts.size, facts.fit)
    known: tuple[object, Uploaded] | None = st.session_state.get(_SHOT)
    if known is None or known[0] != key:
        photograph = ("photograph.jpg", shot.getvalue())
        known = (key, uploads.take([photograph], facts.size, fit=facts.fit))
        st.session_state[_SHOT] = known
    taken = known[1]
    for problem in taken.problems:
        st.warning(escaped(problem))
    return _of(taken)


def _examples(run: Run, facts: ModelFacts) -> Inputs | None:
    """Show the choice among the pictures that did not train the model, and return some."""
    try:
        prepared = prepared_of(run)
    except AugmentError as error:
        st.info(
            escaped(f"There are no examples, because the data of this run cannot be used. {error}")
        )
        return None
    if prepared.class_names != facts.class_names:
        st.info("There are no examples, because the data of this run have other classes by now.")
        return None
    name = VALIDATION if VALIDATION in prepared.splits else TEST
    if name not in prepared.splits:
        st.info("The data of this run have no pictures that were not used for training.")
        return None
    split = prepared.split(name)
    names = {_ANY_CLASS: "Any class"} | dict(enumerate(facts.class_names))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Class",
            list(names),
            format_func=names.__getitem__,
            key="predict class",
            on_change=_turn,
            args=(0,),
            width=260,
        )
        turn: int = st.session_state.get(_TURN, 0)
        st.button(
            "Others", icon=":material/casino:", on_click=_turn, args=(turn + 1,), key="predict turn"
        )
    rows = np.random.default_rng(0).permutation(len(split.ids))
    if label != _ANY_CLASS:
        rows = rows[split.labels[rows] == label]
    if not len(rows):
        st.info(escaped(f"The {name} pictures have none of this class."))
        return None
    turns = -(-len(rows) // SHOWN_EXAMPLES)
    first = turn % turns * SHOWN_EXAMPLES
    chosen = rows[first : first + SHOWN_EXAMPLES]
    text = (
        f"{counted(len(chosen), 'picture')} of the {len(rows):,} {name} pictures, none of which the "
        "model was trained on."
    )
    st.caption(escaped(text))
    labels = tuple(split.labels[chosen].tolist())
    return Inputs(
        images=np.ascontiguousarray(split.images[chosen]),
        ids=split.ids[chosen],
        names=tuple(facts.class_names[one] for one in labels),
        labels=labels,
    )


def _turn(turn: int) -> None:
    st.session_state[_TURN] = turn
