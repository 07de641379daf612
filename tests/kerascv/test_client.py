"""One helper process for all threads: started, shared, ended and started again."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from augment.errors import DataError
from augment.kerascv import MAX_BYTES, MAX_PICTURES, Client, KerasCVError
from augment.kerascv.client import MOST_WAITING
from augment.kerascv.helper import Helper
from tests.conftest import ROOT
from tests.kerascv.conftest import IMAGES, LABELS, STAND_IN, doing
from tests.runs.conftest import eventually

LONG = 30.0

SERVER = f"""
import sys
from augment.kerascv import Client
from tests.kerascv.conftest import IMAGES, LABELS, doing
client = Client(words={STAND_IN!r})
client.render(doing("invert"), IMAGES, LABELS)
print(client.pid, flush=True)
client.render(doing(sys.argv[1]), IMAGES, LABELS)
sys.stdin.read()
"""


def test_pictures_and_labels_travel_both_ways(client: Client) -> None:
    done = client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    np.testing.assert_array_equal(done.images, 255 - IMAGES)
    np.testing.assert_array_equal(done.labels, LABELS)
    assert done.images.dtype == np.uint8
    assert done.labels.dtype == np.float32
    assert (done.seconds, done.building) == (0.5, 0.0)
    assert done.starting > 0


def test_as_large_as_allowed_travels_too(client: Client) -> None:
    side = int((MAX_BYTES // MAX_PICTURES // 3) ** 0.5)
    images = np.resize(IMAGES, (MAX_PICTURES, side, side, 3))
    labels = np.arange(MAX_PICTURES)
    done = client.render(doing("invert"), images, labels, timeout=LONG)
    np.testing.assert_array_equal(done.images, 255 - images)
    np.testing.assert_array_equal(done.labels, np.eye(MAX_PICTURES))


def test_an_array_of_any_layout_is_read_as_it_is_meant(client: Client) -> None:
    flipped = np.asfortranarray(IMAGES)[:, ::-1]
    done = client.render(doing("invert"), flipped, LABELS, timeout=LONG)
    np.testing.assert_array_equal(done.images, 255 - flipped)


def test_one_process_serves_all_threads(client: Client) -> None:
    def ask(number: int) -> tuple[int, float]:
        images = np.full((1, 8, 8, 3), number, np.uint8)
        done = client.render(doing("invert"), images, [0], timeout=LONG)
        assert (done.images == 255 - number).all()
        assert client.pid is not None
        return client.pid, done.starting

    with ThreadPoolExecutor(MOST_WAITING) as threads:
        answers = list(threads.map(ask, range(3 * MOST_WAITING)))
    assert len({pid for pid, _ in answers}) == 1
    assert sum(starting > 0 for _, starting in answers) == 1


def test_the_process_is_of_low_priority_and_has_a_folder_of_its_own(
    client: Client, scratch: Path
) -> None:
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    process = psutil.Process(client.pid)
    assert process.nice() >= 10
    [folder] = scratch.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert process.environ()["TMPDIR"] == str(folder)
    assert process.environ()["CUDA_VISIBLE_DEVICES"] == "-1"


@pytest.mark.parametrize(
    ("step_id", "said"),
    [
        ("die", r"ended before it had a result \(SIGKILL\)"),
        ("exit", r"ended before it had a result \(exit code 3\)"),
        (
            "fail",
            r"cannot do this with pictures of 40 x 32 px \(ValueError: Dimensions must be equal\)",
        ),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_the_next_request_works(
    client: Client, step_id: str, said: str
) -> None:
    with pytest.raises(KerasCVError, match=said) as raised:
        client.render(doing(step_id), IMAGES, LABELS, timeout=LONG)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)


@pytest.mark.parametrize("step_id", ["hang", "stop"])
def test_what_takes_too_long_is_ended(client: Client, step_id: str) -> None:
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    first = client.pid
    with pytest.raises(KerasCVError, match=r"no result after 0\.2 s and was ended"):
        client.render(doing(step_id), IMAGES, LABELS, timeout=0.2)
    assert client.pid is None
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    assert client.pid not in (None, first)


def test_a_process_killed_at_work_is_missed_at_once(client: Client) -> None:
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    pid = client.pid
    assert pid is not None
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.render, doing("hang"), IMAGES, LABELS, timeout=LONG)
        eventually(lambda: client._turns._line)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(KerasCVError, match="SIGKILL"):
            waiting.result(LONG)
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)


def test_it_ends_when_nobody_asks_and_starts_again(scratch: Path, home: Path) -> None:
    client = Client(idle=0.1, words=STAND_IN)
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    eventually(lambda: client.pid is None)
    eventually(lambda: not list(scratch.iterdir()))
    assert client.render(doing("invert"), IMAGES, LABELS, timeout=LONG).starting > 0
    eventually(lambda: client.pid is None)


def test_one_that_goes_idle_in_the_moment_it_is_asked_costs_nobody_an_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Helper([sys.executable, "-c", "pass"], idle=0)
    first._reaper.join()
    seen_alive = iter([True])

    def alive(helper: Helper) -> bool:
        return next(seen_alive, False) if helper is first else helper._process.poll() is None

    monkeypatch.setattr(Helper, "alive", property(alive))
    client._helper = first
    client.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    assert client._helper is not first


@pytest.mark.parametrize("busy_with", ["invert", "hang"])
def test_it_ends_with_a_server_that_is_killed(scratch: Path, home: Path, busy_with: str) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, busy_with],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout
        pid = int(server.stdout.readline())
        assert psutil.pid_exists(pid)
        assert len(list(scratch.iterdir())) == 1
        server.kill()
    eventually(lambda: not psutil.pid_exists(pid))


def test_a_broken_installation_is_one_sentence(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where keras_cv is not installed; nothing goes on that could not answer."""
    missing = "raise ModuleNotFoundError(\"No module named 'keras_cv'\")"
    (tmp_path / "keras_cv.py").write_text(missing, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    broken = Client()
    with pytest.raises(KerasCVError, match=r"must be installed .*No module named 'keras_cv'"):
        broken.render(doing("invert"), IMAGES, LABELS, timeout=LONG)
    eventually(lambda: broken.pid is None)


def test_a_process_that_cannot_be_started_is_one_sentence(scratch: Path, home: Path) -> None:
    with pytest.raises(KerasCVError, match="cannot be started"):
        Client(words=[str(scratch / "nothing")]).render(doing("invert"), IMAGES, LABELS)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((MAX_PICTURES + 1, 8, 8, 3), np.uint8),
        np.zeros((1, 1 + MAX_BYTES // 24, 8, 3), np.uint8),
        np.zeros((1, 0, 8, 3), np.uint8),
        np.zeros((0, 8, 8, 3), np.uint8),
    ],
)
def test_too_much_is_refused_before_anything_starts(
    client: Client, images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    with pytest.raises(
        KerasCVError, match=r"1 to 64 pictures of together 32 MB at most; these are"
    ):
        client.render(doing("invert"), images, np.ones((len(images), 1)))
    assert client.pid is None


def test_what_are_no_pictures_or_labels_is_refused(client: Client) -> None:
    with pytest.raises(DataError, match="must be uint8"):
        client.render(doing("invert"), IMAGES / 255, LABELS)
    with pytest.raises(DataError, match="sum to 2"):
        client.render(doing("invert"), IMAGES, 2 * LABELS)
