from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from pages.components.session.turns import Turns
from tests.runs.conftest import eventually


def test_pictures_go_before_advice_and_each_in_the_order_in_which_they_came() -> None:
    turns, done = Turns(), []

    def compute(turn: AbstractContextManager[None], name: str) -> None:
        with turn:
            done.append(name)

    asked = [("advice 1", turns.advice), ("pictures 1", turns.pictures)]
    asked += [("advice 2", turns.advice), ("pictures 2", turns.pictures)]
    with ThreadPoolExecutor(len(asked)) as threads, turns.pictures():
        for count, (name, turn) in enumerate(asked, start=1):
            threads.submit(compute, turn(), name)
            eventually(lambda count=count: turns.waiting == count)  # type: ignore[misc]
        assert done == []
    assert done == ["pictures 1", "pictures 2", "advice 1", "advice 2"]


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="damaged"), turns.pictures():
        raise ValueError("damaged")
    with turns.advice():
        assert turns.waiting == 0
