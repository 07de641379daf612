"""Arrays are used again, but never one that somebody still looks at."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from augment.engine import buffers
from tests import contract

SHAPE = (3, 8, 9, 3)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "_kept", threading.local())


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_what_was_let_go_of_is_handed_out_again() -> None:
    first = address(buffers.result(SHAPE))
    assert address(buffers.result(SHAPE)) == first


def test_what_is_held_is_not() -> None:
    held = [buffers.result(SHAPE) for _ in range(4)]
    assert len({address(array) for array in held}) == 4


def test_what_a_view_is_held_of_is_not() -> None:
    view = buffers.result(SHAPE)[1, ..., 0]
    bytes_of_another = memoryview(buffers.result(SHAPE))
    third = buffers.result(SHAPE)
    assert not np.shares_memory(third, view)
    assert address(third) != address(np.asarray(bytes_of_another))


def test_another_thread_has_its_own() -> None:
    own = address(buffers.result(SHAPE))
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(address(buffers.result(SHAPE))))
    thread.start()
    thread.join()
    assert found != [own]


def test_no_more_than_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    size = int(np.prod(SHAPE))
    monkeypatch.setattr(buffers, "_RESULT_BYTES", 2 * size)
    monkeypatch.setattr(buffers, "_LARGEST", 3 * size)
    held = [buffers.result(SHAPE) for _ in range(4)]
    assert len(buffers._kept.results) == 2
    del held
    buffers.result((10, *SHAPE[1:]))
    assert buffers._kept.results == [], (
        "what has another shape is let go of, what is too large not kept"
    )
    buffers.result((2, *SHAPE[1:]))
    assert len(buffers._kept.results) == 1


def test_the_pictures_of_one_batch_outlive_the_next() -> None:
    recipe = contract.recipe_of("mix_up")
    first = contract.applied(recipe, epoch=1).images
    copy, row = first.copy(), first[2]
    for epoch in range(2, 9):
        contract.applied(recipe, epoch=epoch)
    np.testing.assert_array_equal(first, copy)
    del first
    for epoch in range(2, 9):
        contract.applied(recipe, epoch=epoch)
    np.testing.assert_array_equal(row, copy[2])
