"""What a trained model says of the pictures of the grid, as they are and after the recipe, on request.

While the box is closed, nothing is computed. The helper process serves everybody, so it is asked when the
user wants it, and not again with each slider; an answer belongs to one recipe, seed, epoch and set of
pictures. The web server loads no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import AugmentError, DataError, Recipe, RunError, helper, runs
from augment.data import samples
from augment.data.source import TRAIN
from augment.engine.samples import Images
from augment.helper import Job
from augment.inspect.sheet import mixed_shares
from augment.predict.runs import ModelFacts, model_facts, told_apart, with_models
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.pictures.picture_choice import PictureChoice, Pictures
from pages.components.session.text import escaped
from pages.components.session.waiting import wait_for
from pages.components.views import grid
from pages.components.views.keras_cv import Subject

LABEL = "Ask a model"
PREDICT = "predict"
"""The task of the helper process; it changes no run, so everybody may ask."""
REQUEST = "model request"
_CARD_REM = 15.0


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a model says of one picture.

    Attributes:
        name: The likeliest class.
        probability: Its probability.
        right: Whether it is a class of the picture; for a mixed one any of those that it is mixed of.
    """

    name: str
    probability: float
    right: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """The pictures that a model is asked about, N before the recipe and the same N after it.

    Attributes:
        images: uint8 (2N, S, S, 3), those before first, at the size of the model.
        names: The names of the N pictures.
        classes: For each of the N pictures its class, or the classes and shares that it is mixed of
            after the recipe.
        facts: The model.
        note: How the pictures got the size of the model, in a sentence; empty if they had it.
    """

    images: Images
    names: tuple[str, ...]
    classes: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    facts: ModelFacts
    note: str


@dataclass(kw_only=True)
class Request:
    """A request of the user: running while it has a job, then failed or with what the model says."""

    subject: Subject
    run_id: str
    inputs: Inputs | None = None
    job: Job[Any] | None = None
    problem: str = ""
    predictions: Sequence[Prediction] = ()


def show(
    pictures: Pictures, choice: PictureChoice, recipe: Recipe, *, seed: int, epoch: int
) -> None:
    """Show the box, and in it, once it is open, the choice of the model and what that says."""
    box = st.expander(LABEL, icon=":material/psychology:", key="ask a model", on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            _open_box(pictures, choice, recipe, seed, epoch)
        except RunError as error:
            st.error(escaped(error))


def _open_box(
    pictures: Pictures, choice: PictureChoice, recipe: Recipe, seed: int, epoch: int
) -> None:
    st.markdown("Does it still know them after this recipe?")
    if choice.own is not None:
        st.info(
            "Your own pictures have no classes that a model could name rightly. The page Predict asks a "
            "model about them."
        )
        return
    known = _models(pictures.class_names, choice.source.name)
    if not known:
        st.info(
            "There is no finished run whose model knows these classes yet. Train one on these pictures "
            "first."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox(
            "Model of the run",
            list(known),
            format_func=told_apart({one: facts.title for one, facts in known.items()}).__getitem__,
            key="asked model",
            width=420,
        )
        button = st.container(width="content")
    subject = Subject.of(pictures, recipe, seed=seed, epoch=epoch)
    request = _current_request()
    if request and request.job:
        wait_for(request.job)
        return
    is_current = request is not None and (request.subject, request.run_id) == (subject, run_id)
    button.button(
        "Ask again" if request else "Ask",
        type="secondary" if is_current else "primary",
        icon=":material/psychology:",
        key="ask the model",
        on_click=submit,
        args=(pictures, choice, subject, known[run_id]),
    )
    if request is None:
        st.caption(
            "The model is asked about the pictures as they are and as they are after the recipe, "
            f"{counted(2 * len(pictures.ids), 'picture')} in all."
        )
    elif request.problem:
        st.error(escaped(request.problem))
    elif is_current:
        _answer(request, choice)
    else:
        st.caption(
            escaped(
                "The recipe, the draws, the pictures or the model have changed since: before, "
                f"{_summary(request, 'knew')}"
            )
        )


def submit(pictures: Pictures, choice: PictureChoice, subject: Subject, facts: ModelFacts) -> None:
    """Ask a model about pictures before and after a recipe, unless it is being asked."""
    request = _stored()
    if request and request.job and not request.job.done():
        return  # a second click, sent before the first was answered
    request = Request(subject=subject, run_id=facts.run_id)
    try:
        request.inputs = inputs_of(
            pictures, choice, subject.recipe, facts, seed=subject.seed, epoch=subject.epoch
        )
        request.job = helper.HELPER.submit(PREDICT, facts.run_id, request.inputs.images)
    except AugmentError as error:
        request.problem = str(error)
    st.session_state[REQUEST] = request


def inputs_of(
    pictures: Pictures,
    choice: PictureChoice,
    recipe: Recipe,
    facts: ModelFacts,
    *,
    seed: int,
    epoch: int,
) -> Inputs:
    """Return the pictures at the size of a model, before and after a recipe with the same draws."""
    sized, note = at_size(pictures, choice, facts)
    _, batch = grid.augmented(sized, recipe, seed=seed, epoch=epoch)
    labels = pictures.labels if batch.labels is None else batch.labels
    names = pictures.class_names
    own = pictures.labels.argmax(axis=1).tolist()
    return Inputs(
        images=np.concatenate([sized.images, batch.images]),
        names=pictures.names,
        classes=tuple(
            (names[label], mixed_shares(row, names)) for label, row in zip(own, labels, strict=True)
        ),
        facts=facts,
        note=note,
    )


def at_size(pictures: Pictures, choice: PictureChoice, facts: ModelFacts) -> tuple[Pictures, str]:
    """Return pictures as a model takes them, and how they came to that in a sentence, if they were not.

    They are those of the prepared data at the size of the model, where there are some; otherwise those of
    the page, resized.
    """
    if (facts.size, facts.fit) == (pictures.size, choice.fit):
        return pictures, ""
    try:
        found = samples.of_split(
            choice.source.name,
            split=choice.split,
            size=facts.size,
            fit=facts.fit,
            ids=pictures.ids.tolist(),
        )
    except DataError:
        images = np.stack(
            [
                cv2.resize(image, (facts.size, facts.size), interpolation=cv2.INTER_AREA)
                for image in pictures.images
            ]
        )
        return replace(pictures, images=images, sheet=b""), (
            f"The model takes pictures of {facts.size} px ({facts.fit}), at which these data are not "
            f"prepared: those of {pictures.size} px were resized, so it may know them less well than its "
            "own."
        )
    return replace(pictures, images=found.images, sheet=b""), (
        f"The model takes pictures of {facts.size} px ({facts.fit}): these are the same pictures at that "
        "size, with the same draws of the recipe."
    )


def predictions_of(logs: npt.NDArray[np.float32], inputs: Inputs) -> list[Prediction]:
    """Return what a model says of each picture, those before first.

    Args:
        logs: float32 (2N, K), natural logarithms of probabilities; a row of NaN predicts nothing.
        inputs: The pictures.
    """
    found = []
    for row, log in enumerate(logs):
        own, shares = inputs.classes[row % len(inputs.names)]
        is_after = row >= len(inputs.names)
        allowed = {name for name, _ in shares} if is_after and shares else {own}
        if np.isnan(log).any():
            found.append(Prediction(name="nothing", probability=0.0, right=False))
            continue
        best = int(log.argmax())
        name = inputs.facts.class_names[best]
        found.append(
            Prediction(name=name, probability=float(np.exp(log[best])), right=name in allowed)
        )
    return found


def _models(class_names: Sequence[str], source: str) -> dict[str, ModelFacts]:
    """Return the models that know these classes by their runs' ids, those of the same data first."""
    listed = [run for run in with_models(runs.list_shared()) if run.is_over]
    listed.sort(key=lambda run: run.config is None or run.config.data != source)
    found = {}
    for run in listed:
        facts = _facts(run)
        if facts and set(class_names) <= set(facts.class_names):
            found[run.id] = facts
    return found


def _facts(run: Run) -> ModelFacts | None:
    folder = RunFolder(run.path)
    stamps = tuple(map(files.stamp, (folder.best, folder.evaluation, folder.label)))
    return _read_facts(run, run.id, stamps)


# Reading the classes of a thousand runs takes longer than a slider may wait.
@st.cache_resource(max_entries=2048, show_spinner=False)
def _read_facts(_run: Run, run_id: str, stamps: tuple[tuple[int, ...], ...]) -> ModelFacts | None:
    try:
        return model_facts(_run)
    except RunError:
        return None  # a run that cannot be asked is not offered; its own page says why


def _stored() -> Request | None:
    request: Request | None = st.session_state.get(REQUEST)
    return request


def _current_request() -> Request | None:
    """Return the request, with what the model says if it is finished by now."""
    request = _stored()
    if request and request.job and request.job.done():
        job, request.job = request.job, None
        assert request.inputs
        try:
            request.predictions = predictions_of(job.result(), request.inputs)
        except AugmentError as error:
            request.problem = str(error)
    return request


def _summary(request: Request, verb: str) -> str:
    """Return how many pictures the model knows before and after, as the end of a sentence."""
    count = len(request.predictions) // 2
    before, after = (
        sum(one.right for one in part)
        for part in (request.predictions[:count], request.predictions[count:])
    )
    return f"it {verb} {before} of {count} as they are, and {after} of {count} after the recipe."


def _answer(request: Request, choice: PictureChoice) -> None:
    inputs = request.inputs
    assert inputs
    count = len(inputs.names)
    st.markdown(f"**{escaped(_summary(request, 'knows').capitalize())}**")
    if inputs.note:
        st.caption(escaped(inputs.note))
    if choice.split == TRAIN:
        st.caption(
            "These are training pictures, and a model knows those that it learned from better than new "
            "ones: Choose pictures has other splits."
        )
    cards = []
    for row, (name, (_, shares)) in enumerate(zip(inputs.names, inputs.classes, strict=True)):
        before, after = request.predictions[row], request.predictions[count + row]
        mixed = ", ".join(f"{share:.0%} {other}" for other, share in shares)
        cards.append(
            Card(
                title=name,
                text=f"Mixed of {mixed}: right is any of them." if mixed else "",
                alts=(f"{name} before: {_worded(before)}", f"{name} after: {_worded(after)}"),
                captions=(f"Before: {_worded(before)}", f"After: {_worded(after)}"),
            )
        )
    both = np.stack([inputs.images[:count], inputs.images[count:]], axis=1)
    picture_cards(
        cards,
        both.reshape(2 * count, *both.shape[2:]),
        across=2,
        narrowest=_CARD_REM,
        key="model says",
    )


def _worded(one: Prediction) -> str:
    mark = "✓" if one.right else "✗"
    return f"{mark} {one.name}, {one.probability:.0%}"
