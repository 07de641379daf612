"""The script of an archive sees the pixels that the training saw."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from augment.data.images import squares
from augment.data.images.decode import decode
from augment.model_export import archive
from tests.data.images import picture_files as files

SIZE = 32


def script(folder: Path, fit: str = "crop", classes: tuple[str, ...] = ("a", "b")) -> ModuleType:
    """Return the script as a module, in a folder of its own."""
    described = {"format": "keras", "model": "model.keras", "size": SIZE, "fit": fit}
    (folder / "model.json").write_text(json.dumps(described))
    (folder / "class_names.json").write_text(json.dumps(classes))
    path = Path(shutil.copy(archive._SCRIPT, folder))
    spec = importlib.util.spec_from_file_location("predict_of_archive", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_alpha() -> bytes:
    colours = files.photograph(80, 100)
    alpha = np.linspace(0, 255, 8000).reshape(80, 100, 1).astype(np.uint8)
    return files.saved(np.concatenate([colours, alpha], axis=2), "PNG")


def sixteen_bits() -> bytes:
    levels = np.linspace(0, 65535, 8000).reshape(80, 100).astype(np.uint16)
    return files.saved(Image.fromarray(levels), "PNG")


PICTURES: dict[str, Callable[[], bytes]] = {
    "large JPEG": lambda: files.saved(files.photograph(401, 603), "JPEG", quality=90),
    "small JPEG": lambda: files.saved(files.photograph(20, 24), "JPEG"),
    "grey JPEG": lambda: files.saved(files.photograph(150, 90)[..., 0], "JPEG"),
    "CMYK": lambda: files.saved(Image.fromarray(files.photograph()).convert("CMYK"), "JPEG"),
    "PNG": lambda: files.saved(files.photograph(200, 131), "PNG"),
    "palette": lambda: files.saved(Image.fromarray(files.photograph()).quantize(50), "PNG"),
    "alpha": with_alpha,
    "16 bits": sixteen_bits,
    "WebP": lambda: files.saved(files.photograph(), "WebP"),
    "exactly as large": lambda: files.saved(files.photograph(SIZE, SIZE), "PNG"),
    "HEIC": lambda: files.heic(files.photograph()),
    **{
        f"turned {number}": lambda number=number: files.saved(  # type: ignore[misc]
            files.photograph(71, 110), "JPEG", exif=files.exif(number), quality=95
        )
        for number in (2, 3, 5, 6, 8)
    },
}


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_its_pixels_are_those_of_the_training(fit: str, tmp_path: Path) -> None:
    of_archive = script(tmp_path, fit)
    different = {}
    for name, made in PICTURES.items():
        data = made()
        (tmp_path / "picture").write_bytes(data)
        expected = squares.fit(decode(data, name, least_side=squares.least_side(SIZE)), SIZE, fit)
        found = of_archive.pixels(str(tmp_path / "picture"))
        assert found.shape == expected.shape == (SIZE, SIZE, 3)
        if off := int(np.abs(found.astype(int) - expected).max()):
            different[name] = off
    assert different == {}


def test_colours_of_a_profile_are_within_two_levels(tmp_path: Path) -> None:
    """The program leaves a profile out that changes no colour by more."""
    of_archive = script(tmp_path)
    for colours, curve in ((files.SRGB, 2.2), (files.DISPLAY_P3, 2.2), (files.ADOBE_RGB, 2.2)):
        profile = files.profile(colours, curve)
        data = files.saved(files.photograph(), "PNG", icc_profile=profile)
        expected = squares.fit(decode(data, "p", least_side=SIZE), SIZE, "crop")
        (tmp_path / "picture").write_bytes(data)
        found = of_archive.pixels(str(tmp_path / "picture"))
        assert np.abs(found.astype(int) - expected).max() <= 2


def test_a_picture_that_is_none_is_one_line_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_archive = script(tmp_path, classes=("a", "b", "c"))
    shares = np.array([[0.2, 0.7, 0.1]], np.float32)
    of_archive.LOADERS["keras"] = lambda path: lambda pictures: shares
    (tmp_path / "good.png").write_bytes(files.saved(files.photograph(), "PNG"))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "cut.png").write_bytes(files.saved(files.photograph(), "PNG")[:900])
    names = [str(tmp_path / f"{name}.png") for name in ("bad", "cut", "none", "good")]
    monkeypatch.setattr("sys.argv", ["predict.py", "--top", "2", *names])
    assert of_archive.main() == 1
    printed = capsys.readouterr()
    assert printed.out == f"{names[3]}: b 70.0%, a 20.0%\n"
    assert [line.split(" cannot")[0] for line in printed.err.splitlines()] == [
        f"error: {name}" for name in names[:3]
    ]
