"""What a view has asked the helper process for: one request for each view, in the session.

A request belongs to a subject, such as one recipe, seed, epoch and set of pictures. While it waits, the
page works on, and what has become of the subject by then is asked for next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import AugmentError
from augment.helper import Job
from pages.components.session.fragments import STAGE
from pages.components.session.text import escaped
from pages.components.session.waiting import POLL_SECONDS, standing


@dataclass(kw_only=True)
class Request:
    """A request of the user: running while it has a job, then failed or with a result.

    Attributes:
        subject: What it is about; a result is shown for this and nothing else.
        job: The request to the helper process, while it runs.
        problem: Why there is no result, in a sentence.
        result: The result.
    """

    subject: object
    job: Job[Any] | None = None
    problem: str = ""
    result: Any = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a view asks for something.

    Attributes:
        key: Where the request is in the session.
        subject: What the view shows now.
        make: Submits the request about it.
        finish: Makes the result from what the helper process gives.
        stages: What to say of the stages of the task instead of their names.
    """

    key: str
    subject: object
    make: Callable[[], Job[Any]]
    finish: Callable[[Any], Any]
    stages: Mapping[str, str]

    def request(self) -> Request | None:
        """Return the last request, with its result if it is finished by now."""
        request = self._stored()
        if request is None or request.job is None:
            return request
        if request.subject != self.subject and (request.job.done() or request.job.ahead):
            # Who goes on while a request waits wants to see what is on the page by then.
            self.submit()
            return self._stored()
        if request.job.done():
            job, request.job = request.job, None
            try:
                request.result = self.finish(job.result())
            except AugmentError as error:
                request.problem = str(error)
        return request

    def submit(self) -> None:
        """Ask about what the view shows now, instead of an earlier request; a callback of a button."""
        request = self._stored()
        if request and request.job:
            if request.subject == self.subject:
                return  # a second click, sent before the first was answered
            request.job.cancel()
        request = Request(subject=self.subject)
        try:
            request.job = self.make()
        except AugmentError as error:
            request.problem = str(error)
        st.session_state[self.key] = request

    def show(self, offer: Callable[[Request | None, Asked], None]) -> Any:
        """Show how the request stands while it runs, and return its result if the view shows its subject.

        The page runs again once the result is there.

        Args:
            offer: Shows what the last request gave, with a button for a new one, while none runs.
        """
        request = self.request()
        with st.container(border=True):
            if request and request.job:
                follow = st.fragment(self._progress, run_every=POLL_SECONDS)
                follow(request.job, request.subject == self.subject)
            else:
                offer(request, self)
        return request.result if request and request.subject == self.subject else None

    def _stored(self) -> Request | None:
        request: Request | None = st.session_state.get(self.key)
        return request

    def _progress(self, job: Job[Any], is_current: bool) -> None:
        if job.done():
            st.rerun()
        later = "" if is_current else " Your changes since then are rendered right after."
        with st.container(horizontal=True, vertical_alignment="center"):
            doing = escaped(standing(job, self.stages))
            st.markdown(f":material/hourglass_top: {doing}. {job.seconds:.0f} s so far.{later}")
            st.button("Stop waiting", key=f"stop {self.key}", on_click=self._stop)

    def _stop(self) -> None:
        request: Request | None = st.session_state.pop(self.key, None)
        if request and request.job:
            request.job.cancel()
        st.rerun(STAGE)
