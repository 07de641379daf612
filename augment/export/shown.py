"""Which pictures a script takes: those that a page showed."""

from __future__ import annotations

from dataclasses import dataclass

from augment.data.source import CROP
from augment.export.source import Call, Source, indented


@dataclass(frozen=True, kw_only=True)
class OfSplit:
    """Pictures of prepared data.

    Attributes:
        source: The name of the data source.
        split: The name of the split that they were taken from.
        size: The side of the pictures in pixels.
        ids: The ids of the pictures, whichever split they are in now.
        fit: How the pictures were made square, "crop" or "stretch".
    """

    source: str
    split: str
    size: int
    ids: tuple[int, ...]
    fit: str = CROP


@dataclass(frozen=True, kw_only=True)
class OfFiles:
    """Uploaded pictures; a script takes their files as arguments.

    Attributes:
        size: The side of the pictures in pixels.
        ids: The ids of the pictures, as `augment.data.uploads` makes them.
        classes: The index of the class of each.
        class_names: The names of all classes.
    """

    size: int
    ids: tuple[int, ...]
    classes: tuple[int, ...]
    class_names: tuple[str, ...]


Shown = OfSplit | OfFiles


def function_of(shown: Shown, summary: str, *, imports: str = "") -> str:
    """Return the source of a function ``shown`` that returns the `Samples` shown.

    Args:
        shown: Which pictures.
        summary: The first line of its docstring.
        imports: A line of imports inside it.
    """
    lists = {name: list(value) for name, value in vars(shown).items() if isinstance(value, tuple)}
    given = {**vars(shown), **lists}
    if isinstance(shown, OfFiles):
        name, parameter = "samples.of_files", "paths"
        given = {"paths": Source("paths"), **given}
        summary += (
            "\n\n    Args:\n        paths: Their files, in any order and under any names.\n    "
        )
    else:
        name, parameter = "samples.of_split", ""
    inside = f"    {imports}\n\n" if imports else ""
    body = indented(f"return {Call(name, given)!r}")
    return f'def shown({parameter}):\n    """{summary}"""\n{inside}{body}\n'


def call_of(shown: Shown) -> str:
    """Return the source of the call of that function in a script that is run."""
    return "shown(sys.argv[1:])" if isinstance(shown, OfFiles) else "shown()"
