"""``compare``: whether one group of runs is better than another, by how much, and for whom."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from augment import runs
from augment.cli import output
from augment.cli.output import Commands
from augment.compare.comparison import Comparison, compare, default_split
from augment.compare.groups import AT_ONCE, Group, group_of
from augment.compare.hard_steps import HardSteps, added_loss, hard_steps
from augment.data.source import TEST, VALIDATION
from augment.engine.limits import cut
from augment.errors import AugmentError, ConfigError
from augment.runs import Run
from augment.system.units import counted

_LONGEST_NAME, _CONFUSIONS = 40, 5


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="compare groups of runs that differ in more than the seed",
        description="Compare groups of runs, each with every one after it: the difference of the "
        "accuracies with its 95 % interval, the classes for which it is more than chance, the "
        "confusions that changed, and the pictures that it broke and repaired.",
    )
    parser.add_argument(
        "groups",
        nargs="+",
        metavar="RUNS",
        help="the id of a run, or the ids of runs that differ in the seed alone, joined by commas;"
        " the difference is that of later RUNS minus earlier ones",
    )
    parser.add_argument(
        "--split",
        choices=(VALIDATION, TEST),
        help="whose pictures (test where all groups have predictions for it, else validation)",
    )
    parser.add_argument(
        "--seeds",
        action="store_true",
        help="add to each RUNS all other runs that differ from them in the seed alone",
    )
    parser.add_argument(
        "--hard-steps",
        action="store_true",
        help="repeat the draws of the training, and print how much each step of a recipe adds to the "
        "training loss",
    )
    output.add_json(parser)
    parser.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    try:
        AT_ONCE.check(len(options.groups))
    except ValueError as error:
        raise ConfigError(f"The number of groups {error}.") from error
    groups = [group_of(_runs(text, all_seeds=options.seeds)) for text in options.groups]
    split = options.split or default_split(groups)
    pairs = [
        (first, second, compare(groups[first], groups[second], split))
        for first, second in combinations(range(len(groups)), 2)
    ]
    names = _distinct([group.name for group in groups])
    hard = [_hard(group) for group in groups] if options.hard_steps else []
    if options.json:
        output.document(
            {
                "split": split,
                "groups": [
                    group.to_dict() | {"name": name}
                    for group, name in zip(groups, names, strict=True)
                ],
                "pairs": [
                    found.to_dict() | {"first": names[first], "second": names[second]}
                    for first, second, found in pairs
                ],
                "hard_steps": [
                    _hard_document(found, problem) | {"group": name}
                    for (found, problem), name in zip(hard, names, strict=False)
                ],
            }
        )
        return 0
    _show_groups(groups)
    for first, second, found in pairs:
        _show_pair(found, f"{second + 1} against {first + 1}")
    for number, (hardness, problem) in enumerate(hard, 1):
        _show_hard(hardness, problem, number)
    warnings = (warning for _, _, found in pairs for warning in found.warnings)
    output.warn(dict.fromkeys(warnings))
    return 0


def _hard(group: Group) -> tuple[HardSteps | None, str]:
    """Return how hard each step of a group is, or why that cannot be told, which ends no comparison."""
    try:
        return hard_steps(group), ""
    except AugmentError as error:
        return None, str(error)


def _hard_document(found: HardSteps | None, problem: str) -> dict[str, Any]:
    """Return the figures over the whole training as JSON values, the hardest step first."""
    ops: list[dict[str, Any]] = []
    for op in found.ops if found else ():
        added = added_loss(op)
        ops.append(
            {
                "step": op.step,
                "op": op.op,
                "within": op.within,
                "added": added and asdict(added),
                "happened": op.happened[-1].to_dict(),
                "otherwise": op.otherwise[-1].to_dict(),
                "strengths": [
                    {"low": each.low, "high": each.high, **each.losses[-1].to_dict()}
                    for each in op.strengths
                ],
            }
        )
    ops.sort(key=lambda op: -op["added"]["difference"] if op["added"] else math.inf)
    return {
        "problem": problem,
        "runs": list(found.runs) if found else [],
        "ops": ops,
        "notes": list(found.notes) if found else [],
    }


def _runs(text: str, *, all_seeds: bool) -> list[Run]:
    """Return the runs whose ids are joined by commas, and all of their seed groups if so asked."""
    found = [runs.get(run_id.strip()) for run_id in text.split(",")]
    if all_seeds:
        keys = {run.seed_group for run in found if run.seed_group}
        found += [run for run in runs.list_runs() if run.seed_group in keys]
    return found


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, with a number where several are the same."""
    counts, seen = Counter(names), Counter[str]()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return distinct


def _show_groups(groups: Sequence[Group]) -> None:
    rows = [
        (
            str(number),
            group.name,
            ", ".join(map(str, group.seeds)),
            *(_figures(group, split) for split in (VALIDATION, TEST)),
        )
        for number, group in enumerate(groups, 1)
    ]
    output.table(("", "GROUP", "SEEDS", "VALIDATION ACCURACY", "TEST ACCURACY"), rows)
    for number, group in enumerate(groups, 1):
        if len(group.runs) == 1:
            output.line(
                f"Group {number} has one seed, and one run is no result: train two more seeds of it."
            )


def _show_pair(found: Comparison, title: str) -> None:
    output.line()
    output.line(f"{title}, on {counted(found.difference.pictures, 'picture')} of {found.split}:")
    output.line(f"  {found.difference.sentence}")
    changes = "; ".join(found.settings) or "the seeds alone"
    output.line(f"  What differs: {changes}.")
    output.line(f"  Pictures broken: {len(found.broken):,}; repaired: {len(found.repaired):,}.")
    if confusions := found.changed_confusions[:_CONFUSIONS]:
        output.line("  Confusions that changed most, in pictures of a run:")
    for confusion in confusions:
        name, taken = (cut(each, _LONGEST_NAME) for each in (confusion.name, confusion.predicted))
        output.line(f"    {confusion.difference:+.1f}: {name} taken for {taken}")
    flagged = [each for each in found.classes if each.flagged]
    if not flagged:
        output.line("  No class differs by more than chance, with this many pictures of each.")
        return
    how_sure = "false discoveries below 10 %"
    if found.is_over_pictures_only:
        how_sure = "between these two models; with another seed, others may"
    output.line(f"  Classes that differ by more than chance ({how_sure}):")
    for each in sorted(flagged, key=lambda each: each.difference):
        output.line(
            f"    {cut(each.name, _LONGEST_NAME)}: {_points(each.difference)} points,"
            f" {_points(each.low)} to {_points(each.high)},"
            f" {counted(each.pictures, 'picture')}"
        )


def _show_hard(found: HardSteps | None, problem: str, number: int) -> None:
    output.line()
    if found is None:
        output.line(f"Which step of group {number} is hard is unknown: {problem}")
        return
    output.line(f"What each step of group {number} adds to the training loss:")
    rows = []
    for op in found.ops:
        if added := added_loss(op):
            interval = f"{added.low:+.3f} to {added.high:+.3f}"
            rows.append(
                (added.difference, (op.full_title, interval, f"{op.happened[-1].pictures:,}"))
            )
    if rows:
        rows.sort(key=lambda row: -row[0])
        header = ("STEP", "ADDED", "95 % INTERVAL", "PICTURES WITH IT")
        output.table(header, [(cells[0], f"{by:+.3f}", *cells[1:]) for by, cells in rows])
    else:
        output.line("  Every step happens to every picture, so there are none without it.")
    for note in found.notes:
        output.line(f"  {note}")


def _figures(group: Group, split: str) -> str:
    found = group.figures.get(split, {}).get("accuracy")
    return found.in_words() if found else ""


def _points(share: Any) -> str:
    return f"{share * 100:+.1f}"
