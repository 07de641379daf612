"""Batches requested in any order and by several threads at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import Any


def wrong_batches(served: Any, alone: Sequence[bytes], *, times: int) -> list[int]:
    """Return the indexes at which four threads got other pictures than one alone.

    Args:
        served: What gives a batch, pictures first, for an index.
        alone: The bytes of each batch's pictures.
        times: How many times each batch is requested.
    """
    order = [*range(len(alone))] * times
    random.Random(0).shuffle(order)
    wrong: list[int] = []

    def ask(indexes: list[int]) -> None:
        wrong.extend(index for index in indexes if served[index][0].tobytes() != alone[index])

    threads = [threading.Thread(target=ask, args=(order[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong
