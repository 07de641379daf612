"""A request on its way to keras_cv, for who has other things to do meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass

from augment.engine.samples import Images, Labels
from augment.errors import AugmentError
from augment.kerascv.turns import Place
from augment.kerascv.wire import KerasCVError, Stage


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """A batch by the layers of keras_cv.

    Attributes:
        images: uint8 (B, H, W, 3), rounded from the layers' float32.
        labels: float32 (B, K).
        seconds: What the layers alone took, as a compiled function that is warm: see `timed`.
        building: Seconds of making and tracing the layers; 0 where they were there.
        starting: Seconds of loading TensorFlow and keras_cv; 0 where they were there.
        differs: The ids of steps, each with a sentence on what differs from this package's own result.
    """

    images: Images
    labels: Labels
    seconds: float
    building: float
    starting: float
    differs: tuple[tuple[str, str], ...]


class Asked:
    """A request in a thread of its own. Any thread may look at it, and none has to.

    Args:
        place: Its place in the line, which it leaves when it is done.
        patience: Seconds to wait for the turn.
        serve: Gets the result; called once it is the request's turn, with what takes the stage.

    Raises:
        KerasCVError: No thread can be started.
    """

    def __init__(
        self, place: Place, patience: float, serve: Callable[[Callable[[Stage], None]], Reference]
    ) -> None:
        self._place = place
        self._answer: Future[Reference] = Future()
        self._stage: Stage = "starting"
        self._began = time.monotonic()
        thread = threading.Thread(
            target=self._run, args=(patience, serve), name="ask keras_cv", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            place.leave()
            raise KerasCVError("The server has no thread left for it; try again later.") from error

    @property
    def done(self) -> bool:
        """Whether there is a result, or a reason why there is none."""
        return self._answer.done()

    @property
    def ahead(self) -> int:
        """How many requests are served before this one; 0 where it is being served."""
        return self._place.ahead

    @property
    def stage(self) -> Stage:
        """What the process of keras_cv is doing for it; means nothing where others are ahead."""
        return self._stage

    @property
    def seconds(self) -> float:
        """How long ago it was asked."""
        return time.monotonic() - self._began

    def result(self) -> Reference:
        """Wait for the result.

        Raises:
            KerasCVError: There is none; says why.
        """
        return self._answer.result()

    def cancel(self) -> None:
        """Leave the line. What is being served goes on to its end, unseen."""
        if self._answer.cancel():
            self._place.leave()

    def _run(self, patience: float, serve: Callable[[Callable[[Stage], None]], Reference]) -> None:
        try:
            self._place.wait(patience)
            if self._answer.set_running_or_notify_cancel():
                self._answer.set_result(serve(self._tell))
        except AugmentError as error:
            self._refuse(error)
        except BaseException as error:  # noqa: BLE001 - who asked gets a sentence
            refusal = KerasCVError(f"keras_cv gave no result ({type(error).__name__}).")
            refusal.__cause__ = error
            self._refuse(refusal)
        finally:
            self._place.leave()

    def _refuse(self, error: AugmentError) -> None:
        # Somebody may withdraw in the very moment.
        with suppress(InvalidStateError):
            self._answer.set_exception(error)

    def _tell(self, stage: Stage) -> None:
        self._stage = stage
