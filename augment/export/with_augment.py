"""A recipe as a script with this package."""

from __future__ import annotations

from augment.engine.recipe import Recipe
from augment.export.shown import OfFiles, Shown, call_of, function_of
from augment.export.source import prose
from augment.export.texts import AUGMENT_EXAMPLE, AUGMENT_SCRIPT, AUGMENT_SHOWN

_IMPORTS = "import numpy as np\n\nimport augment\nfrom augment import tfdata\n"
_SHOWN_IMPORTS = (
    "from pathlib import Path\n\nimport augment\nfrom augment import tfdata\n"
    "from augment.data import samples\n"
    "from augment.inspect.sheet import grid_png\n"
)
_ABOUT_SHOWN = (
    "It augments the pictures that were shown, to the same bytes, and writes them beside itself as a "
    "PNG file."
)


def to_augment(recipe: Recipe, *, seed: int = 7, epoch: int = 0, shown: Shown | None = None) -> str:
    """Return a runnable Python script with the recipe as JSON, every value explicit.

    The script has the functions ``augment_batch``, over arrays, and ``augment_dataset``, over a
    ``tf.data.Dataset``; both give the bytes of `augment.apply`. Run by itself it augments an example,
    or, if it is told which, the very pictures that were shown, and writes them as `augment.inspect.sheet`
    does.

    Args:
        recipe: What may happen.
        seed: The seed of the draws.
        epoch: The epoch of the draws, for the pictures shown.
        shown: The pictures shown; for those of somebody's own the script is given the files.
    """
    about, imports, moment, ending = "", _IMPORTS, "", AUGMENT_EXAMPLE
    if shown is not None:
        is_own = isinstance(shown, OfFiles)
        about = _ABOUT_SHOWN + " Give it the files as arguments." * is_own
        about = f"\n\n{prose(about)}"
        imports = "import sys\n" * is_own + _SHOWN_IMPORTS
        moment = f"EPOCH = {int(epoch)}\n"
        function = function_of(shown, "Return the pictures shown, with their labels and ids.")
        ending = AUGMENT_SHOWN.substitute(function=function, call=call_of(shown))
    return AUGMENT_SCRIPT.substitute(
        about=about,
        imports=imports,
        seed=str(int(seed)),
        epoch=moment,
        # JSON holds no three quotes in a row and ends in a brace, so a raw string can hold it.
        recipe=recipe.to_json(indent=2),
        ending=ending,
    )
