"""The address of a page: the recipe in it, and whether it has changed since the last run."""

from __future__ import annotations

import base64
import binascii
import zlib

import streamlit as st

from augment import RecipeError
from augment.engine.recipe import MAX_BYTES
from pages.components.session import streamlit_internals

MAX_CHARS = 16_384
"""The longest recipe parameter that is read; browsers and proxies accept at least this much."""


def encode(text: str) -> str:
    """Return the JSON text of a recipe as an address parameter: compressed, in URL-safe characters."""
    packed = zlib.compress(text.encode(), 9)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode(parameter: str) -> str:
    """Return the text that `encode` was given; never unpacks more than `MAX_BYTES`.

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
                f"The recipe in the address unpacks to more than {MAX_BYTES // 1024} KB, "
                "the largest size of a recipe."
            )
        if not unpacker.eof:
            raise zlib.error("incomplete")
        return text.decode()
    except (UnicodeError, binascii.Error, zlib.error):
        raise RecipeError(
            "The recipe in the address cannot be read; the link is probably cut off."
        ) from None


def arrived(reader: str) -> bool:
    """Whether a user opened or changed the page, or went back or forward, rather than used a widget.

    In any other run the address may be older than the latest change.

    Args:
        reader: The name of the caller; each caller asks once a run and gets its own answer.
    """
    return turned(reader) or streamlit_internals.came_by_history()


def turned(reader: str) -> bool:
    """Whether the last run that this reader saw was of another page; each asks once a run."""
    page = streamlit_internals.page_of_run()
    key = f"page last seen by {reader}"
    before = st.session_state.get(key)
    st.session_state[key] = page
    return bool(before != page)
