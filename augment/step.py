"""One step of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from augment.ops import registry


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a recipe; `augment.reader` makes valid ones.

    Attributes:
        op: The name of the op.
        id: What the draws are keyed by; unique in the recipe.
        enabled: Whether the step happens at all.
        probability: How probable it is that the step happens to a picture.
        classes: The indexes of the classes it is for, or None for all.
        params: The value of each parameter of the op.
        steps: The children, for policies that take steps.
    """

    op: str
    id: str
    enabled: bool = True
    probability: float = 1.0
    classes: tuple[int, ...] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON-able values, every one explicit."""
        described: dict[str, Any] = {
            "op": self.op,
            "id": self.id,
            "enabled": self.enabled,
            "probability": self.probability,
            "classes": None if self.classes is None else list(self.classes),
            **self.params,
        }
        if registry()[self.op].takes_steps:
            described["steps"] = [step.to_dict() for step in self.steps]
        return described
