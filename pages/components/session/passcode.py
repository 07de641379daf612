"""The passcode of the secrets file, with which a person becomes an administrator for a session."""

from __future__ import annotations

import hmac
import math
import threading
import time
from collections import deque
from collections.abc import Callable

import streamlit as st

NAME = "passcode"
"""Its name in the secrets file, `.streamlit/secrets.toml`."""
MOST_WRONG, SECONDS = 5, 60.0
"""How many wrong passcodes a server takes in which time."""

_SIGNED_IN = "signed in as administrator"


class Tries:
    """Counts the wrong passcodes that were given to a server, whoever gave them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=MOST_WRONG)
        # So that many tries at once are not compared before the first of them counts.
        self._lock = threading.Lock()

    def check(self, given: str, right: str) -> str:
        """Return why a passcode is refused, in a sentence; empty if it is right.

        While there are too many wrong ones, a right one is refused too, or each guess would be answered.
        """
        with self._lock:
            if len(self._wrong) == MOST_WRONG:
                left = self._wrong[0] + SECONDS - self._clock()
                if left > 0:
                    return (
                        f"There were {MOST_WRONG} wrong passcodes within a minute. Try again in "
                        f"{math.ceil(left)} s."
                    )
            # It takes the same time wherever the two begin to differ.
            if hmac.compare_digest(given.encode(), right.encode()):
                return ""
            self._wrong.append(self._clock())
            return "The passcode is wrong."


_TRIES = Tries()


def is_set() -> bool:
    """Whether the secrets file has a passcode."""
    return bool(_passcode())


def is_signed_in() -> bool:
    """Whether the person of this session gave the passcode."""
    return st.session_state.get(_SIGNED_IN) is True


def sign_in(given: str) -> str:
    """Compare a passcode; return why it is refused, in a sentence, or nothing where it is right."""
    right = _passcode()
    problem = _TRIES.check(given, right) if right else "The secrets file has no passcode."
    if not problem:
        st.session_state[_SIGNED_IN] = True
    return problem


def sign_out() -> None:
    """End what `sign_in` began."""
    st.session_state.pop(_SIGNED_IN, None)


def _passcode() -> str:
    found = st.secrets.get(NAME, "") if st.secrets.load_if_toml_exists() else ""
    # One of digits alone may be written without quotes.
    return "" if isinstance(found, bool) or not isinstance(found, str | int) else str(found)
