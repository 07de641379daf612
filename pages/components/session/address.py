"""A recipe as one parameter of the address: compressed JSON in letters that an address may hold.

Whether the address of a run is news.
"""

from __future__ import annotations

import base64
import binascii
import zlib

import streamlit as st

from augment import RecipeError
from augment.engine.recipe import MAX_BYTES
from pages.components.session import streamlit_internals

MAX_CHARS = 16_384
"""What a parameter may be long; browsers and proxies take at least this much."""


def encode(text: str) -> str:
    """Return the text of a recipe as an address parameter."""
    packed = zlib.compress(text.encode(), 9)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode(parameter: str) -> str:
    """Return the text that `encode` was given.

    Never unpacks more than `MAX_BYTES`, whatever the parameter claims to hold.

    Raises:
        RecipeError: The parameter is too long, cut off or not made by `encode`.
    """
    if len(parameter) > MAX_CHARS:
        raise RecipeError(
            f"The recipe in the address has {len(parameter):,} characters; "
            f"at most {MAX_CHARS:,} are read."
        )
    try:
        padded = parameter.encode("ascii") + b"=" * (-len(parameter) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise RecipeError(
                f"The recipe in the address unpacks to more than {MAX_BYTES // 1024} KB; "
                "that is no recipe."
            )
        if not unpacker.eof:
            raise zlib.error("incomplete")
        return text.decode()
    except (UnicodeError, binascii.Error, zlib.error):
        raise RecipeError(
            "The recipe in the address cannot be read; the link is probably cut off."
        ) from None


def arrived(who: str) -> bool:
    """Whether somebody opened or changed the page, or went back or forward, rather than a widget.

    At any other time a run may bring an address older than the latest change.

    Args:
        who: Who asks; each asks once a run, and is answered for itself.
    """
    page = streamlit_internals.page_of_run()
    key = f"page that {who} saw last"
    turned = st.session_state.get(key) != page
    st.session_state[key] = page
    return turned or streamlit_internals.came_by_history()
