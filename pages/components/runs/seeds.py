"""What the other seeds of a run say: its seed group, and the runs without augmentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from augment import AugmentError, runs
from augment.runs import Run
from augment.runs.groups import OverSeeds, baseline_of
from augment.system.units import counted
from pages.components.runs.links import compare_link
from pages.components.runs.orders import submit_more_seeds
from pages.components.session import notice
from pages.components.session.text import escaped


def one_a_seed(group: Iterable[Run]) -> list[Run]:
    """Return one run for each seed, the newest: the same seed again is no other seed, as in Compare."""
    newest: dict[int, Run] = {}
    for run in sorted(group, key=lambda run: run.id):
        if run.config:
            newest[run.config.seed] = run
    return list(newest.values())


def reached(group: Sequence[Run]) -> tuple[OverSeeds | None, OverSeeds | None]:
    """Return what the finished runs of a group have reached on validation, and on test."""
    finished = one_a_seed(run for run in group if run.state == runs.SUCCEEDED)
    return (
        OverSeeds.of(run.accuracy for run in finished),
        OverSeeds.of(run.test_accuracy for run in finished),
    )


def seeds(run: Run, listed: Sequence[Run]) -> None:
    """Say that one run is no result, or what its seed group has reached; with what can be done."""
    if run.config is None:
        return
    group = [other for other in listed if other.seed_group == run.seed_group]
    useful = [each for each in group if each.state not in (runs.FAILED, runs.CANCELLED, runs.LOST)]
    seeds_of_group = len(one_a_seed(useful))
    baseline = baseline_of(run, listed)
    with st.container(horizontal=True, vertical_alignment="center", key="seeds"):
        if seeds_of_group > 1:
            accuracy = reached(useful)[0]
            # One that failed or was cancelled is none of them.
            count = counted(seeds_of_group, "seed")
            text = f"One of {count}" if run in useful else f"The seed group has {count}"
            text += f"; on validation {accuracy.in_words()}" if accuracy else ""
            st.markdown(escaped(f"{text}."))
        else:
            st.markdown("One run is no result: another seed may give another figure.")
            st.button(
                "Train two more seeds",
                icon=":material/casino:",
                key=f"more seeds {run.id}",
                help="Queues two runs with the same settings and other seeds.",
                on_click=_more_seeds,
                args=(group, f"more seeds {run.id}"),
            )
        others = [baseline] if baseline else []
        if others or len(useful) > 1:
            groups = [*others, useful or [run]] if others else [[each] for each in useful]
            compare_link(
                [[each.id for each in members] for members in groups],
                label="Compare with nothing" if others else "Compare the seeds",
            )
    notice.show(f"more seeds {run.id}")


def _more_seeds(group: list[Run], place: str) -> None:
    notice.keep(place)
    try:
        submit_more_seeds(group)
    except AugmentError as error:
        notice.keep(place, str(error))
