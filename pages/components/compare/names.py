"""Short names of groups: what they differ in, which the page, its charts and its sentences use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from augment.runs.config import RunConfig
from augment.runs.naming import name_parts


def short_names(configs: Sequence[RunConfig]) -> list[str]:
    """Return a name for each configuration, no two the same: their recipes, and what else differs."""
    parts = [name_parts(config) for config in configs]
    differs = [len(set(column)) > 1 for column in zip(*parts, strict=True)]
    names = []
    for row in parts:
        told = [part for part, keep in zip(row, differs, strict=True) if keep]
        names.append(", ".join(told if told else row[:1]))
    often, seen = Counter(names), Counter[str]()
    for at, name in enumerate(names):
        if often[name] > 1:
            seen[name] += 1
            names[at] = f"{name} ({seen[name]})"
    return names
