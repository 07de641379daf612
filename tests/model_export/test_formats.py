"""``runs export``: the saved model of a run in other formats. Nothing is trained here."""

from __future__ import annotations

import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from augment import data, model_export, runs
from augment.data.images import squares
from augment.data.images.decode import decode
from augment.errors import AugmentError
from augment.helper import TASKS, finish
from augment.model_export import FORMATS
from augment.model_export.archive import archive_facts, finished
from augment.runs import folders
from augment.runs.evaluation import Predictions, evaluate
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.data.images import picture_files
from tests.runs.conftest import config

keras = pytest.importorskip("keras")

from augment.model_export import formats  # noqa: E402 - after the skip
from augment.models.fused_batch_norm import FusedBatchNormalization, PlainCopy  # noqa: E402

RUN = "2026-x"
TEXTS = {
    *("README.txt", "model.json", "class_names.json", "labels.txt", "recipe.json"),
    *("metrics.csv", "evaluation.json"),
}


def model(dtype: str = "float32") -> keras.Model:
    keras.utils.set_random_seed(5)
    pixels = keras.Input((32, 32, 3), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1 / 255, dtype="float32")(pixels)
    x = keras.layers.Normalization(mean=(0.4, 0.5, 0.6), variance=(0.1, 0.2, 0.3), dtype="float32")(
        x
    )
    x = keras.layers.Conv2D(4, 3, strides=4, padding="same", dtype=dtype)(x)
    x = keras.layers.ReLU(dtype=dtype)(FusedBatchNormalization(dtype=dtype)(x))
    head = keras.layers.Dense(
        11, activation="softmax", dtype="float32", name="head", kernel_initializer="he_normal"
    )
    made = keras.Model(pixels, head(keras.layers.Flatten(dtype=dtype)(x)), name="tiny")
    mean, variance = made.layers[4].moving_mean, made.layers[4].moving_variance
    mean.assign(np.linspace(-0.1, 0.1, 4))
    variance.assign(np.linspace(0.05, 0.2, 4))
    return made


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "best.keras"
    PlainCopy(model()).save(path)
    return path.read_bytes()


@pytest.fixture
def folder(cli: Cli, saved: bytes) -> Iterator[RunFolder]:
    """The folder of a finished run, in the home that ``cli`` looks at, whose data stay prepared."""
    made = folders.create(RUN, config(), owner="the hash of a token")
    files.write_json(made.state, {"state": "SUCCEEDED"})
    made.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.5\n")
    made.best.write_bytes(saved)
    prepared = data.open_prepared("bundled", 32)
    split = prepared.split("validation")
    shares = np.random.default_rng(1).dirichlet(np.ones(11), len(split))
    predictions = Predictions.of(split.ids, split.labels, shares)
    entries = evaluate(
        predictions, prepared.class_names, split="validation", epoch=1, label_smoothing=0.1
    )
    files.write_json(made.evaluation, entries)
    yield made
    shutil.rmtree(made.path)


def exported(to: str, stages: list[str] | None = None) -> Path:
    report = (lambda _: None) if stages is None else stages.append
    return Path(finish(formats.export(report, RUN, to)))


def unpacked(archive: Path, target: Path) -> Path:
    zipfile.ZipFile(archive).extractall(target)
    [top] = target.iterdir()
    return top


def script(top: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("predict_of_archive", top / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predictor(to: str, top: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Return what the script predicts with; for ONNX without its runtime, the format's own evaluator."""
    if to == "onnx" and importlib.util.find_spec("onnxruntime") is None:
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(str(top / FORMATS[to].model))
        return lambda pictures: evaluator.run(None, {evaluator.input_names[0]: pictures})[0]
    loaded: Callable[[np.ndarray], np.ndarray] = script(top).LOADERS[to](top / FORMATS[to].model)
    return loaded


def left(folder: RunFolder) -> list[str]:
    return sorted(path.name for path in folder.exports.glob("*") if path.name != ".lock")


SCRIPTED = [name for name, to in FORMATS.items() if to.runtime]


@pytest.mark.parametrize("to", SCRIPTED)
def test_it_predicts_as_the_saved_model(
    to: str, folder: RunFolder, cli: Cli, tmp_path: Path
) -> None:
    if why_not := model_export.missing(to):
        pytest.skip(why_not)
    target = tmp_path / "taken.zip"
    done = cli("runs", "export", RUN, "--to", to, "--output", str(target), "--json")
    assert done.code == 0, done.err
    size = target.stat().st_size
    assert done.document == {"id": RUN, "format": to, "path": str(target), "bytes": size}
    (tmp_path / "unpacked").mkdir()
    top = unpacked(target, tmp_path / "unpacked")
    assert top.name == f"{RUN}-{to}"
    assert {path.name for path in top.iterdir()} == TEXTS | {FORMATS[to].model, "predict.py"}
    predict = predictor(to, top)
    pictures = np.ascontiguousarray(data.open_prepared("bundled", 32).split("validation").images)
    expected = np.asarray(keras.saving.load_model(folder.best).predict_on_batch(pictures))
    found = predict(pictures)
    largest = np.abs(found - expected).max()
    sys.stdout.write(f"{to}: largest difference of a probability {largest:.2g}\n")
    assert found.dtype == np.float32
    assert len(set(expected.argmax(1))) >= 3, "the model says nearly the same of all"
    np.testing.assert_array_equal(found.argmax(1), expected.argmax(1))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(predict(pictures[:1]), expected[:1], atol=1e-5)


def test_a_model_in_bfloat16_becomes_one_in_float32(folder: RunFolder, tmp_path: Path) -> None:
    """LiteRT and ONNX Runtime have no convolutions in bfloat16."""
    PlainCopy(model("mixed_bfloat16")).save(folder.best)
    top = unpacked(exported("litert"), tmp_path)
    found_by = script(top).LOADERS["litert"](top / "model.tflite")
    pictures = np.random.default_rng(2).integers(0, 256, (5, 32, 32, 3), np.uint8)
    loaded = keras.saving.load_model(folder.best)
    assert loaded.layers[3].compute_dtype == "bfloat16"
    exact = formats.in_float32(loaded).predict_on_batch(pictures)
    np.testing.assert_allclose(found_by(pictures), exact, atol=1e-5)
    np.testing.assert_allclose(exact, loaded.predict_on_batch(pictures), atol=0.05)
    assert formats.in_float32(formats.in_float32(loaded)).layers[3].compute_dtype == "float32"


def test_the_script_runs_without_this_program(folder: RunFolder, tmp_path: Path) -> None:
    top = unpacked(exported("keras"), tmp_path)
    pictures = {
        name: picture_files.saved(picture_files.photograph(90, 130, seed), "JPEG")
        for seed, name in enumerate(("a b.jpg", "ü.jpg"))
    }
    for name, content in pictures.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-I", str(top / "predict.py"), "--json", *pictures],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    squared = [
        squares.fit(decode(content, name, least_side=32), 32, "crop")
        for name, content in pictures.items()
    ]
    expected = keras.saving.load_model(folder.best).predict_on_batch(np.stack(squared))
    class_names = data.open_prepared("bundled", 32).class_names
    found = json.loads(done.stdout)
    assert [each["picture"] for each in found] == list(pictures)
    for each, shares in zip(found, expected, strict=True):
        best = int(shares.argmax())
        assert each["top"][0]["class"] == class_names[best]
        assert each["top"][0]["probability"] == pytest.approx(float(shares[best]), abs=1e-5)


def test_the_archive_says_what_the_model_is(folder: RunFolder, tmp_path: Path) -> None:
    top = unpacked(exported("keras"), tmp_path)
    source = data.source("bundled")
    text = (top / "README.txt").read_text("utf-8")
    assert source.licence in text
    assert source.citation in text
    assert "Trained from random weights for 1 epoch on Eleven bundled photographs" in text
    assert "pip install numpy pillow tensorflow keras" in text
    class_names = list(data.open_prepared("bundled", 32).class_names)
    assert json.loads((top / "class_names.json").read_text("utf-8")) == class_names
    assert (top / "labels.txt").read_text("utf-8").splitlines() == class_names
    assert json.loads((top / "recipe.json").read_text()) == config().recipe.to_dict()
    assert (top / "metrics.csv").read_bytes() == folder.metrics.read_bytes()
    assert (top / "evaluation.json").read_bytes() == folder.evaluation.read_bytes()
    described = json.loads((top / "model.json").read_text())
    assert described["settings"]["batch_size"] == config().batch_size
    assert "the hash of a token" not in "".join(
        path.read_text("utf-8") for path in top.iterdir() if path.name != "model.keras"
    )


def test_no_folder_of_the_machine_is_in_the_archive(folder: RunFolder, tmp_path: Path) -> None:
    of_run = config(data=f"folder:{tmp_path / 'secret' / 'tulips'}")
    files.write_json(folder.spec, folder.read_spec() | {"config": of_run.to_dict()})
    archive = exported("keras")  # its data are not there: the classes are those of the evaluation
    with zipfile.ZipFile(archive) as opened:
        top = f"{RUN}-keras"
        assert json.loads(opened.read(f"{top}/model.json"))["settings"]["data"] == "folder:tulips"
        texts = b"".join(opened.read(name) for name in opened.namelist() if ".keras" not in name)
    assert b"secret" not in texts
    assert b"tulips" in texts


def test_it_is_made_once_and_anew_where_the_model_or_its_figures_change(folder: RunFolder) -> None:
    stages: list[str] = []
    first = exported("keras", stages)
    assert stages[0] == "loading the model"
    assert finished(runs.get(RUN), "keras") == first
    content = first.read_bytes()
    again: list[str] = []
    assert exported("keras", again) == first
    assert again == []
    first.unlink()
    assert exported("keras").read_bytes() == content, "the same run gave another archive"
    shutil.copy(folder.evaluation, folder.test)
    assert finished(runs.get(RUN), "keras") is None
    second = exported("keras")
    assert left(folder) == [second.name]
    assert second != first
    with zipfile.ZipFile(second) as opened:
        assert f"{RUN}-keras/test.json" in opened.namelist()


def test_nothing_is_left_of_a_killed_export_or_one_that_is_abandoned(folder: RunFolder) -> None:
    junk = folder.exports / ".making" / "content"
    junk.mkdir(parents=True)
    (junk / "model.keras").write_bytes(b"half")
    steps = formats.export(lambda _: None, RUN, "keras")
    next(steps)
    assert (folder.exports / ".making").exists()
    steps.close()
    assert not (folder.exports / ".making").exists()
    assert left(folder) == []
    with zipfile.ZipFile(exported("keras")) as opened:
        assert opened.testzip() is None


def test_a_link_is_no_archive(folder: RunFolder, tmp_path: Path) -> None:
    """The folder of a run may have been copied from elsewhere, and its page serves the archive."""
    archive = exported("keras")
    (tmp_path / "other").write_text("secret")
    archive.unlink()
    archive.symlink_to(tmp_path / "other")
    assert finished(runs.get(RUN), "keras") is None
    assert exported("keras") == archive
    assert not archive.is_symlink()
    assert (tmp_path / "other").read_text() == "secret"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(folder: RunFolder) -> None:
    folder.exports.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(AugmentError, match=r"cannot be written .*; free some disk space"):
            exported("keras")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left(folder) == []


def test_the_task_of_the_helper_process() -> None:
    assert TASKS["export"] == "augment.model_export.formats:export"


def no_spec(folder: RunFolder) -> None:
    folder.spec.write_text("{")


def queued(folder: RunFolder) -> None:
    folder.state.unlink()


def no_model(folder: RunFolder) -> None:
    folder.best.unlink()
    files.write_json(folder.state, {"state": "FAILED", "reason": "why"})


def truncated(folder: RunFolder) -> None:
    folder.best.write_bytes(folder.best.read_bytes()[:-100])


def no_zip(folder: RunFolder) -> None:
    folder.best.write_text("a model")


def with_code(folder: RunFolder) -> None:
    pixels = keras.Input((32, 32, 3), dtype="uint8", name="pixels")
    x = keras.layers.Lambda(lambda images: images[:, 0, :11, 0] / 255)(pixels)
    keras.Model(pixels, keras.layers.Dense(11, name="head")(x)).save(folder.best)


def other_classes(folder: RunFolder) -> None:
    entries = folder.read_evaluation()
    assert entries is not None
    files.write_json(folder.evaluation, entries | {"per_class": entries["per_class"][:3]})


def no_classes(folder: RunFolder) -> None:
    folder.evaluation.unlink()
    changed = config(data=f"folder:{folder.path.parent.parent / 'gone'}")
    files.write_json(folder.spec, folder.read_spec() | {"config": changed.to_dict()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_spec, "cannot be taken away: spec.json is damaged"),
        (queued, "is not over yet (waiting in the queue"),
        (
            no_model,
            "(best.keras); it was there when the run was evaluated, and has been deleted since",
        ),
        (truncated, "(best.keras) cannot be loaded: it is damaged"),
        (no_zip, "(best.keras) cannot be loaded: it is damaged"),
        (with_code, "or holds code, which is never run (ValueError:"),
        (other_classes, "returns (11,), but its data needs (32, 32, 3) and (3,)"),
        (no_classes, "The classes of the run 2026-x are not known"),
    ],
)
def test_a_model_that_cannot_be_taken_away(
    change: Callable[[RunFolder], None], words: str, folder: RunFolder
) -> None:
    change(folder)
    with pytest.raises(AugmentError) as caught:
        exported("saved_model")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left(folder) == []


def test_a_refusal_of_the_command_is_one_sentence(
    folder: RunFolder, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_refused(cli("runs", "export", RUN, "--to", "kerras"), 'did you mean "keras"')
    assert_refused(cli("runs", "export", "no-such-run", "--to", "keras"), "There is no run")
    target = tmp_path / "none" / "a.zip"
    assert_refused(cli("runs", "export", RUN, "--to", "keras", "--output", str(target)), "folder")
    monkeypatch.setitem(sys.modules, "tf2onnx", None)  # as where it is not installed
    refused = cli("runs", "export", RUN, "--to", "onnx", "--json")
    assert_refused(refused, "tf2onnx")
    assert "pip install -r requirements-onnx.txt" in refused.err


def test_the_classes_of_the_data_stand_in_for_those_of_an_evaluation(folder: RunFolder) -> None:
    folder.evaluation.unlink()
    facts = archive_facts(runs.get(RUN))
    assert facts.class_names == data.open_prepared("bundled", 32).class_names
