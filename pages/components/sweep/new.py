"""The form of a new sweep: what to vary, the settings of the trainings, and what that takes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import AugmentError, DataError, runs
from augment.cli.train import command_line
from augment.models import MODELS
from augment.runs import Run, sweep
from augment.runs.config import RunConfig
from augment.runs.queue import Order, new_id
from augment.runs.sweep import Varied
from augment.system.units import counted
from augment.train import forecast
from augment.train.forecast import Forecast
from pages.components.data.prepare import prepare_offer
from pages.components.recipe.summary import recipe_of_explore
from pages.components.runs.expected import queue_sentence, warnings_of
from pages.components.runs.form import Form, training_form
from pages.components.session import person
from pages.components.session.text import escaped
from pages.components.sweep.values import seeds_control, values_control

_ID = "id of the next sweep"


def new_sweep(listed: Sequence[Run]) -> str:
    """Show the form of a sweep, and return the id of the one that was started; empty before that.

    Args:
        listed: The runs of this machine.
    """
    notes = st.container()
    recipe = recipe_of_explore()
    if not any(step.enabled for step in recipe.steps):
        st.info("There is nothing to vary: no step of the recipe is on.")
        return ""
    problem, over = "", list[Varied]()
    with st.container(border=True):
        st.subheader("What to vary", anchor=False)
        with st.grid(2, min_column_width=260):
            try:
                over = values_control(recipe)
            except AugmentError as error:
                problem = str(error)
            seeds = seeds_control(over)
            with_nothing = st.checkbox(
                "Train without augmentation too",
                value=True,
                key="sweep with nothing",
                persist_state="session",
                help="With the same seeds, to learn whether the best cell is better than nothing.",
            )
        if problem:
            st.error(escaped(problem))
        elif shown := [_units(each) for each in over if each.param.unit in ("turn", "share")]:
            st.caption(escaped("; ".join(shown)))
    settings = st.expander("Data and training", icon=":material/tune:", key="sweep training")
    try:
        with settings:
            form = training_form(notes)
    except DataError as error:
        st.error(escaped(error))
        return ""
    if form.prepared is None:
        prepare_offer(form.source, form.config["size"], form.config["fit"])
        return ""
    if problem:
        return ""
    try:
        config = form.run_config(recipe)
        sweep.check_data(form.prepared)
        # The same until its runs are there, so that a double click starts one sweep.
        sweep_id = st.session_state.setdefault(_ID, new_id("sweep"))
        orders = sweep.orders(
            config,
            over,
            seeds,
            sweep_id=sweep_id,
            owner=person.current().owner,
            with_nothing=with_nothing,
        )
        with st.container(border=True):
            st.subheader("What will happen", anchor=False)
            _what_will_happen(config, form, orders, seeds, with_nothing, listed)
    except AugmentError as error:
        st.error(escaped(error))
        return ""
    started = st.button(
        "Start the sweep", type="primary", icon=":material/play_arrow:", key="start sweep"
    )
    st.caption("The same on the command line:")
    words = [word for each in over for word in ("--over", _option(each))]
    extra = ["--with-nothing"] if with_nothing else []
    command = ["sweep", *words, "--seeds", str(seeds), *extra]
    st.code(command_line(config, form.preset, command), language="sh", wrap_lines=True)
    if not started:
        if any(run.sweep == sweep_id for run in listed):
            del st.session_state[_ID]
        return ""
    try:
        runs.submit_all(orders, limit=person.current().most_queued)
    except AugmentError as error:
        st.error(escaped(error))
        return ""
    return str((orders[0].sweep or {})["id"])


def _what_will_happen(
    config: RunConfig,
    form: Form,
    orders: Sequence[Order],
    seeds: int,
    with_nothing: bool,
    listed: Sequence[Run],
) -> None:
    assert form.prepared is not None
    expected = forecast.forecast(config, form.prepared)
    cells = len(orders) // seeds - with_nothing
    total = expected.about(forecast.several_s(expected, len(orders)))
    nothing = f", and {counted(seeds, 'run')} without augmentation" if with_nothing else ""
    st.markdown(
        f"**{counted(len(orders), 'run')}, {escaped(total)} in all**: {counted(cells, 'cell')} with "
        f"{counted(seeds, 'seed')} each{escaped(nothing)}."
    )
    facts = [
        f"Each: {MODELS[config.model].title}, {form.source.title}, {config.size} px, "
        f"{counted(config.epochs, 'epoch')}. Change that under Data and training.",
        _order(expected, len(orders) // seeds, seeds),
        "No cell is ended early, because strong augmentation starts slowly. Cells are compared by their "
        "best validation accuracy; test pictures are not used.",
        f"A sweep may have {sweep.MOST_RUNS} runs. You can stop it, resume it and add values and seeds "
        "later.",
    ]
    st.markdown("\n".join(f"- {escaped(fact)}" for fact in facts))
    if sentence := queue_sentence(listed):
        st.markdown(escaped(sentence))
    warnings = list(warnings_of(config, form.prepared, expected))
    limit = person.current().most_queued
    if limit is not None and len(orders) > limit:
        warnings.insert(
            0,
            f"This cannot be started: on this server one person may have {limit} runs in the queue at a "
            "time. Take fewer values or seeds and add the others later.",
        )
    for warning in warnings:
        st.caption(f":material/info: {escaped(warning)}")


def _order(expected: Forecast, cells: int, seeds: int) -> str:
    again = expected.about(forecast.several_s(expected, 2) - forecast.several_s(expected, 1))
    text = (
        f"The first run takes {expected.about(expected.total_s)}, each further one {again}, because "
        f"they share a process ({expected.basis})."
    )
    if seeds == 1:
        return text
    first = expected.about(forecast.several_s(expected, cells))
    return f"{text} All cells have their first figure after {first}, then come the other seeds."


def _units(each: Varied) -> str:
    return f"{each.title}: {', '.join(each.param.format(value) for value in each.values)}"


def _option(each: Varied) -> str:
    values = (f"{value:g}" if isinstance(value, float) else str(value) for value in each.values)
    return f"{each.key}={','.join(values)}"
