"""A process that serves as that of keras_cv does, without TensorFlow.

It inverts the pictures. What else it does stands in the id of the recipe's first step.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from augment.kerascv.process import main
from augment.kerascv.wire import Answer, Request, Stage


class Inverting:
    def __init__(self, folder: Path) -> None:
        (folder / "temporary").write_bytes(b"as TensorFlow has them")

    def render(self, request: Request, tell: Callable[[Stage], None]) -> Answer:
        tell("building")
        match request.recipe.steps[0].id:
            case "hang":
                threading.Event().wait()
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                os._exit(3)
            case "fail":
                raise ValueError("Dimensions must be equal.\n\nA long story.")
        tell("rendering")
        return Answer(images=255 - request.images, labels=request.labels, seconds=0.5, building=0.0)


if __name__ == "__main__":
    main(Inverting)
