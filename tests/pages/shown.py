"""What a page shows, read from the elements that it sends."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest


def grid(app: AppTest) -> dict[str, Any]:
    """Return the header of the one grid: the texts of its tiles, and its sheets."""
    [shown] = grids(app)
    return shown


def grids(app: AppTest) -> list[dict[str, Any]]:
    """Return the header of each grid, from top to bottom."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [_read(each.bytes) for each in protos if each.component_name.endswith("image_grid")]


def _read(frame: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", frame[:4])
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    assert len(frame) == 4 + length + sum(side["bytes"] for side in header["sides"])
    return header


def digest(app: AppTest) -> str:
    """Return the digest of what the grid shows."""
    return str(grid(app)["digest"])


def by_label(elements: Any, label: str) -> Any:
    """Return the first widget with this label."""
    return next(element for element in elements if element.label == label)


def plain(markdown: str) -> str:
    """Return what a reader sees of text that `escaped` has made to Markdown."""
    spaced = markdown.replace(":color[]", "").replace("&nbsp;", " ")
    return re.sub(r"\\([^\w\s]|_|\n)", r"\1", spaced)


def errors(app: AppTest) -> list[str]:
    """Return the error sentences, as a reader sees them."""
    assert not app.exception
    return [plain(element.value) for element in app.error]


def gallery(app: AppTest) -> dict[str, Any]:
    """Return the header of the open list of ops or presets, or {} if none is open."""
    protos = [element.proto for element in app.get("bidi_component")]
    found = [each.bytes for each in protos if each.component_name.endswith("gallery")]
    if not found:
        return {}
    [frame] = found
    (length,) = struct.unpack("<I", frame[:4])
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    return header


def choose(app: AppTest, title: str, **sent: str) -> None:
    """Choose a card of the open list, as a click on it does."""
    name = next(card["name"] for card in gallery(app)["cards"] if card["title"] == title)
    trigger(app, "gallery", "chosen", {"name": name, "way": "replace", **sent})


def trigger(app: AppTest, component: str, event: str, value: Any) -> None:
    """Send an event of a front-end component, and run.

    AppTest has no such thing in public, so this is the one place that knows how a component's event is
    named and sent in Streamlit 1.67.
    """
    [proto] = [
        element.proto
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith(component)
    ]
    states = app._tree.get_widget_states()
    states.widgets.add(
        id=_make_trigger_id(proto.id, "events"),
        json_trigger_value=json.dumps([{"event": event, "value": value}]),
    )
    app._run(states)


def add_step(app: AppTest, title: str, to: str = "") -> None:
    """Add a step from the list of the ops, to the recipe or to a policy in it."""
    by_label(app.button, f"Add a step to {to}" if to else "Add a step").click().run()
    choose(app, title)


def go_to(app: AppTest, page: str, **address: str) -> AppTest:
    """Go to another page as its link does, with an address of its own."""
    app.switch_page(page)
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def parameter(app: AppTest, name: str) -> str:
    """Return one parameter of the address."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]
