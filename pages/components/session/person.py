"""Who sits at the browser: whose runs are theirs, and whether they may change those of others."""

from __future__ import annotations

from dataclasses import dataclass

from augment.runs import Run


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever the page is shown to.

    Attributes:
        owner: The hash of the token in their cookie; empty for none.
        is_admin: Whether they may change every run.
    """

    owner: str
    is_admin: bool

    def may_change(self, run: Run) -> bool:
        """Return whether they may stop, cancel, resume, rename or delete a run."""
        return self.is_admin or bool(self.owner and self.owner == run.owner)


def current() -> Person:
    """Return the person whom the page is shown to now."""
    return Person(owner="", is_admin=True)
