"""Train: start a training with the recipe of the workbench."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, DataError, runs
from pages.components.data.facts import split_warnings
from pages.components.data.other_sets import other_sets
from pages.components.data.prepare import prepare_offer
from pages.components.recipe.summary import recipe_summary
from pages.components.runs.form import forecast, training_form
from pages.components.session import workbench
from pages.components.session.text import escaped

workbench.adopt_address()
workbench.write_address()
st.title("Train", anchor=False)
st.caption(
    "Train a DenseNet121 from scratch, in the background, on pictures augmented as in Explore."
)
if workbench.problem():
    st.error(escaped(workbench.problem()))

recipe = workbench.recipe()
with st.container(border=True):
    st.subheader("Recipe", anchor=False)
    recipe_summary(recipe)
    st.page_link(
        "explore.py",
        label="Change it in Explore",
        icon=":material/tune:",
        query_params=workbench.link(),
    )

try:
    form = training_form()
    expected = forecast(form, form.prepared) if form.prepared else ""
except DataError as error:
    st.error(escaped(error))
    st.stop()
if form.prepared is None:
    prepare_offer(form.source, form.config["size"], form.config["fit"])
    st.stop()

with st.container(border=True):
    st.subheader("What will happen", anchor=False)
    st.markdown(escaped(expected))
    st.markdown(escaped(form.prepared.split_note))
    for warning in (*form.prepared.stored.warnings, *split_warnings(form.prepared)):
        st.caption(f":material/info: {escaped(warning)}")
    st.caption(escaped(f"{form.source.note} {form.prepared.remark}"))
    other_sets(form.source, form.config["size"], form.config["fit"], to_train=True)

if st.button("Start", type="primary", icon=":material/play_arrow:", key="start"):
    try:
        run = runs.submit(form.run_config(recipe))
    except AugmentError as error:
        st.error(escaped(error))
    else:
        st.success(
            escaped(
                f"{run.title} was submitted. It continues if you close this page or the server."
            )
        )
        st.page_link(
            "runs.py",
            label="Follow this run",
            icon=":material/monitoring:",
            query_params={"run": run.id},
        )
