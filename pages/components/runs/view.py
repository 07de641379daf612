"""One run: its progress, its curves, its log, and its configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from augment import RunError, runs
from augment.runs import Run
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder, size_of
from augment.runs.run import LOCAL, QUEUED
from augment.runs.stages import head_epochs
from augment.runs.words import place
from augment.system import files
from augment.system.units import age, duration, megabytes
from pages.components.recipe.summary import recipe_summary
from pages.components.runs.deletion import delete_popover
from pages.components.runs.label import label_popover
from pages.components.runs.links import explore_link, predict_link, train_link
from pages.components.runs.list import COLOURS, ICONS
from pages.components.runs.predicted import chance_of
from pages.components.runs.results import curves, figures, is_validated
from pages.components.runs.resume import resume_button, start_queue_button
from pages.components.runs.saved import evaluation_of, model_note
from pages.components.runs.seeds import seeds
from pages.components.runs.settings import settings
from pages.components.session import notice, person
from pages.components.session.text import escaped, heading

_TAIL = 15
"""Lines of the log of a run that goes on."""


def run_view(run: Run, listed: Sequence[Run]) -> None:
    """Show the current state of a run, which is one of those listed."""
    with st.container(horizontal=True, vertical_alignment="center"):
        heading(run.title)
        st.badge(run.state.lower(), icon=ICONS[run.state], color=COLOURS[run.state])
    st.caption(_about(run))
    if run.note:
        st.markdown(escaped(run.note))
    with st.container(horizontal=True, vertical_alignment="center", key="run actions"):
        if not run.is_over and person.current().may_change(run):
            _cancel(run)
        resume_button(run)
        label_popover(run)
        if run.config:
            train_link(
                run.config,
                label="Clone and edit",
                icon=":material/content_copy:",
                help="Opens Train with the recipe and all settings of this run.",
            )
            explore_link(run.config, label="Open this recipe in Explore")
        if files.exists(RunFolder(run.path).best):
            predict_link(run.id)
        delete_popover([run], key=run.id)
    can_change = not run.is_over or runs.can_resume(run)
    if can_change and (why_not := person.current().why_not(run)):
        st.caption(f":material/lock: {escaped(why_not)}")
    if run.problem:
        st.warning(escaped(run.problem))
    if run.reason:
        st.error(escaped(run.reason))
    try:
        seeds(run, listed)
        _progress(run)
    except RunError as error:
        st.warning(escaped(error))
    if run.config:
        _configuration(run, run.config)
    _log(run)


def _about(run: Run) -> str:
    """Return what stands below the name of a run, as Markdown."""
    # A run without a name has its id as the heading.
    about = [run.id] if run.title != run.id else []
    about += [f"submitted {age(run.created)}"] if run.created else []
    about += [place(run)] if run.engine != LOCAL and run.state != QUEUED else []
    about.append(megabytes(size_of(run.path)))
    tags = "".join(f" :gray-badge[{escaped(tag)}]" for tag in run.tags)
    return f"{escaped(', '.join(about))}{tags}"


def _log(run: Run) -> None:
    """Show the log on request: while the run goes on its last lines, then all that is read of it."""
    log = st.expander("Log", icon=":material/notes:", key=f"log {run.id}", on_change="rerun")
    if not log.open:
        return
    try:
        text = run.log() if run.is_over else run.log(tail=_TAIL)
        # A box with a height shows the beginning of a text, and would return to it at each poll.
        height: int | Literal["content"] = 320 if run.is_over else "content"
        log.code(text or "The log is empty.", language=None, height=height, wrap_lines=True)
    except RunError as error:
        log.warning(escaped(error))


def _progress(run: Run) -> None:
    steps, epochs = run.steps(), run.epochs()
    st.markdown(escaped(_phase(run)))
    start_queue_button([run])
    if run.state == runs.RUNNING:
        st.progress(run.progress)
    validated = is_validated(run, epochs)
    chance = chance_of(run, evaluation_of(run))
    if epochs:
        figures(epochs, chance)
    if note := model_note(run):
        st.caption(escaped(note))
    if steps or epochs:
        curves(
            steps,
            epochs,
            planned=run.config.epochs if run.config else len(epochs),
            heads=head_epochs(run.config) if run.config else 0,
            chance=chance,
            validated=validated,
            key=run.id,
        )
    if run.config and not validated:
        st.caption(
            "There is no validation split to select a model, so the last one is kept. If there is a "
            "test split, the model is evaluated on it once, at the end."
        )


def _phase(run: Run) -> str:
    phase = run.phase[:1].upper() + run.phase[1:]
    left = run.seconds_left()
    return f"{phase}; about {duration(left)} left." if left else f"{phase}."


def _cancel(run: Run) -> None:
    where, folder = f"cancel {run.id}", RunFolder(run.path)
    with st.popover("Cancel", icon=":material/stop_circle:", key=f"ask {run.id}"):
        if run.state == runs.RUNNING:
            st.markdown(
                "The training ends after this step, and its best model so far is evaluated."
            )
            if st.button("Stop and keep the best so far", key=f"stop {run.id}"):
                _ask(run.stop, where)
        st.markdown("The run ends at once. Its curves and its log so far are kept.")
        if st.button("Cancel this run", type="primary", key=where):
            _ask(run.cancel, where)
        if files.exists(folder.cancel) or files.exists(folder.stop):
            st.markdown("The run ends shortly.")
        notice.show(where)


def _ask(end: Callable[[], None], where: str) -> None:
    notice.keep(where)
    try:
        end()
    except RunError as error:
        notice.keep(where, str(error))


def _configuration(run: Run, config: RunConfig) -> None:
    with st.expander("Recipe and settings", icon=":material/tune:"):
        recipe_summary(config.recipe)
        st.table({name: escaped(value) for name, value in settings(run, config).items()})
