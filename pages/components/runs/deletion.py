"""Deleting runs and bringing them back, and what runs take on the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from augment import RunError
from augment.runs import Run, queue
from augment.system.units import counted, megabytes
from pages.components.session import notice, person
from pages.components.session.text import escaped

_DELETED, _DELETING = "deleted runs", "deleting runs"
_LARGEST = 10


def delete_popover(chosen: Sequence[Run], *, key: str) -> None:
    """Offer to delete runs, if the user may; they are asked twice.

    Args:
        chosen: The runs.
        key: The last part of the keys of the widgets.
    """
    who = person.current()
    runs = [run for run in chosen if run.is_over and who.may_change(run)]
    if not runs:
        return
    with st.popover("Delete", icon=":material/delete:", key=f"ask delete {key}"):
        what = "this run" if len(chosen) == 1 else counted(len(runs), "run")
        st.markdown(f"Deletes {what}, with curves, log and model. It can be undone for a while.")
        if len(runs) < len(chosen):
            left = counted(len(chosen) - len(runs), "run")
            st.caption(f"{left} of those chosen stay: they are not over, or not yours.")
        is_sure = st.checkbox(f"Yes, delete {what}", key=f"sure delete {key}")
        st.button(
            "Delete",
            type="primary",
            disabled=not is_sure,
            key=f"delete {key}",
            on_click=_delete,
            args=([run.id for run in runs], f"sure delete {key}"),
        )


def undo_notice() -> None:
    """Say what this user has deleted, with the button that brings it back, and what went wrong."""
    state = st.session_state
    notice.show(_DELETING)
    deleted: list[str] = state.get(_DELETED, [])
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo notice"):
        st.info(
            f"{counted(len(deleted), 'run')} deleted.", icon=":material/delete:", width="stretch"
        )
        st.button("Undo", icon=":material/undo:", key="undo delete", on_click=_undo)
        st.button("Close", key="close deleted", on_click=_forget)


def disk(listed: Sequence[Run]) -> None:
    """Show what runs take on the disk, and offer to clean up; it is measured when it is opened."""
    place = st.expander("Disk", icon=":material/hard_drive:", key="runs disk", on_change="rerun")
    if not place.open:
        return
    with place:
        usage = queue.disk_usage()
        total = sum(usage.runs.values())
        st.markdown(
            f"{counted(len(usage.runs), 'run')}, {megabytes(total)}; deleted runs that can still be "
            f"brought back, {megabytes(usage.deleted)}; {megabytes(usage.free)} of disk space are free."
        )
        largest = sorted(listed, key=lambda run: usage.runs.get(run.id, 0), reverse=True)
        if len(largest) > 1:
            st.caption("The largest:")
            titles = Counter(run.title for run in largest)
            names = {
                run.id: run.title if titles[run.title] == 1 else f"{run.title} ({run.id})"
                for run in largest[:_LARGEST]
            }
            st.table(
                {
                    escaped(name): megabytes(usage.runs.get(run_id, 0))
                    for run_id, name in names.items()
                }
            )
        if usage.deleted and person.current().is_admin:
            st.button(
                f"Clean up: remove deleted runs for good ({megabytes(usage.deleted)})",
                icon=":material/delete_forever:",
                key="clean up runs",
                on_click=_purge,
            )


def _delete(run_ids: list[str], sure: str) -> None:
    state = st.session_state
    state[sure] = False
    notice.keep(_DELETING)
    try:
        queue.delete(run_ids)
    except RunError as error:
        notice.keep(_DELETING, str(error))
        return
    state[_DELETED] = [*state.get(_DELETED, []), *run_ids]
    if st.query_params.get("run") in run_ids:
        del st.query_params["run"]


def _undo() -> None:
    try:
        queue.undelete(st.session_state.pop(_DELETED, []))
    except RunError as error:
        notice.keep(_DELETING, str(error))


def _forget() -> None:
    st.session_state.pop(_DELETED, None)


def _purge() -> None:
    try:
        queue.purge()
    except RunError as error:
        notice.keep(_DELETING, str(error))
    else:
        _forget()
