"""Run scripts with torchvision, in an environment that needs NumPy beside it and no more.

``python -m tests.export.exported_torch FOLDER SCRIPT...`` writes what became of each script to a
``.json`` beside it, as `tests.export.exported` does.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.export.exported_batch import batch
from tests.export.measured import copies, statistics


def augmented(script: dict[str, Any], given: dict[str, Any], size: int) -> tuple[Any, Any]:
    """Return what a script makes of pictures, (B, H, W, 3), and labels, in batches of a size."""
    images = torch.tensor(given["images"]).permute(0, 3, 1, 2)
    samples = [
        script["augment_sample"](image, label)
        for image, label in zip(images, torch.tensor(given["labels"]), strict=True)
    ]
    collate = script.get("augment_batch")
    loader = torch.utils.data.DataLoader(samples, batch_size=size, collate_fn=collate)
    made = [torch.cat(parts) for parts in zip(*loader, strict=True)]
    assert made[0].dtype == torch.uint8
    assert made[1].dtype == torch.float32
    return made[0].permute(0, 2, 3, 1).numpy(), made[1].numpy()


def run_script(script: dict[str, Any]) -> dict[str, Any]:
    """Augment two batches, and say which pictures changed, by how much, and which labels."""
    given = batch()
    images, labels = augmented(script, given, 8)
    assert images.shape == given["images"].shape, images.shape
    assert labels.shape == given["labels"].shape, labels.shape
    np.testing.assert_allclose(labels.sum(axis=1), 1.0, atol=1e-5)
    distance = np.abs(images.astype(np.int16) - given["images"])
    return {
        "changed": (distance.max(axis=(1, 2, 3)) > 0).tolist(),
        "mixed": (labels.max(axis=1) < 1).tolist(),
        "distance": float(distance.mean()),
    }


def run_measured(script: dict[str, Any]) -> dict[str, Any]:
    """Return what became of copies of one picture, two in a batch."""
    given = copies()
    return statistics(given, *augmented(script, given, 2))


def main(folder: Path, names: list[str]) -> None:
    """Run these scripts of the folder; an error of one is its result."""
    torch.set_num_threads(1)  # the pictures are small
    for path in (folder / name for name in names):
        run = run_measured if path.stem.startswith("measured_") else run_script
        torch.manual_seed(1)
        name = "__main__" if path.stem.endswith(("guide", "nothing")) else path.stem
        try:
            result = run(runpy.run_path(str(path), run_name=name))
        except Exception as error:  # noqa: BLE001 - it is what the test shows
            result = {"error": f"{type(error).__name__}: {error}"}
        path.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
