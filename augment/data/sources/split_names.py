"""Which split a folder, a table or a value means by its name."""

from __future__ import annotations

import functools
import re
import unicodedata

from augment.data.source import SPLIT_NAMES, TEST, TRAIN, VALIDATION

_WORDS = SPLIT_NAMES | {
    "trainval": TRAIN,
    "eval": VALIDATION,
    "evaluation": VALIDATION,
    "validate": VALIDATION,
    "validating": VALIDATION,
    "holdout": TEST,
    "训练": TRAIN,
    "训练集": TRAIN,
    "验证": VALIDATION,
    "验证集": VALIDATION,
    "测试": TEST,
    "测试集": TEST,
    "訓練": TRAIN,
    "学習": TRAIN,
    "検証": VALIDATION,
    "驗證": VALIDATION,
    "テスト": TEST,
    "測試": TEST,
    "훈련": TRAIN,
    "학습": TRAIN,
    "검증": VALIDATION,
    "테스트": TEST,
    "entrenamiento": TRAIN,
    "validación": VALIDATION,
    "prueba": TEST,
    "entraînement": TRAIN,
    "entrainement": TRAIN,
}
_FILLERS = frozenset(
    (
        *("set", "sets", "data", "dataset", "image", "images", "img", "imgs", "pic", "pics"),
        *("picture", "pictures", "photo", "photos", "folder", "dir", "split", "label", "labels"),
        *("csv", "the"),
    )
)
_PARTS = frozenset(("part", "parts", "batch", "shard", "chunk", "archive", "zip"))
_TOKEN = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[^\W\d_]+|\d+")
_FOLD = re.compile(r"(?:fold|cv|k|split)[ _-]?\d+", re.IGNORECASE)


def is_plain(name: str) -> bool:
    """Whether a name is nothing but that of a split, such as "train" or "Validation"."""
    return name.casefold() in _WORDS


@functools.lru_cache(maxsize=1024)
def meant(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the split that a name means, and the words of it that are of something else.

    "training_set" is train; "seg_test" is test of something called seg; "trainers" means none.
    """
    text = unicodedata.normalize("NFC", name)
    if is_plain(text):
        return _WORDS[text.casefold()], ()
    words = [token.casefold() for token in _TOKEN.findall(text.replace("hold_out", "holdout"))]
    found, rest = [], []
    for word in words:
        if (split := _split_of(word)) is not None:
            found.append(split)
        elif word not in _FILLERS:
            rest.append(word)
    return (found[0], tuple(rest)) if len(found) == 1 else None


def is_fold(name: str) -> bool:
    """Whether a name is that of a fold of a cross-validation, such as "fold_3"."""
    return _FOLD.fullmatch(name) is not None


def is_filler(name: str) -> bool:
    """Whether a name only says that there are pictures or data, such as "images"."""
    words = [token.casefold() for token in _TOKEN.findall(name)]
    return bool(words) and all(word in _FILLERS for word in words)


def is_of_parts(name: str) -> bool:
    """Whether a name, without its number, is one of those that parts of a set have, such as "images_"."""
    words = [token.casefold() for token in _TOKEN.findall(name)]
    return any(word in _FILLERS or word in _PARTS for word in words)


def _split_of(word: str) -> str | None:
    if word in _WORDS:
        return _WORDS[word]
    for filler in _FILLERS:
        if word.endswith(filler) and (stem := word.removesuffix(filler)) in _WORDS:
            return _WORDS[stem]
    return None
