"""A recipe as a script with this package."""

from __future__ import annotations

from string import Template

from augment.engine import arrays
from augment.engine.recipe import Recipe
from augment.export.shown import OfFiles, Shown, call_of, function_of
from augment.export.source import prose

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
    ``tf.data.Dataset``; both give the bytes of `augment.apply`. Run as a program it augments an example,
    or the pictures shown, and then writes a grid of them as `augment.inspect.sheet` does.

    Args:
        recipe: What may happen.
        seed: The seed of the draws.
        epoch: The epoch of the draws, for the pictures shown.
        shown: The pictures shown; the script of uploaded ones takes their files as arguments.

    Raises:
        ArrayError: The seed or the epoch is not as `augment.draw` takes it.
    """
    about, imports, moment, ending = "", _IMPORTS, "", _EXAMPLE
    if shown is not None:
        is_own = isinstance(shown, OfFiles)
        about = _ABOUT_SHOWN + " Give it the files as arguments." * is_own
        about = f"\n\n{prose(about)}"
        imports = "import sys\n" * is_own + _SHOWN_IMPORTS
        moment = f"EPOCH = {arrays.read_epoch(epoch)}\n"
        function = function_of(shown, "Return the pictures shown, with their labels and ids.")
        ending = _SHOWN.substitute(function=function, call=call_of(shown))
    return _SCRIPT.substitute(
        about=about,
        imports=imports,
        seed=str(arrays.read_seed(seed)),
        epoch=moment,
        # JSON holds no three quotes in a row and ends in a brace, so a raw string can hold it.
        recipe=recipe.to_json(indent=2),
        ending=ending,
    )


_SCRIPT = Template(
    '''\
"""Augmentation with the package augment, from a recipe.

Run it where augment can be imported, such as in the folder that holds it.$about
"""

$imports
SEED = $seed
${epoch}RECIPE = augment.Recipe.from_json(
    r"""
$recipe
"""
)


def augment_batch(images, labels, ids, epoch):
    """Augment a batch; the same seed, epoch and ids give the same bytes, always.

    Args:
        images: uint8 (B, H, W, 3), RGB.
        labels: float32 (B, K), rows summing to 1.
        ids: int64 (B,), stable ids of the samples.
        epoch: One number, or one per row.
    """
    batch = augment.apply(RECIPE, images, labels, ids=ids, seed=SEED, epoch=epoch)
    return batch.images, batch.labels


def augment_dataset(dataset):
    """Augment a tf.data.Dataset of batches, to the same bytes.

    Args:
        dataset: Of dicts with images, labels, ids and epoch, as in augment_batch.
    """
    return dataset.map(tfdata.mapper(RECIPE, SEED), num_parallel_calls=2)


$ending'''
)

_EXAMPLE = """\
if __name__ == "__main__":
    images = np.random.default_rng(0).integers(0, 256, (8, 224, 224, 3), np.uint8)
    labels = np.eye(4, dtype=np.float32)[np.arange(8) % 4]
    images, labels = augment_batch(images, labels, ids=np.arange(8), epoch=0)
    print(images.shape, labels.round(2).tolist())
"""

_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    given = $call
    plan = augment.draw(RECIPE, given.ids, seed=SEED, epoch=EPOCH, labels=given.labels)
    batch = augment.render(plan, given.images, given.labels)
    picture = Path(__file__).with_suffix(".png")
    picture.write_bytes(grid_png(given, RECIPE, plan, batch))
    print(picture)
"""
)
