"""Run scripts with albumentations: ``python -m tests.export.exported_albumentations FOLDER``.

It imports nothing of the engine, for which the environment with albumentations lacks packages. Every
``*.py`` of the folder augments pictures, and what became of them is written to a ``.json`` beside it,
with the pipeline as albumentations saves it.
"""

from __future__ import annotations

import inspect
import json
import os
import random
import runpy
import sys
from pathlib import Path
from typing import Any

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A  # noqa: N812 - as users import it
import numpy as np


def run(path: Path, pictures: dict[str, Any]) -> dict[str, Any]:
    """Augment the pictures, and return what is compared."""
    script = runpy.run_path(str(path), run_name=path.stem)
    augment_image = script["augment_image"]
    by_class = "own_class" in inspect.signature(augment_image).parameters
    classes = range(4) if by_class else [0]
    transforms = (
        [script["transform_for"](one) for one in classes] if by_class else [script["TRANSFORM"]]
    )
    for number, transform in enumerate(transforms):
        transform.set_random_seed(7 + number)
    random.seed(7)
    is_measured = path.stem.startswith("measured_")
    images = pictures[path.stem.split("_of_")[-1] if is_measured else "images"]
    given = [(one, number % 4)[: 1 + by_class] for number, one in enumerate(images)]
    augmented = [augment_image(*each) for each in given]
    for one in augmented:
        assert isinstance(one, np.ndarray), type(one)
        assert one.shape == images.shape[1:], one.shape
        assert one.dtype == np.uint8, one.dtype
    if is_measured:
        np.save(path.with_suffix(".npy"), np.stack(augmented))
    pairs = zip(augmented, images, strict=True)
    result: dict[str, Any] = {"changed": [bool((after != before).any()) for after, before in pairs]}
    return result | {"saved": A.to_dict(transforms[0])}


def main(folder: Path) -> None:
    """Run the scripts of the folder; an error of one is its result."""
    pictures = dict(np.load(folder / "pictures.npz"))
    for path in sorted(folder.glob("*.py")):
        try:
            result = run(path, pictures)
        except Exception as error:  # noqa: BLE001 - it is what the test shows
            result = {"error": f"{type(error).__name__}: {error}"}
        path.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
