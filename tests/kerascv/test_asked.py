"""Requests that nobody waits for: looked at, withdrawn, and never too many."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import numpy as np
import pytest

from augment.kerascv import Client, KerasCVError
from augment.kerascv.client import MOST_WAITING
from tests.kerascv.conftest import IMAGES, LABELS, doing
from tests.runs.conftest import eventually

LONG = 30.0


def test_what_is_asked_is_told_of_until_it_is_there(client: Client) -> None:
    slow = client.ask(doing("hang"), IMAGES, LABELS, timeout=LONG)
    assert slow.ahead == 0
    assert slow.stage in ("starting", "building")
    next_one = client.ask(doing("invert"), IMAGES, LABELS, timeout=LONG)
    assert next_one.ahead == 1
    eventually(lambda: slow.stage == "building")
    assert not slow.done
    assert not next_one.done
    client.close()
    with pytest.raises(KerasCVError, match="SIGKILL"):
        slow.result()
    np.testing.assert_array_equal(next_one.result().images, 255 - IMAGES)
    assert (next_one.done, next_one.ahead, next_one.stage) == (True, 0, "rendering")
    assert 0 < next_one.seconds < LONG


def test_what_is_withdrawn_makes_room_and_is_never_served(client: Client) -> None:
    slow = client.ask(doing("hang"), IMAGES, LABELS, timeout=LONG)
    waiting = [client.ask(doing("invert"), IMAGES, LABELS) for _ in range(MOST_WAITING)]
    with pytest.raises(KerasCVError, match=f"{MOST_WAITING} requests wait"):
        client.ask(doing("invert"), IMAGES, LABELS)
    waiting[0].cancel()
    waiting[0].cancel()
    assert [asked.ahead for asked in waiting[1:]] == list(range(1, MOST_WAITING))
    late = client.ask(doing("invert"), IMAGES, LABELS)
    with pytest.raises(CancelledError):
        waiting[0].result()
    for asked in waiting[1:]:
        asked.cancel()
    assert late.ahead == 1
    eventually(lambda: slow.stage == "building")
    client.close()
    late.result()


def test_what_is_being_served_when_it_is_withdrawn_holds_up_the_next_no_longer_than_it_takes(
    client: Client,
) -> None:
    slow = client.ask(doing("hang"), IMAGES, LABELS, timeout=LONG)
    eventually(lambda: slow.stage == "building")
    slow.cancel()
    assert not slow.done
    next_one = client.ask(doing("invert"), IMAGES, LABELS, timeout=LONG)
    assert next_one.ahead == 1
    client.close()
    next_one.result()


def test_no_thread_outlives_what_was_asked(client: Client) -> None:
    asked = [client.ask(doing("invert"), IMAGES, LABELS, timeout=LONG) for _ in range(3)]
    for one in asked:
        one.result()
    eventually(lambda: "ask keras_cv" not in {thread.name for thread in threading.enumerate()})


def test_a_thread_that_cannot_be_started_holds_nobody_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(2 * MOST_WAITING):
            with pytest.raises(KerasCVError, match="no thread left"):
                client.ask(doing("invert"), IMAGES, LABELS)
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
