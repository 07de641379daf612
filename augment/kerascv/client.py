"""Asking for a recipe by the layers of keras_cv, from any thread of the server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from augment.engine.recipe import Recipe
from augment.engine.samples import Arrays, Images
from augment.export.with_keras_cv import differences
from augment.kerascv.asked import Asked, Reference
from augment.kerascv.helper import Ended, Helper
from augment.kerascv.turns import Turns
from augment.kerascv.wire import MAX_BYTES, MAX_PICTURES, Answer, KerasCVError, Request, Stage

IDLE_S = 120.0
TIMEOUT_S = 90.0
MOST_WAITING = 8


class Client:
    """The one helper process, whose start and end nobody has to think of.

    Args:
        idle: Seconds without a request after which the process ends.
        words: The command line of the process; its folder and ``idle`` are added.
    """

    def __init__(self, *, idle: float = IDLE_S, words: Sequence[str] = ()) -> None:
        self._idle = idle
        self._words = words or (sys.executable, "-m", "augment.kerascv.process")
        self._turns = Turns(most_waiting=MOST_WAITING)
        self._helper: Helper | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, or None while there is none."""
        return self._helper.pid if self._helper and self._helper.alive else None

    def ask(
        self,
        recipe: Recipe,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        timeout: float = TIMEOUT_S,
    ) -> Asked:
        """See `augment.kerascv.ask`."""
        given = Arrays(images, labels)
        held = np.asarray(given.images)
        _check_size(held)
        request = Request(
            recipe=recipe,
            images=held,
            labels=given.labels(np.arange(len(held))),
        )
        return Asked(self._turns.join(), timeout, partial(self._served, request, timeout))

    def render(
        self,
        recipe: Recipe,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        timeout: float = TIMEOUT_S,
    ) -> Reference:
        """See `augment.kerascv.render`."""
        asked = self.ask(recipe, images, labels, timeout=timeout)
        try:
            return asked.result()
        finally:
            asked.cancel()  # where the wait itself was interrupted

    def close(self) -> None:
        """End the process now; who waits for it gets a sentence, and a later request starts another."""
        if self._helper:
            self._helper.end()

    def _served(self, request: Request, timeout: float, tell: Callable[[Stage], None]) -> Reference:
        answer = self._answer(request, timeout, tell)
        if isinstance(answer, str):
            raise KerasCVError(answer)
        return Reference(**vars(answer), differs=differences(request.recipe))

    def _answer(
        self, request: Request, timeout: float, tell: Callable[[Stage], None]
    ) -> Answer | str:
        for is_last in (False, True):
            helper = self._living()
            try:
                return helper.ask(request, timeout, tell)
            except Ended as ended:
                # It may go idle in the very moment in which it is asked.
                if is_last or not helper.has_gone_idle:
                    raise KerasCVError(str(ended)) from None
            except BaseException:
                helper.end()  # half of a message may be on its way, and no other can follow it
                raise
        raise AssertionError

    def _living(self) -> Helper:
        if self._helper is None or not self._helper.alive:
            self._helper = Helper(self._words, self._idle)
        return self._helper


_CLIENT = Client()


def render(
    recipe: Recipe,
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    timeout: float = TIMEOUT_S,
) -> Reference:
    """Return a batch by the layers of keras_cv 0.9, as `augment.export.to_keras_cv` has them.

    Any number of threads may ask at once: requests are served one at a time, in the order in which they
    came, and eight may wait. The first one waits 5 to 15 s for TensorFlow; new layers or a new shape
    cost 0.1 to 4 s more, and the last eight of them are kept.

    The draws are keras_cv's own and each request has others. There is no seed: ``seed=`` makes
    neither CutMix, MixUp, GridMask nor RandAugment of keras_cv repeatable, nor several of its tone and
    warp layers.

    Args:
        recipe: What may happen; what keras_cv has no layer for is left out.
        images: uint8 (B, H, W, 3), RGB; 64 pictures and 32 MB at most.
        labels: Shares (B, K), rows summing to 1, or class numbers (B,).
        timeout: Seconds to wait for a turn at most, and again for the result. A process that has no
            result by then is ended.

    Raises:
        KerasCVError: No result: too many wait, it took too long, the process crashed, keras_cv is not
            installed, or its layers cannot do this.
        DataError: The pictures or labels are not as above.
    """
    return _CLIENT.render(recipe, images, labels, timeout=timeout)


def ask(
    recipe: Recipe,
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    timeout: float = TIMEOUT_S,
) -> Asked:
    """Begin what `render` does, and return at once.

    Raises:
        KerasCVError: Too many wait already, or the pictures are too many.
        DataError: The pictures or labels are not as they must be.
    """
    return _CLIENT.ask(recipe, images, labels, timeout=timeout)


def _check_size(images: Images) -> None:
    if not 1 <= len(images) <= MAX_PICTURES or not 0 < images.nbytes <= MAX_BYTES:
        raise KerasCVError(
            f"keras_cv is given 1 to {MAX_PICTURES} pictures of together {MAX_BYTES // 2**20} MB at "
            f"most; these are {len(images)} with {images.nbytes / 2**20:,.1f} MB."
        )
