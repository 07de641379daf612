"""What the exporter says about torchvision.transforms.v2, found by running them.

``python -m tests.export.claims_torch FILE`` writes one JSON object, from a claim to what was measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torchvision.transforms import v2

from tests.export.measured import picture

PICTURE = torch.tensor(picture()).permute(2, 0, 1)
BILINEAR = v2.InterpolationMode.BILINEAR
CLAIMS: list[Callable[[], dict[str, Any]]] = []


def claim(measure: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    CLAIMS.append(measure)
    return measure


def refuses(make: Callable[[], Any]) -> bool:
    try:
        make()
    except (ValueError, TypeError, RuntimeError):
        return True
    return False


def flat(level: int, height: int = 40, width: int = 40) -> torch.Tensor:
    return torch.full((3, height, width), level, dtype=torch.uint8)


def many(transform: Any, image: torch.Tensor, count: int) -> torch.Tensor:
    return torch.stack([transform(image) for _ in range(count)])


def outcomes(transform: Any, image: torch.Tensor, count: int = 20) -> int:
    """Return how many different pictures a transform makes of one."""
    return len({made.numpy().tobytes() for made in many(transform, image, count)})


@claim
def policies() -> dict[str, Any]:
    bar = flat(0, 90, 300)
    bar[:, :, 150] = 255
    trivial, moved = v2.TrivialAugmentWide(31), []
    for made in many(trivial, bar, 1500):
        [columns] = torch.nonzero(made[0].amax(dim=0) > 200, as_tuple=True)
        if len(columns) == 1 and made[0, :, columns[0]].min() > 200:
            moved.append(abs(int(columns[0]) - 150))
    found = {
        "farthest shift in pixels": max(moved),
        "weakest": outcomes(v2.RandAugment(1, 0), PICTURE, 60),
    }
    for severity in (1, 10):
        # One chain at half the weight: a flat picture of level 100 shows to which level it went.
        mix = v2.AugMix(severity, 1, 1, alpha=1000.0, all_ops=False)
        went = 2 * many(mix, flat(100), 150).float().mean(dim=(1, 2, 3)) - 100
        found[f"to 4 bits at {severity}"] = int(((went - 96).abs() < 2.5).sum())
        found[f"to black at {severity}"] = int((went < 12).sum())
    return found


@claim
def mixing() -> dict[str, Any]:
    images, labels = torch.zeros(6, 3, 16, 16), torch.eye(6)
    images += torch.arange(6)[:, None, None, None]
    found = {"refuses uint8": refuses(lambda: v2.MixUp(alpha=1.0)(images.to(torch.uint8), labels))}
    for name, mix in (("cut", v2.CutMix(alpha=1.0)), ("mix", v2.MixUp(alpha=1.0))):
        for _ in range(10):
            made, mixed = mix(images, labels)
            own = mixed.diagonal()
            assert torch.allclose(mixed.sum(1), torch.ones(6))
            found[f"{name}: one share"] = bool(torch.allclose(own, own[0].expand(6)))
            partners = torch.stack([mixed[n, n - 1] for n in range(6)])
            found[f"{name}: the one before"] = bool(torch.allclose(own + partners, torch.ones(6)))
        if name == "cut":
            pasted = made[:, 0] != torch.arange(6)[:, None, None]
            found["cut: one rectangle"] = bool((pasted == pasted[0]).all())
    return found


@claim
def erasing() -> dict[str, Any]:
    noise = many(v2.RandomErasing(1.0, (0.3, 0.33), value="random"), flat(77), 20)
    levels = noise[noise != 77].to(torch.int16)
    away = torch.minimum(levels, 255 - levels)
    boxes = many(v2.RandomErasing(1.0, (0.1, 0.33), value=7), flat(200), 100)[:, 0] == 7
    whole = [int(box.any(1).sum()) * int(box.any(0).sum()) == int(box.sum()) for box in boxes]
    shares = boxes.float().mean(dim=(1, 2))
    return {
        "noise away from black and white": int(away.max()),
        "all inside": all(whole) and float(shares.min()) > 0.09,
        "does not fit": outcomes(v2.RandomErasing(1.0, (1.0, 1.0)), PICTURE),
    }


@claim
def geometry() -> dict[str, Any]:
    across = torch.arange(128).float().repeat(128, 1) / 1000
    place = torch.stack([across, across.T, across])
    elastic = v2.ElasticTransform(1000.0, 10.0)
    moved = (many(elastic, place, 12) - place)[:, 0] * 1000
    inner = moved[:, 40:-40, 40:-40].square().mean(dim=(1, 2)).sqrt()
    edge = moved[:, 50:-50, :4].square().mean().sqrt()
    # The formula of the exporter: half of alpha, by the deviation of noise smoothed by sigma.
    expected = 500 / (3**0.5 * 2 * 3.14159265**0.5 * 10)
    tilted = many(v2.RandomPerspective(0.4, 1.0, fill=0), place[:2] + 0.5, 60)
    farthest = tilted.amax(dim=(2, 3)).amin()
    bar = flat(0)
    bar[:, :, 20] = 255
    shifted = many(v2.RandomAffine(0, (0.3, 0), interpolation=BILINEAR), bar, 60)
    shear = {
        name: v2.RandomAffine(0, shear=(30, 30), center=center, interpolation=BILINEAR)(bar)
        for name, center in (("top", [0.5, 0.5]), ("centre", None))
    }
    turned = v2.RandomRotation((90, 90))(flat(200, 40, 60))
    return {
        "elastic, typical over expected": float(inner.square().mean().sqrt() / expected),
        "elastic, spread over pictures": float(inner.std() / inner.mean()),
        "elastic, edge over inside": float(edge / inner.mean()),
        "elastic refuses more than a quarter": refuses(
            lambda: v2.ElasticTransform(50.0, 40.0)(torch.rand(3, 128, 128))
        ),
        "perspective, least of the farthest place seen": float(farthest - 0.5) / 0.127,
        "perspective, nothing": float((tilted == 0).float().mean()),
        "levels after shifts": torch.unique(shifted).tolist(),
        "first row sheared about the top": bool((shear["top"][:, 0] != bar[:, 0]).any()),
        "first row sheared by default": bool((shear["centre"][:, 0] != bar[:, 0]).any()),
        "black after a quarter turn": float((turned == 0).float().mean()),
    }


@claim
def colour() -> dict[str, Any]:
    noise = many(v2.GaussianNoise(0.0, 0.1), flat(128), 20).float().std(dim=(1, 2, 3))
    return {
        "noise differs by": float(noise.max() - noise.min()),
        "sharpness": outcomes(v2.RandomAdjustSharpness(1.5, 1.0), PICTURE),
        "bits": outcomes(v2.RandomPosterize(4, 1.0), PICTURE),
        "thresholds": outcomes(v2.RandomSolarize(100.0, 1.0), PICTURE),
        "refuses threshold 256": refuses(lambda: v2.functional.solarize(PICTURE, 256.0)),
        "black made brighter": int(many(v2.ColorJitter(brightness=(1.5, 1.5)), flat(0), 5).max()),
        "refuses a wide kernel": refuses(lambda: v2.GaussianBlur(81, (1.0, 2.0))(PICTURE)),
    }


if __name__ == "__main__":
    torch.manual_seed(3)
    torch.set_num_threads(1)
    results = {measure.__name__: measure() for measure in CLAIMS}
    Path(sys.argv[1]).write_text(json.dumps(results), encoding="utf-8")
