"""What a visitor asks the helper process for, one request at a time.

A request is in the session, with its result. It stays there when the page is left: a request that waits
in the line then takes its turn, and its result is there when the page is opened again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from augment import AugmentError, helper
from augment.helper import Job
from pages.components.session.text import escaped
from pages.components.session.waiting import POLL_SECONDS, standing

PLAIN, VIEWS, NEAREST = "plain", "views", "nearest"
_PATIENCE_S = 60.0
"""For how long a request that was refused a place in the line is made again."""
_PREDICTING = {
    PLAIN: "Asking the model",
    VIEWS: "Asking the model about the views",
    NEAREST: "Looking for the nearest training pictures",
}


@dataclass(kw_only=True)
class Request:
    """A request: waiting while it has neither a result nor a problem.

    Attributes:
        kind: `PLAIN`, `VIEWS` or `NEAREST`.
        subject: What it is about; a result is shown for this and nothing else.
        make: What submits it.
        job: The request to the helper process, once it has a place in the line.
        problem: Why there is no result, in a sentence.
        result: The result.
        began: When it was made, of a monotonic clock.
    """

    kind: str
    subject: object
    make: Callable[[], Job[Any]]
    job: Job[Any] | None = None
    problem: str = ""
    result: Any = None
    began: float = field(default_factory=time.monotonic)

    @property
    def is_waiting(self) -> bool:
        """Whether the result is still to come."""
        return self.result is None and not self.problem

    def proceed(self) -> None:
        """Take a place in the line if there is none yet, and the result if it is there."""
        if self.job is None:
            try:
                self.job = self.make()
            except AugmentError as error:
                # The line is full for a moment, when a whole class has taken its photographs.
                if time.monotonic() > self.began + _PATIENCE_S:
                    self.problem = str(error)
        elif self.job.done():
            job, self.job = self.job, None
            try:
                self.result = job.result()
            except AugmentError as error:
                self.problem = str(error)


def ask(kind: str, subject: object, task: str, arguments: Callable[[], tuple[Any, ...]]) -> Request:
    """Return the request about a subject, which is made now unless it was before.

    Args:
        kind: `PLAIN`, `VIEWS` or `NEAREST`; a new request takes the place of the last of its kind, and
            of all that still wait.
        subject: What it is about.
        task: The task of the helper process.
        arguments: Makes the arguments of the task, each time that the request is made.
    """
    requests: dict[str, Request] = st.session_state.setdefault("predict requests", {})
    request = requests.get(kind)
    if request is None or request.subject != subject:
        _withdraw(requests)
        request = Request(
            kind=kind, subject=subject, make=lambda: helper.HELPER.submit(task, *arguments())
        )
        requests[kind] = request
    if request.is_waiting:
        request.proceed()
    return request


def _withdraw(requests: dict[str, Request]) -> None:
    """Drop the requests that wait; one that has its turn goes on, and nobody takes its result."""
    for kind, request in list(requests.items()):
        if request.is_waiting:
            if request.job:
                request.job.cancel()
            del requests[kind]


def shown(request: Request) -> Any:
    """Return the result of a request; None where there is none, and the page says how it stands."""
    if request.is_waiting:
        st.fragment(_progress, run_every=POLL_SECONDS)(request)
    elif request.problem:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(escaped(request.problem), width="stretch")
            st.button(
                "Ask again",
                icon=":material/refresh:",
                key=f"predict {request.kind} again",
                on_click=_forget,
                args=(request,),
            )
    return request.result


def _progress(request: Request) -> None:
    """Show the place in the line, and run the page again once there is a result."""
    if request.is_waiting:
        request.proceed()
    if not request.is_waiting:
        st.rerun()
    job = request.job
    if job is None:
        doing = "The line of requests is full; this one takes the next free place"
    else:
        doing = standing(job, {"predicting": _PREDICTING[request.kind]})
    seconds = time.monotonic() - request.began
    st.markdown(f":material/hourglass_top: {escaped(doing)}. {seconds:.0f} s so far.")


def _forget(request: Request) -> None:
    requests: dict[str, Request] = st.session_state["predict requests"]
    if requests.get(request.kind) is request:
        del requests[request.kind]
