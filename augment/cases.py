"""The cases that a step is drawn for: rows of a batch, and under a policy a row once for each slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment import rng
from augment.arguments import Draw, Param

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What a step is drawn for.

    Attributes:
        rows: int64 (n,), the rows of the batch.
        streams: uint64 (n,), the random stream of each row.
        salts: uint64 (n,), which tells the draws of a policy's slots apart; 0 outside policies.
        stages: int64 (n,), when the op happens.
        strengths: float64 (n,) from 0 to 1, or None where the step follows its own settings.
    """

    rows: Ints
    streams: rng.UInts
    salts: rng.UInts
    stages: Ints
    strengths: Floats | None = None

    @classmethod
    def all_rows(cls, streams: rng.UInts, stage: int) -> Cases:
        """Return one case for each row."""
        count = len(streams)
        return cls(
            rows=np.arange(count),
            streams=streams,
            salts=np.zeros(count, np.uint64),
            stages=np.full(count, stage),
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> Cases:
        """Return those that are chosen."""
        if chosen.all():
            return self
        return Cases(
            rows=self.rows[chosen],
            streams=self.streams[chosen],
            salts=self.salts[chosen],
            stages=self.stages[chosen],
            strengths=None if self.strengths is None else self.strengths[chosen],
        )

    def in_slots(self, slots: Ints, cases: Ints, width: int, strengths: Floats | None) -> Cases:
        """Return those of a policy's slots: the n-th in slot `slots[n]` of the case `cases[n]`."""
        return Cases(
            rows=self.rows[cases],
            streams=self.streams[cases],
            salts=rng.combine(self.salts[cases], (slots + 1).astype(np.uint64)),
            stages=self.stages[cases] + slots * width,
            strengths=strengths,
        )

    def uniform(self, text: str) -> Floats:
        """Return float64 (n,): a number between 0 and 1 for each case, keyed by the text."""
        return rng.uniform(self.streams, rng.key(text) ^ self.salts)

    def sample(
        self,
        key: str,
        draws: Mapping[str, Draw],
        params: Mapping[str, Param],
        given: Mapping[str, Any],
    ) -> dict[str, list[Any]]:
        """Return a column of values for each argument that an op draws.

        Args:
            key: What the draws are keyed by, with the argument's name.
            draws: The arguments.
            params: The op's parameters.
            given: Their values.
        """
        columns = {}
        for name, draw in draws.items():
            uniforms = np.stack(
                [self.uniform(f"{key}.{name}{n or ''}") for n in range(draw.uniforms_needed)]
            )
            strength = None
            if self.strengths is not None and draw.takes_strength:
                weakest, strongest = draw.strength_range(params)
                strength = weakest + self.strengths * (strongest - weakest)
            columns[name] = draw.sample(uniforms, given, strength).tolist()
        return columns

    def sample_slots(
        self, key: str, draws: Mapping[str, Draw], given: Mapping[str, Any]
    ) -> dict[str, npt.NDArray[Any]]:
        """Return what a policy draws, each of shape (slots, n), or (n,) where it has no slots."""
        drawn = {}
        for name, draw in draws.items():
            uniforms = np.stack(
                [self.uniform(f"{key}.{name}{slot or ''}") for slot in range(draw.repeats(given))]
            )
            drawn[name] = draw.sample((uniforms if draw.slots else uniforms[0])[None], given)
        return drawn
