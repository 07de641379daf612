"""The page Data in a test."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from tests.pages.shown import errors, plain

Open = Callable[..., AppTest]

SIZE = 32


def prepared(home: Path, folder: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home))
        return data.prepare(f"folder:{folder}", SIZE).source


def opened(open_page: Open, name: str = "bundled", **state: object) -> AppTest:
    """Open the page on a set, as if it had been chosen there."""
    app = open_page("data.py", size=str(SIZE))
    for key, value in {"data": name, **state}.items():
        app.session_state[key] = value
    app.run()
    assert errors(app) == []
    return app


def cards(app: AppTest, key: str = "") -> list[dict[str, Any]]:
    """Return the texts of the cards of pictures in the open tab, or of those with a key above it."""
    [frame] = [
        element.proto.bytes
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith("picture_cards")
        and element.proto.id.endswith("-conflicts") == (key == "conflicts")
    ]
    (length,) = struct.unpack("<I", frame[:4])
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    assert frame[4 + length :].startswith(b"\xff\xd8")
    found: list[dict[str, Any]] = header["cards"]
    numbers = [picture["at"] for card in found for picture in card["pictures"]]
    assert numbers == list(range(len(numbers)))
    return found


def read(elements: Any) -> str:
    """Return texts as a reader sees them, a line each."""
    return "\n".join(plain(element.value) for element in elements)
