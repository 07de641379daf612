"""The arithmetic of a forecast; how well it foretells is measured by hand, see docs/performance.md."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from augment import data, presets
from augment.data import Prepared
from augment.errors import ConfigError
from augment.models import MODELS
from augment.runs import stages
from augment.runs.config import RunConfig
from augment.system import files, machine
from augment.train import forecast
from augment.train.forecast import Figures, Forecast, Stopwatch

RECIPE = presets.PRESETS["nothing"].recipe
CONFIG = RunConfig(recipe=RECIPE, size=32, batch_size=16, epochs=10)
STAGES = replace(CONFIG, model="lite0", weights="imagenet", head_epochs=3, epochs=7)
FIGURES = Figures(
    load_s=4.0,
    build_s=2.0,
    first_step_s=6.0,
    step_s=0.5,
    first_head_s=3.0,
    head_s=0.01,
    first_fit_s=0.001,
    fit_s=0.004,
    validation_s=0.02,
    epoch_s=0.25,
    memory_bytes=2_000_000_000,
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The bundled photographs: 176 pictures to train on, 88 to validate on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(tmp_path_factory.mktemp("home")))
        return data.open_prepared("bundled", 32)


def edit(**changes: Any) -> None:
    """Change the last measurement in the file by hand."""
    content = json.loads(forecast.path().read_text())
    entry = content["measurements"][-1]
    for name, value in changes.items():
        (entry["setting"] if name in entry["setting"] else entry)[name] = value
    forecast.path().write_text(json.dumps(content))


def test_a_batch_has_no_more_pictures_than_the_set(home: Path, prepared: Prepared) -> None:
    """Neither in a forecast nor in what is kept, by which larger batches are forecast later."""
    few = replace(CONFIG, batch_size=1024, per_class=1)
    alone = replace(few, batch_size=11)
    assert forecast.forecast(few, prepared) == forecast.forecast(alone, prepared)
    forecast.remember(few, FIGURES)
    assert forecast.forecast(alone, prepared).basis == "measured here on this very setting"
    many = forecast.forecast(replace(few, per_class=0, batch_size=176), prepared)
    assert many.memory_bytes > 1.5 * FIGURES.memory_bytes


def test_a_setting_measured_here_is_summed_over_its_parts(home: Path, prepared: Prepared) -> None:
    forecast.remember(CONFIG, FIGURES)
    found = forecast.forecast(CONFIG, prepared)
    training, validation = len(prepared.split("train")), len(prepared.split("validation"))
    steps = training // 16
    validated = stages.validated_epochs(CONFIG, training=training, validation=validation)
    graph = 0.35 * 6.0
    assert found.start_s == pytest.approx(13 + 0.5)
    assert found.step_s == 0.5
    assert found.validation_s == pytest.approx(0.02 * validation)
    assert found.total_s == pytest.approx(
        13 + 10 * (steps * 0.5 + 0.25) + graph + len(validated) * 0.02 * validation
    )
    assert found.first_figure_s == pytest.approx(
        13 + validated[0] * (steps * 0.5 + 0.25) + graph + 0.02 * validation
    )
    assert (found.basis, found.memory_bytes) == ("measured here on this very setting", 2 * 10**9)


def test_stages_are_forecast_each_by_its_own_figures(home: Path, prepared: Prepared) -> None:
    forecast.remember(STAGES, FIGURES)
    found = forecast.forecast(STAGES, prepared)
    training, validation = len(prepared.split("train")), len(prepared.split("validation"))
    times = sum(
        epoch > 3
        for epoch in stages.validated_epochs(STAGES, training=training, validation=validation)
    )
    first = 7 + 3 + 0.01 * (training + validation) + 0.001 * training
    # In epochs 2 and 3 the head is fitted on the pictures of two epochs and of three.
    heads = 2 * 0.01 * training + 0.004 * (2 + 3) * training + 3 * 0.25
    assert found.start_s == pytest.approx(7 + 3)
    assert found.first_figure_s == pytest.approx(first)
    body = 6 + 4 * (training // 16 * 0.5 + 0.25) + 0.35 * 6 + times * 0.02 * validation
    assert found.total_s == pytest.approx(first + heads + body)

    heads_only = replace(STAGES, trainable="head")
    assert forecast.forecast(heads_only, prepared).step_s is None
    assert forecast.forecast(heads_only, prepared).total_s == pytest.approx(
        first + 6 * 0.01 * training + 0.004 * sum(range(2, 8)) * training + 7 * 0.25
    )


def test_another_size_and_batch_size_are_scaled_by_their_pixels(
    home: Path, prepared: Prepared
) -> None:
    forecast.remember(CONFIG, FIGURES)
    larger = replace(CONFIG, size=64, batch_size=8)
    found = forecast.forecast(larger, prepared)
    # The measured step has an eighth of the reference's pixels, the other one a quarter.
    model = MODELS["densenet121"]
    still = model.overhead_s / model.step_s
    grown = (still + (1 - still) / 4) / (still + (1 - still) / 8)
    assert found.step_s == pytest.approx(0.5 * grown)
    one = 0.02 / (still + (1 - still) / 4)
    assert found.validation_s == pytest.approx(one * len(prepared.split("validation")))
    assert found.memory_bytes == pytest.approx(0.7e9 + 1.3e9 * 2)
    assert "of the same model at 32 px and batch size 16" in found.basis

    # Two measurements make a line, which also has what does not grow with the pictures.
    forecast.remember(replace(CONFIG, size=96), replace(FIGURES, step_s=2.1))
    found = forecast.forecast(replace(CONFIG, size=64), prepared)
    assert found.step_s == pytest.approx(0.5 + (2.1 - 0.5) * (4 - 1) / (9 - 1))
    assert found.basis.startswith("scaled from a measurement here")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "small"},
        {"precision": "mixed_bfloat16"},
        {"devices": 2},
        {"jit": "on"},
        {"backend": "jax"},
        {"pretrained": True},
        {"machine": {"processor": "another", "cores": 2, "gpus": []}},
    ],
)
def test_what_determines_the_speed_is_never_mixed_up(
    home: Path, prepared: Prepared, changes: dict[str, Any]
) -> None:
    forecast.remember(CONFIG, FIGURES)
    edit(**changes)
    found = forecast.forecast(CONFIG, prepared)
    assert found.basis == "estimated from another machine"
    model = MODELS["densenet121"]
    grows = model.step_s - model.overhead_s
    assert found.step_s == pytest.approx(model.overhead_s + grows / 8)
    assert found.low < 1 < found.high


def test_the_median_of_the_last_three_counts(home: Path, prepared: Prepared) -> None:
    for step_s in (90.0, 0.5, 7.0, 0.4):
        forecast.remember(CONFIG, replace(FIGURES, step_s=step_s))
    assert forecast.forecast(CONFIG, prepared).step_s == 0.5


def test_a_run_replaces_what_it_kept_before_and_the_oldest_go(home: Path) -> None:
    for number in range(forecast.MOST + 5):
        forecast.remember(CONFIG, FIGURES, run=f"run-{number}")
    forecast.remember(CONFIG, replace(FIGURES, step_s=9.0), run="run-100")
    kept = json.loads(forecast.path().read_text())["measurements"]
    assert len(kept) == forecast.MOST
    assert [each["figures"]["step_s"] for each in kept if each["run"] == "run-100"] == [9.0]
    assert kept[0]["run"] == "run-5"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is damaged"),
        ('{"version": 2, "measurements": []}', "another format"),
        ('{"version": 1, "measurements": 3}', "another format"),
        ('{"version": 1, "measurements": [3, {"run": "a"}]}', "2 measurements"),
    ],
)
def test_a_damaged_file_is_ignored_with_words_and_then_replaced(
    home: Path, prepared: Prepared, content: str, words: str
) -> None:
    home.mkdir()
    forecast.path().write_text(content)
    found = forecast.forecast(CONFIG, prepared)
    assert found.basis == "estimated from another machine"
    assert words in found.problem
    forecast.remember(CONFIG, FIGURES)
    assert forecast.forecast(CONFIG, prepared).problem == ""


@pytest.mark.parametrize("value", [-1, "1", True, 1e300])
def test_a_measurement_that_is_no_number_is_left_out(
    home: Path, prepared: Prepared, value: object
) -> None:
    forecast.remember(CONFIG, FIGURES)
    edit(figures={**vars(FIGURES), "step_s": value})
    found = forecast.forecast(CONFIG, prepared)
    assert "1 measurement in measurements.json cannot be used" in found.problem


def test_a_file_that_another_trainer_holds_is_left_alone(home: Path) -> None:
    home.mkdir()
    lock = files.acquire(home / ".measurements.lock")
    assert lock is not None
    with lock:
        assert not forecast.remember(CONFIG, FIGURES, timeout=0)
    assert forecast.remember(CONFIG, FIGURES)


def expected(memory_bytes: int, **changes: Any) -> Forecast:
    fields = {
        "start_s": 10.0,
        "step_s": 0.5,
        "validation_s": 1.0,
        "first_figure_s": 30.0,
        "total_s": 200.0,
        "gpu_bytes": None,
        "basis": forecast.MEASURED.text,
        "low": 0.85,
        "high": 1.15,
    }
    return Forecast(memory_bytes=memory_bytes, **(fields | changes))


def test_what_surely_does_not_fit_is_refused_and_what_may_not_is_a_warning() -> None:
    def checked(needed: int, **changes: Any) -> str:
        has = machine.Memory(total=8 * 10**9, available=3 * 10**9)
        config = replace(CONFIG, **changes)
        return forecast.check_memory(config, expected(needed), has=has, gpus=())

    assert checked(3 * 10**9) == ""
    assert "4.0 GB of memory" in checked(4 * 10**9)
    assert "3.0 GB are free now" in checked(4 * 10**9)
    # Its low end, 7.7 GB, fits: this may be a guess that is too high.
    assert checked(9 * 10**9)
    with pytest.raises(ConfigError, match=r"has 8\.0 GB; try batch_size 6\.$"):
        checked(16 * 10**9)
    with pytest.raises(ConfigError, match=r"try batch_size 6 or size 64\.$"):
        checked(16 * 10**9, size=128)
    with pytest.raises(ConfigError, match=r"try a smaller model\.$"):
        checked(16 * 10**9, batch_size=1)


def test_the_memory_of_a_gpu_counts_where_it_was_measured() -> None:
    gpus = [machine.Gpu(name="small", memory=8 * 10**9), machine.Gpu(name="unknown", memory=0)]
    assert forecast.check_memory(CONFIG, expected(10**6), gpus=gpus) == ""
    with pytest.raises(ConfigError, match="memory on its GPU"):
        forecast.check_memory(CONFIG, expected(10**6, gpu_bytes=10 * 10**9), gpus=gpus)
    assert forecast.check_memory(CONFIG, expected(10**6, gpu_bytes=10 * 10**9), gpus=()) == ""


@pytest.mark.parametrize(
    ("seconds", "basis", "text"),
    [
        (37, forecast.MEASURED.text, "about 35 seconds"),
        (200, forecast.MEASURED.text, "about 3 minutes"),
        (200, forecast.ESTIMATED.text, "about 2 to 7 minutes"),
        (90, forecast.ESTIMATED.text, "about 45 seconds to 3 minutes"),
        (2, forecast.ESTIMATED.text, "about 1 to 4 seconds"),
    ],
)
def test_a_duration_is_as_exact_as_its_basis(seconds: float, basis: str, text: str) -> None:
    low, high = (0.85, 1.15) if basis == forecast.MEASURED.text else (0.5, 2.0)
    assert expected(1, basis=basis, low=low, high=high).about(seconds) == text


def test_the_steps_of_an_epoch_are_full_batches_of_its_pictures(prepared: Prepared) -> None:
    few = replace(CONFIG, per_class=3)
    pictures = 3 * len(prepared.class_names)
    assert forecast.steps_in_epoch(few, prepared) == pictures // 16
    assert forecast.steps_in_epoch(replace(few, batch_size=100), prepared) == 1


def test_a_stopwatch_separates_the_first_of_each_part_from_the_others(home: Path) -> None:
    watch = Stopwatch(CONFIG, "run")
    watch.loaded()
    watch.built()
    for seconds, pictures in ((5.0, 100), (2.0, 100), (1.0, 50)):
        watch.features(seconds, pictures)
    for epoch, seconds in ((1, 0.5), (2, 2.0), (3, 3.0)):
        watch.fit(seconds, 100 * epoch, epoch)
    watch.body()
    for seconds in (6.5, 0.25, 0.25, 1.0):
        watch.step(seconds)
    for seconds in (3.0, 1.0, 1.0):
        watch.validation(seconds, 100)
        watch.epoch(seconds + 0.5)
    figures = watch.figures()
    # The first step counts from the beginning of the stage, which is just now.
    assert figures.first_step_s is not None
    assert figures.first_step_s < 6.5
    assert (figures.step_s, figures.validation_s, figures.epoch_s) == (0.5, 0.01, 0.5)
    assert figures.first_head_s == pytest.approx(5 - 100 * 3 / 150)
    assert figures.head_s == pytest.approx((2 + 1) / 150)
    assert (figures.first_fit_s, figures.fit_s) == (0.005, 0.01)
    assert figures.load_s > 0
    assert figures.memory_bytes > 10**7
    watch.keep()
    watch.keep()
    assert len(json.loads(forecast.path().read_text())["measurements"]) == 1


def test_a_stopwatch_of_a_run_that_is_cancelled_early_has_no_figures_of_what_was_not_done() -> None:
    watch = Stopwatch(CONFIG, "run")
    watch.features(5.0, 100)
    watch.body()
    watch.step(1.0)
    figures = watch.figures()
    assert (figures.step_s, figures.head_s, figures.validation_s) == (None, None, None)
    assert (figures.first_fit_s, figures.fit_s) == (None, None)
