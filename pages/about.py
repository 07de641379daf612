"""About: what this is, what each augmentation does, and whose photographs these are."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from pages.components.pictures.credits import credits
from pages.components.recipe.op_reference import op_reference
from pages.components.session import workbench
from pages.components.session.words import escaped

workbench.adopt_address()
st.title("About", anchor=False)
st.markdown(
    "There is no rule for choosing the values of an augmentation: you look and you try. This explorer "
    "makes looking instant, and trying cheap: **Explore** shows what a recipe does to flowers, "
    "**Train** lets a DenseNet121 learn with that very recipe in the background, and **Runs** shows "
    "how it goes.\n\n"
    "What you see is what is trained on. Every draw depends on the seed, the epoch, the picture and "
    "the step, and on nothing else, so for a recipe without mixing, training at the same size gets the "
    "pictures that Explore shows, to the bit. CutMix, MixUp and Puzzle Mix choose partners among the "
    "pictures that are together: in Explore those in the grid, in training those in the batch.\n\n"
    "The address of Explore holds all that you set there: copy it to share it. Your settings and your "
    "trainings stay on this machine."
)

st.header("Augmentations", anchor=False)
st.markdown(
    "All that a recipe can hold, by group. A turn is a fraction of a full circle in a recipe, and shown "
    "in degrees in Explore."
)
op_reference()

st.header("Data", anchor=False)
for name in data.names():
    source = data.source(name)
    st.subheader(escaped(source.title), anchor=False)
    st.markdown(escaped(f"{source.note} {source.licence}"))
    st.caption(escaped(source.citation))

st.header("Photographs", anchor=False)
try:
    credits()
except DataError as error:
    st.error(escaped(error))
