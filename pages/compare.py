"""Compare: whether one recipe helped more than another, and whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import streamlit as st

from augment import AugmentError, RunError, runs
from augment.compare.comparison import Comparison, default_split
from augment.compare.groups import Group, group_of
from augment.data.source import TEST, VALIDATION
from augment.runs import Run
from pages.components.compare import more_seeds
from pages.components.compare.answer import answer
from pages.components.compare.bands import bands
from pages.components.compare.choice import FEWEST, Runs, choose
from pages.components.compare.classes import classes
from pages.components.compare.computed import compared
from pages.components.compare.confusions import confusions
from pages.components.compare.differs import differs
from pages.components.compare.hard import hard
from pages.components.compare.live import follow
from pages.components.compare.missing_tests import missing_tests
from pages.components.compare.names import short_names
from pages.components.compare.pictures import changed_pictures
from pages.components.compare.table import groups_table
from pages.components.runs.links import GROUPS
from pages.components.runs.predicted import chance_of
from pages.components.runs.saved import evaluation_of
from pages.components.session import address_notes, workbench
from pages.components.session.text import escaped


def page() -> None:
    """Show the choice of the groups, and from the answer to the details what they differ in."""
    listed = runs.list_shared()
    if not listed:
        st.info(
            "There are no trainings to compare yet. Tune a recipe in Explore, then train with it."
        )
        st.page_link("train.py", label="Start a training", icon=":material/play_circle:")
        return
    chosen = choose(listed)
    if not chosen:
        st.info("Choose two groups or more, the one to compare with first: nothing, as a rule.")
        return
    groups = [group_of(members) for members in chosen]
    names = short_names([group.config for group in groups])
    follow([run.id for members in chosen for run in members])
    if len(chosen) < FEWEST:
        st.info("Choose one more group at least.")
        missing_seeds(chosen, names, listed)
        return
    at = pair(names)
    first, second = groups[0], groups[at]
    found = comparison(first, second)
    if found:
        answer(found, names[0], names[at])
    if all(run.is_over for members in (chosen[0], chosen[at]) for run in members):
        missing_tests([first, second])
    missing_seeds(chosen, names, listed)
    groups_table(groups, names)
    if found:
        differs(found)
    bands(groups, names, chance(groups))
    if found:
        details(found, names[0], names[at])
    opened("Which step is hard", ":material/fitness_center:", "hard", lambda: hard(groups, names))
    if found:
        download(found)


def missing_seeds(chosen: Sequence[Runs], names: Sequence[str], listed: Sequence[Run]) -> None:
    """Say which groups are of one run, and offer more seeds."""
    for members, name in zip(chosen, names, strict=True):
        more_seeds.offer_seeds(members, name, listed)


def pair(names: Sequence[str]) -> int:
    """Return which group is compared with the base; the user chooses, where there are several."""
    if len(names) == FEWEST:
        return 1
    st.session_state.setdefault("compared with the base", 1)
    at: int = st.selectbox(
        "Compared with the base, which is the first group",
        range(1, len(names)),
        format_func=names.__getitem__,
        key="compared with the base",
        width=400,
    )
    return at


def comparison(first: Group, second: Group) -> Comparison | None:
    """Return the comparison of two groups on a split; None, with the reason shown, if there is none."""
    if not first.runs or not second.runs:
        st.info("There is nothing to compare before each of the two groups has a finished run.")
        return None
    split = default_split([first, second])
    if split == TEST and all(VALIDATION in group.figures for group in (first, second)):
        split = st.segmented_control(
            "Measured on the pictures of",
            [TEST, VALIDATION],
            default=TEST,
            required=True,
            key="compare split",
            help="- **test**: nothing was chosen by them.\n"
            "- **validation**: they selected the best epoch of each run.",
        )
    try:
        return compared(first, second, split)
    except RunError as error:
        st.warning(escaped(error))
        return None


def chance(groups: Sequence[Group]) -> float | None:
    """Return the accuracy of guessing; None if it is not known, or not the same for all."""
    known = {chance_of(run, evaluation_of(run)) for group in groups for run in group.runs[:1]}
    return known.pop() if len(known) == 1 else None


def details(found: Comparison, first: str, second: str) -> None:
    """Show which classes, confusions and pictures changed."""
    key = f"{found.first.key} {found.second.key} {found.split}"
    st.fragment(classes)(found, first, second, key)
    opened(
        "Confusions that changed",
        ":material/grid_view:",
        "confusions",
        lambda: confusions(found, first, second, key),
    )
    opened(
        f"Pictures: {len(found.repaired):,} repaired, {len(found.broken):,} broken",
        ":material/image:",
        "pictures",
        lambda: changed_pictures(found, first, second, key),
    )


def opened(title: str, icon: str, key: str, show: Callable[[], None]) -> None:
    """Show a part of the page that is computed once it is opened."""

    def part() -> None:
        place = st.expander(title, icon=icon, key=f"compare {key}", on_change="rerun")
        if place.open:
            with place:
                show()

    st.fragment(part)()


def download(found: Comparison) -> None:
    """Offer the comparison as JSON."""
    st.download_button(
        "Download as JSON",
        json.dumps(found.to_dict(), indent=2, ensure_ascii=False),
        "comparison.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )


address_notes.expect(workbench.PARAMETER, GROUPS)
workbench.adopt_address()
st.title("Compare", anchor=False)
st.caption(
    "Did it help, and whom? Groups of runs that differ in the seed alone, next to each other."
)
notes = st.container()
try:
    page()
except AugmentError as error:
    st.error(escaped(error))
with notes:
    address_notes.show()
