"""What recipes do to a training on Oxford Flowers 102: the runs and the tables of docs/results.md.

    python -m benchmarks.recipes queue [--parts small lite0 densenet121]
    python -m benchmarks.recipes test
    python -m benchmarks.recipes report

*queue* submits every run that is not there yet, and returns; they are trained in the background, at nice
10, and may be resumed. *test* evaluates each finished run on the test split, unless that was done before:
nothing is chosen by it. *report* prints the tables as Markdown from what is finished, with the figures of
``python -m augment compare``. Runs are found by their configuration, so it does not matter how they were
submitted.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from augment import presets, runs
from augment.compare.comparison import Comparison, compare
from augment.compare.groups import Group, group_of
from augment.data.source import TEST, VALIDATION
from augment.runs.groups import OverSeeds, by_seed_group, seed_group
from augment.runs.presets import settings
from augment.train import RunConfig

DATA = "tfds:oxford_flowers102"
SEEDS = (1, 2, 3)
BASE = "nothing"
RECIPES = (
    BASE,
    "crop_and_flip",
    "guide",
    "rand_augment",
    "trivial_augment",
    "cut_mix",
    "mix_up",
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """Runs of one model.

    Attributes:
        preset: The settings to start from.
        changes: What is set besides.
        recipes: The names of the presets of recipes.
    """

    preset: str
    changes: Mapping[str, Any]
    recipes: Sequence[str]

    def config(self, recipe: str, seed: int) -> RunConfig:
        """Return the configuration of one run."""
        values = settings(self.preset, {"data": DATA, "seed": seed, **self.changes})
        return RunConfig(**values, recipe=presets.PRESETS[recipe].recipe)

    @property
    def options(self) -> str:
        """The options of ``python -m augment train`` that differ between the parts."""
        changes = " ".join(f"--{name} {value}" for name, value in self.changes.items())
        return f"--preset {self.preset} {changes}".strip()


PARTS = {
    "small": Part(preset="small", changes={}, recipes=RECIPES),
    "lite0": Part(preset="quick", changes={}, recipes=RECIPES),
    "densenet121": Part(preset="long", changes={"epochs": 30}, recipes=RECIPES[:3]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("queue", "test", "report"))
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    {"queue": queue, "test": evaluate_tests, "report": report}[options.action](options.parts)


def queue(parts: Sequence[str]) -> None:
    """Submit what is not there yet: all recipes with the first seed, then with the second, and so on."""
    there = {(run.seed_group, run.config.seed) for run in runs.list_runs() if run.config}
    for name in parts:
        part = PARTS[name]
        orders = [
            runs.Order(config=config)
            for seed in SEEDS
            for config in (part.config(recipe, seed) for recipe in part.recipes)
            if (group_key(config), seed) not in there
        ]
        runs.submit_all(orders)
        print(f"{name}: {len(orders)} runs were queued")


def evaluate_tests(parts: Sequence[str]) -> None:
    """Evaluate every finished run on the test split, once."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from augment.train.testing import evaluate_on_test

    for name in parts:
        for recipe in PARTS[name].recipes:
            for run in finished(PARTS[name].config(recipe, SEEDS[0])):
                if run.test() is None:
                    figures = evaluate_on_test(run.id, lambda *_: None)
                    print(f"{name}, {recipe}, {run.title}: test {figures['accuracy']:.1%}")


def report(parts: Sequence[str]) -> None:
    """Print a table for each part."""
    for name in parts:
        part = PARTS[name]
        groups = {
            recipe: group_of(found)
            for recipe in part.recipes
            if (found := finished(part.config(recipe, SEEDS[0])))
        }
        print(f"### {name}\n\n`python -m augment train {part.options} --data {DATA}`\n")
        if BASE not in groups:
            print("No run without augmentation is finished.\n")
            continue
        print("\n".join(table(groups)), end="\n\n")


def table(groups: Mapping[str, Group]) -> Iterator[str]:
    """Yield the lines of the table of a part."""
    yield (
        "| recipe | seeds | validation | test | test, over nothing (95 % interval) "
        "| classes helped, hurt | pictures repaired, broken |"
    )
    yield "|---|---|---|---|---|---|---|"
    for recipe, group in groups.items():
        cells = [recipe, str(len(group.seeds)), share(group, VALIDATION), share(group, TEST)]
        if recipe == BASE or TEST not in group.figures or TEST not in groups[BASE].figures:
            cells += ["", "", ""]
        else:
            cells += effect(compare(groups[BASE], group, TEST))
        yield f"| {' | '.join(cells)} |"


def share(group: Group, split: str) -> str:
    found: OverSeeds | None = group.figures.get(split, {}).get("accuracy")
    if found is None:
        return "not evaluated"
    spread = "" if found.deviation is None else f" ± {100 * found.deviation:.1f}"
    return f"{100 * found.mean:.1f}{spread} %"


def effect(found: Comparison) -> list[str]:
    """Return the last cells of a row."""
    one = found.difference
    flagged = [each for each in found.classes if each.flagged]
    helped = sum(each.difference > 0 for each in flagged)
    return [
        f"{100 * one.difference:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})",
        f"{helped}, {len(flagged) - helped}",
        f"{len(found.repaired)}, {len(found.broken)}",
    ]


def finished(config: RunConfig) -> list[runs.Run]:
    """Return the runs of the seed group of a configuration that have succeeded."""
    return [
        run
        for run in by_seed_group(runs.list_runs()).get(group_key(config), [])
        if run.state == runs.SUCCEEDED
    ]


def group_key(config: RunConfig) -> str:
    return seed_group(config, config.prepared().stored.checksum)


if __name__ == "__main__":
    main()
