"""Who sits at the browser: whose runs are theirs, and whether they may change those of others.

A run belongs to the browser that submitted it (`owner`). An administrator may change every run: whoever
signed in with the passcode of the secrets file, and everybody where only this machine can reach the
server, because its users may run the command line, which changes every run too.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from augment.runs import Run, queue
from pages.components.session import hosts, owner, passcode
from pages.components.session.local_browser import browser_is_local


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever the page is shown to.

    Attributes:
        owner: The hash of the token in their cookie; empty for none.
        is_admin: Whether they may change every run.
    """

    owner: str
    is_admin: bool

    @property
    def most_queued(self) -> int | None:
        """How many of their runs may wait in the queue, as `queue.most_queued`; None for any number."""
        return None if self.is_admin else queue.most_queued()

    def may_change(self, run: Run) -> bool:
        """Return whether they may stop, cancel, resume, test, rename or delete a run."""
        return self.is_admin or bool(self.owner and self.owner == run.owner)

    def why_not(self, run: Run) -> str:
        """Return in a sentence why they may not change a run; empty if they may."""
        if self.may_change(run):
            return ""
        if not run.owner:
            return "Started on the command line: only an administrator can change it here."
        return "Started in another browser: only that browser or an administrator can change it."


def current() -> Person:
    """Return the person whom the page is shown to now."""
    return Person(
        owner=owner.hash_of(st.context.cookies.get(owner.COOKIE)),
        is_admin=at_this_machine() or passcode.is_signed_in(),
    )


def at_this_machine() -> bool:
    """Whether nobody but the users of this machine can be at this browser.

    A server that listens on a loopback address may still serve a network, through a proxy on the same
    machine. All requests of a proxy come from this machine; what shows it are the headers that it adds
    (X-Forwarded-For, Forwarded, Via) or a host that is not this machine's own name for itself.
    """
    return hosts.is_loopback(st.get_option("server.address") or "") and browser_is_local()
