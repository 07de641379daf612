"""Whether the browser runs on the server's own machine, whose user may read its files anyway."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

_FORWARDED = ("forwarded", "via", "x-", "cf-", "true-client-ip", "fastly-")
_NAMES = ("localhost", "localhost.localdomain")


def browser_is_local() -> bool:
    """Whether the browser of this session is, as far as can be known, on this machine."""
    return is_local(st.context.ip_address, st.context.headers)


def is_local(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a connection comes directly from this machine, and was not forwarded.

    Args:
        address: The address that it comes from; None for this machine, as Streamlit reports it.
        headers: The headers that it was opened with. Without any it counts as remote.
    """
    given = {name.lower(): value for name, value in headers.items()}
    forwarded = any(name.startswith(_FORWARDED) for name in given)
    places = (f"//{given.get('host', '')}", given.get("origin", ""))
    return address is None and not forwarded and all(map(_is_this_machine, places))


def _is_this_machine(place: str) -> bool:
    try:
        name = urlsplit(place).hostname or ""
        return name in _NAMES or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
