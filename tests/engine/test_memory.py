"""Memory that serves again."""

from __future__ import annotations

import pytest

from augment.engine import memory


@pytest.fixture(autouse=True)
def nothing_is_free() -> None:
    memory._free.clear()


def test_memory_serves_again_when_no_array_uses_it() -> None:
    """A view of one picture is a use; an array of another size takes other memory."""
    first = memory.array((3, 20, 8, 3))
    address, view = first.ctypes.data, first[2, 5:, ::2]
    view[...] = 7
    del first
    others = [memory.array((3, 20, 8, 3)) for _ in range(3)]
    for other in others:
        other[...] = 0
    assert address not in [other.ctypes.data for other in others]
    assert (view == 7).all()
    del view
    assert memory.array((3, 20, 8, 2)).ctypes.data != address
    # The shape does not matter.
    assert memory.array((20, 3, 24)).ctypes.data == address


def test_little_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few arrays, no more bytes than that, and of all that became free the last ones."""
    arrays = [memory.array((size,)) for size in range(100, 100 + 2 * memory._MOST)]
    while arrays:
        del arrays[0]
    newest = list(range(100 + memory._MOST, 100 + 2 * memory._MOST))
    assert [kept.size for kept in memory._free.values()] == newest
    monkeypatch.setattr(memory, "_MOST_BYTES", 150)
    memory.array((40,))
    assert [kept.size for kept in memory._free.values()] == [newest[-1], 40][1:]
    memory.array((110,))
    assert [kept.size for kept in memory._free.values()] == [40, 110]
    memory.array((151,))
    assert not memory._free


def test_nothing_is_an_array_too() -> None:
    assert memory.array((0, 8, 8, 3)).shape == (0, 8, 8, 3)
