"""Classes and splits by the folders that pictures are in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL, SPLIT_NAMES, TRAIN
from augment.data.sources import split_names
from augment.data.sources.arranged import EXPECTED, File, Layout, LeftOut, Reason, composed
from augment.errors import DataError
from augment.system.units import counted

_NAMES_IN_MESSAGE = 5
_LEAST_SHARED = 0.5
"""The share of their sub-folders that folds of one set have in common at least."""


@dataclass
class _Top:
    """A folder right below the one that contains everything.

    Attributes:
        direct: How many pictures are directly in it.
        subs: How many pictures are in each of its sub-folders, however deep.
        deeper: Its sub-folders that have sub-folders with pictures themselves.
    """

    direct: int = 0
    subs: Counter[str] = field(default_factory=Counter)
    deeper: set[str] = field(default_factory=set)

    @property
    def pictures(self) -> int:
        """How many pictures are in it."""
        return self.direct + sum(self.subs.values())


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the top folders of some pictures are.

    Attributes:
        prefix: The path of the folder that contains all of them.
        tops: The folders right below it.
        split_of: The split of each of them that is one; empty if they are classes or folds.
        within: The split of each sub-folder, where the top folders are classes with splits in them.
        folds: Whether they are folds of a cross-validation.
        warnings: A sentence for each thing that may be wrong about that.
    """

    prefix: str
    tops: Mapping[str, _Top]
    split_of: Mapping[str, str]
    within: Mapping[str, str] = field(default_factory=dict)
    folds: bool = False
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: list[File], called: str) -> Shape:
        """Return what the folders of some files are.

        Raises:
            DataError: There are splits, but not in a way that is clear.
        """
        prefix = _prefix(files)
        tops = _tops(files, prefix)
        split_of, warnings = _splits(_within(files, prefix, tops), called)
        folds = not split_of and _are_folds(tops)
        within = {} if split_of or folds else _splits_within(tops)
        return cls(
            prefix=prefix,
            tops=tops,
            split_of=split_of,
            within=within,
            folds=folds,
            warnings=warnings,
        )

    @property
    def has_classes(self) -> bool:
        """Whether there are at least two folders of classes."""
        if self.split_of:
            return any(top.subs for name, top in self.tops.items() if name in self.split_of)
        return len(self.tops) > 1

    @property
    def is_clear(self) -> bool:
        """Whether the folders give the classes, and no other reading is likely."""
        if not self.has_classes:
            return False
        if self.split_of or self.folds:
            return True
        return not any(map(_may_hold_all, self.tops)) and not _are_parts(self.tops)


def arrange(
    files: list[File], folders: Iterable[str], left_out: LeftOut, called: str, shape: Shape
) -> Layout:
    """Return the classes and splits that the files form by their folders.

    Raises:
        DataError: They do not form at least two classes, or not in a way that is clear.
    """
    prefix, split_of = shape.prefix, shape.split_of
    roots = _roots(shape, files)
    is_split = bool(split_of or shape.within)
    splits: dict[str, list[File]] = {split: [] for split in (OFFICIAL if is_split else (POOL,))}
    spellings: dict[tuple[str, str], str] = {}
    beside: set[str] = set()
    unlabelled = _unlabelled(shape, roots, files)
    copies = _copies(shape)
    for file in files:
        top, *rest = file.path[len(prefix) :].split("/")
        if not file.path.startswith(prefix) or not rest:
            left_out.add(file.path, Reason.NO_CLASS)
            continue
        if split_of and top not in split_of:
            beside.add(prefix + top)
            continue
        if top in unlabelled or top in copies:
            continue
        root = roots.get(top, prefix)
        name, *inside = file.path[len(root) :].split("/")
        if not file.path.startswith(root) or not inside:
            left_out.add(file.path, Reason.NO_CLASS)
            continue
        split = shape.within[rest[0]] if shape.within else split_of.get(top, POOL)
        splits[split].append(file)
        _check_spelling(spellings, f"{split} {top}" if shape.folds else split, name, called)
    for top in sorted(unlabelled):
        left_out.add_sentence(
            f"{shown(prefix + top)} is left out: its {counted(shape.tops[top].pictures, 'picture')} "
            "are in no folder of a class, so they have no labels."
        )
    for folder in beside:
        left_out.add(folder, Reason.NO_SPLIT)
    for top in copies:
        left_out.add(prefix + top, Reason.CLASSES_AGAIN)
    _leave_out_empty(files, folders, prefix, roots, left_out)
    class_names = tuple(sorted({composed(name) for _, name in spellings}))
    _check(class_names, splits, called)
    layout = Layout(
        class_names=class_names,
        splits={split: found for split, found in splits.items() if found},
        prefix=prefix,
        roots=roots,
        notes=tuple(_notes(shape, roots, unlabelled)),
        warnings=(*shape.warnings, *_copied(shape, copies), *_warnings(shape, class_names, files)),
    )
    for found in splits.values():
        found.sort(key=lambda file: (layout.name(file), file.path))
        found[:] = _distinct(found, layout, left_out)
    return layout


def _may_hold_all(name: str) -> bool:
    """Whether a folder of this name may have pictures of all classes, such as "train_images"."""
    meant = split_names.meant(name)
    return split_names.is_filler(name) or (meant is not None and not meant[1])


def _are_parts(tops: Mapping[str, _Top]) -> bool:
    """Whether folders are parts of one set, such as "images_001" and "images_002"."""
    stems = {re.sub(r"\d+", "", name).casefold() for name in tops}
    return (
        len(stems) == 1
        and all(any(letter.isdecimal() for letter in name) for name in tops)
        and all(all(map(split_names.is_filler, top.subs)) for top in tops.values())
        and split_names.is_of_parts(stems.pop())
    )


def _unlabelled(shape: Shape, roots: Mapping[str, str], files: list[File]) -> set[str]:
    """Return the folders of splits whose pictures are in no folder of a class.

    They may be in one more folder, as in "test/images" or "abc_test/abc_test".
    """
    classes = {
        name
        for top, split in shape.split_of.items()
        if split == TRAIN
        for name in (_tops(files, roots[top]) or ())
    }
    found = set()
    for top, split in shape.split_of.items():
        if split == TRAIN:
            continue
        subs = _tops(files, roots[top])
        only = next(iter(subs), "") if len(subs) == 1 else ""
        is_wrapped = bool(only) and only not in classes and (only == top or _may_hold_all(only))
        if not shape.tops[top].subs or is_wrapped:
            found.add(top)
    return found


def _copies(shape: Shape) -> set[str]:
    """Return the folders beside the classes in which the folders of classes are again.

    Some archives have all of it twice, as "flowers/rose" and "flowers/flowers/rose".
    """
    if shape.split_of or shape.folds:
        return set()
    found = set()
    for name, top in shape.tops.items():
        others = shape.tops.keys() - {name}
        if not top.direct and len(top.subs) > 1 and top.subs.keys() <= others:
            found.add(name)
    return found


def _copied(shape: Shape, copies: Iterable[str]) -> Iterator[str]:
    for top in sorted(copies):
        yield (
            f"{shown(shape.prefix + top)} is left out, because its sub-folders are called like the "
            "classes beside it; if it is not a copy of them, move its pictures into theirs."
        )


def _prefix(files: list[File]) -> str:
    """Return the path of the folder that contains the classes or splits, past those that wrap it."""
    prefix = ""
    while True:
        tops = _tops(files, prefix)
        if len(tops) != 1:
            return prefix
        [(name, top)] = tops.items()
        if not top.subs or SPLIT_NAMES.get(name.casefold()) == TRAIN:
            return prefix
        prefix += f"{name}/"


def _tops(files: list[File], prefix: str) -> dict[str, _Top]:
    """Return the folders with pictures right below `prefix`."""
    tops: dict[str, _Top] = {}
    start = len(prefix)
    for path, *_ in files:
        end = path.find("/", start)
        if end < 0 or not path.startswith(prefix):
            continue
        name = path[start:end]
        top = tops.get(name) or tops.setdefault(name, _Top())
        next_end = path.find("/", end + 1)
        if next_end < 0:
            top.direct += 1
            continue
        sub = path[end + 1 : next_end]
        top.subs[sub] += 1
        if path.find("/", next_end + 1) >= 0:
            top.deeper.add(sub)
    return tops


def _splits(tops: Mapping[str, _Top], called: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the split of each top folder that is one, and what may be wrong about that.

    There are none if the top folders are classes. A folder is a split by its name only together with
    others: those of the same set are called alike ("seg_train", "seg_test"), and train has folders of
    classes, which the others have too. So "training_shoes" beside "test_tube" are classes.
    """
    split_of = _called_alike(tops)
    if not split_of:
        return {}, ()
    beside = [name for name in tops if name not in split_of]
    trains = [name for name, split in split_of.items() if split == TRAIN]
    if not trains:
        if beside or not all(map(split_names.is_plain, split_of)):
            return {}, ()
        raise DataError(
            f"In {called} there is {_listed(split_of)}, but no folder train with pictures; {EXPECTED}."
        )
    for split in OFFICIAL:
        same = [name for name, its in split_of.items() if its == split]
        if len(same) > 1 and not (beside and not any(tops[name].subs for name in trains)):
            raise DataError(
                f"In {called} both {shown(same[0])} and {shown(same[1])} are the {split} split; "
                "put their pictures into one folder or rename one."
            )
    if not any(tops[name].subs for name in trains):
        # Not one of them has a label by its folder; or they are classes, one of which is called train.
        return ({}, ()) if beside else (split_of, ())
    [train] = trains
    others = [name for name in split_of if name != train]
    if not beside:
        return split_of, ()
    related = [
        name for name in others if not tops[name].subs or tops[name].subs.keys() & tops[train].subs
    ]
    alike = [name for name in beside if tops[name].subs.keys() & tops[train].subs]
    if related or len(alike) == len(beside):
        return split_of, ()
    if len(beside) == 1 and split_names.is_plain(train) and len(tops[train].subs) > 1:
        return split_of, (
            f"{shown(train)} is taken for the training split, and {shown(beside[0])} beside it is left "
            "out; if both are classes, rename the first.",
        )
    if not split_names.is_plain(train):
        return {}, ()
    return {}, (
        f"{shown(train)} is taken for a class like {_listed(beside)} beside it, although it has "
        "sub-folders; if it is the training split, move the others away.",
    )


def _splits_within(tops: Mapping[str, _Top]) -> dict[str, str]:
    """Return the split of each sub-folder if all top folders are classes with splits in them."""
    if any(top.direct for top in tops.values()):
        return {}
    subs = {name for top in tops.values() for name in top.subs}
    if len(subs) < 2 or not all(map(split_names.is_plain, subs)):
        return {}
    meant = {name: split_names.meant(name) for name in sorted(subs)}
    found = {name: split[0] for name, split in meant.items() if split}
    trains = {name for name, split in found.items() if split == TRAIN}
    return found if all(trains & top.subs.keys() for top in tops.values()) else {}


def _called_alike(tops: Mapping[str, _Top]) -> dict[str, str]:
    """Return the splits that some folders mean by names with the same other words, such as "seg"."""
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for name in sorted(tops):
        if (meant := split_names.meant(name)) is not None:
            split, others = meant
            groups.setdefault(others, {})[name] = split
    plain = groups.pop((), {})
    if plain and any(split_names.is_plain(name) for name in plain):
        return plain
    candidates = [plain, *groups.values()]
    several = [group for group in candidates if len(set(group.values())) > 1]
    return several[0] if len(several) == 1 else {}


def _are_folds(tops: Mapping[str, _Top]) -> bool:
    if len(tops) < 2 or not all(map(split_names.is_fold, tops)):
        return False
    subs = [top.subs.keys() for top in tops.values()]
    shared, together = set.intersection(*map(set, subs)), set.union(*map(set, subs))
    return len(shared) > 1 and len(shared) >= _LEAST_SHARED * len(together)


def _roots(shape: Shape, files: list[File]) -> dict[str, str]:
    """Return for each split or fold the path of the folder with its classes.

    Some archives have the folder of a split twice, one in the other ("seg_train/seg_train").
    """
    if not shape.split_of and not shape.folds:
        return {}
    roots: dict[str, str] = {}
    classes: set[str] = set()
    names = shape.split_of if shape.split_of else shape.tops
    for name in sorted(names, key=lambda each: shape.split_of.get(each) != TRAIN):
        roots[name], top = _descended(files, f"{shape.prefix}{name}/", shape.tops[name], classes)
        if shape.split_of.get(name) == TRAIN:
            classes |= top.subs.keys()
    return roots


def _descended(
    files: list[File], root: str, top: _Top, classes: Collection[str]
) -> tuple[str, _Top]:
    """Return the path and content of a folder past those that wrap its sub-folders.

    A sub-folder that is the only one may be a class too: it is if it has no sub-folders, or is called as
    one of `classes`.
    """
    while len(top.subs) == 1 and not top.direct:
        [sub] = top.subs
        if sub not in top.deeper or sub in classes:
            break
        top = _tops(files, root)[sub]
        root = f"{root}{sub}/"
    return root, top


def _within(files: list[File], prefix: str, tops: Mapping[str, _Top]) -> dict[str, _Top]:
    """Return the folders that may be splits with what is past a folder that wraps all of it."""
    return {
        name: _descended(files, f"{prefix}{name}/", top, ())[1] if split_names.meant(name) else top
        for name, top in tops.items()
    }


def _notes(shape: Shape, roots: Mapping[str, str], unlabelled: set[str]) -> Iterator[str]:
    if shape.folds:
        yield (
            f"{_listed(sorted(shape.tops))} are taken for the folds of a cross-validation: the pictures "
            "of all of them are one pool, and their sub-folders are the classes."
        )
    if shape.within:
        yield (
            "Splits by the names of folders within those of the classes: "
            + ", ".join(f"{shown(name)} is {split}" for name, split in shape.within.items())
            + "."
        )
    order = sorted(shape.split_of.items(), key=lambda each: OFFICIAL.index(each[1]))
    read = {name: split for name, split in order if name not in unlabelled}
    odd = any(
        name.casefold() not in SPLIT_NAMES or roots[name] != f"{shape.prefix}{name}/"
        for name in read
    )
    if odd:
        yield (
            "Splits by the names of folders: "
            + ", ".join(
                f"{shown(roots[name].rstrip('/'))} is {split}" for name, split in read.items()
            )
            + "."
        )


def _warnings(shape: Shape, class_names: Sequence[str], files: list[File]) -> Iterator[str]:
    if shape.folds:
        yield (
            "Folds of a cross-validation are not used as splits; to validate on one of them, put it "
            "into a folder validation and the others into a folder train."
        )
    elif not shape.split_of and not shape.within:
        tops = [
            _descended(files, f"{shape.prefix}{name}/", shape.tops[name], ())[1]
            for name in class_names
            if name in shape.tops
        ]
        subs = [set(top.subs) for top in tops if not top.direct]
        shared = set.intersection(*subs) if len(subs) == len(class_names) else set()
        if len(shared) > 1 and len(shared) >= _LEAST_SHARED * len(set.union(*subs)):
            if all(split_names.meant(name) for name in shared):
                yield (
                    f"All classes have the same sub-folders ({_listed(sorted(shared))}), which are not "
                    "used as splits; put the folders of the classes into those of the splits instead."
                )
            else:
                yield (
                    f"All classes ({_listed(class_names)}) have the same sub-folders "
                    f"({_listed(sorted(shared))}). If these are the classes, use one of the folders "
                    f"alone, such as {shown(class_names[0])}."
                )
    alike: dict[str, list[str]] = {}
    for name in class_names:
        key = unicodedata.normalize("NFKC", name).casefold().strip(" .")
        alike.setdefault(key, []).append(name)
    for names in alike.values():
        if len(names) > 1:
            yield (
                f"The classes {_listed([repr(name) for name in names])} differ only in case, width, "
                "spaces or dots; if they are one, put their pictures into one folder."
            )


def _listed(names: Iterable[str]) -> str:
    *first, last = (shown(name) for name in names)
    if len(first) >= _NAMES_IN_MESSAGE:
        more = len(first) + 1 - _NAMES_IN_MESSAGE
        return f"{', '.join(first[:_NAMES_IN_MESSAGE])} and {more:,} more"
    return f"{', '.join(first)} and {last}" if first else last


def _check_spelling(
    spellings: dict[tuple[str, str], str], split: str, name: str, called: str
) -> None:
    key = split, composed(name)
    if spellings.setdefault(key, name) != name:
        raise DataError(
            f"In {called} two folders look the same, {shown(key[1])}, but their names have "
            "different Unicode characters; put their pictures into one or rename one."
        )


def _check(class_names: tuple[str, ...], splits: Mapping[str, list[File]], called: str) -> None:
    if not class_names:
        raise DataError(f"In {called} no picture is in a class; {EXPECTED}.")
    if len(class_names) == 1:
        raise DataError(
            f"In {called} there is only one class, {shown(class_names[0])}, but there must be "
            f"at least two: {EXPECTED}."
        )
    if TRAIN in splits and not splits[TRAIN]:
        raise DataError(f"In {called} the folder train has no class folders; {EXPECTED}.")


def _leave_out_empty(
    files: list[File],
    folders: Iterable[str],
    prefix: str,
    roots: Mapping[str, str],
    left_out: LeftOut,
) -> None:
    """Leave out the folders without pictures where classes and splits are expected."""
    filled = set()
    for path, *_ in files:
        end = path.rfind("/")
        while end > 0 and (inside := path[:end]) not in filled:
            filled.add(inside)
            end = path.rfind("/", 0, end)
    for folder in folders:
        if folder in filled or not folder.startswith(prefix) or folder + "/" == prefix:
            continue
        top, *rest = folder[len(prefix) :].split("/")
        # A folder within a class may be empty; one within a split would be a class.
        root = roots.get(top, "")
        is_class = root and folder.startswith(root) and "/" not in folder[len(root) :]
        if not rest or is_class:
            left_out.add(folder, Reason.NO_PICTURES)


def _distinct(files: list[File], layout: Layout, left_out: LeftOut) -> Iterator[File]:
    """Yield the first of sorted files with each name."""
    last = ""
    for file in files:
        name = layout.name(file)
        if name == last:
            left_out.add(file.path, Reason.SAME_NAME)
        else:
            last = name
            yield file
