"""The facts of a data set: what it is, its counts, its splits, and what was left out."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.data import Prepared, Source, overview
from augment.data.images.decode import shown
from augment.data.source import TRAIN
from augment.data.sources import tfds
from augment.data.store.inventory import PreparedInfo
from augment.system.units import counted
from pages.components.data.classes import class_chart
from pages.components.pictures import data_choice
from pages.components.pictures.data_choice import DataChoice
from pages.components.session.text import escaped, text_list

DUPLICATES, BAD_FILES, BALANCE = "Duplicates", "Bad files", "Class balance"
"""The tabs that the findings refer to."""


def facts(choice: DataChoice, prepared_sets: list[PreparedInfo]) -> None:
    """Show the note and counts, the other sizes that are prepared, licence and citation."""
    source, prepared = choice.source, choice.prepared
    if prepared is not None:
        st.markdown(escaped(" ".join([source.note, *prepared.stored.notes, prepared.remark])))
        for sentence in prepared.stored.warnings:
            st.warning(escaped(sentence), icon=":material/warning:")
        with st.container(horizontal=True, gap="medium"):
            st.metric("Pictures", f"{len(prepared.stored.labels):,}", width="content")
            st.metric("Classes", f"{len(prepared.class_names):,}", width="content")
            for name, split in prepared.splits.items():
                st.metric(escaped(name), f"{len(split):,}", width="content")
            if left_out := sum(map(len, prepared.left_out.values())):
                st.metric("Left out", f"{left_out:,}", width="content")
        _links(prepared)
    others = [
        f"{info.size} px ({info.fit})"
        for info in prepared_sets
        if info.source == source.name
        and (info.size, info.fit) != (choice.size, choice.fit)
        and not (info.unfinished or info.problem)
    ]
    if others:
        also = "also " if prepared is not None else ""
        st.caption(escaped(f"It is {also}prepared at {', '.join(others)}."))
    with st.expander("Licence and citation", icon=":material/copyright:"):
        _rights(source)


def findings(prepared: Prepared) -> None:
    """Show in one line what the tabs have found besides faults of the pictures."""
    warned = len(split_warnings(prepared))
    found = [
        f"{counted(warned, 'warning')} about classes (*{BALANCE}*)" if warned else "",
        ""
        if prepared.comparable
        else f"results are not comparable with published ones (*{BALANCE}*)",
    ]
    if any(found):
        st.info(f"Worth knowing: {'; '.join(filter(None, found))}.", icon=":material/info:")


def split_warnings(prepared: Prepared) -> tuple[str, ...]:
    """Return what a user should know about the classes of these splits before training."""
    return overview.class_warnings(prepared)


def splits_table(prepared: Prepared) -> None:
    """Show how the pictures are split, warnings, and the counts by class and split."""
    if prepared.comparable:
        st.markdown(escaped(prepared.split_note))
    else:
        st.warning(
            f"**Not comparable with published results.** {escaped(prepared.split_note)}",
            icon=":material/balance:",
        )
    for sentence in split_warnings(prepared):
        st.warning(escaped(sentence), icon=":material/warning:")
    counts = overview.class_counts(prepared)
    total = np.sum(list(counts.values()), axis=0)
    if len(prepared.class_names) > 1:
        class_chart(prepared.class_names, total)
    st.dataframe(
        {
            "Class": [shown(name) for name in prepared.class_names],
            **counts,
            **({"total": total} if len(counts) > 1 else {}),
        },
        hide_index=True,
        key="counts of classes",
    )


def bad_files(prepared: Prepared) -> None:
    """List the pictures that cannot be read, and the files that belong to no class."""
    stored = prepared.stored
    unreadable = stored.problem_count
    if not unreadable and not stored.ignored:
        st.success("Nothing was left out: every file is a readable picture.")
        return
    st.subheader(counted(unreadable, "unreadable picture"), anchor=False)
    if unreadable:
        st.markdown("Unreadable pictures are in no split.")
        text_list(stored.problems, unreadable)
    st.subheader("Files that belong to no class", anchor=False)
    if stored.ignored:
        text_list(stored.ignored)
    else:
        st.markdown("None.")


def _links(prepared: Prepared) -> None:
    # The data set, its size, its fit and its splits go along without being in the link.
    with st.container(horizontal=True):
        st.page_link(
            "explore.py",
            label="Explore these pictures",
            icon=":material/filter_vintage:",
            query_params={data_choice.SIZE: str(prepared.size)},
        )
        if TRAIN in prepared.splits:
            st.page_link(
                "train.py",
                label="Train on these pictures",
                icon=":material/play_circle:",
                query_params={data_choice.SIZE: str(prepared.size)},
            )


def _rights(source: Source) -> None:
    kind, _, rest = source.name.partition(":")
    about = tfds.about(rest) if kind == "tfds" else {}
    if "description" in about:
        st.markdown(escaped(about["description"]))
    st.markdown(f"**Licence.** {escaped(source.licence)}")
    st.markdown(f"**Citation.** {escaped(source.citation)}")
    if "homepage" in about:
        st.markdown(f"**Home page.** {escaped(about['homepage'])}")
    if source.name == "bundled":
        st.page_link("about.py", label="Authors of the photographs", icon=":material/info:")
