"""Orders of runs with ids that stay the same while a form does, so that a double click counts once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from augment import RunError, runs
from augment.runs import Order, Run, experiments
from augment.runs.groups import seed_group
from augment.runs.queue import new_run_id
from pages.components.session import person

_IDS = "ids of orders"
_MOST = 50
"""How many sets of orders a session remembers, the newest."""


def with_ids(orders: Sequence[Order]) -> list[Order]:
    """Return orders with ids: those of the last time, unless the runs are over since.

    A double click comes as two clicks, and the second one may interrupt the page that answers the first.
    So the ids are in the session before anything is submitted, and to submit them twice is to submit
    them once (`runs.submit_all`).
    """
    ids: dict[str, list[str]] = st.session_state.setdefault(_IDS, {})
    key = json.dumps([each.config.to_dict() for each in orders], sort_keys=True)
    if key not in ids or _are_over(ids[key]):
        ids.pop(key, None)
        ids[key] = [new_run_id(each.config) for each in orders]
        for oldest in list(ids)[:-_MOST]:
            del ids[oldest]
    return [replace(each, run_id=one) for each, one in zip(orders, ids[key], strict=True)]


def submit_more_seeds(group: Sequence[Run]) -> list[Run]:
    """Submit runs with the next seeds of a seed group, and return them.

    Raises:
        DataError: Its data is not prepared any more.
        RunError: No run of it has a configuration, its data was prepared anew from other pictures, or
            too many runs wait.
    """
    me = person.current()
    configs = [run.config for run in group if run.config]
    if not configs:
        raise RunError("The configuration of the run cannot be used.")
    if seed_group(configs[0], configs[0].prepared().stored.checksum) != group[0].seed_group:
        raise RunError(
            "More seeds would be no group with this run: its data was prepared anew from other pictures "
            "since. Start a new training instead."
        )
    orders = with_ids(experiments.more_seeds(configs, owner=me.owner))
    return runs.submit_all(orders, limit=me.most_queued)


def _are_over(ids: Sequence[str]) -> bool:
    """Whether runs were submitted by these ids, and all of them are over."""
    found: list[Run] = []
    for one in ids:
        try:
            found.append(runs.get(one))
        except RunError:
            continue  # not submitted, or deleted
    return bool(found) and all(run.is_over for run in found)
