"""Which classes a model confuses: the confusion matrix, whose cells open the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from augment import AugmentError
from augment.runs import Run
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.runs.predicted import Ints, Pictures, Result, images_of
from pages.components.session.text import escaped

MOST_SHOWN = 24
"""How many pictures of a cell are shown."""
_MOST_NAMED = 30
"""With more classes, the axes have no room for their names."""
_RIGHT, _CONFUSED = "recognised", "confused"
CARD_REM = 9.0


def confused(run: Run, result: Result, key: str) -> None:
    """Show the matrix beside the most confused pairs, and below them the pictures that were chosen.

    Args:
        run: The run.
        result: Its result on a split.
        key: The first part of the keys of the elements.
    """
    pictures = result.pictures
    if pictures is None:
        st.info(escaped(result.problem))
        return
    st.markdown(
        "Each row is a class, each column what its pictures were taken for: the stronger the colour, the "
        "larger the share of the class. Choose a cell, or a pair from the list, to see its pictures."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=560):
            _matrix(result, pictures, key)
        with st.container(width=300, gap="xsmall"):
            st.markdown("**Most confused**")
            _pairs(result, pictures, key)
    if cell := chosen(key):
        _cell(run, result, pictures, *cell)


def _pairs(result: Result, pictures: Pictures, key: str) -> None:
    if not len(pictures.pairs):
        st.caption("No picture was taken for another class.")
    for label, predicted, count in pictures.pairs.tolist():
        name, taken = result.name(label), result.name(predicted)
        st.button(
            escaped(f"{count} of {pictures.per_class[label]}: {name} → {taken}"),
            type="tertiary",
            key=f"{key} pair {label} {predicted}",
            on_click=choose,
            args=(key, label, predicted),
        )


def _matrix(result: Result, pictures: Pictures, key: str) -> None:
    classes = len(pictures.per_class)
    shown = [
        {
            "label": label,
            "predicted": predicted,
            "class": result.name(label),
            "taken for": result.name(predicted),
            "pictures": count,
            "share": count / int(pictures.per_class[label]),
            "cell": _RIGHT if label == predicted else _CONFUSED,
        }
        for label, predicted, count in pictures.cells.tolist()
    ]
    heat_map(
        shown,
        [result.name(number) for number in range(classes)],
        kinds=(_RIGHT, _CONFUSED),
        strength="share",
        strongest=1.0,
        tooltip=[
            {"field": "pictures", "type": "quantitative", "title": "Pictures"},
            {"field": "share", "type": "quantitative", "title": "Of the class", "format": ".0%"},
        ],
        key=key,
        alt="The confusion matrix; the list has its largest cells outside the diagonal",
    )


def heat_map(
    cells: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    *,
    kinds: tuple[str, str],
    strength: str,
    strongest: float,
    tooltip: Sequence[Mapping[str, Any]],
    key: str,
    alt: str,
) -> None:
    """Show cells of a matrix of classes; one that is selected becomes that of `chosen`.

    Args:
        cells: Each has the numbers "label" and "predicted", their names "class" and "taken for", "cell",
            which is one of `kinds`, and what `strength` and `tooltip` name.
        names: The names of all classes.
        kinds: What the two colours mean.
        strength: The entry that is shown as opacity, from 0.
        strongest: Its largest value.
        tooltip: What is shown of a cell besides its classes, as Vega-Lite has it.
        key: The first part of the keys of the elements.
        alt: What the matrix shows, in words.
    """
    axis: dict[str, Any] = {"labels": False, "ticks": False, "domain": False, "grid": False}
    if len(names) <= _MOST_NAMED:
        axis |= {"labels": True, "labelLimit": 90, "labelOverlap": False}
    st.vega_lite_chart(
        list(cells),
        {
            "params": [
                {
                    "name": "cell",
                    "select": {"type": "point", "fields": ["label", "predicted"], "toggle": False},
                }
            ],
            "mark": {"type": "rect", "cursor": "pointer"},
            "encoding": {
                "y": _place("class", "Class of the picture", names, axis),
                "x": _place("taken for", "Taken for", names, axis | {"labelAngle": -90}),
                "color": {
                    "field": "cell",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": list(kinds)},
                    "legend": {"orient": "top"},
                },
                "opacity": {
                    "field": strength,
                    "type": "quantitative",
                    # A single picture of a large class is still to be seen.
                    "scale": {"type": "sqrt", "domain": [0, strongest], "range": [0.2, 1]},
                    "legend": None,
                },
                "stroke": {
                    "condition": {"param": "cell", "empty": False, "value": "gray"},
                    "value": None,
                },
                "strokeWidth": {"value": 2},
                "tooltip": [
                    {"field": "class", "type": "nominal", "title": "Class"},
                    {"field": "taken for", "type": "nominal", "title": "Taken for"},
                    *tooltip,
                ],
            },
        },
        height=600,
        key=f"{key} matrix",
        on_select=partial(_selected, key),
        selection_mode="cell",
        alt=alt,
    )


def _place(field: str, title: str, names: Sequence[str], axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "ordinal",
        "title": title,
        "scale": {"domain": list(names), "padding": 0},
        "axis": axis,
    }


def _chosen_key(key: str) -> str:
    return f"{key} chosen"


def chosen(key: str) -> tuple[int, int] | None:
    """Return the cell that was chosen last: a class, and what it is taken for; None for none."""
    cell: tuple[int, int] | None = st.session_state.get(_chosen_key(key))
    return cell


def choose(key: str, label: int, predicted: int) -> None:
    """Choose a cell; a callback of buttons."""
    st.session_state[_chosen_key(key)] = (label, predicted)


def _selected(key: str) -> None:
    """Take over the cell that was selected in the matrix, or that none is selected any more."""
    selection = st.session_state[f"{key} matrix"]["selection"]["cell"]
    cell = selection[0] if selection else None
    if isinstance(cell, Mapping) and {"label", "predicted"} <= set(cell):
        choose(key, int(cell["label"]), int(cell["predicted"]))
    else:
        st.session_state.pop(_chosen_key(key), None)


def _cell(run: Run, result: Result, pictures: Pictures, label: int, predicted: int) -> None:
    rows = pictures.rows_of(label, predicted)
    name, taken = result.name(label), result.name(predicted)
    what = f"{name}, recognised" if label == predicted else f"{name}, taken for {taken}"
    count = counted(len(rows), "picture")
    # The number comes first, because a name may be written from right to left.
    st.markdown(f"{count}: **{escaped(what)}**")
    if not len(rows):
        return
    if len(rows) > MOST_SHOWN:
        st.caption(f"The {MOST_SHOWN} of which the model was surest are shown.")
    show_pictures(run, result, pictures, rows[:MOST_SHOWN], key=f"cell {label} {predicted}")


def show_pictures(run: Run, result: Result, pictures: Pictures, rows: Ints, *, key: str) -> None:
    """Show pictures with their class, what they were taken for, and how sure the model was.

    Where the data of the run are no longer there, a sentence says so.
    """
    try:
        images = images_of(run, result, rows)
    except AugmentError as error:
        st.info(escaped(f"The pictures cannot be shown. {error}"))
        return
    cards = []
    for row in rows.tolist():
        own, predicted = int(pictures.labels[row]), int(pictures.predicted[row])
        name = result.name(own)
        taken, sure = result.name(predicted), f"{pictures.confidence[row]:.0%} sure"
        if predicted < 0:
            text, alt = "No prediction.", name
        elif predicted == own:
            text, alt = f"Recognised, {sure}.", f"{name}, recognised"
        else:
            text = f"Taken for {taken}, {sure}; {pictures.of_own[row]:.1%} for its own class."
            alt = f"{name}, taken for {taken}"
        cards.append(Card(title=name, text=text, alts=(alt,)))
    picture_cards(cards, images, across=1, narrowest=CARD_REM, key=f"{run.id} {result.split} {key}")
