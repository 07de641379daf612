"""Whether a browser runs on the server's own machine, where its person may read files anyway."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

_PASSED_ON = ("forwarded", "via", "x-", "cf-", "true-client-ip", "fastly-")
_NAMES = ("localhost", "localhost.localdomain")


def at_the_server() -> bool:
    """Whether the browser of this session is, as far as can be known, on this machine."""
    return is_near(st.context.ip_address, st.context.headers)


def is_near(address: str | None, headers: Mapping[str, str]) -> bool:
    """Tell from how a browser came: from this machine to this machine, passed on by nobody.

    Args:
        address: Where the connection comes from; None for this machine, as Streamlit has it.
        headers: Those that the connection was opened with. Without any nothing is known.
    """
    given = {name.lower(): value for name, value in headers.items()}
    passed_on = any(name.startswith(_PASSED_ON) for name in given)
    places = (f"//{given.get('host', '')}", given.get("origin", ""))
    return address is None and not passed_on and all(map(_is_here, places))


def _is_here(place: str) -> bool:
    try:
        name = urlsplit(place).hostname or ""
        return name in _NAMES or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
