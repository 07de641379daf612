"""Preparing: complete, resumed, refused, killed at any moment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.source import Listing, Original, Pixels
from augment.data.sources import bundled
from augment.data.store import build, file_format, inventory
from augment.data.store.build import prepare
from augment.data.store.file_format import LINES
from augment.data.store.place import INDEX, Place
from augment.errors import DataError, NotPrepared
from tests.data.processes import holding, python
from tests.data.sources.made_folders import filled, flower_folder, picture


@pytest.fixture
def flowers(home: Path, tmp_path: Path) -> Path:
    return flower_folder(tmp_path / "flowers", ("daisy", "rose", "tulip"), per_class=10)


def prepared_of(flowers: Path, **options: object) -> data.Prepared:
    return data.prepare(f"folder:{flowers}", 32, **options)


def test_rows_are_in_the_order_of_the_names(flowers: Path) -> None:
    one = prepared_of(flowers, workers=1).stored
    assert list(one.names) == sorted(one.names)
    assert one.labels.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert one.class_names == ("daisy", "rose", "tulip")
    many = prepared_of(flowers, workers=7, again=True).stored
    assert many.index["sha256"] == one.index["sha256"]


def test_the_same_pictures_anywhere_else_have_the_same_ids(flowers: Path, tmp_path: Path) -> None:
    here = prepared_of(flowers).stored
    there = prepared_of(flower_folder(tmp_path / "moved", here.class_names, per_class=10)).stored
    np.testing.assert_array_equal(here.ids, there.ids)


def test_a_bad_file_is_left_out(flowers: Path) -> None:
    whole = prepared_of(flowers)
    (flowers / "rose" / "4.jpg").write_bytes(picture("rose/4.jpg")[:300])
    found = prepared_of(flowers, again=True)
    (problem,) = found.stored.problems
    assert problem.startswith("rose/4.jpg ")
    names = list(found.stored.names)
    assert names == [name for name in whole.stored.names if name != "rose/4.jpg"]
    rows = [list(whole.stored.names).index(name) for name in names]
    np.testing.assert_array_equal(found.stored.images, whole.stored.images[rows])
    np.testing.assert_array_equal(found.stored.labels, whole.stored.labels[rows])


@pytest.mark.parametrize(("total", "bad"), [(20, 1), (60, 3), (140, 7)])
def test_five_in_a_hundred_may_be_bad_and_no_more(
    home: Path, tmp_path: Path, total: int, bad: int
) -> None:
    def source(spoilt: int) -> Listing:
        def originals(split: str, start: int) -> Iterator[Original]:
            for number in range(start, total):
                yield Original(
                    name=f"{number}", label=0, load=unreadable if number < spoilt else grey
                )

        return Listing(
            class_names=("a",), counts={"all": total}, originals=originals, fingerprint=f"{spoilt}"
        )

    def grey(side: int) -> Pixels:
        return np.full((40, 40, 3), 90, np.uint8)

    def unreadable(side: int) -> Pixels:
        raise DataError("It is no picture.")

    place = Place.of("bundled", 32)
    build.store(place, source(bad), 1, lambda *what: None, 2)
    index = json.loads((place.part / INDEX).read_text(encoding="utf-8"))
    assert (index["splits"], index["problem_count"]) == ({"all": total - bad}, bad)
    with pytest.raises(build.TooManyBad, match=f"more than 5% of all {total}"):
        build.store(place, source(bad + 1), 1, lambda *what: None, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "rose" / "7.jpg").unlink(), r"rose/7\.jpg was removed"),
        (lambda root: filled(root, {"rose/new.jpg": picture("new")}), r"rose/new\.jpg is new"),
        (
            lambda root: (root / "daisy" / "0.jpg").write_bytes(picture("x", 50)),
            r"daisy/0\.jpg has changed",
        ),
    ],
    ids=["gone", "new", "another"],
)
def test_a_folder_that_changes_meanwhile_is_refused(flowers: Path, change, message) -> None:
    changed = threading.Event()

    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("preparing") and not changed.is_set():
            changed.set()
            change(flowers)

    with pytest.raises(DataError, match=rf"changed while it was read \({message}\)"):
        prepared_of(flowers, progress=progress)
    assert data.list_prepared() == []
    assert not Place.of(f"folder:{flowers}", 32).part.exists()
    assert len(prepared_of(flowers).stored.names) in (29, 30, 31)


def test_a_source_that_is_away_for_a_moment_loses_nothing(flowers: Path, tmp_path: Path) -> None:
    name = f"folder:{flowers}"

    def stop(done: int, total: int, what: str) -> None:
        if done:
            data.stop_preparing(name, 32)

    with pytest.raises(DataError, match="was stopped at"):
        prepared_of(flowers, progress=stop)
    done = len((Place.of(name, 32).part / LINES).read_bytes().splitlines()) - 1
    flowers.rename(tmp_path / "away")
    with pytest.raises(DataError):
        prepared_of(flowers)
    (tmp_path / "away").rename(flowers)
    reports = []
    prepared_of(flowers, progress=lambda done, total, what: reports.append((done, what)))
    assert min(there for there, what in reports if what.startswith("preparing")) == done > 0


def test_the_old_set_stays_where_preparing_again_fails(flowers: Path) -> None:
    before = prepared_of(flowers)
    filled(flowers, {f"rose/{number}.jpg": b"rubbish" for number in range(5)})
    with pytest.raises(DataError, match="2 of the first 12 pictures"):
        prepared_of(flowers, again=True)
    assert data.open_prepared(before.source, 32) is before


def test_when_it_is_noted_as_failed_all_is_tidied(
    flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, states = shutil.rmtree, []

    def rmtree(path: Path, **options: bool) -> None:
        states.append((path.suffix, data.preparation(f"folder:{flowers}", 32).state))
        real(path, **options)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    filled(flowers, {f"rose/{number}.jpg": b"rubbish" for number in range(5)})
    with pytest.raises(DataError, match="2 of the first 12 pictures"):
        prepared_of(flowers)
    assert states[-1] == (".part", "running")
    assert data.preparation(f"folder:{flowers}", 32).state == "failed"


def test_a_set_can_be_removed_as_soon_as_it_is_done(
    flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process, before the one that has prepared it opens it."""
    name = f"folder:{flowers}"
    real = build.read_prepared

    def removed_before(*what: object) -> data.Prepared:
        if data.preparation(name, 32).state == "done":
            inventory.remove(name, 32)
        return real(*what)

    monkeypatch.setattr(build, "read_prepared", removed_before)
    with pytest.raises(NotPrepared):
        prepared_of(flowers)
    assert data.preparation(name, 32).state == "none"


def test_duplicates_are_in_one_group(flowers: Path) -> None:
    twin = (flowers / "tulip" / "3.jpg").read_bytes()
    filled(flowers, {"tulip/copy of 3.jpg": twin})
    held = prepared_of(flowers).stored
    names = list(held.names)
    pair = names.index("tulip/3.jpg"), names.index("tulip/copy of 3.jpg")
    assert held.duplicate_pairs.tolist() == [[*pair, 1]]
    assert held.groups[pair[0]] == held.groups[pair[1]] == pair[0]
    assert len(np.unique(held.groups)) == 30
    for seed in range(5):
        dealt = data.open_prepared(f"folder:{flowers}", 32, scheme="re-split", seed=seed)
        assert len({name for name, split in dealt.splits.items() if {*pair} & {*split.rows}}) == 1


def listing(names: list[str], load=lambda side: np.zeros((40, 40, 3), np.uint8)) -> Listing:
    def originals(split: str, start: int) -> Iterator[Original]:
        for name in names[start:]:
            yield Original(name=name, label=0, load=load)

    return Listing(class_names=("a", "b"), counts={"all": 3}, originals=originals, fingerprint="x")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b", "a"], "Two pictures of bundled at 32 px have the same name"),
        (["a", "b"], "should have 3 all pictures, but has 2"),
        (["a", "b", "c", "d"], "should have 3 all pictures, but has 4"),
    ],
)
def test_a_listing_that_does_not_match_its_originals_is_refused(
    home: Path, names: list[str], message: str
) -> None:
    place = Place.of("bundled", 32)
    with pytest.raises(DataError, match=message):
        build.store(place, listing(names), 1, lambda *what: None, 2)
    assert not (place.part / file_format.LABELS).exists()


def test_few_originals_are_read_ahead_and_none_after_the_end(home: Path) -> None:
    lock, begun = threading.Lock(), []

    def load(side: int) -> Pixels:
        with lock:
            begun.append(side)
        return np.zeros((40, 40, 3), np.uint8)

    many = listing([str(number) for number in range(1000)], load)
    rows = build.read_originals(Place.of("bundled", 32), many, "all", 0, workers=2)
    next(rows)
    assert len(begun) <= 2 * build.AHEAD
    rows.close()
    assert len(begun) <= 2 * build.AHEAD


REPORT = """
from augment import data
data.prepare("bundled", 48, lambda done, total, what: print(what, flush=True))
"""

FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
from augment import data
from augment.errors import DataError
try:
    data.prepare("bundled", 64)
except DataError as error:
    print(error)
"""


def test_progress_is_reported_in_order(home: Path) -> None:
    reports = []
    prepare("bundled", 32, lambda done, total, what: reports.append((done, total, what)))
    assert reports[0] == (0, 0, "reading the photographs")
    assert reports[-1] == (275, 275, "looking for duplicates")
    assert [done for done, _, _ in reports] == sorted(done for done, _, _ in reports)
    assert {total for _, total, what in reports if what.startswith("preparing")} == {275}
    assert (275, 275, "preparing the validation pictures") in reports


def test_preparing_again_does_nothing(home: Path) -> None:
    first = prepare("bundled", 32)
    reports = []
    assert prepare("bundled", 32, lambda *what: reports.append(what)) is first
    assert reports == []


def test_a_killed_process_is_resumed(home: Path) -> None:
    killed = holding(48)
    folder = home / "data" / "bundled"
    assert data.preparation("bundled", 48).state == "running"
    killed.kill()
    killed.communicate()
    assert (folder / "48px.part").is_dir()
    (left,) = data.list_prepared()
    assert left.unfinished
    stopped = data.preparation("bundled", 48)
    assert stopped.state == "stopped"
    assert "of 275 pictures without a message" in stopped.message
    before = len((folder / "48px.part" / file_format.LINES).read_bytes().splitlines()) - 1
    assert before > 0
    reports = []
    prepared = prepare("bundled", 48, lambda done, total, what: reports.append((done, what)))
    assert min(done for done, what in reports if what.startswith("preparing")) == before
    whole = home.with_name("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(whole))
        at_once = prepare("bundled", 48)
    np.testing.assert_array_equal(prepared.stored.images, at_once.stored.images)
    assert list(prepared.stored.names) == list(at_once.stored.names)
    assert prepared.stored.index["sha256"] == at_once.stored.index["sha256"]
    assert {path.name for path in folder.iterdir()} == {
        *("48px", "48px.lock", "source.json", "source.lock")
    }


def test_a_stopped_process_is_resumed(home: Path) -> None:
    reports = []

    def stop_after(done: int, total: int, what: str) -> None:
        reports.append((done, what))
        if done:
            data.stop_preparing("bundled", 48)

    with pytest.raises(
        DataError, match=r"was stopped at \d+ of 275 pictures; starting it again resumes"
    ):
        prepare("bundled", 48, stop_after)
    assert data.preparation("bundled", 48).state == "stopped"
    done = reports[-1][0]
    reports.clear()
    prepare("bundled", 48, lambda done, total, what: reports.append((done, what)))
    assert min(there for there, what in reports if what.startswith("preparing")) >= done > 0


def test_a_journal_of_other_work_is_begun_anew(home: Path) -> None:
    killed = holding(48)
    killed.kill()
    killed.communicate()
    lines = home / "data" / "bundled" / "48px.part" / file_format.LINES
    head, _, rest = lines.read_text(encoding="utf-8").partition("\n")
    lines.write_text(head.replace("bundled", "others") + "\n" + rest, encoding="utf-8")
    reports = []
    prepare("bundled", 48, lambda done, total, what: reports.append((done, what)))
    assert min(done for done, what in reports if what.startswith("preparing")) == 0


@pytest.mark.parametrize("again", [False, True])
def test_a_kill_before_the_last_rename_loses_nothing(home: Path, again: bool) -> None:
    whole = prepare("bundled", 32)
    folder = home / "data" / "bundled" / "32px"
    folder.rename(folder.with_name("32px.part"))
    if again:
        shutil.copytree(folder.with_name("32px.part"), folder.with_name("32px.old"))
    reports = []
    found = prepare("bundled", 32, lambda *what: reports.append(what))
    assert reports == []
    np.testing.assert_array_equal(found.stored.ids, whole.stored.ids)
    assert {path.name for path in folder.parent.glob("32px*")} >= {"32px", "32px.lock"}
    assert not folder.with_name("32px.part").exists()
    assert not folder.with_name("32px.old").exists()


def test_a_second_process_waits_for_the_first(home: Path) -> None:
    first = holding(48)
    second = python(REPORT)
    assert second.stdout.readline() == "waiting for another process that prepares the same data\n"
    first.communicate()
    assert second.communicate()[0] == ""
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(data.open_prepared("bundled", 48).split("train")) == 176


def test_two_at_once_do_the_work_once(home: Path) -> None:
    both = [python(REPORT), python(REPORT)]
    reports = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("preparing the train pictures" in lines for lines in reports) == 1


def test_a_replaced_set_leaves_open_arrays_alone(home: Path) -> None:
    before = data.open_prepared("bundled", 32).split("train").images
    pixels = np.array(before)
    (home / "data" / "bundled" / "32px" / "index.json").write_text("damaged", encoding="utf-8")
    after = data.open_prepared("bundled", 32).split("train").images
    assert after is not before
    np.testing.assert_array_equal(before, pixels)


def test_a_full_disk_is_reported_before_anything_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")(10**12, 10**12, 50_500_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError) as caught:
        prepare("bundled", 64)
    assert "bundled at 64 px needs 3.5 MB and leaves 50.0 MB for others, but" in str(caught.value)
    assert "has 50.5 MB free; free some space or set AUGMENT_HOME" in str(caught.value)
    assert not (home / "data" / "bundled" / "64px").exists()
    failed = data.preparation("bundled", 64)
    assert (failed.state, failed.message) == ("failed", str(caught.value))


def test_a_disk_that_fills_up_meanwhile_is_cleaned_up(home: Path) -> None:
    message = python(FULL_DISK).communicate()[0]
    assert message.startswith("Preparing bundled at 64 px in ")
    assert "set AUGMENT_HOME to another folder" in message
    assert {path.name for path in (home / "data" / "bundled").iterdir()} == {
        *("64px.lock", "64px.progress.json", "source.json", "source.lock")
    }


@pytest.mark.parametrize("name", data.names())
def test_a_home_that_is_a_file_is_an_error_message(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("AUGMENT_HOME", str(file))
    calls = (data.open_prepared, prepare, data.preparation, data.start_preparing)
    for call in calls:
        with pytest.raises(DataError, match="set AUGMENT_HOME to a folder that can be written"):
            call(name, 64)
    with pytest.raises(DataError, match="set AUGMENT_HOME"):
        data.list_prepared()


def test_a_missing_photograph_is_an_error_message(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "flowers"
    shutil.copytree(bundled.FOLDER, copy)
    (copy / "heather.jpg").unlink()
    monkeypatch.setattr(bundled, "FOLDER", copy)
    bundled.photographs.cache_clear()
    try:
        with pytest.raises(DataError, match=r"heather\.jpg cannot be read"):
            data.open_prepared("bundled", 32)
        (copy / "manifest.json").write_text('[{"file": "rose.jpg"}]', encoding="utf-8")
        bundled.photographs.cache_clear()
        with pytest.raises(DataError, match="install the project again"):
            bundled.photographs()
    finally:
        bundled.photographs.cache_clear()


def test_reading_prepares_nothing(home: Path) -> None:
    data.preparation("bundled", 32)
    data.list_prepared()
    with pytest.raises(NotPrepared):
        data.open_prepared("tfds:oxford_flowers102", 32)
    assert data.list_prepared() == []


# Forked before it has any thread, a process dies at the change number `n` as by kill -9: nothing after it
# runs. What is left is then looked at, and mended, by its parent.
DIE_AT_EACH_CHANGE = """
import json, os, pathlib, shutil, sys
from augment import data
from augment.runs import removal

name, work = sys.argv[1:]
WORK = {
    "again": lambda: data.prepare(name, 32, again=True),
    "remove": lambda: removal.remove(name, 32),
}
originals = pathlib.Path(name.removeprefix("folder:"))
away = originals.with_name("away")


def dying(real, left):
    def call(*args, **how):
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return real(*args, **how)
    return call


def killed_at(n):
    pid = os.fork()
    if not pid:
        left = [n]
        for owner, changes in ((pathlib.Path, "rename replace unlink"), (shutil, "rmtree")):
            for change in changes.split():
                setattr(owner, change, dying(getattr(owner, change), left))
        WORK[work]()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


whole = data.prepare(name, 32).stored.index["sha256"]
n, found = 1, []
while killed_at(n):
    listed = [(info.source, bool(info.problem)) for info in data.list_prepared()]
    there = bool(listed)
    state = data.preparation(name, 32).state
    # Whatever happens while a set is made again, there is one, also without the originals.
    if work == "again":
        originals.rename(away)
    again = data.prepare(name, 32).stored.index["sha256"] == whole
    if work == "again":
        away.rename(originals)
    found.append({"n": n, "listed": listed, "state": state, "same": again})
    n += 1
if work == "again":
    removal.remove(name, 32)
places = pathlib.Path(os.environ["AUGMENT_HOME"]).rglob("*px*")
print(json.dumps({"found": found, "left": [place.name for place in places if place.is_dir()]}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
@pytest.mark.parametrize("work", ["again", "remove"])
def test_a_kill_at_any_change_to_the_disk_can_be_recovered_from(
    home: Path, tmp_path: Path, work: str
) -> None:
    folder = flower_folder(tmp_path / "flowers", per_class=3)
    ended = subprocess.run(
        [sys.executable, "-c", DIE_AT_EACH_CHANGE, f"folder:{folder}", work],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    reports = json.loads(ended.stdout)
    assert len(reports["found"]) >= 5
    for each in reports["found"]:
        assert each["same"], each
        assert each["state"] in ("done", "stopped", "none"), each
        assert not any(problem for _, problem in each["listed"]), each
        if each["state"] != "none":
            assert [source for source, _ in each["listed"]] == [f"folder:{folder}"], each
    assert reports["left"] == []
