"""Which groups are compared: the address has them, and a field changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from augment import runs
from augment.compare.groups import AT_ONCE
from augment.engine.limits import cut
from augment.runs import Run
from augment.runs.groups import by_seed_group
from augment.runs.naming import group_name
from pages.components.runs.links import GROUPS, groups_address
from pages.components.session.text import escaped

FEWEST, MOST = int(AT_ONCE.low), int(AT_ONCE.high)
_CHOSEN = "groups compared"
_NAME_CHARS = 60

Runs = tuple[Run, ...]
"""The runs of a seed group, in the order of their seeds; some may not be over."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """The groups that an address names.

    Attributes:
        groups: Those that are there, at most `MOST`, each once.
        problem: What of the address cannot be used, in one sentence; empty if all can.
    """

    groups: tuple[Runs, ...]
    problem: str


def requested(parameter: str, listed: Sequence[Run]) -> Requested:
    """Return the groups in a parameter of the address.

    Args:
        parameter: Ids of runs; those of one group are joined by commas, groups by semicolons.
        listed: The runs of this machine.
    """
    known = {run.id: run for run in listed}
    found: list[Runs] = []
    problems = []
    for part in parameter.split(";"):
        ids = list(dict.fromkeys(filter(None, (one.strip() for one in part.split(",")))))
        members = [known[one] for one in ids if one in known]
        if missing := [one for one in ids if one not in known]:
            problems.append(f"there is no run {cut(missing[0], _NAME_CHARS)}")
        if unusable := [run for run in members if run.config is None]:
            problems.append(f"the configuration of {unusable[0].id} cannot be used")
        usable = [run for run in members if run.config is not None]
        if len({run.seed_group for run in usable}) > 1:
            problems.append(
                f"{usable[0].id} and others with it differ in more than the seed, so they are no group"
            )
        elif usable and (group := in_order(usable)) not in found:
            found.append(group)
    if len(found) > MOST:
        problems.append(f"it names {len(found)} groups, and {MOST} are compared at most")
    if len(problems) > 1:
        problems = [f"{problems[0]} (and {len(problems) - 1} more like this)"]
    problem = f"The address cannot be used as it is: {problems[0]}." if problems else ""
    return Requested(groups=tuple(found[:MOST]), problem=problem)


def in_order(members: Iterable[Run]) -> Runs:
    """Return the runs of a group in the order of their seeds."""
    return tuple(sorted(members, key=lambda run: (run.config.seed if run.config else 0, run.id)))


def choose(listed: Sequence[Run]) -> tuple[Runs, ...]:
    """Show the field with the groups, and return those that are compared, the base first.

    Args:
        listed: The runs of this machine, newest first.
    """
    wanted = requested(st.query_params.get(GROUPS, ""), listed)
    if wanted.problem:
        st.warning(escaped(wanted.problem))
    offered = {_key(group): group for group in (*offers(listed), *wanted.groups)}
    names = _names(offered)
    chosen = [_key(group) for group in wanted.groups]
    if st.session_state.get(_CHOSEN) != chosen:
        st.session_state[_CHOSEN] = chosen
    st.multiselect(
        "Groups of runs",
        list(offered),
        format_func=names.__getitem__,
        max_selections=MOST,
        key=_CHOSEN,
        on_change=_take,
        placeholder="Choose two to eight groups",
        help="A group is all runs that differ in the seed alone. The first one is the base, with which "
        "the others are compared.",
    )
    return wanted.groups


def offers(listed: Sequence[Run]) -> list[Runs]:
    """Return the groups that can be chosen, that with the latest run first.

    A run without a result, because it failed or was cancelled, is in none; of several with one seed,
    the latest is.
    """
    found = []
    for members in by_seed_group(
        run for run in listed if run.state == runs.SUCCEEDED or not run.is_over
    ).values():
        members.sort(key=lambda run: (run.state == runs.SUCCEEDED, _time(run)))
        found.append(in_order({run.config.seed: run for run in members if run.config}.values()))
    return sorted(found, key=lambda group: max(map(_time, group)), reverse=True)


def add_to_address(group: Runs, ids: Sequence[str]) -> None:
    """Add runs to a group of the address."""
    wanted = requested(st.query_params.get(GROUPS, ""), runs.list_shared())
    parts = [
        (*_ids(one), *ids) if set(_ids(group)) <= set(_ids(one)) else _ids(one)
        for one in wanted.groups
    ]
    st.query_params.update(groups_address(parts))


def _take() -> None:
    st.query_params[GROUPS] = ";".join(st.session_state[_CHOSEN])


def _ids(group: Runs) -> tuple[str, ...]:
    return tuple(run.id for run in group)


def _key(group: Runs) -> str:
    return ",".join(_ids(group))


def _time(run: Run) -> tuple[float, str]:
    return (run.created.timestamp() if run.created else 0.0, run.id)


def _names(offered: dict[str, Runs]) -> dict[str, str]:
    """Return the name of each group: what it is, its seeds, and its day where that is not enough."""
    plain = {key: _name(group) for key, group in offered.items()}
    often = Counter(plain.values())
    for key, name in plain.items():
        first = offered[key][0]
        if often[name] > 1 and first.created:
            plain[key] = f"{name} ({first.created:%Y-%m-%d %H:%M:%S})"
    return plain


def _name(group: Runs) -> str:
    seeds = [str(run.config.seed) for run in group if run.config]
    config = group[0].config
    what = group_name(config) if config else group[0].id
    return f"{what}, {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(seeds)}"
