"""How long a run will take and how much memory it needs, from what earlier runs took on this machine.

A trainer times its parts with a `Stopwatch` and keeps the figures in ``measurements.json`` (`remember`).
A forecast takes each figure from the last runs of the same setting; otherwise it scales what the same
model took at another picture size or batch size; otherwise it takes the reference in the table of the
models, which is another machine's. The recipe is not part of a setting: input is made beside the
training, which waits for it for about a hundredth of the time.
"""

from __future__ import annotations

import logging
import math
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from augment.data import Prepared
from augment.data.source import TEST, VALIDATION
from augment.errors import AugmentError, ConfigError
from augment.home import home
from augment.models import MODELS, NONE
from augment.runs import QUEUED, RUNNING, Run, stages, supervisor
from augment.runs.config import RunConfig, limits
from augment.runs.run import LOCAL
from augment.system import files, machine
from augment.system.machine import Gpu, Memory
from augment.system.units import counted, duration, gigabytes

VERSION = 1
MOST = 200
"""How many measurements are kept, the newest."""

_LAST = 3
"""The median of so many of the newest measurements of a setting counts: one may have been disturbed."""
_LOCK_SECONDS = 5.0
_REFERENCE_BATCH, _REFERENCE_SIZE = 32, 64
_REFERENCE_CORES = 2
_REFERENCE_LOAD_S, _REFERENCE_BUILD_S = 5.0, 2.0
_LOADED_BYTES = 700_000_000
"""Memory of a trainer before it has a model: TensorFlow and its libraries."""
_FORWARD = 0.4
"""The time of a forward pass, as a part of that of a training step of the same pictures."""
_FORWARD_GRAPH = 0.35
"""The time that the graph of a forward pass takes to build, as a part of that of a training step."""
_REFERENCE_FIT_S = 0.0008
_LAUNCH_S = 1.0
"""Until a scheduler has started the supervisor of a run."""
_NEXT_START_S = 2.0
"""Until a run makes its first step whose process and graph are there from the run before it."""
_SHARE_THAT_COUNTS = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a trainer measured of one run; times are in seconds, None where there was no such part.

    Attributes:
        load_s: From the start of the process, or of its supervisor, until Keras is imported.
        build_s: From then until the model is made and can be trained.
        first_step_s: By how much the first training step took longer than the others.
        step_s: One training step: the mean, without the first.
        first_head_s: By how much the first batch of features of the frozen body took longer.
        head_s: Features of the frozen body, for each picture.
        first_fit_s: Fitting the head in the first head epoch, for each picture that it is fitted on.
        fit_s: The same in later ones, whose pictures are augmented.
        validation_s: A validation, for each of its pictures: the median, without the first if there
            were more.
        epoch_s: What an epoch takes beside all this: saving.
        memory_bytes: The largest resident size of the process.
        gpu_bytes: The largest use of the memory of a GPU; None without one.
    """

    load_s: float
    build_s: float
    first_step_s: float | None = None
    step_s: float | None = None
    first_head_s: float | None = None
    head_s: float | None = None
    first_fit_s: float | None = None
    fit_s: float | None = None
    validation_s: float | None = None
    epoch_s: float | None = None
    memory_bytes: int
    gpu_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a forecast rests on.

    Attributes:
        text: The same in words.
        low: The factor of the shortest time that is likely.
        high: The factor of the longest.
        rank: The better, the lower.
    """

    text: str
    low: float
    high: float
    rank: int


MEASURED = Basis(text="measured here on this very setting", low=0.85, high=1.15, rank=0)
SCALED = Basis(text="scaled from a measurement here", low=0.7, high=1.4, rank=1)
ESTIMATED = Basis(text="estimated from another machine", low=0.5, high=2.0, rank=2)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a run will probably take, as far as it is known before its start.

    Attributes:
        start_s: Seconds from the start of its process to the end of its first step.
        step_s: Seconds of a training step of the body; None if the run has none.
        validation_s: Seconds of one validation; 0 without a validation split.
        first_figure_s: Seconds to the first validated figure, or to the end if there is none.
        total_s: Seconds to the end.
        memory_bytes: Memory of the process.
        gpu_bytes: Memory of a GPU; None if unknown.
        basis: "measured here on this very setting", "scaled from a measurement here" and of which, or
            "estimated from another machine".
        low: The factor of the shortest times and the least memory that are likely.
        high: The factor of the longest times.
        problem: Why earlier measurements could not be used; empty if they could.
    """

    start_s: float
    step_s: float | None
    validation_s: float
    first_figure_s: float
    total_s: float
    memory_bytes: int
    gpu_bytes: int | None
    basis: str
    low: float
    high: float
    problem: str = ""

    def about(self, seconds: float) -> str:
        """Return a duration as exact as this forecast is, as in "about 2 to 4 minutes"."""
        if self.is_measured:
            return rough(seconds)
        return f"about {_span(seconds * self.low, seconds * self.high)}"

    @property
    def is_measured(self) -> bool:
        """Whether it rests on runs of this very setting on this machine."""
        return self.basis == MEASURED.text

    @property
    def is_estimated(self) -> bool:
        """Whether it rests on another machine."""
        return self.basis == ESTIMATED.text

    @property
    def sentence(self) -> str:
        """The forecast in a line."""
        digits = 2 if self.is_measured else 1
        step = f"{self.step_s:.{digits}g} s a step, " if self.step_s else ""
        return (
            f"{self.about(self.total_s)} in all: {self.about(self.start_s)} to the first step, {step}"
            f"{self.about(self.first_figure_s)} to the first figure; up to "
            f"{gigabytes(self.memory_bytes)} of memory ({self.basis})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return asdict(self)


def rough(seconds: float) -> str:
    """Return a duration that is known roughly, as in "about 3 minutes"."""
    return f"about {duration(_rounded(seconds))}"


class Stopwatch:
    """Times the parts of a training and keeps the figures; a trainer has one.

    Call `loaded` when Keras is imported, `built` when the model can be trained, `body` when the body
    begins to be trained, and `step`, `features`, `fit`, `validation` and `epoch` with the seconds that
    each part took. `keep` may be called more than once, and replaces what this run has kept before.

    Args:
        config: The configuration of the run.
        run: Its id.
        is_first: Whether it is the first run of this process. Of another one nothing is kept: its start
            takes no time, and the rest is known from the first.
    """

    def __init__(self, config: RunConfig, run: str, *, is_first: bool = True) -> None:
        self._config = config
        self._run = run
        self._is_first = is_first
        self._load_s = time.time() - _began()
        self._at = time.perf_counter()
        self._build_s = 0.0
        self._steps: list[float] = []
        self._features: list[tuple[float, int]] = []
        self._fits: dict[int, float] = {}
        self._validations: list[tuple[float, int]] = []
        self._validated_s = 0.0
        self._epochs: list[float] = []

    def loaded(self) -> None:
        """Record that Keras is imported."""
        self._load_s += self._lap()

    def built(self) -> None:
        """Record that the model is made and can be trained."""
        self._build_s = self._lap()

    def body(self) -> None:
        """Record that the body begins to be trained; the first step counts from here."""
        self._lap()

    def step(self, seconds: float) -> None:
        """Record a training step; of the first one, the time since `body` counts."""
        self._steps.append(seconds if self._steps else self._lap())

    def features(self, seconds: float, pictures: int) -> None:
        """Record how long some pictures took to become features."""
        self._features.append((seconds, pictures))

    def fit(self, seconds: float, pictures: int, epoch: int) -> None:
        """Record how long the head was fitted in a head epoch, on so many pictures."""
        self._fits[epoch] = seconds / pictures

    def validation(self, seconds: float, pictures: int) -> None:
        """Record a validation of the body."""
        self._validations.append((seconds, pictures))
        self._validated_s += seconds

    def epoch(self, seconds: float) -> None:
        """Record what an epoch took after its last step or fit, with its validation."""
        self._epochs.append(seconds - self._validated_s)
        self._validated_s = 0.0

    def figures(self, gpu_bytes: int | None = None) -> Figures:
        """Return what was measured so far."""
        # Not the median: what disturbs a step now and then is a part of the whole.
        step_s = statistics.fmean(self._steps[1:]) if self._steps[1:] else None
        first_head_s, head_s = self._head_figures()
        validations = [seconds / pictures for seconds, pictures in self._validations]
        return Figures(
            load_s=self._load_s,
            build_s=self._build_s,
            first_step_s=None if step_s is None else max(0.0, self._steps[0] - step_s),
            step_s=step_s,
            first_head_s=first_head_s,
            head_s=head_s,
            first_fit_s=self._fits.get(1),
            fit_s=_median([seconds for epoch, seconds in self._fits.items() if epoch > 1]),
            validation_s=_median(validations[1:] or validations),
            epoch_s=_median(self._epochs),
            memory_bytes=_peak_bytes(),
            gpu_bytes=gpu_bytes,
        )

    def keep(self, gpu_bytes: int | None = None) -> None:
        """Keep the figures for later forecasts; a disk that is full ends no training."""
        if not self._is_first:
            return
        try:
            remember(self._config, self.figures(gpu_bytes), run=self._run)
        except OSError as error:
            _log.warning("the measurements cannot be kept: %s", error.strerror or error)

    def _head_figures(self) -> tuple[float | None, float | None]:
        if len(self._features) < 2:
            return None, None
        (seconds, pictures), *others = self._features
        rate = sum(each for each, _ in others) / sum(count for _, count in others)
        return max(0.0, seconds - rate * pictures), rate

    def _lap(self) -> float:
        """Return the seconds since the last lap."""
        before, self._at = self._at, time.perf_counter()
        return self._at - before


def path() -> Path:
    """Return the file of the measurements."""
    return home() / "measurements.json"


def remember(
    config: RunConfig, figures: Figures, *, run: str = "", timeout: float = _LOCK_SECONDS
) -> bool:
    """Keep what a run took on this machine, in place of what it kept before; return whether it was kept.

    It is not where other trainers hold the file for so long.

    Args:
        config: The configuration of the run.
        figures: What was measured.
        run: The id of the run.
        timeout: For how many seconds to wait for the file.

    Raises:
        OSError: The file cannot be written.
    """
    lock = files.acquire(home() / ".measurements.lock", timeout=timeout)
    if lock is None:
        return False
    with lock:
        kept, _ = _read()
        kept = [each for each in kept if not run or each["run"] != run]
        entry = {
            "run": run,
            "at": datetime.now(UTC).isoformat(),
            "machine": _machine(),
            "setting": _setting(config, config.prepared()),
            "figures": asdict(figures),
        }
        files.write_json(path(), {"version": VERSION, "measurements": [*kept, entry][-MOST:]})
    return True


def steps_in_epoch(config: RunConfig, prepared: Prepared) -> int:
    """Return how many training steps an epoch has; the pictures after the last full batch are left out.

    Raises:
        DataError: There is no split to train on.
    """
    return max(1, stages.pictures_an_epoch(config, prepared) // config.batch_size)


def forecast(config: RunConfig, prepared: Prepared) -> Forecast:
    """Return what a run will probably take on this machine.

    Args:
        config: Its configuration.
        prepared: Its data, split as configured.

    Raises:
        DataError: There is no split to train on.
    """
    kept, problem = _read()
    estimate = _Estimate(config, prepared, [each for each in kept if each["machine"] == _machine()])
    training, steps = stages.pictures_an_epoch(config, prepared), steps_in_epoch(config, prepared)
    validation = len(prepared.splits.get(VALIDATION, ()))
    test = 0 if validation else len(prepared.splits.get(TEST, ()))
    validated = stages.validated_epochs(config, training=training, validation=validation)
    heads = stages.head_epochs(config)
    bodies = config.epochs - heads

    start = _LAUNCH_S + estimate.load_s + estimate.build_s
    first_features = estimate.first_head_s if heads else 0.0
    plain = later = 0.0
    if heads:
        plain = estimate.head_s * (training + validation) + estimate.first_fit_s * training
        # The head is fitted on the pictures of all epochs so far.
        seen = training * (heads * (heads + 1) // 2 - 1)
        later = estimate.head_s * training * (heads - 1) + estimate.fit_s * seen
        later += estimate.epoch_s * heads
    head_s = first_features + plain + later
    step_s = estimate.step_s if bodies else None
    first_step = estimate.first_step_s if bodies else 0.0
    an_epoch = steps * estimate.step_s + estimate.epoch_s if bodies else 0.0
    graph = _FORWARD_GRAPH * first_step
    one_validation = estimate.validation_s * validation if validation else 0.0
    times = sum(1 for epoch in validated if epoch > heads)
    evaluating = one_validation * times + estimate.validation_s * test
    evaluating += graph if times or test else 0.0
    total = start + head_s + first_step + bodies * an_epoch + evaluating
    if not validated:
        first_figure = total
    elif heads:
        first_figure = start + first_features + plain
    else:
        first_figure = start + first_step + validated[0] * an_epoch + graph + one_validation
    basis = estimate.basis(
        {
            "head_s": first_features + plain,
            "fit_s": later,
            "first_step_s": first_step,
            "step_s": bodies * an_epoch,
            "validation_s": evaluating,
            "load_s": start,
        },
        total,
    )
    return Forecast(
        start_s=start + (first_features if heads else first_step + (step_s or 0.0)),
        step_s=step_s,
        validation_s=one_validation or (estimate.head_s * validation if heads else 0.0),
        first_figure_s=first_figure,
        total_s=total,
        memory_bytes=int(estimate.memory_bytes),
        gpu_bytes=estimate.gpu_bytes,
        basis=basis.text,
        low=basis.low,
        high=basis.high,
        problem=problem,
    )


def several_s(expected: Forecast, count: int) -> float:
    """Return the seconds of several runs that differ in seed or recipe alone, one after the other.

    They share a process and its graph, so only the first has to start them.

    Args:
        expected: The forecast of one.
        count: How many, 1 or more.
    """
    again = max(0.0, expected.total_s - expected.start_s) + _NEXT_START_S
    return expected.total_s + (count - 1) * min(again, expected.total_s)


def check_memory(
    config: RunConfig,
    expected: Forecast,
    *,
    has: Memory | None = None,
    gpus: Sequence[Gpu] | None = None,
) -> str:
    """Return a warning if a run may not fit into the memory of a machine; empty if it fits.

    Args:
        config: Its configuration.
        expected: Its forecast.
        has: The memory of the machine; None for this one.
        gpus: Its GPUs; None for those of this one.

    Raises:
        ConfigError: Even the least that it may need is more than this machine has; the message has what
            would fit.
    """
    has = machine.memory() if has is None else has
    gpus = machine.gpus() if gpus is None else gpus
    gpu = min((each.memory for each in gpus if each.memory), default=0)
    for needed, total, free, what in (
        (expected.memory_bytes, has.total, has.available, "memory"),
        (expected.gpu_bytes or 0, gpu, gpu, "memory on its GPU"),
    ):
        if not total or needed <= free:
            continue
        text = f"The training needs about {gigabytes(needed)} of {what} ({expected.basis})"
        if needed * expected.low > total:
            raise ConfigError(
                f"{text}, but this machine has {gigabytes(total)}; {_advice(config, total / needed)}."
            )
        return f"{text}, and {gigabytes(free)} are free now; it may fail or slow the machine down."
    return ""


def queue_ahead(listed: Sequence[Run], engine: str = LOCAL) -> tuple[int, float | None]:
    """Return how many runs a new one waits for, and for how many seconds; None where that is unknown.

    Args:
        listed: All runs.
        engine: Where the new one is to run. A cluster has an order of its own, of which nothing is known.
    """
    if engine != LOCAL:
        return 0, None
    ahead = [run for run in listed if run.engine == LOCAL and run.state in (QUEUED, RUNNING)]
    seconds = 0.0
    for run in ahead:
        left = _seconds_left(run)
        if left is None:
            return len(ahead), None
        seconds += left
    return len(ahead), seconds


class _Estimate:
    """The figures of a setting, each from the best measurements that there are."""

    def __init__(
        self, config: RunConfig, prepared: Prepared, kept: Sequence[Mapping[str, Any]]
    ) -> None:
        self._wanted = _setting(config, prepared)
        self._kept = kept
        self._used: dict[str, tuple[int, Mapping[str, Any] | None]] = {}
        model = MODELS[config.model]
        pixels = _pixels_of_a_step(self._wanted)
        overhead = model.overhead_s / model.step_s

        def of_step(setting: Mapping[str, Any]) -> float:
            return overhead + (1 - overhead) * _pixels_of_a_step(setting)

        def of_picture(setting: Mapping[str, Any]) -> float:
            return overhead + (1 - overhead) * _pixels_of_a_picture(setting)

        step_s = model.step_s * of_step(self._wanted)
        picture_s = _FORWARD * model.step_s / _REFERENCE_BATCH * of_picture(self._wanted)
        weights_bytes = 4 * model.parameters
        whole = ("model", "trainable", "pretrained", "precision", "devices", "jit", "backend")
        body = ("model", "precision", "devices", "backend")
        self.load_s = self._value("load_s", ("backend",), _REFERENCE_LOAD_S)
        self.build_s = self._value("build_s", (*body, "pretrained"), _REFERENCE_BUILD_S)
        self.first_step_s = self._value("first_step_s", whole, model.first_step_s)
        self.step_s = self._value("step_s", whole, step_s, of_step)
        self.first_head_s = self._value("first_head_s", body, _FORWARD_GRAPH * model.first_step_s)
        self.head_s = self._value("head_s", body, picture_s, of_picture)
        self.first_fit_s = self._value("first_fit_s", ("model",), _REFERENCE_FIT_S)
        self.fit_s = self._value("fit_s", ("model",), _REFERENCE_FIT_S)
        self.validation_s = self._value("validation_s", body, picture_s, of_picture)
        self.epoch_s = self._value("epoch_s", ("model",), 1e-8 * weights_bytes)
        for_pictures = (model.memory_bytes - _LOADED_BYTES) * pixels
        self.memory_bytes = self._value(
            "memory_bytes",
            (*whole, "body"),
            _LOADED_BYTES + (for_pictures if self._wanted["body"] else 0.3 * for_pictures),
            _pixels_of_a_step,
            base=_LOADED_BYTES,
        )
        measured = self._value("gpu_bytes", (*whole, "body"), 0.0, _pixels_of_a_step)
        self.gpu_bytes = int(measured) or None

    def basis(self, parts: Mapping[str, float], total: float) -> Basis:
        """Return what the forecast of a total rests on: the least certain of its larger parts."""
        counting = [name for name, part in parts.items() if part > _SHARE_THAT_COUNTS * total]
        rank, source = max((self._used[name] for name in counting), key=lambda used: used[0])
        if rank == MEASURED.rank:
            return MEASURED
        if rank == SCALED.rank and source is not None:
            of = f"{source['size']} px and batch size {source['batch_size']}"
            return Basis(
                text=f"{SCALED.text}, of the same model at {of}",
                low=SCALED.low,
                high=SCALED.high,
                rank=rank,
            )
        # More cores or a GPU are faster, nobody knows by how much.
        low = ESTIMATED.low * min(1.0, _REFERENCE_CORES / machine.cores())
        return Basis(
            text=ESTIMATED.text,
            low=0.1 * low if machine.gpus() else low,
            high=ESTIMATED.high * max(1.0, _REFERENCE_CORES / machine.cores()),
            rank=rank,
        )

    def _value(
        self,
        name: str,
        same: Sequence[str],
        reference: float,
        scale: Callable[[Mapping[str, Any]], float] = lambda _: 1.0,
        *,
        base: float = 0.0,
    ) -> float:
        """Return one figure.

        Args:
            name: Its name in `Figures`.
            same: Which parts of a setting must be equal.
            reference: What it is where nothing was measured.
            scale: What it grows with, of a setting.
            base: The part of it that does not grow.
        """
        wanted = scale(self._wanted)
        found: dict[float, list[float]] = {}
        settings: dict[float, Mapping[str, Any]] = {}
        for each in reversed(self._kept):
            setting, value = each["setting"], each["figures"][name]
            if value is not None and all(setting[part] == self._wanted[part] for part in same):
                found.setdefault(scale(setting), []).append(value)
                settings.setdefault(scale(setting), setting)
        points = {at: statistics.median(values[:_LAST]) for at, values in found.items()}
        if wanted in points:
            self._used[name] = MEASURED.rank, None
            return points[wanted]
        if not points:
            self._used[name] = ESTIMATED.rank, None
            return reference
        near = sorted(points, key=lambda at: abs(math.log(at / wanted)))
        self._used[name] = SCALED.rank, settings[near[0]]
        if len(near) > 1:  # a line, which also has the part that does not grow
            (low, at_low), (high, at_high) = sorted((at, points[at]) for at in near[:2])
            slope = (at_high - at_low) / (high - low)
            if slope > 0 and at_low + slope * (wanted - low) > 0:
                return at_low + slope * (wanted - low)
        return base + max(0.0, points[near[0]] - base) * wanted / near[0]


def _batch_size(config: RunConfig, prepared: Prepared) -> int:
    """Return how many pictures a step has: where the set is smaller than a batch, all of them."""
    return min(config.batch_size, stages.pictures_an_epoch(config, prepared))


def _setting(config: RunConfig, prepared: Prepared) -> dict[str, Any]:
    """Return what determines the speed of a run and its memory."""
    return {
        "model": config.model,
        "size": config.size,
        "batch_size": _batch_size(config, prepared),
        "trainable": config.trainable,
        "pretrained": config.weights != NONE,
        "body": config.epochs > stages.head_epochs(config),
        "precision": config.precision,
        "devices": config.devices,
        "jit": config.jit,
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
    }


_SETTING: Mapping[str, type] = {
    "model": str,
    "size": int,
    "batch_size": int,
    "trainable": str,
    "pretrained": bool,
    "body": bool,
    "precision": str,
    "devices": int,
    "jit": str,
    "backend": str,
}


def _machine() -> dict[str, Any]:
    """Return what identifies this machine; measurements of another one, whose home was copied, differ."""
    return {
        "processor": machine.processor(),
        "cores": machine.cores(),
        "gpus": [gpu.name for gpu in machine.gpus()],
    }


def _read() -> tuple[list[dict[str, Any]], str]:
    """Return the measurements that can be used, oldest first, and what is wrong with the others."""
    try:
        content = files.read_json(path())
    except files.DamagedFile as error:
        return [], f"Earlier measurements cannot be used: {error}"
    if content is None:
        return [], ""
    found = content.get("measurements")
    if content.get("version") != VERSION or not isinstance(found, list):
        return [], f"Earlier measurements cannot be used: {path().name} has another format."
    usable = [each for each in found if _is_measurement(each)]
    if left_out := len(found) - len(usable):
        return usable, f"{counted(left_out, 'measurement')} in {path().name} cannot be used."
    return usable, ""


def _is_measurement(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("run"), str):
        return False
    setting, figures = entry.get("setting"), entry.get("figures")
    if not isinstance(setting, dict) or not isinstance(figures, dict):
        return False
    return (
        all(type(setting.get(name)) is kind for name, kind in _SETTING.items())
        and setting["size"] > 0
        and setting["batch_size"] > 0
        and all(_is_figure(figures.get(item.name, "")) for item in fields(Figures))
    )


def _is_figure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return 0 <= value < 1e15


def _seconds_left(run: Run) -> float | None:
    try:
        left = run.seconds_left()
        if left is not None or run.config is None:
            return left
        total = forecast(run.config, run.config.prepared()).total_s
    except AugmentError:
        return None  # its data were removed, say; it will fail at once, or after a while
    now = datetime.now(UTC)
    return max(0.0, total - (now - run.started).total_seconds()) if run.started else total


def _advice(config: RunConfig, share: float) -> str:
    """Return which batch size or size would fit, as the end of a sentence.

    Args:
        config: The configuration that does not fit.
        share: What there is of what it needs.
    """
    batch = int(_batch_size(config, config.prepared()) * share * 0.8)
    side = int(config.size * math.sqrt(share * 0.8)) // 32 * 32
    fits = [f"batch_size {batch}"] if batch >= limits("batch_size").low else []
    fits += [f"size {side}"] if side >= limits("size").low else []
    return f"try {' or '.join(fits)}" if fits else "try a smaller model"


def _pixels_of_a_step(setting: Mapping[str, Any]) -> float:
    """Return how many pixels a step has, over those of the reference."""
    return float(setting["batch_size"]) / _REFERENCE_BATCH * _pixels_of_a_picture(setting)


def _pixels_of_a_picture(setting: Mapping[str, Any]) -> float:
    """Return how many pixels a picture has, over those of the reference."""
    return float(setting["size"] ** 2) / _REFERENCE_SIZE**2


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _began() -> float:
    """Return when this process was started, or its supervisor, which is a part of the wait."""
    process = psutil.Process()
    parent = process.parent() if supervisor.is_supervised() else None
    return float((parent or process).create_time())


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _rounded(seconds: float) -> float:
    """Return seconds in steps of 5 from 20 on, because a forecast is not more exact."""
    return seconds if seconds < 20 or seconds >= 90 else 5 * round(seconds / 5)


def _span(low: float, high: float) -> str:
    """Return a range of durations, as in "2 to 4 minutes" or "40 seconds to 2 minutes"."""
    first, last = duration(_rounded(low)), duration(_rounded(high))
    if first == last:
        return last
    number, unit = first.split()
    return f"{number} to {last}" if last.split()[1].startswith(unit) else f"{first} to {last}"
