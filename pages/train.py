"""Train: start a training with the recipe of the workbench."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, DataError, runs
from augment.cli.train import command_line
from augment.runs import Order
from augment.runs.config import RunConfig
from augment.train import forecast
from pages.components.data.other_sets import other_sets
from pages.components.data.prepare import prepare_offer
from pages.components.recipe.summary import recipe_of_explore
from pages.components.runs import does_it_help
from pages.components.runs.expected import how_long, warnings_of, what_will_happen
from pages.components.runs.first_batch import first_batch
from pages.components.runs.form import training_form
from pages.components.runs.orders import with_ids
from pages.components.session import address, address_notes, layout, person, workbench
from pages.components.session.text import escaped


def start(config: RunConfig) -> None:
    """Submit a run and go to it; an error is shown."""
    me = person.current()
    try:
        orders = with_ids([Order(config=config, owner=me.owner)])
        [run] = runs.submit_all(orders, limit=me.most_queued)
    except AugmentError as error:
        st.error(escaped(error))
    else:
        st.switch_page("runs.py", query_params={"run": run.id})


address_notes.expect(workbench.PARAMETER)
workbench.adopt_address()
workbench.write_address()
st.title("Train", anchor=False)
st.caption("Train a network in the background, on pictures augmented as in Explore.")
if workbench.problem():
    st.error(escaped(workbench.problem()))
notes = st.container()
places = layout.train()
with places.settings:
    recipe = recipe_of_explore()
    batch = st.container()
    try:
        form = training_form(notes)
    except DataError as error:
        st.error(escaped(error))
        address.flush()
        st.stop()
with places.start:
    if form.prepared is None:
        prepare_offer(form.source, form.config["size"], form.config["fit"])
        address.flush()
        st.stop()
    with st.container(border=True):
        st.subheader("What will happen", anchor=False)
        try:
            config = form.run_config(recipe)
            expected = forecast.forecast(config, form.prepared)
            warnings = warnings_of(config, form.prepared, expected)
            listed = runs.list_shared()
        except AugmentError as error:
            st.error(escaped(error))
            address.flush()
            st.stop()
        how_long(form.prepared, expected, listed)
        useless = does_it_help.obstacle(config)
        with st.container(horizontal=True):
            started = st.button("Start", type="primary", icon=":material/play_arrow:", key="start")
            asked = st.button(
                does_it_help.LABEL,
                icon=":material/compare_arrows:",
                key="does it help",
                disabled=bool(useless),
            )
        problem = st.container()
        sentence = useless or does_it_help.what_it_takes(config, expected)
        st.caption(f"*{does_it_help.LABEL}* {escaped(sentence)}")
        what_will_happen(config, form.prepared, expected, warnings)
        st.caption(escaped(f"{form.source.note} {form.prepared.remark}"))
        other_sets(form.source, config.fit, to_train=True)
        st.caption("What *Start* does, on the command line:")
        st.code(command_line(config, form.preset), language="sh", wrap_lines=True)
with batch:
    first_batch(config, form.prepared)
with problem:
    if started:
        start(config)
    if asked:
        does_it_help.ask(config)
