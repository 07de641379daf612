"""``data``: listing, preparing, verifying and removing prepared sets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from augment import data
from augment.cli import output
from augment.data import overview
from tests.cli.conftest import Cli, assert_refused
from tests.data.sources.made_folders import (
    Unmarked,
    faulty_folder,
    filled,
    flower_folder,
    flower_names,
    picture,
    zip_of,
)


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    return flower_folder(tmp_path / "my flowers", per_class=10)


def test_the_list_describes_each_source(cli: Cli) -> None:
    result = cli("data", "list")
    for name in data.names():
        assert name in result.out
        assert data.source(name).note in result.out
    assert "MB" in result.out.splitlines()[-1]


def test_prepare_shows_its_progress_beside_the_result(cli: Cli, home: Path) -> None:
    result = cli("data", "prepare", "bundled", "--size", 32, "--json")
    assert result.code == 0
    assert "preparing the train pictures" in result.err
    prepared = data.open_prepared("bundled", 32)
    assert result.document == {
        "source": "bundled",
        "size": 32,
        "fit": "crop",
        "splits": {name: len(split) for name, split in prepared.splits.items()},
        "split_note": prepared.split_note,
        "problems": [],
        "ignored": [],
        "notes": [],
        "warnings": [],
    }


def test_warnings_come_on_stderr_and_in_the_document(cli: Cli, tmp_path: Path) -> None:
    """The sentences of the page: of splits, of classes, and of pictures in two splits."""
    names = flower_names(("daisy", "rose"), ("train", "test"), 3)
    pictures = {name: picture(name, 40) for name in names if "test/rose" not in name}
    pictures["test/daisy/again.jpg"] = pictures[names[0]]
    pictures |= {f"train/rose/{n}.jpg": picture(f"rose {n}", 40) for n in range(33)}
    folder = filled(tmp_path / "uneven", pictures)
    options = ("data", "prepare", f"folder:{folder}", "--size", 32)
    prepared = cli(*options, "--json")
    expected = list(overview.warnings(data.open_prepared(f"folder:{folder}", 32)))
    assert prepared.document["warnings"] == expected
    for words in (
        "no validation split",
        "no test picture of rose",
        "imbalanced",
        "in another split",
    ):
        assert any(words in sentence for sentence in expected), words
    lines = [f"warning: {sentence}" for sentence in expected]
    assert [line for line in prepared.err.splitlines() if "warning" in line] == lines
    assert cli(*options).err.splitlines()[-len(lines) :] == lines
    listed = cli("data", "list")
    for sentence in expected:
        assert f"warning: folder:{folder} at 32 px: {sentence}\n" in listed.err
        assert sentence not in listed.out
    document = cli("data", "list", "--json").document
    (row,) = next(one["prepared"] for one in document if one["name"] == f"folder:{folder}")
    assert row["warnings"] == expected


def test_a_folder_is_prepared_listed_verified_and_removed(cli: Cli, flowers: Path) -> None:
    (flowers / "daisy" / "notes.txt").write_text("yellow", encoding="utf-8")
    options = (f"folder:{flowers}", "--size", 32, "--fit", "stretch")
    made = cli("data", "prepare", *options, "--workers", 1)
    assert made.code == 0
    assert made.out.startswith("folder:")
    assert made.out.endswith(
        "my flowers at 32 px (stretch) is ready: train 16, validation 2, test 2\n"
    )
    assert "notes.txt" in made.err
    listed = cli("data", "list")
    assert f"folder:{flowers}: My flowers" in listed.out
    assert "32 px (stretch)" in listed.out
    listed = cli("data", "list", "--json").document
    (row,) = next(one["prepared"] for one in listed if one["name"] == f"folder:{flowers}")
    assert (row["size"], row["fit"], row["splits"]) == (32, "stretch", {"all": 20})
    assert cli("data", "verify", *options).out == "All checksums match.\n"
    removed = cli("data", "remove", *options)
    assert removed.code == 0
    assert "The originals are unchanged" in removed.out
    assert len(list(flowers.rglob("*.jpg"))) == 20
    assert_refused(cli("data", "remove", *options), "nothing prepared")


def test_every_action_gives_the_resolved_name_and_the_fit(
    cli: Cli, flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(flowers.parent))
    options = ("folder:~/my flowers", "--size", 32, "--fit", "stretch", "--json")
    made = {"source": f"folder:{flowers}", "size": 32, "fit": "stretch"}
    assert cli("data", "prepare", *options).document.items() >= made.items()
    assert cli("data", "verify", *options).document == made | {"whole": True}
    removed = cli("data", "remove", *options).document
    assert removed == made | {"bytes": removed["bytes"]}


def test_a_bad_file_is_named_and_the_rest_prepared(cli: Cli, flowers: Path) -> None:
    flower_folder(flowers, per_class=15)
    (flowers / "daisy" / "0.jpg").write_bytes(b"no picture")
    made = cli("data", "prepare", f"folder:{flowers}", "--size", 32)
    assert made.code == 0
    assert "daisy/0.jpg" in made.err
    assert "train 23, validation 3, test 3" in made.out


def test_too_many_bad_files_stop_with_the_list(cli: Cli, flowers: Path) -> None:
    filled(flowers, {f"rose/{number}.jpg": b"no picture" for number in (3, 7)})
    refused = cli("data", "prepare", f"folder:{flowers}", "--size", 32)
    assert (refused.code, refused.out) == (2, "")
    message = refused.err.splitlines()[-1]
    assert message.startswith("error: 2 of the first 18 pictures of folder:")
    for words in ("rose/3.jpg", "rose/7.jpg", "more than 5% of all 20"):
        assert words in message
    assert f"folder:{flowers}" not in [info.source for info in data.list_prepared()]


def test_an_interrupt_reports_that_preparing_can_be_resumed(
    cli: Cli, flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(output.Progress):
        def __call__(self, done: int, total: int, what: str) -> None:
            if done:
                raise KeyboardInterrupt

    monkeypatch.setattr(output, "Progress", Interrupted)
    ended = cli("data", "prepare", f"folder:{flowers}", "--size", 32)
    assert ended.code == 130
    assert "of 20 pictures; starting it again resumes from there." in ended.err


def test_changed_originals_are_prepared_again_on_request(cli: Cli, flowers: Path) -> None:
    options = ("data", "prepare", f"folder:{flowers}", "--size", 32)
    cli(*options)
    flower_folder(flowers, per_class=15)
    assert "train 16" in cli(*options).out
    assert "train 22" in cli(*options, "--again").out


@pytest.mark.parametrize("workers", [0, -1, 1000])
def test_workers_are_checked(cli: Cli, workers: int) -> None:
    refused = cli("data", "prepare", "bundled", "--size", 32, "--workers", workers)
    assert_refused(refused, "--workers must be a whole number from 1 to 256")


def test_how_an_archive_was_read_is_said_and_can_be_chosen(cli: Cli, tmp_path: Path) -> None:
    names = [f"{name}/{number}.jpg" for name in ("猫", "狗") for number in range(10)]
    files = {Unmarked(name, "gbk"): picture(name) for name in names}
    path = zip_of(tmp_path / "a.zip", files)
    guessed = cli("data", "prepare", f"zip:{path}", "--size", 32)
    assert guessed.code == 0
    assert "The names in the archive were read as" in guessed.err
    assert "choose another (on the command line --names)" in guessed.err
    options = (f"zip:{path}", "--size", 32, "--names", "gbk", "--json")
    chosen = cli("data", "prepare", *options).document
    assert chosen["source"] == f"zip:{path}#names=gb18030"
    note = "The names in the archive were read as simplified Chinese (gb18030), as chosen."
    assert chosen["notes"] == [note]
    assert set(data.open_prepared(chosen["source"], 32).class_names) == {"猫", "狗"}
    assert f"        {note}" in cli("data", "list").out.splitlines()
    assert cli("data", "verify", *options).document["source"] == chosen["source"]
    assert cli("data", "remove", *options).document["source"] == chosen["source"]
    assert_refused(
        cli("data", "prepare", *options[:-2], "klingon"), "There is no encoding 'klingon'"
    )
    folder = cli("data", "prepare", f"folder:{tmp_path}", "--size", 32, "--names", "gbk")
    assert_refused(folder, "for zip archives only")


def test_where_labels_came_from_is_said(cli: Cli, tmp_path: Path) -> None:
    rows = [f"{number:02d},{'rose' if number % 2 else 'daisy'}" for number in range(20)]
    filled(
        tmp_path,
        {f"images/{number:02d}.jpg": picture(str(number)) for number in range(20)}
        | {"labels.csv": "\n".join(["id,breed", *rows]).encode()},
    )
    made = cli("data", "prepare", f"folder:{tmp_path}", "--size", 32)
    assert "labels.csv: picture from 'id', label from 'breed'; 20 of 20 pictures" in made.err
    assert "train 16, validation 2, test 2" in made.out


def test_what_the_page_says_of_a_set_is_shown(cli: Cli, tmp_path: Path) -> None:
    options = ("data", "show", f"folder:{faulty_folder(tmp_path / 'flowers')}", "--size", 32)
    assert_refused(cli(*options), "not prepared", "data prepare")
    cli("data", "prepare", *options[2:])
    table = tmp_path / "check.csv"
    shown = cli(*options, "--csv", table, "--json").document
    assert shown["splits"] == {"train": 11, "validation": 2, "test": 13}
    assert shown["classes"] == [
        {"name": "daisy", "pictures": 13, "splits": {"train": 5, "validation": 1, "test": 7}},
        {"name": "rose", "pictures": 13, "splits": {"train": 6, "validation": 1, "test": 6}},
    ]
    assert shown["duplicates"] == [
        {"where": "train and test", "equal": 1, "near": 0},
        {"where": "within train", "equal": 1, "near": 0},
        {"where": "with two labels", "equal": 1, "near": 0},
    ]
    found = [(each["file"], each["what"], each["other"]) for each in shown["faults"]]
    assert found[:3] == [
        ("train/daisy/0.jpg", "two labels", "train/rose/same.jpg"),
        ("train/rose/same.jpg", "two labels", "train/daisy/0.jpg"),
        ("test/daisy/copy.jpg", "in two splits", "train/daisy/1.jpg"),
    ]
    assert found[3:] == [("", shown["problems"][0], "")]
    assert "train/rose/bad.jpg" in shown["problems"][0]
    assert (shown["conflicts"], shown["problem_count"]) == (2, 1)
    prepared = data.open_prepared(shown["source"], 32)
    assert shown["warnings"] == list(overview.warnings(prepared))
    assert table.read_bytes() == overview.faults_csv(prepared)
    with table.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == shown["faults"]


def test_a_set_is_shown_in_the_splits_that_were_asked_for(cli: Cli, tmp_path: Path) -> None:
    name = f"folder:{faulty_folder(tmp_path / 'flowers')}"
    cli("data", "prepare", name, "--size", 32)
    options = ("data", "show", name, "--size", 32, "--splits", "re-split", "--split-seed", 3)
    shown = cli(*options, "--leave-out", "duplicates", "--json").document
    prepared = data.open_prepared(name, 32, scheme="re-split", seed=3, leave_out="duplicates")
    assert shown["splits"] == {split: len(each) for split, each in prepared.splits.items()}
    assert (shown["scheme"], shown["leave_out"], shown["left_out"]) == ("re-split", "duplicates", 3)
    assert (shown["duplicates"], shown["conflicts"], shown["csv"]) == ([], 0, None)
    assert len(shown["faults"]) == 4


def test_the_text_names_each_picture_to_check(cli: Cli, tmp_path: Path) -> None:
    name = f"folder:{faulty_folder(tmp_path / 'flowers')}"
    cli("data", "prepare", name, "--size", 32)
    shown = cli("data", "show", name, "--size", 32)
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    for line in (
        "CLASS TRAIN VALIDATION TEST",
        "daisy 5 1 7",
        "all 11 2 13",
        "train and test 1 0",
        "1 file could not be read.",
        "test/daisy/copy.jpg (test, daisy): in two splits, with train/daisy/1.jpg (train, daisy)",
    ):
        assert line in lines, shown.out
    assert "train/rose/bad.jpg" in lines[-1]
    assert "warning: 2 pictures are there under two labels" in shown.err
