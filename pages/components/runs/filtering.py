"""Which runs are listed, and in which order: a search, filters, and whether seeds are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from augment import runs
from augment.data import registry
from augment.models import MODELS
from augment.runs import Run
from pages.components.session import person

STATES = (
    runs.RUNNING,
    runs.QUEUED,
    runs.SUCCEEDED,
    runs.FAILED,
    runs.CANCELLED,
    runs.LOST,
)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_NEWEST = "newest first"
ORDERS: dict[str, Callable[[Run], object]] = {
    _NEWEST: lambda run: run.created or _EARLIEST,
    "oldest first": lambda run: run.created or _EARLIEST,
    "best on validation": lambda run: -1.0 if run.accuracy is None else run.accuracy,
    "best on test": lambda run: -1.0 if run.test_accuracy is None else run.test_accuracy,
    "name": lambda run: run.title.casefold(),
}
"""How runs are sorted, by the names of the orders."""
_ASCENDING = ("oldest first", "name")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a user asks for; empty entries ask for nothing.

    Attributes:
        words: All of which a run has in its name, note, tags, id, data or model.
        states: One of which it has.
        data: One of which it was trained on.
        models: One of which it trained.
        tags: All of which it has.
        owner: Whose it is.
        order: One of `ORDERS`.
        by_seed_group: Whether runs that differ in the seed alone are put together.
    """

    words: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owner: str = ""
    order: str = _NEWEST
    by_seed_group: bool = False

    def matching(self, listed: Iterable[Run]) -> list[Run]:
        """Return the runs that are asked for, in the order that is asked for."""
        found = [run for run in listed if self._matches(run)]
        found.sort(key=ORDERS[self.order], reverse=self.order not in _ASCENDING)  # type: ignore[arg-type]
        return found

    def _matches(self, run: Run) -> bool:
        config = run.config
        if self.states and run.state not in self.states:
            return False
        if self.data and (config is None or config.data not in self.data):
            return False
        if self.models and (config is None or config.model not in self.models):
            return False
        if self.owner and run.owner != self.owner:
            return False
        if not set(self.tags) <= set(run.tags):
            return False
        return not self.words or all(word in _text(run) for word in self.words)


def _text(run: Run) -> str:
    config = run.config
    about = (config.data, MODELS[config.model].title) if config else ()
    return "\n".join((run.title, run.note, *run.tags, run.id, *about)).casefold()


PARAMETERS = ("q", "sort", "state", "mine", "together")
"""The address parameters of the search and the filters."""


def filter_controls(listed: Sequence[Run]) -> Filter:
    """Show the search and the filters, and return what is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs filter"):
        words = st.text_input(
            "Search",
            placeholder="Name, note, tag, id, data or model",
            icon=":material/search:",
            key="q",
            bind="query-params",
            width=280,
        )
        order = st.selectbox("Sort", list(ORDERS), key="sort", bind="query-params", width=190)
        with st.popover("Filter", icon=":material/filter_list:", key="more filters"):
            states = st.pills(
                "State",
                STATES,
                format_func=str.lower,
                selection_mode="multi",
                key="state",
                bind="query-params",
            )
            sources = _sources(listed)
            chosen_data = _several("Data", sources, registry.titles(sources))
            models = _several("Model", _models(listed))
            tags = _several("Tags", sorted({tag for run in listed for tag in run.tags}))
            owner = person.current().owner
            mine = bool(owner) and st.toggle("Only mine", key="mine", bind="query-params")
        # Not "groups": a link to Compare would lose that parameter, if a widget here were bound to it.
        together = st.toggle(
            "Seeds together",
            key="together",
            bind="query-params",
            help="One row for all runs that differ in the seed alone, with the mean and the standard "
            "deviation of their accuracies.",
        )
    return Filter(
        words=tuple((words or "").casefold().split()),
        states=tuple(states),
        data=tuple(chosen_data),
        models=tuple(models),
        tags=tuple(tags),
        owner=owner if mine else "",
        order=order,
        by_seed_group=together,
    )


def _several(
    label: str, options: Sequence[str], titles: Mapping[str, str] | None = None
) -> list[str]:
    """Show a choice of several; what was chosen stays an option when no run has it any more."""
    key = f"filter {label}"
    chosen: list[str] = st.session_state.get(key, [])
    st.session_state[key] = chosen
    shown = titles or {}
    return st.multiselect(
        label,
        sorted({*options, *chosen}),
        format_func=lambda name: shown.get(name, name),
        key=key,
        placeholder="Any",
    )


def _sources(listed: Sequence[Run]) -> list[str]:
    return sorted({run.config.data for run in listed if run.config})


def _models(listed: Sequence[Run]) -> list[str]:
    return sorted({run.config.model for run in listed if run.config})
