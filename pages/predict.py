"""Predict: what the model of a run says of a picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment import AugmentError, Recipe, data, runs
from augment.data.source import TRAIN
from augment.errors import RunError
from augment.predict import views
from augment.predict.aggregate import MEAN
from augment.predict.runs import ModelFacts, model_facts, with_models
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files
from augment.system.units import counted
from pages.components.predict import answers as answering
from pages.components.predict import choice, requests
from pages.components.predict.answers import NEIGHBOURS, answers, nearest, picture_control, views_of
from pages.components.predict.pictures import Inputs, pictures_control
from pages.components.predict.requests import Request, ask, shown
from pages.components.runs.predicted import chance_of, prepared_of, stamps
from pages.components.runs.saved import evaluation_of
from pages.components.session import address_notes, workbench
from pages.components.session.text import escaped


def page() -> None:
    """Show the choice of a run, of pictures and of views, and what the model says."""
    listed = runs.list_shared()
    run = choice.run_control(listed)
    if run is None:
        choice.expect_no_more()
        if not with_models(listed):
            no_models()
        return
    try:
        facts = model_facts(run)
    except RunError as error:
        choice.expect_no_more()
        st.error(escaped(error))
        return
    about(run, facts)
    pictures = pictures_control(choice.source_control(), run, facts)
    answer, settings, closely = st.container(), st.container(), st.container()
    with settings:
        recipe = choice.recipe_control(run)
        count, seed, method = choice.views_control() if recipe else (1, 0, MEAN)
    if pictures is None:
        return
    subject = (run.id, stamps(run), pictures.digest)
    with answer:
        place = st.container()
        logs = plain_answer(subject, run, pictures)
        if logs is None:
            return
        request = None
        if recipe and count > 1:
            request = answer_by_views(subject, run, pictures, recipe, count, seed)
            if request.result is not None:
                logs = request.result.reshape(count, len(pictures.ids), -1)
    with place:
        answers(pictures, facts, logs, method)
    if request and request.is_waiting:
        return
    with closely:
        row = picture_control(pictures)
        if recipe and len(logs) > 1:
            views_of(pictures, row, recipe, seed, logs, facts, method)
        nearest_pictures(subject, run, pictures, row)


def no_models() -> None:
    """Say how one gets a model."""
    st.info(
        "There is no trained model yet. Start a training: it has a model as soon as its first epoch is "
        "evaluated."
    )
    st.page_link("train.py", label="Start a training", icon=":material/play_circle:")


def about(run: Run, facts: ModelFacts) -> None:
    """Show what the model was trained on and how good it is, with a link to its run."""
    texts = []
    if run.config:
        texts.append(data.source(run.config.data).title)
    texts += [f"{facts.size} px", counted(len(facts.class_names), "class", "classes")]
    found = evaluation_of(run)
    accuracy = found.get("accuracy")
    if isinstance(accuracy, float):
        chance = chance_of(run, found)
        guess = f" (guessing: {chance:.1%})" if chance else ""
        texts.append(f"right in {accuracy:.1%} of the {found.get('split')} pictures{guess}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escaped(f"{', '.join(texts)}."))
        st.page_link(
            "runs.py",
            label="See the run",
            icon=":material/monitoring:",
            query_params={"run": run.id},
        )
    if facts.note:
        st.caption(escaped(facts.note))


def plain_answer(subject: object, run: Run, pictures: Inputs) -> np.ndarray | None:
    """Return what the model says of the pictures as they are, float32 (1, N, K), once it is known."""
    request = ask(requests.PLAIN, subject, "predict", lambda: (run.id, pictures.images))
    logs = shown(request)
    return None if logs is None else logs[None]


def answer_by_views(
    subject: object, run: Run, pictures: Inputs, recipe: Recipe, count: int, seed: int
) -> Request:
    """Return the request for what the model says of each view, float32 (V * N, K)."""

    def arguments() -> tuple[str, np.ndarray]:
        made = views.views(recipe, pictures.images, pictures.ids, count=count, seed=seed)
        return run.id, made.reshape(-1, *made.shape[2:])

    request = ask(requests.VIEWS, (subject, recipe, count, seed), "predict", arguments)
    shown(request)
    return request


def nearest_pictures(subject: object, run: Run, pictures: Inputs, row: int) -> None:
    """Show the training pictures that are nearest to one picture, on request where that takes long."""
    try:
        if run.config is None:
            return
        count = len(prepared_of(run).split(TRAIN).ids)
    except AugmentError as error:
        st.subheader("Nearest training pictures", anchor=False)
        st.info(escaped(f"There are none to show. {error}"))
        return
    wanted = f"predict nearest of {run.id}"
    is_known = files.exists(RunFolder(run.path).features)
    if count > answering.SEARCHED_AT_ONCE and not is_known and not st.session_state.get(wanted):
        st.subheader("Nearest training pictures", anchor=False)
        st.markdown(
            f"The {count:,} training pictures are turned into features first, which takes a while, once."
        )
        st.button(
            "Find the nearest ones",
            icon=":material/search:",
            key="predict find nearest",
            on_click=st.session_state.__setitem__,
            args=(wanted, True),
        )
        return
    request = ask(
        requests.NEAREST,
        subject,
        "nearest",
        lambda: (run.id, pictures.images, min(NEIGHBOURS, count)),
    )
    found = shown(request)
    if found is not None:
        nearest(
            found["ids"][row],
            found["similarity"][row],
            int(found["searched"]),
            int(found["of"]),
            run.config,
        )


address_notes.expect(workbench.PARAMETER)
workbench.adopt_address()
choice.adopt_address()
st.title("Predict", anchor=False)
st.caption("Ask a trained model about a picture.")
notes = st.container()
if workbench.problem():
    st.error(escaped(workbench.problem()))
try:
    page()
except AugmentError as error:
    st.error(escaped(error))
choice.write_address()
with notes:
    address_notes.show()
