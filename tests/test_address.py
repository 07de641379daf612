from __future__ import annotations

import base64
import zlib

import pytest

from augment import RecipeError, address
from augment.engine.recipe import MAX_BYTES
from augment.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_recipe_is_decoded_as_it_was_encoded(name: str) -> None:
    text = PRESETS[name].recipe.to_json()
    parameter = address.encode(text)
    assert address.decode(parameter) == text
    assert len(parameter) < 1500
    assert set(parameter) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_longest_text_is_accepted() -> None:
    text = "x" * MAX_BYTES
    assert address.decode(address.encode(text)) == text


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("A" * (address.MAX_CHARS + 1), "at most"),
        (packed(b"x" * (MAX_BYTES + 1)), "unpacks to more than 256 KB"),
        (packed(bytes(11_000_000)), "unpacks to more than 256 KB"),
        (packed(b'{"version": 1}')[:-4], "cut off"),
        ("not base64!", "cut off"),
        ("ümlaut", "cut off"),
        ("", "cut off"),
        (base64.urlsafe_b64encode(b"plain").decode(), "cut off"),
        (packed(b"\xff\xfe"), "cut off"),
    ],
)
def test_what_is_not_a_recipe_is_refused_in_one_sentence(parameter: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as refusal:
        address.decode(parameter)
    assert "\n" not in str(refusal.value)
