"""What is known of a data set: what it is, whose it is, and where to go on with it."""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared, Source, tfds
from augment.data.spec import TRAIN
from augment.data.store.inventory import PreparedInfo
from pages.components.data_choice import DataChoice
from pages.components.words import escaped


def data_facts(choice: DataChoice, listed: list[PreparedInfo]) -> None:
    """Show what there is, at which other sizes, and licence and citation."""
    source, prepared = choice.source, choice.prepared
    if prepared is not None:
        st.subheader(escaped(source.title), anchor=False)
        st.markdown(escaped(f"{source.note} {prepared.remark}"))
        stored = prepared.stored
        with st.container(horizontal=True, gap="medium"):
            st.metric("Pictures", f"{len(stored.labels):,}", width="content")
            st.metric("Classes", f"{len(prepared.class_names):,}", width="content")
            for name, split in prepared.splits.items():
                st.metric(escaped(name), f"{len(split):,}", width="content")
        _links(prepared)
    elsewhere = [
        f"{info.size} px ({info.fit})"
        for info in listed
        if info.source == source.name
        and (info.size, info.fit) != (choice.size, choice.fit)
        and not (info.unfinished or info.problem)
    ]
    if elsewhere:
        too = ", too" if prepared is not None else ""
        st.caption(escaped(f"It is prepared at {', '.join(elsewhere)}{too}."))
    with st.expander("Licence and citation", icon=":material/copyright:"):
        _rights(source)


def _links(prepared: Prepared) -> None:
    # Which data they are, and how they are cut and split, comes along by itself.
    with st.container(horizontal=True):
        st.page_link(
            "explore.py",
            label="Explore these pictures",
            icon=":material/filter_vintage:",
            query_params={"size": str(prepared.size)},
        )
        if TRAIN in prepared.splits:
            st.page_link(
                "train.py",
                label="Train on them",
                icon=":material/play_circle:",
                query_params={"train_size": str(prepared.size)},
            )


def _rights(source: Source) -> None:
    kind, _, rest = source.name.partition(":")
    about = tfds.about(rest) if kind == "tfds" else {}
    if "description" in about:
        st.markdown(escaped(about["description"]))
    st.markdown(f"**Licence.** {escaped(source.licence)}")
    st.markdown(f"**Citation.** {escaped(source.citation)}")
    if "homepage" in about:
        st.markdown(f"**Its page.** {escaped(about['homepage'])}")
    if source.name == "bundled":
        st.page_link("about.py", label="The credits", icon=":material/info:")
