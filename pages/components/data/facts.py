"""What to know of the classes of a data set before training on it.

What should be known of a data set before anything else, and where more is said of it.

What of a data set is not among its pictures, and why.

What is known of a data set: what it is, whose it is, and where to go on with it.
"""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared, Source, overview
from augment.data.source import OFFICIAL, TRAIN
from augment.data.sources import tfds
from augment.data.splits import warnings
from augment.data.store.inventory import PreparedInfo
from pages.components.data.choice import DataChoice
from pages.components.session.words import count, escaped, sentences


def cautions(prepared: Prepared) -> tuple[str, ...]:
    """Return what a person should know about the classes of these splits before training."""
    rows = {name: split.rows for name, split in prepared.splits.items() if name in OFFICIAL}
    return warnings(rows, prepared.stored.labels, prepared.class_names)


def data_worth(prepared: Prepared) -> None:
    """Say in one line what the parts of the page that are not open have found."""
    across = sum(map(len, overview.repeated(prepared).across.values()))
    left_out = int(prepared.stored.index["problem_count"])
    warned = len(cautions(prepared))
    found = [
        f"{count(across, 'picture')} of one split in another one, too (*There twice*)"
        if across
        else "",
        f"{count(left_out, 'picture')} that could not be read (*Left out*)" if left_out else "",
        f"{count(warned, 'warning')} about classes (*Splits*)" if warned else "",
        "" if prepared.comparable else "figures that compare with no published ones (*Splits*)",
    ]
    if any(found):
        st.info(f"Worth knowing: {'; '.join(filter(None, found))}.", icon=":material/info:")


def data_left_out(prepared: Prepared) -> None:
    """List the pictures that could not be read, and the files that belong to no class."""
    stored = prepared.stored
    bad = int(stored.index["problem_count"])
    if not bad and not stored.ignored:
        st.success("Nothing was left out: every file is a picture that can be read.")
        return
    st.subheader(f"{count(bad, 'bad picture')}", anchor=False)
    if bad:
        st.markdown("They cannot be read, so they are in no split.")
        sentences(stored.problems, bad)
    st.subheader("Files that belong to no class", anchor=False)
    if stored.ignored:
        sentences(stored.ignored)
    else:
        st.markdown("None.")


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
