"""Classes by the names of files that consist of a class and a number, such as "cat.0.jpg"."""

from __future__ import annotations

import re
from collections import Counter

from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL
from augment.data.sources import split_names
from augment.data.sources.arranged import File, Layout, LeftOut, Reason, composed

_NAME = re.compile(r"(.*[^\W\d_].*?)(\.| ?\(|[ _-]?)\d+\)?", re.DOTALL)
_OF_CAMERAS = re.compile(
    r"(img|image|images|dsc|dscn|dscf|dcim|pict?|picture|photo|p|pxl|mvi|vid|gopr|wa|scan|frame|file"
    r"|sample|screenshot|screen shot|whatsapp image|unnamed|untitled|bild|foto|imagen|copy)"
    r"[ _-]*([\d_ -].*)?",
    re.IGNORECASE,
)
_LEAST_EACH = 2


def arrange(files: list[File], left_out: LeftOut) -> Layout | None:
    """Return the classes that files have in their names; None if they do not.

    The files are in one folder, or in one for each split. All names in a folder must be a class and a
    number, with at least two classes and, unless a dot is between the two, on average at least two
    pictures each; no class may be what cameras and programs call every picture. Files in other folders
    that are called by a number alone are left out, as test pictures without labels are.
    """
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    classes = {folder: _classes(found) for folder, found in folders.items()}
    named = [folder for folder, found in classes.items() if found]
    others = [folder for folder in folders if folder not in named]
    split_of = _splits(named)
    if not split_of or not all(_are_numbers(folders[folder]) for folder in others):
        return None
    labels = {path: label for folder in named for path, label in classes[folder].items()}
    counts = Counter(labels.values())
    for path in (file.path for folder in others for file in folders[folder]):
        left_out.add(path, Reason.NO_CLASS_IN_NAME)
    parent = named[0] if len(named) == 1 else named[0].rpartition("/")[0]
    layout = Layout(
        class_names=tuple(sorted(counts)),
        splits={
            split: folders[split_of[split]] for split in (*OFFICIAL, POOL) if split in split_of
        },
        prefix=f"{parent}/" if parent else "",
        labels=labels,
        notes=(
            "Classes by the names of the files: "
            + ", ".join(f"{shown(name)} ({count:,})" for name, count in sorted(counts.items())[:5])
            + (f" and {len(counts) - 5:,} more." if len(counts) > 5 else "."),
        ),
        warnings=(
            "There are no folders of classes, so what is before the number in the name of a file is "
            "taken for its class; if it is not, put the pictures of each class into a folder of its own.",
        ),
    )
    for found in layout.splits.values():
        found.sort(key=lambda file: (layout.name(file), file.path))
    return layout


def _splits(named: list[str]) -> dict[str, str]:
    """Return the folder of each split; empty if several folders are not the splits of one set."""
    if len(named) == 1:
        return {POOL: named[0]}
    found: dict[str, str] = {}
    for folder in named:
        meant = split_names.meant(folder.rpartition("/")[2])
        if meant is not None:
            found[meant[0]] = folder
    parents = {folder.rpartition("/")[0] for folder in named}
    return found if len(found) == len(named) and len(parents) == 1 else {}


def _classes(files: list[File]) -> dict[str, str]:
    """Return the class of each path; empty if these are not names of a class and a number."""
    found: dict[str, str] = {}
    dots = True
    for file in files:
        stem = composed(file.path.rpartition("/")[2].rpartition(".")[0])
        match = _NAME.fullmatch(stem)
        if match is None or _OF_CAMERAS.fullmatch(match[1]) or split_names.is_plain(match[1]):
            return {}
        found[file.path] = match[1].strip(" ._-")
        dots = dots and match[2] == "."
    count, least = len(set(found.values())), 1 if dots else _LEAST_EACH
    return found if count > 1 and len(found) >= least * count and all(found.values()) else {}


def _are_numbers(files: list[File]) -> bool:
    return all(file.path.rpartition("/")[2].rpartition(".")[0].isdigit() for file in files)
