"""Folder layouts as people have them: which folders are splits, which are classes, and what is said."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.data.sources.test_layout import arranged, names, refusal


def made(*tops: str, classes: Iterable[str] = "ab", count: int = 2) -> list[str]:
    return [f"{top}/{name}/{n}.png" for top in tops for name in classes for n in range(count)]


def flat(*folders: str, count: int = 2) -> list[str]:
    return [f"{folder}/{number}.png" for folder in folders for number in range(count)]


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (("training_set", "test_set"), ("train", "test")),
        (("train_data", "val_data"), ("train", "validation")),
        (("Training", "Testing"), ("train", "test")),
        (("TRAIN", "Test"), ("train", "test")),
        (("train", "eval"), ("train", "validation")),
        (("train", "holdout"), ("train", "test")),
        (("images/train", "images/val"), ("train", "validation")),
        (("flowers_train", "flowers_valid", "flowers_test"), ("train", "validation", "test")),
        (("trainset", "testset"), ("train", "test")),
        (("训练集", "测试集"), ("train", "test")),
        (("seg_train/seg_train", "seg_test/seg_test"), ("train", "test")),
        (("train/images", "test/images"), ("train", "test")),
    ],
)
def test_splits_by_names_of_folders(folders: tuple[str, ...], splits: tuple[str, ...]) -> None:
    found, sentences = arranged(*made(*folders))
    assert found.class_names == ("a", "b")
    assert {split: len(files) for split, files in found.splits.items()} == dict.fromkeys(splits, 4)
    assert sentences == ()
    assert found.warnings == ()
    read = {found.class_name(file) for files in found.splits.values() for file in files}
    assert read == {"a", "b"}


def test_folders_read_as_splits_are_a_note() -> None:
    found, _ = arranged(*made("training_set", "test_set"))
    assert found.notes == (
        "Splits by the names of folders: training_set is train, test_set is test.",
    )
    found, sentences = arranged(
        *made("seg_train/seg_train", "seg_test/seg_test"), *flat("seg_pred/seg_pred")
    )
    assert "seg_train/seg_train is train, seg_test/seg_test is test" in found.notes[0]
    assert sentences == ("seg_pred is left out: it is beside train, validation and test.",)
    assert arranged(*made("train", "test"))[0].notes == ()


@pytest.mark.parametrize(
    "paths",
    [
        flat("training_shoes", "test_tube"),
        made("training_shoes", "test_tube"),
        made("trainers", "sneakers"),
        flat("bus", "car", "train"),
        [*flat("bus", "car"), *made("train")],
        made("train_station", "test_track", "bus"),
        made("validation_stamp", "envelope"),
        flat("fold1", "fold2"),
        [*made("fold1"), *made("fold2", classes="cd")],
    ],
)
def test_classes_whose_names_only_look_like_splits_stay_classes(paths: list[str]) -> None:
    found, _ = arranged(*paths)
    assert found.class_names == tuple(sorted({path.split("/")[0] for path in paths}))
    assert list(found.splits) == ["all"]
    assert len(found.splits["all"]) == len(paths)


def test_a_guess_is_a_warning() -> None:
    found, _ = arranged(*flat("bus", "car"), *made("train"))
    assert "train is taken for a class like bus and car beside it" in found.warnings[0]
    found, sentences = arranged(*flat("new"), *made("train"))
    assert "train is taken for the training split, and new beside it is left out" in "".join(
        found.warnings
    )
    assert sentences == ("new is left out: it is beside train, validation and test.",)


def test_pictures_without_labels_are_counted() -> None:
    found, sentences = arranged(*made("train"), *flat("test", count=7))
    assert names(found).keys() == {"train"}
    assert sentences == (
        "test is left out: its 7 pictures are in no folder of a class, so they have no labels.",
    )


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("abc_train/abc_train", "abc_test/abc_test"),
        ("train", "test/images"),
        ("train", "test/test"),
    ],
)
def test_pictures_without_labels_are_no_class_in_one_more_folder(train: str, test: str) -> None:
    found, sentences = arranged(*made(train), *flat(test, count=3))
    assert found.class_names == ("a", "b")
    assert names(found).keys() == {"train"}
    assert f"{test.split('/')[0]} is left out: its 3 pictures" in sentences[0]
    # But a class of train is one, also where it is the only one.
    found, _ = arranged(*made("train", classes=["images", "b"]), *flat("test/images"))
    assert names(found).keys() == {"train", "test"}


def test_classes_that_are_there_again_are_left_out() -> None:
    found, sentences = arranged(*made("flowers", "flowers/flowers", classes="abc"))
    assert found.class_names == ("a", "b", "c")
    assert len(found.splits["all"]) == 6
    assert "flowers/flowers is left out, because its sub-folders are called" in found.warnings[0]
    assert sentences == (
        "flowers/flowers is left out: its sub-folders are called like the classes beside it.",
    )
    found, _ = arranged(*made("mixed", classes="ax"), *flat("a", "b"))
    assert found.class_names == ("a", "b", "mixed")


def test_folds_are_one_pool_with_a_note_and_a_warning() -> None:
    found, sentences = arranged(*made("fold1", "fold2", "fold3"))
    assert found.class_names == ("a", "b")
    assert len(names(found)["all"]) == 12
    assert "fold1, fold2 and fold3 are taken for the folds" in found.notes[0]
    assert "not used as splits" in found.warnings[0]
    assert sentences == ()


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (
            made("roses", "tulips"),
            "All classes (roses and tulips) have the same sub-folders (a and b)",
        ),
        (made("Plant/raw/color", "Plant/raw/gray"), "use one of the folders alone, such as color"),
        (
            [
                f"{name}/{split}/{n}.png"
                for name in "ab"
                for split in ("train_2019", "test_2019")
                for n in "01"
            ],
            "have the same sub-folders (test_2019 and train_2019), which are not used as splits",
        ),
        (
            made("data/flowers", "flowers", classes="abc"),
            "All classes (data and flowers) have the same sub-folders (a, b and c)",
        ),
        (flat("Rose", "rose"), "differ only in case"),
        (flat("rose", "rose "), "differ only in case, width, spaces or dots"),
    ],
)
def test_classes_that_may_not_be_meant_are_a_warning(paths: list[str], words: str) -> None:
    found, _ = arranged(*paths)
    assert words in "".join(found.warnings)
    assert len(found.splits["all"]) == len(paths)


def test_no_warning_where_only_some_sub_folders_agree() -> None:
    found, _ = arranged(*made("roses"), *made("tulips", classes="xy"), *flat("lilies"))
    assert found.warnings == ()


def test_splits_within_classes() -> None:
    paths = made("cats", "dogs", classes=("train", "val"))
    found, sentences = arranged(*paths, *flat("cats/test", count=3))
    assert found.class_names == ("cats", "dogs")
    counts = {split: len(files) for split, files in found.splits.items()}
    assert counts == {"train": 4, "validation": 4, "test": 3}
    assert {found.class_name(file) for file in found.splits["validation"]} == {"cats", "dogs"}
    assert found.notes == (
        "Splits by the names of folders within those of the classes: test is test, train is train, "
        "val is validation.",
    )
    assert (sentences, found.warnings) == ((), ())


@pytest.mark.parametrize(
    "paths",
    [
        [*made("cats", "dogs", classes=("train", "test")), *flat("dogs")],
        [*made("cats", "dogs", classes=("train", "test")), *flat("dogs/puppies")],
        [*made("cats", classes=("train", "test")), *flat("dogs/test")],
        flat("cats/train", "dogs/train"),
    ],
)
def test_folders_within_classes_that_are_no_splits(paths: list[str]) -> None:
    found, _ = arranged(*paths)
    assert list(found.splits) == ["all"]
    assert len(found.splits["all"]) == len(paths)


def test_two_folders_of_one_split_are_refused() -> None:
    assert "both test and test_set are the test split" in refusal(
        *made("train", "test", "test_set")
    )


def test_other_readings_of_the_same_files_are_other_originals() -> None:
    one, _ = arranged(*made("training_set", "test_set"))
    other, _ = arranged(*made("training_set", "test_set"))
    assert one.fingerprint() == other.fingerprint()
