"""One run: how it goes, its curves, its log, and what it was asked to do."""

from __future__ import annotations

import streamlit as st

from augment import RunError, runs
from augment.runs import Run
from augment.train import RunConfig
from pages.components.pictures import chosen_data
from pages.components.pictures.size_control import offered
from pages.components.recipe.param_widget import in_words
from pages.components.recipe.words import recipe_lines
from pages.components.runs.charts import run_charts
from pages.components.runs.figures import figures, is_validated
from pages.components.runs.list import ICONS
from pages.components.session import address, workbench
from pages.components.session.words import ago, duration, escaped

COLOURS = {
    runs.QUEUED: "gray",
    runs.RUNNING: "blue",
    runs.SUCCEEDED: "green",
    runs.FAILED: "red",
    runs.CANCELLED: "orange",
    runs.LOST: "red",
}


def run_view(run: Run) -> None:
    """Show a run as it is at this moment."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(run.title), anchor=False, width="stretch")
        st.badge(run.state.lower(), icon=ICONS[run.state], color=COLOURS[run.state])
        if not run.is_over:
            _cancel(run)
    st.caption(escaped(f"{run.id}, submitted {ago(run.created)}" if run.created else run.id))
    if run.problem:
        st.warning(escaped(run.problem))
    if run.reason:
        st.error(escaped(run.reason))
    try:
        _progress(run)
    except RunError as error:
        st.warning(escaped(error))
    if run.config:
        _asked_for(run.config)
    log = st.expander("Log", icon=":material/notes:", key=f"log {run.id}", on_change="rerun")
    if log.open:
        log.code(run.log() or "Nothing has been logged yet.", language=None, height=320)
    if run.config:
        _to_explore(run.config)


def _progress(run: Run) -> None:
    steps, epochs = run.steps(), run.epochs()
    st.markdown(escaped(_sentence(run)))
    if run.config and run.state == runs.RUNNING:
        done = 0.0
        if steps:
            last = steps[-1]
            done = last["epoch"] - 1 + last["step"] / last["steps_per_epoch"]
        st.progress(min(done / run.config.epochs, 1.0))
    validated = is_validated(run, epochs)
    if epochs:
        figures(epochs, run.evaluation() or {})
    if steps or epochs:
        planned = run.config.epochs if run.config else len(epochs)
        run_charts(steps, epochs, planned=planned, validated=validated)
    if run.config and not validated:
        st.caption(
            "No pictures choose the model here, so the last one is kept. Where there are test pictures, "
            "they judge it once, at the end."
        )


def _sentence(run: Run) -> str:
    sentence = run.phase[:1].upper() + run.phase[1:]
    left = run.seconds_left()
    return f"{sentence}; about {duration(left)} left." if left else f"{sentence}."


def _cancel(run: Run) -> None:
    with st.popover("Cancel", icon=":material/stop_circle:", key=f"ask {run.id}"):
        st.markdown(
            "The training ends at once. What it wrote so far, its curves and its log, stays."
        )
        if st.button("Cancel this run", type="primary", key=f"cancel {run.id}"):
            try:
                run.cancel()
                st.markdown("Asked for. It ends in a moment.")
            except RunError as error:
                st.warning(escaped(error))


def _asked_for(config: RunConfig) -> None:
    with st.expander("Recipe and settings", icon=":material/tune:"):
        lines = recipe_lines(config.recipe) or ["No augmentation: every picture as it is."]
        st.markdown("\n".join(f"- {escaped(line)}" for line in lines))
        settings = config.to_dict()
        del settings["recipe"]
        st.table({in_words(name): escaped(value) for name, value in settings.items()})


def _to_explore(config: RunConfig) -> None:
    st.page_link(
        "explore.py",
        label="Open its recipe in Explore",
        icon=":material/filter_vintage:",
        query_params={
            workbench.PARAMETER: address.encode(config.recipe.to_json()),
            "seed": str(config.seed),
        }
        | ({"size": str(config.size)} if config.size in offered(config.data) else {})
        | chosen_data.link(config.data, config.fit, config.splits, config.split_seed),
    )
