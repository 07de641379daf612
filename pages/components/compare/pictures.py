"""Pictures that changed from one group to the other, as cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import streamlit as st

from augment import AugmentError
from augment.compare.comparison import Comparison
from augment.compare.predictions import GroupPredictions
from augment.data import samples
from augment.runs.evaluation import Ints
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.runs.confused import CARD_REM, MOST_SHOWN
from pages.components.session.text import escaped

BROKEN, REPAIRED = "broken", "repaired"
_MOST_NAMED = 3


def changed_pictures(found: Comparison, first: str, second: str, key: str) -> None:
    """Show the pictures that one group recognises and the other does not.

    Args:
        found: The comparison.
        first: The short name of the base.
        second: That of the other group.
        key: The first part of the keys of the elements.
    """
    ids = {REPAIRED: found.repaired, BROKEN: found.broken}
    which = st.segmented_control(
        "Pictures",
        list(ids),
        default=REPAIRED,
        required=True,
        format_func=lambda name: f"{name} ({len(ids[name]):,})",
        key=f"{key} changed",
        label_visibility="collapsed",
    )
    one, other = (first, second) if which == BROKEN else (second, first)
    text = (
        f"{counted(len(ids[which]), 'picture')} that more than half of the runs with {one} recognise, "
        f"and less than half of those with {other}."
    )
    st.markdown(escaped(text))
    if len(ids[which]) > MOST_SHOWN:
        st.caption(f"Those {MOST_SHOWN} are shown on which the most runs changed.")
    most = most_changed(found, ids[which])[:MOST_SHOWN]
    show_pictures(found, most, first, second, key=f"{key} {which}")


def most_changed(found: Comparison, ids: Ints) -> Ints:
    """Return ids of pictures, those first whose share of right runs changed most."""
    change = found.second_predictions.at(ids).right.mean(axis=0) - found.first_predictions.at(
        ids
    ).right.mean(axis=0)
    return ids[np.argsort(-np.abs(change), kind="stable")]


def show_pictures(found: Comparison, ids: Ints, first: str, second: str, *, key: str) -> None:
    """Show pictures with their class and what the runs of both groups take them for.

    Where the data are no longer there, a sentence says so.
    """
    if not len(ids):
        return
    config = found.first.config
    try:
        images = samples.of_split(
            config.data, split=found.split, size=config.size, fit=config.fit, ids=ids.tolist()
        ).images
    except AugmentError as error:
        st.info(escaped(f"The pictures cannot be shown. {error}"))
        return
    one, other = found.first_predictions.at(ids), found.second_predictions.at(ids)
    cards = []
    for at, label in enumerate(one.labels.tolist()):
        name = one.class_names[label]
        texts = [f"With {first}: {taken(one, at)}.", f"With {second}: {taken(other, at)}."]
        cards.append(Card(title=name, text=" ".join(texts), alts=(f"{name}; {' '.join(texts)}",)))
    picture_cards(cards, images, across=1, narrowest=CARD_REM, key=key)


def taken(predictions: GroupPredictions, at: int) -> str:
    """Return what the runs of a group take a picture for, such as "right in 1 of 3, else rose"."""
    seeds, right = len(predictions.seeds), int(predictions.right[:, at].sum())
    wrong = predictions.predicted[~predictions.right[:, at], at].tolist()
    names = _names(wrong, predictions.class_names)
    if seeds == 1:
        return "right" if right else f"taken for {names}"
    if right == seeds:
        return f"right in {right} of {seeds}"
    return f"right in {right} of {seeds}, {'else ' if right else ''}taken for {names}"


def _names(labels: Sequence[int], class_names: Sequence[str]) -> str:
    often = Counter("nothing" if label < 0 else class_names[label] for label in labels)
    return " or ".join(name for name, _ in often.most_common(_MOST_NAMED))
