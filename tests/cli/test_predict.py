"""``predict``: pictures to what a model says of them, and one sentence for whatever cannot be asked."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.uploads import MOST_BYTES
from augment.predict.models import predict
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.cli.test_documented import assert_documented
from tests.data.images import picture_files
from tests.predict.conftest import RUN, evaluated, finished, folder, tiny_model
from tests.train.conftest import tiny

__all__ = ["folder", "tiny_model"]

pytest.importorskip("keras")

NAMES = data.source("bundled").class_names


@pytest.fixture
def flowers(tmp_path: Path) -> list[Path]:
    """Three pictures that are no squares: a JPEG, a PNG and a WebP."""
    found = []
    for number, (kind, ending) in enumerate([("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")]):
        path = tmp_path / f"flower-{number}.{ending}"
        path.write_bytes(picture_files.saved(picture_files.photograph(seed=number), kind))
        found.append(path)
    return found


def test_one_document_says_all(cli: Cli, folder: RunFolder, flowers: list[Path]) -> None:
    done = cli("predict", RUN, *flowers, "--json")
    assert done.code == 0, done.err
    document = done.document
    assert list(document) == ["run", "pictures", "problems"]
    assert (document["run"], document["problems"]) == (RUN, [])
    assert [entry["name"] for entry in document["pictures"]] == [str(path) for path in flowers]
    for entry in document["pictures"]:
        assert list(entry) == ["name", "predicted", "probability", "top", "views", "votes"]
        assert entry["predicted"] in NAMES
        assert entry["top"][0] == {"name": entry["predicted"], "probability": entry["probability"]}
        assert len(entry["top"]) == 5
        assert entry["views"] == [
            {"predicted": entry["predicted"], "probability": entry["probability"]}
        ]
        assert entry["votes"] == [{"name": entry["predicted"], "count": 1}]


def test_views_are_by_recipe_and_seed(cli: Cli, folder: RunFolder, flowers: list[Path]) -> None:
    ask = ("predict", RUN, flowers[0], "--recipe", "crop_and_flip", "--json")
    first, again = cli(*ask, "--views", 4), cli(*ask, "--views", 4)
    assert first.document == again.document
    [entry] = first.document["pictures"]
    assert len(entry["views"]) == 4
    assert sum(each["count"] for each in entry["votes"]) == 4
    plain = cli("predict", RUN, flowers[0], "--json").document["pictures"][0]
    assert entry["views"][0] == plain["views"][0]
    other = cli(*ask, "--views", 4, "--seed", 8).document["pictures"][0]
    assert other["views"][1:] != entry["views"][1:]
    assert len(cli(*ask).document["pictures"][0]["views"]) == 16
    assert cli(*ask, "--views", 4, "--method", "votes").code == 0


def test_the_table_has_a_line_for_each_picture(
    cli: Cli, folder: RunFolder, flowers: list[Path]
) -> None:
    bad = flowers[0].with_name("notes.txt")
    bad.write_bytes(b"Dear diary")
    done = cli(
        "predict", RUN, *flowers[:2], bad, "--recipe", "crop_and_flip", "--views", 2, "--nearest", 2
    )
    assert done.code == 0, done.err
    header, *lines = done.out.splitlines()
    assert header.split("  ")[0] == "PICTURE"
    assert "VOTES" in header
    assert "NEAREST TRAINING PICTURES" in header
    assert [line.split("  ")[0] for line in lines] == [str(path) for path in flowers[:2]]
    assert "notes.txt is not a picture that can be read" in done.err


def test_the_nearest_pictures_have_name_and_class(
    cli: Cli, folder: RunFolder, flowers: list[Path]
) -> None:
    document = cli("predict", RUN, flowers[0], "missing.png", "--nearest", 3, "--json").document
    assert_documented("predict", document)
    [entry] = document["pictures"]
    assert len(entry["nearest"]) == 3
    names = data.open_prepared("bundled", 32, scheme="re-split").split("train").sample_names
    for each in entry["nearest"]:
        assert each["name"] in list(names)
        assert each["class"] in NAMES


@pytest.fixture
def own(cli: Cli, tmp_path: Path) -> Iterator[tuple[RunFolder, str]]:
    """A run of a folder of JPEG pictures that are stretched, and the name of that source."""
    source = tmp_path / "flowers"
    for number in range(6):
        place = source / ("rose", "tulip")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        picture = picture_files.photograph(seed=number)
        (place / f"{number}.jpg").write_bytes(picture_files.saved(picture, "JPEG"))
    name = f"folder:{source}"
    data.prepare(name, 32, fit="stretch")
    tiny(classes=2).save(tmp_path / "best.keras")
    best = (tmp_path / "best.keras").read_bytes()
    made = finished("own", best, data=name, fit="stretch", splits="re-split")
    yield made, name
    shutil.rmtree(made.path)


def test_a_picture_of_the_set_is_what_the_model_was_given(
    cli: Cli, own: tuple[RunFolder, str], tmp_path: Path
) -> None:
    """To the byte: the same pixels give the same log-probabilities, and so the same probabilities."""
    prepared = data.open_prepared(own[1], 32, "stretch", scheme="re-split")
    split = prepared.split("train")
    files_ = [tmp_path / "flowers" / name for name in split.sample_names]
    found = cli("predict", "own", *files_, "--json").document["pictures"]
    logs = predict(lambda _: None, "own", split.images[:])
    for entry, log in zip(found, logs, strict=True):
        assert entry["probability"] == np.exp(log.astype(np.float64)).max()
        assert entry["predicted"] == ("rose", "tulip")[log.argmax()]


BAD: dict[str, tuple[bytes, str]] = {
    "text.jpg": (b"Dear diary, it rained.", "is not a picture that can be read"),
    "paper.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "files are allowed"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "empty.jpg": (b"", "is empty"),
    "half.png": (
        picture_files.saved(picture_files.photograph(seed=1), "PNG")[:2000],
        "damaged or incomplete PNG",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_picture_is_one_sentence(
    cli: Cli, folder: RunFolder, tmp_path: Path, name: str
) -> None:
    content, words = BAD[name]
    (tmp_path / name).write_bytes(content)
    assert_refused(cli("predict", RUN, tmp_path / name, "--json"), name, words)


def test_of_several_bad_files_the_first_is_named(
    cli: Cli, folder: RunFolder, tmp_path: Path
) -> None:
    for name in ("text.jpg", "empty.jpg"):
        (tmp_path / name).write_bytes(BAD[name][0])
    done = cli("predict", RUN, tmp_path / "text.jpg", tmp_path / "empty.jpg")
    assert_refused(done, "text.jpg is not a picture", "(1 more cannot be used either)")


def test_what_cannot_be_read_or_is_too_large_is_one_sentence(
    cli: Cli, folder: RunFolder, tmp_path: Path
) -> None:
    assert_refused(cli("predict", RUN, tmp_path / "no.jpg"), "no.jpg cannot be read: No such file")
    assert_refused(cli("predict", RUN, tmp_path), "cannot be read: Is a directory")
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    assert_refused(cli("predict", RUN, large), "large.jpg is not a picture that can be read")
    os.truncate(large, MOST_BYTES + 1_000_000)
    assert_refused(
        cli("predict", RUN, large), "large.jpg has 201.0 MB, but a picture may have 200.0 MB"
    )


def test_good_pictures_are_used_beside_bad_ones(
    cli: Cli, folder: RunFolder, flowers: list[Path], tmp_path: Path
) -> None:
    document = cli("predict", RUN, tmp_path / "no.jpg", flowers[0], flowers[0], "--json").document
    first, again = document["pictures"]
    assert first == again
    [problem] = document["problems"]
    assert "no.jpg cannot be read: No such file" in problem


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--views", 3], "--views is 3, but no --recipe says what a view is"),
        (
            ["--recipe", "crop_and_flip", "--views", 0],
            "--views must be a whole number from 1 to 64",
        ),
        (["--recipe", "cut_mix"], "mixes pictures"),
        (["--recipe", "nothing-like-it"], "neither a file nor a preset"),
        (["--method", "vote"], "--method must be one of mean, votes, log_mean"),
        (["--nearest", 100], "--nearest must be a whole number from 1 to 20"),
        (["--seed", -1], "--seed"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    cli: Cli, folder: RunFolder, flowers: list[Path], words: list[object], sentence: str
) -> None:
    assert_refused(cli("predict", RUN, flowers[0], *words, "--json"), sentence)


def test_a_recipe_for_chosen_classes_is_refused(
    cli: Cli, folder: RunFolder, flowers: list[Path], tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.json"
    steps = [{"op": "flip", "classes": [NAMES[0]]}]
    recipe.write_text(json.dumps({"version": 1, "steps": steps}))
    assert_refused(cli("predict", RUN, flowers[0], "--recipe", recipe), "is for chosen classes")


def without_model(folder: RunFolder) -> None:
    folder.best.unlink()


def other_classes(folder: RunFolder) -> None:
    evaluated(folder, ("tulip", *NAMES[1:]))


def no_archive(folder: RunFolder) -> None:
    folder.best.write_bytes(b"a picture of a model")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without_model, "has no saved model (best.keras)"),
        (other_classes, "have changed since the run"),
        (no_archive, "(best.keras) cannot be loaded"),
    ],
)
def test_a_run_that_cannot_predict_is_one_sentence(
    change: Callable[[RunFolder], None],
    sentence: str,
    cli: Cli,
    folder: RunFolder,
    flowers: list[Path],
) -> None:
    change(folder)
    done = cli("predict", RUN, flowers[0], "--json")
    assert done.code == 2
    assert done.out == ""
    assert sentence in done.err.splitlines()[-1]
    assert_refused(cli("predict", "nothing", flowers[0]), "There is no run 'nothing'")


def test_a_run_that_is_not_over_says_so(cli: Cli, folder: RunFolder, flowers: list[Path]) -> None:
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        files.write_json(folder.state, {"state": "RUNNING"})
        done = cli("predict", RUN, flowers[0], "--json")
    assert done.code == 0
    assert f"The run {RUN} is not over yet" in done.err
