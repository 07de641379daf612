"""The address of a page: the recipe in it, and its other parameters."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import parse_qs, urlsplit

from augment.engine.recipe import MAX_BYTES
from augment.errors import RecipeError

RECIPE = "r"
"""The parameter of the recipe."""
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


def is_address(text: str) -> bool:
    """Whether a text is an address of a page, or what follows the "?" in one, with its "?"."""
    return text.startswith(("http://", "https://", "?"))


def parameters(text: str) -> dict[str, list[str]]:
    """Return the values of each parameter of an address, in their order.

    Raises:
        RecipeError: It is no address.
    """
    try:
        return parse_qs(urlsplit(text).query, max_num_fields=100)
    except ValueError as error:  # as of "http://["
        raise RecipeError(f"The address cannot be read: {error}.") from None


def recipe_text(text: str) -> str:
    """Return the recipe of an address, as JSON that is still to be read.

    Raises:
        RecipeError: It has none, or one that cannot be read.
    """
    values = parameters(text).get(RECIPE, [])
    if len(values) != 1:
        raise RecipeError(
            f"The address has no recipe (the parameter {RECIPE}); copy the link under Share in Explore."
        )
    return decode(values[0])
