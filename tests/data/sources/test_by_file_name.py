"""Classes in the names of files."""

from __future__ import annotations

import pytest

from tests.data.sources.test_layout import arranged, names, refusal


@pytest.mark.parametrize(
    ("paths", "classes"),
    [
        (("cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg"), ("cat", "dog")),
        (("train/cat.0.jpg", "train/dog.1.jpg", "test/1.jpg"), ("cat", "dog")),
        (("train/cat.0.jpg", "train/dog.1.jpg", "test1/1.jpg", "test1/2.jpg"), ("cat", "dog")),
        (
            ("train/cat.0.jpg", "train/dog.0.jpg", "val/cat.1.jpg", "val/dog.1.jpg", "test/9.jpg"),
            ("cat", "dog"),
        ),
        (("cat_1.jpg", "cat_2.jpg", "big dog_1.jpg", "big dog_22.jpg"), ("big dog", "cat")),
        (("cat (1).jpg", "cat (2).jpg", "dog (1).jpg", "dog (2).jpg"), ("cat", "dog")),
        (("x/rose01.png", "x/rose02.png", "x/tulip01.png", "x/tulip02.png"), ("rose", "tulip")),
    ],
)
def test_a_class_and_a_number(paths: tuple[str, ...], classes: tuple[str, ...]) -> None:
    found, sentences = arranged(*paths)
    assert found.class_names == classes
    assert "is taken for its class" in found.warnings[0]
    assert "Classes by the names of the files: " in found.notes[0]
    total = sum(map(len, found.splits.values())) + len(sentences)
    assert total == len(paths)


def test_names_in_folders_of_splits() -> None:
    found, _ = arranged(
        *(f"x/{top}/{name}.{n}.jpg" for top in ("val", "train") for name in "ab" for n in "12")
    )
    assert names(found) == {
        "train": ["train/a.1.jpg", "train/a.2.jpg", "train/b.1.jpg", "train/b.2.jpg"],
        "validation": ["val/a.1.jpg", "val/a.2.jpg", "val/b.1.jpg", "val/b.2.jpg"],
    }


@pytest.mark.parametrize(
    "paths",
    [
        ("IMG_1.jpg", "IMG_2.jpg", "DSC_1.jpg", "DSC_2.jpg"),
        ("cat_1.jpg", "dog_1.jpg"),
        ("cat_1.jpg", "cat_2.jpg", "dog_1.jpg", "dog_2.jpg", "holiday.jpg"),
        ("cat.1.jpg", "cat.2.jpg"),
        ("1.jpg", "2.jpg"),
        ("a/cat.1.jpg", "a/dog.1.jpg", "cat.1.jpg", "dog.1.jpg"),
    ],
)
def test_other_names_are_not_classes(paths: tuple[str, ...]) -> None:
    assert "class" in refusal(*paths)
