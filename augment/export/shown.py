"""Which pictures a script shall take: those that a page showed."""

from __future__ import annotations

from dataclasses import dataclass

from augment.data.source import CROP
from augment.export.source import Call, Source, indented


@dataclass(frozen=True, kw_only=True)
class OfSplit:
    """Pictures of prepared data.

    Attributes:
        source: The name of the data source.
        split: What the split is called that they were taken from.
        size: The side of the pictures in pixels.
        ids: Which of them, in whatever split they are now.
        fit: How the pictures became square, "crop" or "stretch".
    """

    source: str
    split: str
    size: int
    ids: tuple[int, ...]
    fit: str = CROP


@dataclass(frozen=True, kw_only=True)
class OfFiles:
    """Pictures that somebody brought; a script is told where the files are when it is run.

    Attributes:
        size: The side of the pictures in pixels.
        ids: Which of them, as `augment.data.uploads` makes ids of pictures.
        classes: The index of the class of each.
        class_names: The names of all classes.
    """

    size: int
    ids: tuple[int, ...]
    classes: tuple[int, ...]
    class_names: tuple[str, ...]


Shown = OfSplit | OfFiles


def function_of(shown: Shown, said: str, *, imports: str = "") -> str:
    """Return the source of a function ``shown`` that gives the `Samples` shown.

    Args:
        shown: Which pictures.
        said: What its docstring begins with.
        imports: A line of imports inside it.
    """
    lists = {name: list(value) for name, value in vars(shown).items() if isinstance(value, tuple)}
    given = {**vars(shown), **lists}
    if isinstance(shown, OfFiles):
        name, parameter = "samples.of_files", "paths"
        given = {"paths": Source("paths"), **given}
        said = f"{said}\n\n    Args:\n        paths: Their files, in any order and under any names.\n    "
    else:
        name, parameter = "samples.of_split", ""
    inside = f"    {imports}\n\n" if imports else ""
    body = indented(f"return {Call(name, given)!r}")
    return f'def shown({parameter}):\n    """{said}"""\n{inside}{body}\n'


def call_of(shown: Shown) -> str:
    """Return the source of the call of that function in a script that is run."""
    return "shown(sys.argv[1:])" if isinstance(shown, OfFiles) else "shown()"
