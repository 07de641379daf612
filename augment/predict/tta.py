"""Test-time augmentation of a finished run: what its model says of a split by several views of a picture.

The predictions of the views are combined as `augment.predict.aggregate` says, and compared with the plain
evaluation picture by picture. Importing this module imports no Keras: the pages read results by it.

What is computed is kept for one batch of pictures at a time: all views of 500,000 pictures in 1,000
classes would be 128 GB.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from augment.compare.difference import Bools, paired_difference
from augment.data.source import TEST, VALIDATION, Progress
from augment.data.store.prepared import Split
from augment.engine.limits import SEED, shorten
from augment.engine.recipe import Recipe
from augment.engine.samples import Images
from augment.errors import ConfigError, RunError
from augment.helper import Steps, by_stages
from augment.predict import aggregate
from augment.predict.aggregate import LOG_MEAN, MEAN, METHODS, VOTES, WEIGHTED, Floats, Logs
from augment.predict.runs import model_stamp
from augment.predict.views import VIEWS, check, view
from augment.runs import Run, folders
from augment.runs.evaluation import Ints, damage_as_error, wilson
from augment.runs.folders import RunFolder
from augment.system import files
from augment.system.units import counted

if TYPE_CHECKING:
    import keras

    from augment.train.predicting import Predictor

SPLITS = (VALIDATION, TEST)
KEPT = 20
"""How many results of a run are kept."""

STAYED_RIGHT, REPAIRED, BROKEN, STAYED_WRONG = CHANGES = (
    "stayed_right",
    "repaired",
    "broken",
    "stayed_wrong",
)
"""What becomes of a picture: right before and after, after alone, before alone, never."""

FOLDS = 5
"""Of the pictures by which the weights of the views are learned."""
MOST_TO_LEARN = 5_000
"""Pictures by which they are learned, at most; sixty-four numbers need no more."""
_POINTS = 16
_JSON_BYTES = 64_000_000
_ARRAYS_BYTES = 200_000_000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is asked; a ConfigError or RecipeError says in a sentence what is wrong with it.

    Attributes:
        recipe: What may happen to a view; one that neither mixes nor has steps for chosen classes.
        views: How many views of each picture, within `VIEWS`.
        plain: Whether the first view is the picture as it is.
        seed: Of the draws of the views.
        split: "validation" or "test".
    """

    recipe: Recipe
    views: int = 8
    plain: bool = True
    seed: int = 0
    split: str = VALIDATION

    def __post_init__(self) -> None:
        for name, allowed, what in (("views", VIEWS, "number of views"), ("seed", SEED, "seed")):
            try:
                object.__setattr__(self, name, allowed.check(getattr(self, name)))
            except ValueError as error:
                raise ConfigError(f"Test-time augmentation: the {what} {error}.") from error
        if not isinstance(self.plain, bool):
            raise ConfigError(
                f"Test-time augmentation: plain is {shorten(self.plain)}; it must be true or false."
            )
        if self.split not in SPLITS:
            raise ConfigError(
                f"Test-time augmentation: the split is {shorten(self.split)}; it must be validation or "
                "test."
            )
        check(self.recipe)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings with these values; the recipe as a `Recipe` or as its JSON values."""
        names = [each.name for each in fields(cls)]
        if unknown := [name for name in values if name not in names]:
            raise ConfigError(
                f"Test-time augmentation has no setting {shorten(unknown[0])}; there are "
                f"{', '.join(names)}."
            )
        if "recipe" not in values:
            raise ConfigError("Test-time augmentation needs a recipe.")
        recipe = values["recipe"]
        return cls(
            **{
                **values,
                "recipe": recipe if isinstance(recipe, Recipe) else Recipe.from_dict(recipe),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON values."""
        return {each.name: getattr(self, each.name) for each in fields(self)} | {
            "recipe": self.recipe.to_dict()
        }

    def id(self, model: str) -> str:
        """Return the id of the result: twelve hexadecimal digits.

        Args:
            model: The checksum of the saved model.
        """
        text = json.dumps([self.to_dict(), model], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What views of its pictures did to the accuracy of a run on a split; all values are those of JSON.

    Attributes:
        id: Its name, made of the settings and the saved model.
        split: "validation" or "test".
        views: How many views of each picture.
        plain: Whether the first view is the picture as it is.
        seed: Of the draws.
        recipe: The recipe.
        pictures: How many pictures the split has.
        accuracy: Shares: "plain", that of the plain evaluation, and that of each method;
            "weighted" on test alone, and only where weights were learned.
        difference: Of each method less plain: ``difference``, ``low`` and ``high`` (shares, the ends of
            the 95 % interval over pictures) and a ``sentence`` (`augment.compare.difference`).
        changes: Of each method, how many pictures ``stayed_right``, were ``repaired`` or ``broken``, and
            ``stayed_wrong``.
        by_class: Of each method a list of the same with the ``name`` of the class and its ``pictures``.
        by_views: For some numbers of ``views``, the first so many: for "votes", "mean" and "log_mean" the
            ``accuracy`` and the ends ``low`` and ``high`` of its 95 % interval (Wilson).
        weights: One a view; empty where none were learned.
        weights_remark: By which pictures the weights were learned, or why there are none.
        seconds: What it took to read and predict the pictures: once as they are ("plain"), and to draw
            and predict all of their views ("views").
        created: When it was computed, ISO 8601, UTC.
        evaluated_at: When the model was evaluated on the test split by test-time augmentation, by these
            and by other settings; empty for validation.
        model: The checksum of the saved model.
    """

    id: str
    split: str
    views: int
    plain: bool
    seed: int
    recipe: dict[str, Any]
    pictures: int
    accuracy: dict[str, float]
    difference: dict[str, dict[str, Any]]
    changes: dict[str, dict[str, int]]
    by_class: dict[str, list[dict[str, Any]]]
    by_views: list[dict[str, Any]]
    weights: list[float]
    weights_remark: str
    seconds: dict[str, float]
    created: str
    evaluated_at: list[str] = field(default_factory=list)
    model: str = ""

    @property
    def remark(self) -> str:
        """How far the figures can be trusted, in a sentence."""
        pictures = f"{self.pictures:,} {self.split} pictures"
        if self.split == VALIDATION:
            return (
                f"On {pictures}, by which the epoch was chosen: whoever chooses a recipe or a method by "
                "them too learns what it is worth on the test split alone."
            )
        if len(self.evaluated_at) > 1:
            return (
                f"Test-time augmentation was evaluated {len(self.evaluated_at)} times on {pictures}; "
                "whoever chooses a recipe, a method or a number of views by the test split makes its "
                "figures optimistic."
            )
        return f"Evaluated once on {pictures}; nothing was chosen by these figures."

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with the `remark`."""
        return asdict(self) | {"remark": self.remark}


@dataclass(frozen=True, kw_only=True, eq=False)
class Changed:
    """The pictures whose predicted class is another by views, in the order of the split.

    Attributes:
        ids: int64 (N,), their ids.
        labels: int64 (N,), their classes.
        before: int64 (N,), the class that was predicted of the picture as it is; -1 for none.
        after: int64 (N,), the class that was predicted by the views; -1 for none.
    """

    ids: Ints
    labels: Ints
    before: Ints
    after: Ints

    @property
    def is_broken(self) -> npt.NDArray[np.bool_]:
        """Whether it was right and is wrong by views, bool (N,)."""
        return np.asarray((self.before == self.labels) & (self.after != self.labels))

    @property
    def is_repaired(self) -> npt.NDArray[np.bool_]:
        """Whether it was wrong and is right by views, bool (N,)."""
        return np.asarray((self.before != self.labels) & (self.after == self.labels))


def run_tta(report: Callable[[str], None], run_id: str, settings: Mapping[str, Any]) -> Steps[str]:
    """Evaluate a run by test-time augmentation; a task of the helper process (`augment.helper.TASKS`).

    It yields after each batch, where other work can be done before it goes on.

    Args:
        report: Called with what is being done.
        run_id: The id of a run that is over.
        settings: As `Settings.from_dict` takes them.

    Returns:
        The id of the result.

    Raises:
        AugmentError: As `evaluate`.
    """
    result = yield from evaluate(run_id, Settings.from_dict(settings), by_stages(report))
    return result.id


def evaluate(run_id: str, settings: Settings, progress: Progress) -> Steps[Result]:
    """Evaluate a run by test-time augmentation, and write the result into its folder.

    On test, the weights of the views are those that `learned` finds on validation, of a result there with
    the same settings or computed now. It yields after each batch of predictions.

    Args:
        run_id: The id of a run that is over.
        settings: What is asked.
        progress: Called with the pictures done, all of them (0 while the model is loaded), and what is
            being done.

    Raises:
        DataError: The data is not prepared, or has no such split.
        RunError: There is no such run, it is not over, it has no model that can be loaded, its data has
            changed, or its folder cannot be written.
    """
    from augment.train import testing

    run, prepared = testing.evaluable(run_id, settings.split)
    split, model = prepared.split(settings.split), model_stamp(run)
    progress(0, 0, "loading the model")
    predictor = predictor_of(testing.load(RunFolder(run.path), prepared), split)
    yield
    views = _Views(predictor, settings)
    weights: list[float] = []
    remark = "The data has no validation split, so no weights were learned."
    if settings.split == TEST and VALIDATION in prepared.splits:
        weights, remark = yield from _weights(
            run, prepared.split(VALIDATION), views, model, progress
        )
    views.warm_up(split)
    tally = _Tally(split, settings, np.array(weights))
    yield from _add_all(tally, views, split, np.arange(len(split)), progress)
    if settings.split == VALIDATION:
        weights, remark = tally.learned()
    now = folders.now()
    times = sorted({time for each in _all(run)[0] for time in each.evaluated_at})
    result = tally.result(
        id=settings.id(model),
        class_names=prepared.class_names,
        weights=[round(each, 6) for each in weights],
        weights_remark=remark,
        seconds={name: round(taken, 3) for name, taken in views.seconds.items()},
        created=now,
        evaluated_at=[*times, now] if settings.split == TEST else [],
        model=model,
    )
    try:
        _write(run, result, tally)
    except OSError as error:
        raise folders.cannot_write(error) from error
    return result


def results(run: Run) -> list[Result]:
    """Return the results of the saved model of a run, the newest first.

    Those that are damaged, or of an earlier model, are left out; `problems` has a sentence on each.
    """
    return _usable(run)[0]


def problems(run: Run) -> list[str]:
    """Return a sentence for each result of a run that `results` leaves out."""
    return _usable(run)[1]


def changed(run: Run, result_id: str, method: str) -> Changed:
    """Return the pictures of which the views say another class than the plain evaluation.

    Args:
        run: The run.
        result_id: The id of a result.
        method: One of those in its ``accuracy``.

    Raises:
        RunError: The run has no such result, or it is damaged.
    """
    found = next((each for each in results(run) if each.id == result_id), None)
    if found is None or method not in found.changes:
        what = (
            f"no result {shorten(result_id)} of"
            if found is None
            else f"no {shorten(method)} in its"
        )
        raise RunError(f"The run {run.id} has {what} test-time augmentation.")
    arrays = _read_arrays(RunFolder(run.path).tta / f"{found.id}.npz", found)
    before, after = arrays["plain"], arrays[method]
    rows = np.flatnonzero(before != after)
    return Changed(
        ids=arrays["ids"][rows],
        labels=arrays["labels"][rows],
        before=before[rows],
        after=after[rows],
    )


def learned(own: npt.NDArray[np.floating], ids: Ints) -> Floats:
    """Return weights of the views, float64 (V,), not negative, with the sum 1.

    They are the mean over the folds of cross-fitting: the weights that are likeliest for the pictures of
    all other folds. The mean, over one fit of all pictures: views that are alike share the weight
    unevenly by chance in one fit, and otherwise in the next, which the mean evens out.

    Args:
        own: (N, V), the probability that each view gives to the class of the picture.
        ids: int64 (N,), the ids of the pictures, which alone decide the folds.
    """
    hashed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)  # neighbours have near ids
    folds = np.empty(len(ids), np.int64)
    folds[np.argsort(hashed ^ (hashed >> np.uint64(29)))] = np.arange(len(ids)) % FOLDS
    own = np.nan_to_num(own.astype(np.float64))
    found = [aggregate.learn_weights(own[folds != fold]) for fold in range(FOLDS)]
    return np.asarray(np.mean(found, axis=0), np.float64)


def predictor_of(network: keras.Model, split: Split) -> Predictor:
    """Return what predicts a split as its plain evaluation did, to the byte.

    Other kernels round in another way. Test was predicted by the saved model (`augment.train.testing`),
    validation by the network as it was trained, whose batch normalisation is fused.
    """
    from augment.models.fused_batch_norm import fused
    from augment.train.predicting import Predictor, batch_of_a_step

    if split.name == VALIDATION:
        trained = fused(network)
        trained.set_weights(network.get_weights())
        network = trained
    batch = batch_of_a_step(network.input_shape[1])
    return Predictor(network, pictures=min(batch, len(split)))


class _Views:
    """Predicts the views of pictures, and counts the seconds that it takes."""

    def __init__(self, predictor: Predictor, settings: Settings) -> None:
        self._predictor, self.settings = predictor, settings
        self.batch_size = predictor.batch_size
        self.seconds = {"plain": 0.0, "views": 0.0}

    def warm_up(self, split: Split) -> None:
        """Do once what takes longer the first time: trace the graph, compile what draws; count anew."""
        rows = np.arange(min(self.batch_size, len(split)))
        self._view(split.images[rows], split.ids[rows], self.settings.views - 1)
        self.seconds = dict.fromkeys(self.seconds, 0.0)

    def of(self, split: Split, rows: Ints) -> Steps[tuple[Logs, Logs]]:
        """Return what the model says of at most one batch of pictures, and of all of their views.

        Returns:
            float32 (N, K) and (V, N, K), natural logarithms of the probabilities.
        """
        began = time.perf_counter()
        images, ids = split.images[rows], split.ids[rows]
        [plain] = self._predictor.by_batches(images)
        self.seconds["plain"] += time.perf_counter() - began
        logs = np.empty((self.settings.views, *plain.shape), np.float32)
        for number in range(self.settings.views):
            yield
            began = time.perf_counter()
            logs[number] = self._view(images, ids, number)
            self.seconds["views"] += time.perf_counter() - began
        return plain, logs

    def _view(self, images: Images, ids: Ints, number: int) -> Logs:
        settings = self.settings
        made = view(
            settings.recipe, images, ids, number=number, seed=settings.seed, plain=settings.plain
        )
        [logs] = self._predictor.by_batches(made)
        return logs


class _Tally:
    """What is kept of the predictions of a split: of each picture the predicted classes, and counts."""

    def __init__(self, split: Split, settings: Settings, weights: Floats) -> None:
        self._settings, self._weights = settings, weights
        self._split, self._labels = split, np.asarray(split.labels)
        self.methods = (VOTES, MEAN, LOG_MEAN, *([WEIGHTED] if len(weights) else []))
        self.predicted = {
            name: np.full(len(split), -1, np.int64) for name in ("plain", *self.methods)
        }
        self._counts = _counts_of_views(settings.views)
        self._right = {(name, count): 0 for name in self.methods[:3] for count in self._counts}
        self._to_learn = _evenly(len(split), MOST_TO_LEARN)
        self._own = np.zeros((len(self._to_learn), settings.views), np.float32)

    def add(self, rows: Ints, plain: Logs, logs: Logs) -> None:
        """Add what the model said of pictures, and of their views."""
        labels = self._labels[rows]
        self.predicted["plain"][rows] = _likeliest(plain)
        _, learning, given = np.intersect1d(
            self._to_learn, rows, assume_unique=True, return_indices=True
        )
        self._own[learning] = np.exp(logs[:, given, labels[given]]).T
        for (name, count), right in self._right.items():
            found = predicted_by(name, logs[:count])
            self._right[name, count] = right + int((found == labels).sum())
            self.predicted[name][rows] = found  # the last count is that of all views
        if len(self._weights):
            self.predicted[WEIGHTED][rows] = _likeliest(aggregate.weighted(logs, self._weights))

    def learned(self) -> tuple[list[float], str]:
        """Return weights learned on these pictures, and a sentence on them."""
        weights = learned(self._own, np.asarray(self._split.ids)[self._to_learn])
        return list(map(float, weights)), _learned_on(len(self._to_learn))

    def arrays(self) -> dict[str, Ints]:
        """Return what is known of each picture: its id, its class, and the predicted ones."""
        return {"ids": np.asarray(self._split.ids), "labels": self._labels, **self.predicted}

    def result(self, *, class_names: Sequence[str], **others: Any) -> Result:
        """Return the result."""
        settings, pictures = self._settings, len(self._split)
        right = {name: found == self._labels for name, found in self.predicted.items()}
        differences = {
            name: paired_difference(right["plain"][None], right[name][None], paired=True)
            for name in self.methods
        }
        by_class = {
            name: _by_class(right["plain"], right[name], self._labels, class_names)
            for name in self.methods
        }
        return Result(
            split=settings.split,
            views=settings.views,
            plain=settings.plain,
            seed=settings.seed,
            recipe=settings.recipe.to_dict(),
            pictures=pictures,
            accuracy={name: round(float(each.mean()), 6) for name, each in right.items()},
            difference={
                name: {
                    "difference": round(found.difference, 6),
                    "low": round(found.low, 6),
                    "high": round(found.high, 6),
                    "sentence": found.sentence,
                }
                for name, found in differences.items()
            },
            changes={
                name: {change: sum(row[change] for row in rows) for change in CHANGES}
                for name, rows in by_class.items()
            },
            by_class=by_class,
            by_views=[
                {
                    "views": count,
                    **{
                        name: _share(self._right[name, count], pictures)
                        for name in self.methods[:3]
                    },
                }
                for count in self._counts
            ],
            **others,
        )


def _add_all(
    tally: _Tally, views: _Views, split: Split, rows: Ints, progress: Progress
) -> Steps[None]:
    what = f"predicting the views of {split.name}"
    for start in range(0, len(rows), views.batch_size):
        batch = rows[start : start + views.batch_size]
        progress(start, len(rows), what)
        tally.add(batch, *(yield from views.of(split, batch)))
    progress(len(rows), len(rows), what)


def _weights(
    run: Run, split: Split, views: _Views, model: str, progress: Progress
) -> Steps[tuple[list[float], str]]:
    """Return the weights for test, learned on validation, and a sentence on them."""
    settings = replace(views.settings, split=VALIDATION)
    wanted = settings.id(model)
    if known := next((each for each in results(run) if each.id == wanted), None):
        return known.weights, known.weights_remark
    tally, rows = _Tally(split, settings, np.array([])), _evenly(len(split), MOST_TO_LEARN)
    yield from _add_all(tally, views, split, rows, progress)
    return tally.learned()


def predicted_by(method: str, logs: Logs) -> Ints:
    """Return the class that votes or a mean of views predict, int64 (N,); -1 for none.

    Args:
        method: "votes", "mean" or "log_mean".
        logs: float32 (V, N, K), natural logarithms of probabilities.
    """
    if method == VOTES:
        return aggregate.predicted_by_votes(logs)
    return _likeliest(aggregate.mean(logs) if method == MEAN else aggregate.log_mean(logs))


def _likeliest(logs: Logs) -> Ints:
    return np.where(np.isnan(logs).any(axis=1), -1, logs.argmax(axis=1))


def _counts_of_views(views: int) -> list[int]:
    """Return the numbers of views whose accuracy is told: all, or of many ever fewer."""
    if views <= _POINTS:
        return list(range(1, views + 1))
    return sorted({round(float(count)) for count in np.geomspace(1, views, _POINTS)})


def _evenly(pictures: int, most: int) -> Ints:
    return np.unique(np.linspace(0, pictures - 1, min(pictures, most)).astype(np.int64))


def _learned_on(pictures: int) -> str:
    return (
        f"Learned on {counted(pictures, 'validation picture')} by cross-fitting in {FOLDS} folds; "
        "what they are worth shows on the test split alone."
    )


def _share(right: int, pictures: int) -> dict[str, float]:
    low, high = wilson(right, pictures)
    return {
        "accuracy": round(right / pictures, 6),
        "low": round(low, 6),
        "high": round(high, 6),
    }


def _by_class(
    before: Bools, after: Bools, labels: Ints, class_names: Sequence[str]
) -> list[dict[str, Any]]:
    chosen = (before & after, ~before & after, before & ~after, ~before & ~after)
    counts = [np.bincount(labels[each], minlength=len(class_names)) for each in chosen]
    return [
        {
            "name": name,
            "pictures": int(sum(numbers)),
            **dict(zip(CHANGES, map(int, numbers), strict=True)),
        }
        for name, *numbers in zip(class_names, *counts, strict=True)
    ]


def _write(run: Run, result: Result, tally: _Tally) -> None:
    """Write a result and what it is made of, and remove the oldest of too many; raises OSError."""
    folder = RunFolder(run.path).tta
    folder.mkdir(exist_ok=True)
    content = io.BytesIO()
    arrays: dict[str, Any] = tally.arrays()
    np.savez(content, allow_pickle=False, **arrays)
    # The document comes last, so that whoever finds it finds the arrays.
    files.write_bytes(folder / f"{result.id}.npz", content.getbuffer())
    files.write_json(folder / f"{result.id}.json", asdict(result))
    found = _all(run)[0]
    tested = [each for each in found if each.split == TEST][:1]  # has the times of all tests
    kept = {
        each.id
        for each in (*[each for each in found if each.model == result.model][:KEPT], *tested)
    }
    for each in found:
        if each.id not in kept:
            for suffix in ("json", "npz"):
                (folder / f"{each.id}.{suffix}").unlink(missing_ok=True)


def _usable(run: Run) -> tuple[list[Result], list[str]]:
    found, wrong = _all(run)
    if not found:
        return [], wrong
    try:
        model = model_stamp(run)
    except RunError as error:
        return [], [*wrong, str(error)]
    times = sorted({time for each in found for time in each.evaluated_at})
    usable = [each for each in found if each.model == model]
    earlier = [each for each in found if each.model != model]
    wrong += [
        f"A result of test-time augmentation is left out: {each.id}.json is of an earlier model."
        for each in earlier
    ]
    return [
        replace(each, evaluated_at=times) if each.split == TEST else each for each in usable
    ], wrong


def _all(run: Run) -> tuple[list[Result], list[str]]:
    """Return all results that can be read, the newest first, and what is wrong with the others."""
    found, wrong = [], []
    for path in sorted(RunFolder(run.path).tta.glob("*.json")):
        try:
            found.append(_read(path))
        except files.DamagedFile as error:
            wrong.append(f"A result of test-time augmentation is left out: {error}")
    found.sort(key=lambda each: (each.created, each.id), reverse=True)
    return found, wrong


_COUNTS = dict.fromkeys(CHANGES, int)
_SHARES = {"accuracy": float, "low": float, "high": float}
_DOCUMENT: Mapping[str, Any] = {
    "id": str,
    "split": str,
    "views": int,
    "plain": bool,
    "seed": int,
    "recipe": dict,
    "pictures": int,
    "accuracy": {str: float},
    "difference": {str: {"difference": float, "low": float, "high": float, "sentence": str}},
    "changes": {str: _COUNTS},
    "by_class": {str: [{"name": str, "pictures": int, **_COUNTS}]},
    "by_views": [{"views": int, VOTES: _SHARES, MEAN: _SHARES, LOG_MEAN: _SHARES}],
    "weights": [float],
    "weights_remark": str,
    "seconds": {"plain": float, "views": float},
    "created": str,
    "evaluated_at": [str],
    "model": str,
}
"""What each entry of a document is: a type, a list of one, or a mapping to one."""


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value of JSON is of a kind, as those of `_DOCUMENT`."""
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(each, kind[0]) for each in value)
    if isinstance(kind, Mapping):
        if not isinstance(value, dict):
            return False
        if str in kind:
            return all(_fits(each, kind[str]) for each in value.values())
        return all(name in value and _fits(value[name], each) for name, each in kind.items())
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def _read(path: Path) -> Result:
    """Return a result; DamagedFile if it cannot be read, or is not one of this program."""
    value = files.read_json(path, _JSON_BYTES) or {}
    for name, kind in _DOCUMENT.items():
        if not _fits(value.get(name), kind):
            raise files.DamagedFile(
                f"{path.name} is damaged: {name} is {shorten(value.get(name))}."
            )
    methods = set(value["changes"])
    if (
        value["id"] != path.stem
        or value["split"] not in SPLITS
        or not {VOTES, MEAN, LOG_MEAN} <= methods <= set(METHODS)
        or not methods | {"plain"} == set(value["accuracy"])
        or not methods == set(value["difference"]) == set(value["by_class"])
        or not all(map(folders.parse_time, (value["created"], *value["evaluated_at"])))
    ):
        raise files.DamagedFile(
            f"{path.name} is damaged: its split, its methods, its times or its name are not those of a "
            "result."
        )
    return Result(**{name: value[name] for name in _DOCUMENT})


def _read_arrays(path: Path, result: Result) -> dict[str, Ints]:
    """Return the arrays of a result; RunError if they are missing or damaged."""
    names = ("ids", "labels", "plain", *result.changes)
    with damage_as_error(path):
        content = files.read_bytes(path, _ARRAYS_BYTES)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > len(content):
                raise ValueError("it is compressed")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names}
        if any(
            each.dtype != np.int64 or each.shape != (result.pictures,) for each in arrays.values()
        ):
            raise ValueError("its arrays are not those of the result")
    return arrays
