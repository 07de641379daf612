from __future__ import annotations

from types import SimpleNamespace

import pytest

from augment.kerascv import timing
from augment.kerascv.timing import timed


def test_what_holds_some_calls_up_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 0.02, 1.0, 1.01, 2.0, 2.3, 3.0, 3.02, 4.0, 4.03])
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    calls = iter(range(9))
    assert timed(lambda: next(calls)) == (4, pytest.approx(0.01))


def test_what_is_slow_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.6])
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    calls = iter(range(9))
    assert timed(lambda: next(calls)) == (0, pytest.approx(0.6))
