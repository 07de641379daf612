"""A stand-in for keras_cv in the helper process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from augment import helper
from augment.helper import Helper
from tests.helper_tasks import TASKS


@pytest.fixture
def stand_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Helper]:
    made = Helper(tasks=TASKS)
    monkeypatch.setattr(helper, "HELPER", made)
    yield made
    made.close()
