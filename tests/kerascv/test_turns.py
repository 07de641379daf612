"""The line before the one process: short, fair, and left by who does not want to wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from augment.kerascv import KerasCVError
from augment.kerascv.turns import Place, Turns

LONG = 30.0
MOST = 8


def test_turns_are_taken_in_the_order_of_joining() -> None:
    turns, order = Turns(most_waiting=MOST), list[int]()
    first, *others = (turns.join() for _ in range(1 + MOST))
    assert [place.ahead for place in (first, *others)] == list(range(1 + MOST))

    def take(number: int, place: Place) -> None:
        place.wait(LONG)
        order.append(number)
        place.leave()

    waiting = [
        threading.Thread(target=take, args=(number, place)) for number, place in enumerate(others)
    ]
    for thread in reversed(waiting):
        thread.start()
    first.wait(LONG)
    with pytest.raises(KerasCVError, match=f"{MOST} requests wait"):
        turns.join()
    assert order == []
    first.leave()
    for thread in waiting:
        thread.join(LONG)
    assert order == list(range(MOST))


def test_who_has_waited_long_enough_is_told_and_makes_room() -> None:
    turns = Turns(most_waiting=1)
    first = turns.join()
    for _ in range(3):
        place = turns.join()
        with pytest.raises(KerasCVError, match=r"others for 0\.01 s"):
            place.wait(0.01)
        place.leave()
    first.leave()
    turns.join().wait(0.01)


def test_who_leaves_moves_the_others_up_and_is_not_held() -> None:
    turns = Turns(most_waiting=2)
    first, second, third = (turns.join() for _ in range(3))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(second.wait, LONG)
        second.leave()
        waiting.result(LONG)
    assert (first.ahead, third.ahead) == (0, 1)
    second.leave()
    assert (first.ahead, third.ahead) == (0, 1)
    turns.join()
