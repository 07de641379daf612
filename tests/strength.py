"""What strength must do: to an op alone, and to each of a policy's pool with the range it has there."""

from __future__ import annotations

from typing import Any

import numpy as np

import augment
from augment.engine.op import Op
from augment.engine.policies import PoolEntry
from tests.given import happening, pictures, plan_of


def check_strength(name: str) -> None:
    """The strength of a policy starts at nothing, and what it changes only grows, if in whole steps."""
    for entry in (PoolEntry(op=name), *pool_of(augment.registry()[name])):
        assert_grows(entry)


def pool_of(op: Op) -> list[PoolEntry]:
    """Return the ops of a policy's pool under each of its choices, each of them once."""
    if op.pool is None:
        return []
    choices = [{param.name: choice} for param in op.params.values() for choice in param.choices]
    entries: list[PoolEntry] = []
    for chosen in ({}, *choices):
        pool = op.pool({**op.defaults, **chosen})
        entries += [entry for entry in pool if entry not in entries]
    return entries


def assert_grows(entry: PoolEntry) -> None:
    op = augment.registry()[entry.op]
    given = {**op.defaults, **entry.params}
    draws = {**op.draws, **entry.draws}
    ranges = {
        argument: draw.strength_range(op.params)
        for argument, draw in draws.items()
        if draw.takes_strength
    }
    if not ranges:
        return
    in_steps = any(getattr(draw, "whole", False) for draw in draws.values())
    changes = []
    previous: dict[str, float] = {}
    for strength in (0.0, 0.05, 0.2, 0.6, 1.0):
        values = dict(given)
        for argument, draw in draws.items():
            expected = None
            if argument in ranges:
                weakest, strongest = ranges[argument]
                expected = np.array([weakest + strength * (strongest - weakest)])
            uniforms = np.full((draw.uniforms_needed, 1), 0.9)
            values[argument] = draw.sample(uniforms, given, expected).item()
            if argument in ranges and weakest != strongest:
                base = previous.setdefault(f"{argument} at 0", values[argument])
                distance = abs(values[argument] - base)
                least = previous.get(argument, -1.0)
                grows = distance > least or (in_steps and distance == least)
                assert grows, f"{argument} of {entry.op} grows with strength"
                previous[argument] = distance
        changes.append(_change(entry.op, values))
    assert changes[0] == 0.0, f"{entry.op} changes nothing at strength 0"
    # A little of some ops, such as a blur of a fifth of a pixel, is less than a level.
    assert 0.0 <= changes[1] <= changes[2], f"more strength of {entry.op}, more change"
    assert changes[2] > 0.0, f"more strength of {entry.op}, more change"
    assert max(changes[3:]) > changes[2], f"more strength of {entry.op}, more change"


def _change(name: str, values: dict[str, Any]) -> float:
    images = pictures()
    plan = plan_of(*[[happening(name, **values)]] * len(images))
    changed = augment.render(plan, images).images
    return float(np.abs(changed.astype(int) - images).mean())
