"""About: what the program is, what each augmentation does, and who took the photographs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment import DataError, Op, Param, data, registry
from augment.engine.op import GROUPS
from pages.components.session import address_notes, workbench
from pages.components.session.access import access
from pages.components.session.text import escaped, heading

PHOTOGRAPH_SIZE = 160


def op_entry(op: Op) -> None:
    """Show an op, from its docstring and its parameters."""
    with st.expander(f"{op.title}: {op.summary}"):
        rest = op.doc.partition("\n")[2].strip()
        if rest:
            st.markdown(rest)
        if op.params:
            st.markdown("\n".join(param_line(param) for param in op.params.values()))
        st.code(op.example, language="python")
        paper = op.paper
        source = f"{paper.title}, [{paper.label}]({paper.url})" if paper.url else paper.label
        st.caption(f"From {source}. In a recipe: `{op.name}`, version {op.version}.")


def param_line(param: Param) -> str:
    """Return what a parameter is, as an item of a list."""
    default = param.default if param.type == "choice" else f"{param.default:g}"
    unit = f" {param.unit}" if param.unit else ""
    allowed = f"Allowed: {param.allowed}{unit}; default: {default}."
    return f"- **{param.label}** (`{param.name}`): {param.help} {allowed}"


def photographs() -> None:
    """Show the bundled photographs, each with its author and licence.

    Raises:
        DataError: The photographs cannot be read.
    """
    split = data.open_prepared("bundled", PHOTOGRAPH_SIZE).split("photographs")
    pictures = split.images[np.arange(len(split))]
    with st.grid("auto", min_column_width=PHOTOGRAPH_SIZE) as grid:
        for photograph, picture in zip(data.bundled.photographs(), pictures, strict=True):
            with grid.cell():
                st.image(picture, alt=photograph.flower, width="stretch")
                st.markdown(
                    f"**{escaped(photograph.flower)}**  \n{escaped(photograph.author)}  \n"
                    f"[{escaped(photograph.licence)}]({photograph.licence_url})"
                )


address_notes.expect(workbench.PARAMETER)
workbench.adopt_address()
st.title("About", anchor=False)
address_notes.show()
st.markdown(
    "There is no rule for choosing the settings of an augmentation: they have to be tried. This program "
    "makes that fast. **Explore** shows what a recipe does to pictures, **Train** trains a DenseNet121 "
    "with the same recipe in the background, and **Runs** shows its progress. **Compare** says whether a "
    "recipe helped, and whom; **Sweep** trains with several values of its parameters; **Predict** asks a "
    "trained model about a picture.\n\n"
    "A training gets what Explore shows. Every draw depends only on the seed, the epoch, the picture and "
    "the step. For a recipe without mixing, a training at the same size gets the same pictures, bit for "
    "bit. CutMix, MixUp and Puzzle Mix take their partners from the pictures that are processed "
    "together: in Explore those in the grid, in training those in the batch.\n\n"
    "The address of Explore contains all your settings; copy it to share them. Your settings and "
    "trainings stay on the machine that serves this page."
)

st.header("Your runs", anchor=False)
access()

st.header("Augmentations", anchor=False)
st.markdown(
    "All steps that a recipe can have, by group. An angle is a fraction of a full turn in a recipe, and "
    "shown in degrees in Explore."
)
for group, tab in zip(GROUPS, st.tabs(list(GROUPS.values())), strict=True):
    with tab:
        for op in registry().values():
            if op.group == group:
                op_entry(op)

st.header("Data", anchor=False)
for name in data.names():
    source = data.source(name)
    heading(source.title)
    st.markdown(escaped(source.note))
    st.caption(escaped(f"Licence: {source.licence}"))
    st.caption(escaped(f"Citation: {source.citation}"))

st.header("Photographs", anchor=False)
try:
    photographs()
except DataError as error:
    st.error(escaped(error))
