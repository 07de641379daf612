"""``python -m augment.kerascv.process FOLDER IDLE``: the process of keras_cv, started by the server.

It answers one request after the other on the channel that is its standard input, and ends when none
has come for IDLE seconds, or as soon as the server is gone, whatever it is doing then.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn, Protocol

from augment.kerascv import wire
from augment.kerascv.wire import Answer, Channel, Request, Stage

NICENESS = 10
"""The pages stay quick, and rendering loses nothing on an idle machine."""


class Renderer(Protocol):
    """What makes an answer out of a request."""

    def render(self, request: Request, tell: Callable[[Stage], None]) -> Answer:
        """Return what became of a batch; ``tell`` takes what is being done."""


def main(load: Callable[[Path], Renderer]) -> NoReturn:
    """Serve until nobody asks any more.

    Args:
        load: Called once with the folder for files, while the first request may be on its way.
    """
    os.nice(NICENESS)
    folder, idle = Path(sys.argv[1]), float(sys.argv[2])
    channel: Channel = Connection(sys.stdin.fileno())
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, requests, folder), daemon=True).start()
    started = time.perf_counter()
    renderer: Renderer | str
    try:
        renderer = load(folder)
    except Exception as error:  # noqa: BLE001 - a broken installation fails in any way
        traceback.print_exception(error)
        renderer = (
            "keras_cv cannot be used: the packages tensorflow and keras-cv must be installed where "
            f"the server runs ({_told(error)})."
        )
    starting = time.perf_counter() - started
    while True:
        try:
            request = requests.get(timeout=idle)
        except queue.Empty:
            _end(folder)
        answer = renderer if isinstance(renderer, str) else _rendered(renderer, request, channel)
        try:
            if isinstance(answer, str):
                wire.send_failure(channel, answer)
            else:
                wire.send_answer(channel, replace(answer, starting=starting))
        except OSError:
            _end(folder)
        if isinstance(renderer, str):
            _end(folder)  # the packages may be there when it is asked again
        starting = 0.0


def _rendered(renderer: Renderer, request: Request, channel: Channel) -> Answer | str:
    try:
        return renderer.render(request, partial(wire.send_stage, channel))
    except Exception as error:  # noqa: BLE001 - layers that are not ours, with any values
        traceback.print_exception(error)
        height, width = request.images.shape[1:3]
        return f"keras_cv cannot do this with pictures of {height} x {width} px ({_told(error)})."


def _listen(channel: Channel, requests: queue.SimpleQueue[Request], folder: Path) -> None:
    """Take requests in, and end the process when the channel ends, however the server died."""
    try:
        while True:
            requests.put(wire.receive_request(channel))
    except (EOFError, OSError):
        _end(folder)
    except Exception as error:  # noqa: BLE001 - nobody else would notice that nothing is taken in
        traceback.print_exception(error)
        os._exit(1)


def _end(folder: Path) -> NoReturn:
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # at once, also where a layer is at work


def _told(error: Exception) -> str:
    """Return an error in one line; where TensorFlow wraps another in a story, that other."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    wrapped = [line for line in lines if re.match(r"\w+(Error|Exception): ", line)]
    own = f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
    return (wrapped[-1] if wrapped else own)[:200].rstrip(".")


def _layers(folder: Path) -> Renderer:
    from augment.kerascv.layers import Layers

    return Layers(folder)


if __name__ == "__main__":
    main(_layers)
