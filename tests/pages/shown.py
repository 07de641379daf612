"""What a page shows, read from the elements that it sends."""

from __future__ import annotations

import itertools
import json
import re
import struct
from collections.abc import Iterator
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetStates
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


def panel(app: AppTest) -> dict[str, Any]:
    """Return the recipe panel: what the browser gets to show."""
    data: dict[str, Any] = json.loads(_panel(app).json)
    return data


def steps(app: AppTest) -> list[dict[str, Any]]:
    """Return the steps of the panel, parents before their children."""

    def walk(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for step in steps:
            yield step
            yield from walk(step["steps"] or [])

    return list(walk(panel(app)["steps"]))


def setting(app: AppTest, label: str) -> dict[str, Any]:
    """Return the first parameter of the panel with this label."""
    return next(each for step in steps(app) for each in step["settings"] if each["label"] == label)


def slide(app: AppTest, label: str, value: Any) -> None:
    """Give the first parameter with this label another value, in the unit of the recipe, and run."""
    step, name = next(
        (step["id"], each["name"])
        for step in steps(app)
        for each in step["settings"]
        if each["label"] == label
    )
    send_edit(app, kind="value", step=step, name=name, value=value)


def switch(app: AppTest, title: str, *, on: bool) -> None:
    """Switch the first step with this title on or off, and run."""
    step = next(each["id"] for each in steps(app) if each["title"] == title)
    send_edit(app, kind="value", step=step, name="enabled", value=on)


_numbers = itertools.count(1)


def send_edit(app: AppTest, **edit: Any) -> None:
    """Send an edit of the recipe panel as the browser does, and run."""
    send_edits(app, {"instance": "a panel", "edits": [_numbered(app, edit)]})


def _numbered(app: AppTest, edit: dict[str, Any]) -> dict[str, Any]:
    shown = panel(app)
    instance, last = shown["applied"]
    has = last if instance == "a panel" else 0
    return {"n": next(_numbers), "version": shown["version"], "has": has, **edit}


def send_edits(app: AppTest, sent: Any) -> bool:
    """Send anything as the state of the panel, for which AppTest has no public way either.

    Buttons that were clicked are sent with it. Returns whether the panel was made again.
    """
    states = app._tree.get_widget_states()
    states.widgets.add(id=_panel(app).id, json_value=json.dumps({"edits": sent}))
    app._run(states)
    ran = [element.proto.component_name for element in app.get("bidi_component")]
    # Of what ran, the stage alone is there; the rest is for a browser, and here after a run.
    app.run()
    return any(name.endswith("recipe_panel") for name in ran)


def come_back(app: AppTest, sent: Any) -> AppTest:
    """Return the page in a new session, to which the browser sends its address and its panel's state."""
    again = AppTest.from_file(app._script_path, default_timeout=app.default_timeout)
    for name, value in app.query_params.items():
        again.query_params[name] = value
    states = WidgetStates()
    states.widgets.add(id=_panel(app).id, json_value=json.dumps({"edits": sent}))
    return again._run(states)


def _panel(app: AppTest) -> Any:
    [found] = [
        element.proto
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith("recipe_panel")
    ]
    return found


def add_step(app: AppTest, title: str, to: str = "") -> None:
    """Add a step from the list of the ops, to the recipe or to the policy with this title."""
    open_op_list(app, to)
    choose(app, title)


def open_op_list(app: AppTest, to: str = "") -> None:
    """Open the list of the ops, for the recipe or for the policy with this title."""
    inside = next((each["id"] for each in steps(app) if each["title"] == to), "")
    edit = _numbered(app, {"kind": "add", "step": inside})
    states = app._tree.get_widget_states()
    sent = {"instance": "a panel", "edits": [edit]}
    states.widgets.add(id=_panel(app).id, json_value=json.dumps({"edits": sent}))
    app._run(states)


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
