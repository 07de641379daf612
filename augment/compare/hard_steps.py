"""Which step of a recipe is hard: the training loss of the pictures that an op happened to.

The draws of the training are repeated, without rendering a picture, and held against the losses in
``train_losses.npz``. As it is drawn by chance what happens to a picture, the difference between the
pictures that an op happened to and the others is that op's doing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from augment.compare.groups import Group


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The training loss of some pictures.

    Attributes:
        mean: Their mean; None without pictures.
        error: The standard error of the mean, over the pictures; None for fewer than two.
        pictures: How many there are; a picture counts once in each epoch.
    """

    mean: float | None
    error: float | None
    pictures: int


@dataclass(frozen=True, kw_only=True)
class StrengthBin:
    """The pictures that an op happened to with a strength in a range.

    Attributes:
        low: The least strength, from 0 (changes nothing) to 1 (the op's extreme).
        high: The greatest.
        losses: In each period.
    """

    low: float
    high: float
    losses: tuple[Loss, ...]


@dataclass(frozen=True, kw_only=True)
class HardOp:
    """The training loss by whether an op happened to a picture, and how strongly.

    Attributes:
        step: The id of the step of the recipe that it comes from.
        op: The name of the op; for a policy as a whole, that of the policy.
        title: The title of the op.
        within: The title of the policy that draws it; empty for a step as a whole.
        happened: The losses of the pictures that it happened to, in each period.
        otherwise: Those of the other pictures that it could have happened to (those of the classes that
            the step is for).
        strengths: The losses by strength, with about as many pictures in each bin, ascending; empty
            where the op has no strength.
    """

    step: str
    op: str
    title: str
    within: str
    happened: tuple[Loss, ...]
    otherwise: tuple[Loss, ...]
    strengths: tuple[StrengthBin, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HardSteps:
    """How hard each step of a recipe makes the pictures.

    Attributes:
        periods: The first and the last epoch of each period; the last entry covers all epochs.
        ops: Each step of the recipe, and after a policy the ops that it draws.
        epochs: The epochs whose draws were repeated.
        pictures: How many pictures that are, over the runs.
        runs: The ids of the runs whose losses these are.
        notes: A sentence for each thing that should be known.
    """

    periods: tuple[tuple[int, int], ...]
    ops: tuple[HardOp, ...]
    epochs: tuple[int, ...]
    pictures: int
    runs: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        raise NotImplementedError


def hard_steps(group: Group) -> HardSteps:
    """Return how hard each step of the recipe of a group makes the training pictures.

    Raises:
        DataError: The data is not prepared (the message has the command that prepares it).
        RunError: No run of the group has losses of its training pictures, or the data has changed.
    """
    raise NotImplementedError
