"""Which split a name means."""

from __future__ import annotations

import pytest

from augment.data.sources import split_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train", ("train", ())),
        ("TRAIN", ("train", ())),
        ("training_set", ("train", ())),
        ("TrainingSet", ("train", ())),
        ("trainset", ("train", ())),
        ("train_images", ("train", ())),
        ("val_data", ("validation", ())),
        ("valid-set", ("validation", ())),
        ("eval", ("validation", ())),
        ("Test Images", ("test", ())),
        ("holdout", ("test", ())),
        ("hold_out", ("test", ())),
        ("测试集", ("test", ())),
        ("학습", ("train", ())),
        ("seg_train", ("train", ("seg",))),
        ("flowers-test", ("test", ("flowers",))),
        ("training_shoes", ("train", ("shoes",))),
        ("test_tube", ("test", ("tube",))),
        ("trainers", None),
        ("testament", None),
        ("train_test", None),
        ("valley", None),
        ("", None),
    ],
)
def test_names(name: str, expected: tuple[str, tuple[str, ...]] | None) -> None:
    assert split_names.meant(name) == expected


def test_folds_and_names_that_say_nothing() -> None:
    assert all(map(split_names.is_fold, ("fold1", "Fold_2", "fold 3", "cv-4")))
    assert not any(map(split_names.is_fold, ("fold", "folder1", "manifold1", "fold1a")))
    assert all(map(split_names.is_filler, ("images", "Data", "img", "image_data")))
    assert not any(map(split_names.is_filler, ("roses", "images of roses", "12", "")))
