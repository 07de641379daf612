"""Test-time augmentation of a finished run: what its model says of a split by several views of a picture.

The predictions of the views are combined as `augment.predict.aggregate` says, and compared with the plain
evaluation picture by picture. Importing this module imports no Keras: the pages read results by it.

What is computed is kept for one batch of pictures at a time: all views of 500,000 pictures in 1,000
classes would be 128 GB.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from augment import runs
from augment.compare.difference import paired_difference
from augment.data.source import TEST, VALIDATION, Progress
from augment.data.store.prepared import Split
from augment.engine.limits import SEED, shorten
from augment.engine.recipe import Recipe
from augment.errors import ConfigError, RunError
from augment.predict import aggregate
from augment.predict.aggregate import LOG_MEAN, MEAN, VOTES, WEIGHTED, Floats, Logs
from augment.predict.views import VIEWS, check, view
from augment.runs import Run, folders
from augment.runs.evaluation import Ints, wilson
from augment.runs.folders import RunFolder
from augment.system import files

if TYPE_CHECKING:
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
_ID = re.compile(r"[0-9a-f]{12}")
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
                f"On {pictures}, by which the epoch was chosen: whoever chooses a recipe or a method by them "
                "too learns what it is worth on the test split alone."
            )
        if len(self.evaluated_at) > 1:
            return (
                f"Test-time augmentation was evaluated {len(self.evaluated_at)} times on {pictures}; whoever "
                "chooses a recipe, a method or a number of views by the test split makes its figures "
                "optimistic."
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


def run_tta(
    report: Callable[[str], None], run_id: str, settings: Mapping[str, Any]
) -> Generator[None, None, str]:
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

    def progress(done: int, total: int, what: str) -> None:
        report(f"{what}: {done:,} of {total:,}" if total else what)

    result = yield from evaluate(run_id, Settings.from_dict(settings), progress)
    return result.id


def evaluate(
    run_id: str, settings: Settings, progress: Progress
) -> Generator[None, None, Result]:
    """Evaluate a run by test-time augmentation, and write the result into its folder."""
    raise NotImplementedError
    yield


def results(run: Run) -> list[Result]:
    """Return the results of a run, the newest first; those that cannot be used are left out."""
    raise NotImplementedError


def problems(run: Run) -> list[str]:
    """Return a sentence for each result of a run that `results` leaves out."""
    raise NotImplementedError


def changed(run: Run, result_id: str, method: str) -> Changed:
    """Return the pictures of which a result says another class than the plain evaluation."""
    raise NotImplementedError
