"""Fixtures for the two ways to render: plainly, and by the compiled calls."""

from __future__ import annotations

from types import ModuleType

import pytest

from augment.engine import compiled


@pytest.fixture(scope="session")
def program() -> ModuleType:
    """The module of the compiled way, ready; whoever asks for it first compiles, if nobody ever did."""
    pytest.importorskip("numba", reason="numba is not installed, so nothing is compiled")
    from augment.engine.compiled import generated, program

    generated.load()
    return program


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is rendered plainly."""
    monkeypatch.setattr(compiled, "is_used", lambda: False)


@pytest.fixture(params=["plain", "compiled"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs twice: everything is rendered plainly, and by the compiled calls."""
    if request.param == "compiled":
        request.getfixturevalue("program")
    monkeypatch.setattr(compiled, "is_used", lambda: request.param == "compiled")
    return str(request.param)
