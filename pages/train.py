"""Train: start a training with the recipe on the workbench."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, DataError, runs
from pages.components.data.facts import cautions
from pages.components.data.prepare_offer import prepare_offer
from pages.components.recipe.words import recipe_lines
from pages.components.runs import form as run_form
from pages.components.runs.form import forecast
from pages.components.session import workbench
from pages.components.session.words import escaped

workbench.adopt_address()
workbench.write_address()
st.title("Train", anchor=False)
st.caption(
    "A DenseNet121 learns from scratch, in the background, on the very pictures that Explore shows."
)
if workbench.problem():
    st.error(escaped(workbench.problem()))

recipe = workbench.recipe()
with st.container(border=True):
    st.subheader("Recipe", anchor=False)
    lines = recipe_lines(recipe) or ["No augmentation: every picture as it is."]
    st.markdown("\n".join(f"- {escaped(line)}" for line in lines))
    st.page_link(
        "explore.py",
        label="Change it in Explore",
        icon=":material/tune:",
        query_params=workbench.link(),
    )

try:
    form = run_form.show()
    expected = forecast(form) if form.prepared else ""
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
    for caution in cautions(form.prepared):
        st.caption(f":material/info: {escaped(caution)}")
    st.caption(escaped(f"{form.source.note} {form.prepared.remark}"))

if st.button("Start", type="primary", icon=":material/play_arrow:", key="start"):
    try:
        config = run_form.run_config(form, recipe)
        config.check_inputs()
        started = runs.submit(config)
    except AugmentError as error:
        st.error(escaped(error))
    else:
        st.success(
            escaped(f"{started.title} is on its way, and goes on without this page or its server.")
        )
        st.page_link(
            "runs.py",
            label="Follow this run",
            icon=":material/monitoring:",
            query_params={"run": started.id},
        )
