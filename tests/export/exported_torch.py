"""Run scripts with torchvision, in an environment that needs NumPy beside it and no more.

``python -m tests.export.exported_torch FOLDER SCRIPT...`` writes what became of each script to a
``.json`` beside it, as `tests.export.exported` does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.export.exported_batch import batch, run_all
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


def run(name: str, script: dict[str, Any]) -> dict[str, Any]:
    return (run_measured if name.startswith("measured_") else run_script)(script)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the pictures are small
    run_all(
        Path(sys.argv[1]),
        sys.argv[2:],
        run,
        seed=torch.manual_seed,
        with_example=("guide", "nothing"),
    )
