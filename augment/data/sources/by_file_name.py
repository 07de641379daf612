"""Classes by the names of files that consist of a class and a number, such as "cat.0.jpg"."""

from __future__ import annotations

import re
from collections import Counter

from augment.data.images.decode import shown
from augment.data.source import POOL
from augment.data.sources.arranged import File, Layout, LeftOut, Reason, composed
from augment.data.sources.split_names import is_plain

_NAME = re.compile(r"(.*[^\W\d_].*?)(\.| ?\(|[ _-]?)\d+\)?", re.DOTALL)
_OF_CAMERAS = re.compile(
    r"(img|image|images|dsc|dscn|dscf|dcim|pict?|picture|photo|p|pxl|mvi|vid|gopr|wa|scan|frame|file"
    r"|sample|screenshot|screen shot|whatsapp image|unnamed|untitled|bild|foto|imagen|copy)"
    r"[ _-]*([\d_ -].*)?",
    re.IGNORECASE,
)
_LEAST_EACH = 2


def arrange(files: list[File], left_out: LeftOut) -> Layout | None:
    """Return the classes that files in one folder have in their names; None if they do not.

    All names in the folder must be a class and a number, with at least two classes and, unless a dot is
    between the two, on average at least two pictures each; no class may be what cameras and programs call
    every picture. Where files are in several folders, those called by a number alone are left out, as
    test pictures without labels are.
    """
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    classes = {folder: _classes(found) for folder, found in folders.items()}
    named = [folder for folder, found in classes.items() if found]
    if len(named) != 1 or any(
        not _are_numbers(folders[each]) for each in folders if each not in named
    ):
        return None
    [folder] = named
    labels = classes[folder]
    counts = Counter(labels.values())
    for path in (file.path for each in folders if each != folder for file in folders[each]):
        left_out.add(path, Reason.NO_CLASS_IN_NAME)
    prefix = f"{folder}/" if folder else ""
    layout = Layout(
        class_names=tuple(sorted(counts)),
        splits={POOL: folders[folder]},
        prefix=prefix,
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
    layout.splits[POOL].sort(key=lambda file: (layout.name(file), file.path))
    return layout


def _classes(files: list[File]) -> dict[str, str]:
    """Return the class of each path; empty if these are not names of a class and a number."""
    found: dict[str, str] = {}
    dots = True
    for file in files:
        stem = composed(file.path.rpartition("/")[2].rpartition(".")[0])
        match = _NAME.fullmatch(stem)
        if match is None or _OF_CAMERAS.fullmatch(match[1]) or is_plain(match[1]):
            return {}
        found[file.path] = match[1].strip(" ._-")
        dots = dots and match[2] == "."
    count, least = len(set(found.values())), 1 if dots else _LEAST_EACH
    return found if count > 1 and len(found) >= least * count and all(found.values()) else {}


def _are_numbers(files: list[File]) -> bool:
    return all(file.path.rpartition("/")[2].rpartition(".")[0].isdigit() for file in files)
