"""The connection over which the grids of a page follow a slider while it moves; it shows nothing."""

from __future__ import annotations

from pages.components.parts.component import component

_mount = component(__file__, shared=("frame",))


def live_frames(token: str, *, path: str) -> None:
    """Let sliders show their pictures while they move, without anything new on the page.

    It listens to the event `augment:drag` of a slider, asks the server for its frames, and hands them to
    the grids with `augment:frame`. Where the server cannot be reached that way, the pictures change when
    a slider is released.

    Args:
        token: What the server knows the session by.
        path: The path of the route, below the address of the app.
    """
    _mount(data={"token": token, "path": path}, key="live-frames", width=1, height=1)
