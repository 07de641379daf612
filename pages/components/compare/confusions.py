"""The difference of two confusion matrices, whose cells open the pictures that changed."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.compare.comparison import Comparison
from augment.runs.evaluation import Ints
from augment.system.units import counted
from pages.components.compare.pictures import show_pictures
from pages.components.runs.confused import MOST_SHOWN, choose, chosen, heat_map
from pages.components.runs.predicted import MOST_CELLS, MOST_PAIRS
from pages.components.session.text import escaped

_BETTER, _WORSE = "better", "worse"


def confusions(found: Comparison, first: str, second: str, key: str) -> None:
    """Show the matrix beside the pairs that changed most, and below them the pictures of a cell.

    Args:
        found: The comparison.
        first: The short name of the base.
        second: That of the other group.
        key: The first part of the keys of the elements.
    """
    cells = found.changed_cells[:MOST_CELLS]
    if not len(cells):
        st.markdown("Both groups take the same pictures for the same classes.")
        return
    st.markdown(
        escaped(
            "Each row is a class, each column what its pictures are taken for: the stronger the colour, "
            f"the more pictures moved into or out of the cell from {first} to {second}. More on the "
            "diagonal is better, more elsewhere is worse. Choose a cell, or a pair from the list, to see "
            "the pictures."
        )
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=560):
            _matrix(found, cells, key)
        with st.container(width=300, gap="xsmall"):
            st.markdown("**Changed most**")
            _pairs(found, key)
    if cell := chosen(key):
        _cell(found, *cell, first, second, key)


def _matrix(found: Comparison, cells: Ints, key: str) -> None:
    names = found.first_predictions.class_names
    shown = [
        {
            "label": label,
            "predicted": predicted,
            "class": names[label],
            "taken for": names[predicted],
            "change": change,
            "size": abs(change),
            "cell": _BETTER if (change > 0) == (label == predicted) else _WORSE,
        }
        for label, predicted in cells.tolist()
        if (change := float(found.confusion[label, predicted]))
    ]
    heat_map(
        shown,
        names,
        kinds=(_BETTER, _WORSE),
        strength="size",
        strongest=max(cell["size"] for cell in shown),
        tooltip=[
            {
                "field": "change",
                "type": "quantitative",
                "title": "More pictures a run",
                "format": "+.1f",
            }
        ],
        key=key,
        alt="The difference of the confusion matrices; the list has its largest cells",
    )


def _pairs(found: Comparison, key: str) -> None:
    others = found.changed_confusions[:MOST_PAIRS]
    if not others:
        st.caption("No picture is taken for another class more or less often.")
    for pair in others:
        st.button(
            escaped(f"{pair.difference:+.1f}: {pair.name} → {pair.predicted}"),
            type="tertiary",
            key=f"{key} pair {pair.label} {pair.predicted_label}",
            on_click=choose,
            args=(key, pair.label, pair.predicted_label),
        )
    if others:
        st.caption("Pictures more (+) or fewer (-) in a run, by the mean over the seeds.")


def _cell(found: Comparison, label: int, predicted: int, first: str, second: str, key: str) -> None:
    names = found.first_predictions.class_names
    if max(label, predicted) >= len(names):
        return  # chosen in a comparison of other data
    changes = found.changed(label, predicted)
    what = names[label]
    what += ", recognised" if label == predicted else f", taken for {names[predicted]}"
    # The number comes first, because a name may be written from right to left.
    st.markdown(f"{counted(len(changes), 'picture')} changed: **{escaped(what)}**")
    if len(changes) > MOST_SHOWN:
        st.caption(f"Those {MOST_SHOWN} are shown on which the most runs changed.")
    ids = np.array([change.id for change in changes[:MOST_SHOWN]], np.int64)
    show_pictures(found, ids, first, second, key=f"{key} cell {label} {predicted}")
