"""What a model says of pictures: the likeliest classes, what each view is for, the nearest pictures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import AugmentError, Recipe
from augment.data import samples
from augment.data.source import TRAIN
from augment.predict import views
from augment.predict.aggregate import TITLES
from augment.predict.pictures import answer
from augment.predict.runs import ModelFacts
from augment.runs.config import RunConfig
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.predict.pictures import Inputs
from pages.components.session.text import escaped

NEIGHBOURS = 5
SEARCHED_AT_ONCE = 3_000
"""With more training pictures, their features are computed only when the visitor asks for it."""
_MOST_VOTED = 3
_WIDE_REM, _VIEW_REM, _NEAR_REM = 16.0, 6.5, 6.5

Logs = npt.NDArray[np.float32]


def answers(inputs: Inputs, facts: ModelFacts, logs: Logs, method: str) -> None:
    """Show what the model says of each picture, from all its views.

    Args:
        inputs: The pictures.
        facts: What is known of the model.
        logs: float32 (V, N, K), what the model says of each view.
        method: How the views are combined, one of `augment.predict.aggregate.METHODS`.
    """
    found = answer(logs, facts.class_names, method)
    if inputs.labels is not None:
        names = [facts.class_names[label] for label in inputs.labels]
        right = sum(one.predicted == name for one, name in zip(found, names, strict=True))
        st.markdown(f"**{right:d} of {len(found):d} right.**")
    cards = []
    for number, one in enumerate(found):
        own = None if inputs.labels is None else facts.class_names[inputs.labels[number]]
        title = one.predicted or "No answer"
        if own is None:
            text = inputs.names[number]
        elif own == one.predicted:
            text = "Right."
        else:
            text = f"Wrong: it is {own}."
        cards.append(
            Card(
                title=title,
                text=text,
                alts=(f"{inputs.names[number]}, for which the model says {title}",),
                bars=tuple((name, share) for name, share in one.top if share),
            )
        )
    picture_cards(cards, inputs.images, across=1, narrowest=_WIDE_REM, key="predict answers")


def picture_control(inputs: Inputs) -> int:
    """Show the choice of the one picture whose views and nearest pictures are shown; return its row."""
    if len(inputs.ids) == 1:
        return 0
    row: int = st.selectbox(
        "Look closely at",
        range(len(inputs.ids)),
        format_func=lambda row: f"{row + 1}. {inputs.names[row]}",
        key=f"predict picture of {inputs.digest}",
        width=360,
    )
    return row


def views_of(
    inputs: Inputs,
    row: int,
    recipe: Recipe,
    seed: int,
    logs: Logs,
    facts: ModelFacts,
    method: str,
) -> None:
    """Show the views of one picture, what each is for, and how that makes the answer.

    Args:
        inputs: The pictures.
        row: Which of them.
        recipe: What made the views.
        seed: The seed of their draws.
        logs: float32 (V, N, K), what the model says of each view.
        facts: What is known of the model.
        method: How the views are combined.
    """
    count = len(logs)
    [combined] = answer(logs[:, row : row + 1], facts.class_names, method)
    [plain] = answer(logs[:1, row : row + 1], facts.class_names, method)
    votes = [f"{name} {number}" for name, number in combined.votes[:_MOST_VOTED]]
    others = sum(number for _, number in combined.votes[_MOST_VOTED:])
    votes += [f"others {others}"] if others else []
    if combined.predicted == plain.predicted:
        changed = "the same answer as for the picture as it is"
    else:
        changed = f"and of the picture as it is the model says {plain.predicted}"
    st.subheader("Views", anchor=False)
    text = (
        f"{counted(count, 'view')}; the votes: {', '.join(votes)}. By {TITLES[method]}: "
        f"{combined.predicted}, {changed}."
    )
    st.markdown(escaped(text))
    only = slice(row, row + 1)
    made = views.views(recipe, inputs.images[only], inputs.ids[only], count=count, seed=seed)[:, 0]
    cards = [
        Card(
            title=f"View {number + 1}" if number else "As it is",
            text=f"{name}, {share:.0%}",
            alts=(f"View {number + 1} of {count}, for which the model says {name}",),
        )
        for number, (name, share) in enumerate(combined.by_view)
    ]
    picture_cards(cards, made, across=1, narrowest=_VIEW_REM, key="predict view cards")


def nearest(
    ids: npt.NDArray[np.int64],
    similarity: npt.NDArray[np.float32],
    searched: int,
    of: int,
    config: RunConfig,
) -> None:
    """Show the training pictures that are nearest to one picture.

    Args:
        ids: int64 (n,), their ids, the nearest first.
        similarity: float32 (n,), the cosine of the angle between their features and those of the picture.
        searched: How many training pictures were compared.
        of: How many there are.
        config: The configuration of the run.
    """
    st.subheader("Nearest training pictures", anchor=False)
    among = f"the {searched:,} training pictures"
    if searched < of:
        among = f"{searched:,} of the {of:,} training pictures, evenly chosen"
    text = (
        f"Those whose features are most alike, among {among}: 1 is the same direction, 0 has nothing in "
        "common. They show what the model holds the picture against; they do not prove why it answers so."
    )
    st.caption(escaped(text))
    try:
        found = samples.of_split(
            config.data, split=TRAIN, size=config.size, fit=config.fit, ids=ids.tolist()
        )
    except AugmentError as error:
        st.info(escaped(f"The pictures cannot be shown. {error}"))
        return
    cards = []
    for label, value in zip(found.labels.argmax(axis=1).tolist(), similarity.tolist(), strict=True):
        name, text = found.class_names[label], f"similarity {value:.2f}"
        cards.append(Card(title=name, text=text, alts=(f"{name}, {text}",)))
    picture_cards(cards, found.images, across=1, narrowest=_NEAR_REM, key="predict nearest")
