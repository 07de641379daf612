"""Which class and split a picture belongs to, found from nothing but paths."""

from __future__ import annotations

import json

import pytest

from augment.data.sources import layout
from augment.data.sources.layout import SENTENCES_EACH, File, Layout, LeftOut, Reason
from augment.errors import DataError


def arranged(*paths: str, folders: tuple[str, ...] = ()) -> tuple[Layout, tuple[str, ...]]:
    left_out = LeftOut()
    files = [File(path, 1, 1) for path in paths]
    return layout.arrange(files, folders, left_out, "flowers"), left_out.sentences()


def names(found: Layout) -> dict[str, list[str]]:
    return {split: [found.name(file) for file in files] for split, files in found.splits.items()}


def refusal(*paths: str) -> str:
    with pytest.raises(DataError) as caught:
        arranged(*paths)
    sentences = str(caught.value)
    assert sentences.endswith(".")
    assert sentences.isprintable()
    assert "flowers" in sentences
    return sentences


def test_sub_folders_are_the_classes() -> None:
    found, sentences = arranged("rose/b.jpg", "daisy/c.jpg", "rose/a.jpg")
    assert found.class_names == ("daisy", "rose")
    assert names(found) == {"all": ["daisy/c.jpg", "rose/a.jpg", "rose/b.jpg"]}
    assert [found.class_name(file) for file in found.splits["all"]] == ["daisy", "rose", "rose"]
    assert sentences == ()


def test_pictures_belong_to_the_class_however_deep_they_lie() -> None:
    found, _ = arranged("rose/x/y/z/a.jpg", "daisy/a.jpg")
    assert names(found) == {"all": ["daisy/a.jpg", "rose/x/y/z/a.jpg"]}
    assert found.class_name(found.splits["all"][1]) == "rose"


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "validation", "test"),
        ("Training", "VAL", "Testing"),
        ("TRAIN", "valid", "Test"),
        ("train", "dev", "test"),
    ],
)
def test_splits_under_any_of_their_names(train: str, validation: str, test: str) -> None:
    paths = [f"{top}/{name}/a.jpg" for top in (test, train, validation) for name in ("b", "a")]
    found, sentences = arranged(*paths)
    assert list(found.splits) == ["train", "validation", "test"]
    assert found.class_names == ("a", "b")
    assert names(found)["validation"] == [f"{validation}/a/a.jpg", f"{validation}/b/a.jpg"]
    assert found.class_name(found.splits["test"][1]) == "b"
    assert sentences == ()


def test_classes_are_those_of_all_splits_together() -> None:
    found, sentences = arranged("train/rose/a.jpg", "test/daisy/a.jpg", "test/rose/b.jpg")
    assert found.class_names == ("daisy", "rose")
    assert {split: len(files) for split, files in found.splits.items()} == {"train": 1, "test": 2}
    assert sentences == ()


def test_files_beside_splits_or_in_no_class_are_left_out() -> None:
    found, sentences = arranged(
        *("train/a/1.jpg", "train/b/1.jpg", "cover.jpg", "train/2.jpg", "extra/a/1.jpg"),
        folders=("train", "train/a", "train/b", "train/c", "test", "extra", "train/a/deep"),
    )
    assert names(found) == {"train": ["train/a/1.jpg", "train/b/1.jpg"]}
    assert sentences == (
        "cover.jpg is left out: it is not in the folder of a class.",
        "train/2.jpg is left out: it is not in the folder of a class.",
        "extra is left out: it is beside train, validation and test.",
        "test is left out: it is a folder without pictures.",
        "train/c is left out: it is a folder without pictures.",
    )


def test_a_class_without_pictures_is_left_out() -> None:
    found, sentences = arranged("a/1.jpg", "b/1.jpg", folders=("a", "b", "c", "a/deep", "c/deep"))
    assert found.class_names == ("a", "b")
    assert sentences == ("c is left out: it is a folder without pictures.",)


@pytest.mark.parametrize("wrap", ["flowers/", "archive/flowers 2/", "test/"])
def test_a_folder_that_contains_everything_is_skipped(wrap: str) -> None:
    plain = ["a/1.jpg", "b/x/2.jpg"]
    found, sentences = arranged(*(wrap + path for path in plain), folders=(wrap + "c",))
    assert found.class_names == ("a", "b")
    assert names(found) == {"all": plain}
    assert sentences == (f"{wrap}c is left out: it is a folder without pictures.",)
    split, sentences = arranged(*(f"{wrap}train/{path}" for path in plain), "cover.jpg")
    assert names(split) == {"train": ["train/a/1.jpg", "train/b/x/2.jpg"]}
    assert sentences == ("cover.jpg is left out: it is not in the folder of a class.",)


def test_train_and_test_may_be_classes() -> None:
    found, _ = arranged("train/1.jpg", "plane/1.jpg", "test/1.jpg")
    assert found.class_names == ("plane", "test", "train")
    assert list(found.splits) == ["all"]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (
            (),
            "There are no pictures in flowers; the pictures of each class must be in a sub-folder",
        ),
        (("a.jpg", "b.jpg"), "In flowers no picture is in a class; the pictures of each"),
        (("a/1.jpg", "b.jpg"), "only one class, a, but there must be at least two"),
        (("x/a/1.jpg", "x/a/2.jpg"), "only one class, a, but"),
        (("train/1.jpg", "train/2.jpg", "test/3.jpg"), "In flowers no picture is in a class"),
        (("train/1.jpg", "test/a/1.jpg", "test/b/1.jpg"), "the folder train has no class folders"),
        (("test/a/1.jpg", "val/b/1.jpg"), "there is test and val, but no folder train"),
        (
            ("train/a/1.jpg", "val/b/1.jpg", "Valid/a/1.jpg"),
            "both Valid and val are the validation split",
        ),
    ],
)
def test_other_shapes_are_refused_in_a_sentence(paths: tuple[str, ...], words: str) -> None:
    assert words in refusal(*paths)


ODD = [
    "with space",
    " ",
    "it's",
    '"quoted"',
    "line\nbreak",
    "tab\there",
    "Blüte",
    "花",
    "🌸",
    "a\u202eb",
]


def test_any_text_is_a_class() -> None:
    found, sentences = arranged(*(f"{name}/{name}.jpg" for name in ODD))
    assert found.class_names == tuple(sorted(ODD))
    assert json.loads(json.dumps(names(found)["all"])) == sorted(f"{odd}/{odd}.jpg" for odd in ODD)
    assert sentences == ()


def test_names_equal_but_for_case_are_different_classes() -> None:
    assert arranged("Rose/a.jpg", "rose/a.jpg")[0].class_names == ("Rose", "rose")


COMPOSED, PARTS = "Bl\u00fcte", "Blu\u0308te"


def test_a_name_is_the_same_on_every_machine_however_it_spells_letters() -> None:
    found, _ = arranged(f"{PARTS}/{PARTS}.jpg", "rose/a.jpg")
    assert found.class_names == (COMPOSED, "rose")
    assert names(found)["all"][0] == f"{COMPOSED}/{COMPOSED}.jpg"
    split, sentences = arranged(
        f"train/{PARTS}/1.jpg", f"test/{COMPOSED}/1.jpg", "train/rose/a.jpg"
    )
    assert split.class_names == (COMPOSED, "rose")
    assert sentences == ()


def test_two_classes_that_look_the_same_are_refused() -> None:
    assert "two folders look the same, Blüte" in refusal(
        f"{PARTS}/a.jpg", f"{COMPOSED}/b.jpg", "c/d.jpg"
    )


def test_of_two_files_that_look_the_same_one_is_taken() -> None:
    found, sentences = arranged(f"a/{PARTS}.jpg", f"a/{COMPOSED}.jpg", "b/1.jpg")
    assert [file.path for file in found.splits["all"]] == [f"a/{PARTS}.jpg", "b/1.jpg"]
    assert sentences == (f"a/{COMPOSED}.jpg is left out: another file has the same name.",)


def test_many_of_a_kind_are_counted_and_the_order_does_not_matter() -> None:
    def sentences(paths: list[str]) -> tuple[str, ...]:
        left_out = LeftOut()
        for path in paths:
            left_out.add(path, Reason.NO_PICTURE)
        return left_out.sentences()

    paths = [f"{number:04d}.txt" for number in range(1234)]
    first = tuple(
        f"{path} is left out: its extension is not that of a picture."
        for path in paths[:SENTENCES_EACH]
    )
    assert sentences(paths) == (
        *first,
        "1,229 more left out: its extension is not that of a picture.",
    )
    assert sentences(paths[::-1]) == sentences(paths)
    assert sentences(paths[:6]) == (
        *first,
        "1 more left out: its extension is not that of a picture.",
    )
    assert sentences(["\x1b[31m\n.txt"]) == (
        r"\x1b[31m\n.txt is left out: its extension is not that of a picture.",
    )


@pytest.mark.parametrize(
    "name", ["a.jpg", "A.JPEG", "b.jfif", "b.JPE", "c.MPO", "a.b.PnG", "c.webp", "d.tif", "\n.gif"]
)
def test_pictures_by_their_extension(name: str) -> None:
    assert layout.is_picture(name)


@pytest.mark.parametrize("name", ["jpg", ".jpg", "a.jpg.txt", "a.svg", "a.jpg ", "a.zip", ""])
def test_files_that_are_not_pictures_by_their_extension(name: str) -> None:
    assert not layout.is_picture(name)


@pytest.mark.parametrize(
    "name", [".DS_Store", "._a.jpg", ".git", "Thumbs.db", "Desktop.ini", "__MACOSX"]
)
def test_files_of_the_system_are_recognised(name: str) -> None:
    assert layout.is_of_system(name)
