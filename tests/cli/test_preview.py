"""``preview``: the sheet has what the plan says, and the plan renders the same pictures again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import augment
from augment import address, data, helper
from augment.data.samples import rows_by_class
from augment.helper import Helper
from augment.inspect import sheet
from augment.inspect.settings import with_setting
from tests.cli.conftest import Cli, assert_refused
from tests.helper_tasks import TASKS

SIZE = 48
LINK = f"?r={address.encode(augment.presets.PRESETS['guide'].recipe.to_json())}"

HUNDRED_AND_ONE = [f"{number / 100:g}" for number in range(101)]


def shown(split: data.Split, count: int) -> np.ndarray:
    """Return the rows that are previewed: one of each class, then the second of each, and so on."""
    return rows_by_class(split.labels, classes=(), count=count)


def tiles_in(sheet: Path, pictures: np.ndarray) -> int:
    """Return how many of the pictures are on the sheet, pixel for pixel, anywhere."""
    pixels = np.asarray(Image.open(sheet).convert("RGB"))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (1, SIZE, 3))[:, :, 0, 0]
    found = 0
    for picture in pictures:
        starts = np.argwhere((windows == picture[0]).all(axis=(2, 3)))
        found += any(
            np.array_equal(pixels[top : top + SIZE, left : left + SIZE], picture)
            for top, left in starts
        )
    return found


def test_the_sheet_and_the_plan(cli: Cli, tmp_path: Path) -> None:
    sheet, plan_file = tmp_path / "sheet.png", tmp_path / "plan.json"
    words = ("--size", SIZE, "--count", 5, "--seed", 11, "--epoch", 3)
    result = cli("preview", "--out", sheet, "--plan", plan_file, *words)
    assert (result.code, result.err) == (0, "")
    split = data.open_prepared("bundled", SIZE).split("photographs")
    rows = shown(split, 5)
    images, labels = np.asarray(split.images[rows]), split.one_hot(rows)
    plan = augment.Plan.from_json(plan_file.read_text(encoding="utf-8"))
    recipe = augment.presets.PRESETS["guide"].recipe
    assert plan == augment.draw(recipe, split.ids[rows], seed=11, epoch=3, labels=labels)
    after = augment.render(plan, images, labels).images
    assert not np.array_equal(after, images)
    assert tiles_in(sheet, images) == 5
    assert tiles_in(sheet, after) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "sheet.png"]


@pytest.mark.parametrize(
    ("ending", "format"),
    [(".png", "PNG"), (".PNG", "PNG"), (".jpg", "JPEG"), (".JPEG", "JPEG"), (".webp", "WEBP")],
)
def test_the_ending_is_the_format(ending: str, format: str, cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / f"sheet{ending}"
    assert cli("preview", "--out", out, "--size", SIZE, "--count", 2).code == 0
    with Image.open(out) as opened:
        assert opened.format == format
        assert opened.size == (684, 254)
    split = data.open_prepared("bundled", SIZE).split("photographs")
    images = split.images[shown(split, 2)]
    assert tiles_in(out, np.asarray(images)) == (0 if format == "JPEG" else 2)


def test_a_sheet_may_be_too_large_for_its_format(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sheet._MOST_PX, "WEBP", 683)
    words = ("--size", SIZE, "--count", 2)
    result = cli("preview", "--out", tmp_path / "sheet.webp", *words)
    assert_refused(result, "684 x 254", "WEBP", "683", "PNG")
    assert cli("preview", "--out", tmp_path / "sheet.jpg", *words).code == 0


def test_the_document_holds_the_plan_and_the_labels(cli: Cli, tmp_path: Path) -> None:
    words = ("--size", SIZE, "--count", 4, "--split", "train", "--recipe", "mixing", "--json")
    result = cli("preview", "--out", tmp_path / "sheet.png", *words)
    document = result.document
    assert result.err == ""
    assert (document["split"], document["size"], len(document["samples"])) == ("train", SIZE, 4)
    plan = augment.Plan.from_json(json.dumps(document["plan"]))
    split = data.open_prepared("bundled", SIZE).split("train")
    rows = shown(split, 4)
    batch = augment.render(plan, np.asarray(split.images[rows]), split.one_hot(rows))
    np.testing.assert_array_equal(np.float32(document["labels"]), batch.labels)
    for row, (label, captions) in enumerate(
        zip(document["labels"], document["captions"], strict=True)
    ):
        assert captions[: len(plan.captions(row))] == plan.captions(row)
        named = zip(document["class_names"], label, strict=True)
        shares = {f"{share:.2f} {name}" for name, share in named if 0.005 < share < 0.995}
        assert shares <= set(captions)
    assert augment.Recipe.from_dict(document["recipe"])


def test_fit_and_splits_are_as_requested(cli: Cli, tmp_path: Path) -> None:
    words = ("--size", 32, "--count", 4, "--recipe", "nothing", "--json", "--fit", "stretch")
    splits = ("--splits", "re-split", "--split-seed", 5, "--split", "test")
    result = cli("preview", "--out", tmp_path / "sheet.png", *words, *splits)
    document = result.document
    assert (document["splits"], document["fit"]) == ("re-split", "stretch")
    test = data.open_prepared("bundled", 32, "stretch", scheme="re-split", seed=5).split("test")
    rows = shown(test, 4)
    assert document["samples"] == [test.sample_names[row] for row in rows]
    assert [row["id"] for row in document["plan"]["rows"]] == test.ids[rows].tolist()


def test_another_seed_gives_another_sheet_and_the_same_seed_the_same(
    cli: Cli, tmp_path: Path
) -> None:
    sheets = []
    for number, seed in enumerate((1, 2, 1)):
        out = tmp_path / f"{number}.png"
        cli("preview", "--out", out, "--size", 32, "--count", 3, "--seed", seed)
        sheets.append(out.read_bytes())
    assert sheets[0] == sheets[2] != sheets[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--data", "tfds:oxford_flowers102"], ["not prepared", "data prepare"]),
        (["--data", "roses"], ["roses", "bundled"]),
        (["--class", "red rise"], ["--class", "red rise", "did you mean", "red rose"]),
        (["--link", "guide"], ["--link", "'guide'", "http://"]),
        (["--link", "http://["], ["address", "cannot be read"]),
        (["--link", "?size=32"], ["The link", "no recipe", "Share"]),
        (["--link", "?r=%20"], ["The link", "cut off"]),
        (["--link", f"{LINK}&seed=x"], ["--link: seed", "'x' is not a whole number"]),
        (["--link", f"{LINK}&tiles=0"], ["--count", "1 to 100"]),
        (["--link", f"{LINK}&data=own"], ["uploaded", "--data"]),
        (["--recipe", "?nothing=1"], ["The link", "no recipe"]),
        (["--split", "test"], ["test", "validation"]),
        (["--size", "7"], ["7", "32"]),
        (["--fit", "squash"], ["squash", "crop"]),
        (["--splits", "train+validation"], ["train+validation", "official"]),
        (["--split-seed", "-1", "--splits", "re-split"], ["-1", "4294967295"]),
        (["--count", "0"], ["--count", "1 to 100"]),
        (["--seed", "-1"], ["--seed", "-1"]),
        (["--epoch", "-1"], ["--epoch", "-1"]),
        (["--out", "/nowhere/at/all.png"], ["--out", "/nowhere/at/all.png"]),
        (["--out", "."], ["--out", "folder"]),
        (["--out", ""], ["--out", "folder"]),
        (["--out", "sheet.gif"], ["--out", "sheet.gif", ".png, .jpg, .jpeg, .webp"]),
        (["--out", "sheet"], ["--out", "sheet", "no ending", ".png"]),
        (["--out", "two\nlines.bmp"], [r"two\nlines.bmp", ".png"]),
        (["--out", "a" * 300 + ".png"], ["--out", "too long"]),
        (["--out", "one.png", "--plan", "one.png"], ["--out and --plan", "same file"]),
        (["--view", "step"], ["--view", "'step'", "did you mean", "steps"]),
        (["--view", "strength"], ["strength", "op", "augment strength"]),
        (["--picture", "2"], ["--picture", "steps and sweep and range", "grid"]),
        (["--view", "steps", "--over", "flip.rate"], ["--over", "sweep", "steps"]),
        (["--view", "steps", "--mixing"], ["--mixing", "sweep and range"]),
        (["--view", "steps", "--picture", "10"], ["--picture '10'", "1 to 9"]),
        (["--view", "steps", "--picture", "pink_tulips.jpg"], ["pink_tulip.jpg", "1 to 9"]),
        (["--view", "sweep", "--recipe", "nothing"], ["no setting", "no steps"]),
        (["--view", "sweep", "--over", "magnitude"], ["STEP.PARAMETER"]),
        (["--view", "sweep", "--over", "rand_augment.magnitud"], ["did you mean", "magnitude"]),
        (["--view", "sweep", "--over", "rand_augment.magnitude=2"], ["magnitude", "2"]),
        (["--view", "sweep", "--over", "grid_mask.rotation_factor"], ["changes nothing", "off"]),
        (["--view", "sweep", *3 * ["--over", "cut_mix.alpha"]], ["3 times", "2 directions"]),
        (["--view", "sweep", *2 * ["--over", "cut_mix.alpha"]], ["the same"]),
        (
            ["--view", "sweep", "--over", f"rand_augment.magnitude={','.join(HUNDRED_AND_ONE)}"],
            ["101 pictures", "100 at most"],
        ),
        (["--plan", "/nowhere/plan.json"], ["--plan", "/nowhere/plan.json", "no such folder"]),
        (["--plan", "two\nlines/plan.json"], ["--plan", r"two\nlines/plan.json"]),
    ],
)
def test_what_cannot_be_previewed(
    words: list[str], expected: list[str], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rest = [] if "--size" in words else ["--size", "32"]
    out = [] if "--out" in words else ["--out", "sheet.png"]
    assert_refused(cli("preview", *words, *rest, *out), *expected)


def test_a_sweep_has_the_values_that_were_given(cli: Cli, tmp_path: Path) -> None:
    over = ("--over", "rand_augment.magnitude=0.5,0.3", "--over", "cut_mix.alpha=1,0.5")
    words = ("--size", SIZE, "--count", 3, "--view", "sweep", "--picture", "pink_tulip.jpg", *over)
    document = cli("preview", "--out", tmp_path / "a.png", *words, "--json").document
    assert [tile["picture"] for tile in document["tiles"]] == 4 * [3]
    (across, magnitudes), (down, alphas) = document["over"].items()
    assert (magnitudes, alphas) == ([0.3, 0.5], [0.5, 1.0])
    assert document["mixing"] is True  # one of the parameters is of a step that mixes
    split = data.open_prepared("bundled", SIZE).split("photographs")
    rows = shown(split, 3)
    given = {"ids": split.ids[rows], "seed": 7, "epoch": 0}
    images, labels = np.asarray(split.images[rows]), split.one_hot(rows)
    expected = []
    for alpha in alphas:
        for magnitude in magnitudes:
            recipe = augment.presets.PRESETS["guide"].recipe
            for key, value in ((across, magnitude), (down, alpha)):
                recipe = with_setting(recipe, *key.split("."), value)
            batch = augment.apply(recipe, images, labels, **given)
            assert tiles_in(tmp_path / "a.png", batch.images[2:]) == 1
            expected.append(({across: magnitude, down: alpha}, batch.labels[2].tolist()))
    assert [(tile["values"], tile["label"]) for tile in document["tiles"]] == expected
    assert [tile["present"] for tile in document["tiles"]] == [False, False, True, False]


def test_an_option_wins_over_the_view_of_a_link(cli: Cli, tmp_path: Path) -> None:
    link = f"{LINK}&view=Sweep&picture=2&mixing=on&size={SIZE}&tiles=4"

    def shows(*words: object) -> tuple[str, bool, set[int]]:
        out = ("--out", tmp_path / "a.png", "--json")
        document = cli("preview", "--link", link, *out, *words).document
        pictures = {tile["picture"] for tile in document["tiles"]}
        return document["view"], document["mixing"], pictures

    assert shows() == ("sweep", True, {2})
    assert shows("--picture", 3) == ("sweep", True, {3})
    assert shows("--view", "steps") == ("steps", True, {2})
    assert shows("--view", "grid") == ("grid", True, {1, 2, 3, 4})


def test_keras_cv_is_beside_ours(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in inverts the pictures."""
    stand_in = Helper(tasks=TASKS)
    monkeypatch.setattr(helper, "HELPER", stand_in)
    words = ("--size", SIZE, "--count", 2, "--view", "keras_cv", "--json")
    result = cli("preview", "--out", tmp_path / "a.png", *words)
    assert stand_in.pid is None  # the process has ended
    split = data.open_prepared("bundled", SIZE).split("photographs")
    rows = shown(split, 2)
    images, labels = np.asarray(split.images[rows]), split.one_hot(rows)
    recipe = augment.presets.PRESETS["guide"].recipe
    after = augment.apply(recipe, images, labels, ids=split.ids[rows], seed=7).images
    assert tiles_in(tmp_path / "a.png", np.concatenate([after, 255 - images])) == 4
    tiles = result.document["tiles"]
    assert [tile["shows"] for tile in tiles] == ["after", "keras_cv"] * 2
    assert [tile["picture"] for tile in tiles] == [1, 1, 2, 2]
    assert result.document["keras_cv"]["theirs_s"] == 0.5
    steps = {each["step"] for each in result.document["keras_cv"]["differences"]}
    assert steps <= {step.id for step in recipe.walk()}


def test_a_pipe_is_written_to_and_not_replaced(cli: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "plan.json"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        words = ("--size", 32, "--count", 2, "--recipe", "rand_augment", "--plan", pipe)
        assert cli("preview", "--out", tmp_path / "sheet.png", *words).code == 0
        plan = augment.Plan.from_json(os.read(reader, 60_000))
    finally:
        os.close(reader)
    assert len(plan.rows) == 2
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_a_full_disk_is_an_error(process: Cli, tmp_path: Path) -> None:
    result = process("preview", "--size", 32, "--out", tmp_path / "a.png", "--plan", "/dev/full")
    assert_refused(result, "--plan", "/dev/full", "No space left")
