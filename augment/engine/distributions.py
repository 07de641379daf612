"""The distributions that an op's drawn arguments come from.

Each turns uniform numbers into values by its inverse distribution function, so that one keyed uniform
gives one value, whatever else is drawn. A limit is named after the `Param` that the recipe gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from augment.engine.params import Draw, Param, RecommendedRange
from augment.engine.rng import Floats

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Uniform(Draw):
    """Uniform from 0 to 1: a position, or a choice that the op makes itself."""

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        return np.asarray(uniforms[0])


@dataclass(frozen=True)
class Chance(Draw):
    """True with the probability that the parameter gives."""

    param: str

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        return np.asarray(uniforms[0] < given[self.param])


@dataclass(frozen=True)
class UpTo(Draw):
    """Uniform from the start to the parameter; under a policy, the strength.

    From 0 it is what a single float means in KerasCV.

    Attributes:
        param: The parameter that gives the far end.
        signed: Whether a fair coin turns the value negative.
        strength: The values at strength 0 and 1, where they are not the parameter's own.
        start: The near end, where it is not 0.
        centre: What the value is added to, or with the other sign taken from.
        whole: Whether only whole numbers are drawn, each as likely as the others.
    """

    param: str
    signed: bool = False
    strength: tuple[float, float] | None = None
    start: float = 0.0
    centre: float = 0.0
    whole: bool = False

    @property
    def uniforms_needed(self) -> int:
        """One for the size, one more for the sign."""
        return 2 if self.signed else 1

    @property
    def takes_strength(self) -> bool:
        """The strength of a policy replaces the draw."""
        return True

    def strength_range(self, params: Mapping[str, Param]) -> tuple[float, float]:
        """Return the values at strength 0 and at strength 1."""
        return self.strength or params[self.param].strength_range()

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        if strength is not None:
            size = np.rint(strength) if self.whole else strength
        elif self.whole:
            low, high = sorted((self.start, given[self.param]))
            size = np.minimum(np.floor(low + uniforms[0] * (high - low + 1.0)), high)
        else:
            size = self.start + uniforms[0] * (given[self.param] - self.start)
        if self.signed:
            size = self.centre + np.where(uniforms[1] < 0.5, -size, size)
        return np.asarray(size)


@dataclass(frozen=True)
class Within(Draw):
    """Uniform within the parameter's distance of the centre; under a policy, within the strength's.

    Attributes:
        param: The parameter that gives half the width.
        centre: The middle of the range.
        follows_strength: Whether the strength of a policy sets half the width.
    """

    param: str
    centre: float = 0.0
    follows_strength: bool = True

    @property
    def takes_strength(self) -> bool:
        """As `follows_strength` says."""
        return self.follows_strength

    def strength_range(self, params: Mapping[str, Param]) -> tuple[float, float]:
        """Return half the width at strength 0 and at strength 1."""
        return params[self.param].strength_range()

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        half = given[self.param] if strength is None else strength
        return np.asarray(self.centre + (2.0 * uniforms[0] - 1.0) * half)


@dataclass(frozen=True)
class Between(Draw):
    """Uniform between the low and the parameter, in either order; under a policy, the strength.

    Attributes:
        low: The parameter that gives one end.
        param: The parameter that gives the other, and follows the strength.
    """

    low: str
    param: str

    @property
    def takes_strength(self) -> bool:
        """The strength of a policy replaces the draw."""
        return True

    def strength_range(self, params: Mapping[str, Param]) -> tuple[float, float]:
        """Return the values at strength 0 and at strength 1."""
        return params[self.param].strength_range()

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        if strength is not None:
            return np.asarray(strength)
        low, high = sorted((given[self.low], given[self.param]))
        return np.asarray(low + uniforms[0] * (high - low))


@dataclass(frozen=True)
class Ratio(Draw):
    """A ratio between 1 / the parameter and the parameter, its logarithm uniform."""

    param: str

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        return np.asarray(given[self.param] ** (2.0 * uniforms[0] - 1.0))


@dataclass(frozen=True)
class Whole(Draw):
    """A whole number between the parameter and the end, each as likely as the others.

    For an op that always changes something, and so cannot follow a strength down to nothing.
    """

    param: str
    end: int

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        low, high = sorted((given[self.param], self.end))
        return np.asarray(low + np.floor(uniforms[0] * (high - low + 1)), np.int64)


@dataclass(frozen=True)
class Seed(Draw):
    """The seed of a random field, such as noise: 52 random bits, which JSON keeps everywhere."""

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        return np.asarray(np.floor(uniforms[0] * 2.0**52), np.int64)


@dataclass(frozen=True)
class Gamma(Draw):
    """The Gamma distribution of scale 1, whose shape the parameter gives.

    Several of them, divided by their sum, are a Dirichlet distribution.
    """

    param: str

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        return np.asarray(scipy.special.gammaincinv(given[self.param], uniforms[0]))


@dataclass(frozen=True)
class Beta(Draw):
    """The symmetric Beta distribution, both of whose shapes the parameter gives."""

    param: str

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        shape = given[self.param]
        return np.asarray(scipy.special.betaincinv(shape, shape, uniforms[0]))


@dataclass(frozen=True)
class ClippedNormal(Draw):
    """A normal distribution clipped to the range from 0 to 1: the strength of a policy's child."""

    mean: str
    stddev: str

    def sample(self, uniforms: Floats, given: Mapping[str, Any], strength: Any = None) -> Values:
        """See `Draw.sample`."""
        strengths = given[self.mean] + given[self.stddev] * scipy.special.ndtri(uniforms[0])
        return np.asarray(np.clip(strengths, 0.0, 1.0))


def alpha_param(*recommended: RecommendedRange) -> Param:
    """Return the parameter of the ops that mix two pictures: the shape of the `Beta` of the share.

    Args:
        recommended: The ranges that papers use.
    """
    return Param(
        low=0.01,
        high=10.0,
        step=0.01,
        help="Shape of the Beta distribution of the share: at 1 every share is equally likely, larger "
        "values favour halves, smaller ones all or nothing.",
        recommended=recommended,
    )
