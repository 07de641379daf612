"""Shared by the ops that mix two pictures."""

from __future__ import annotations

from typing import Annotated

from augment.arguments import Param

Alpha = Annotated[
    float,
    Param(
        low=0.01,
        high=10.0,
        step=0.01,
        help="Shape of the Beta distribution of the share: 1 draws every share alike, larger values "
        "go towards halves, smaller ones towards all or nothing.",
    ),
]
