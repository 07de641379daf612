"""``tta``: test-time augmentation, the saved model of a run asked about several views of each picture."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from augment import runs
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.cli.results import readable
from augment.data.source import TEST, VALIDATION
from augment.engine.limits import cut
from augment.helper import finish
from augment.predict import tta
from augment.predict.aggregate import LOG_MEAN, MEAN, METHODS, TITLES, VOTES
from augment.predict.views import VIEWS
from augment.runs import folders
from augment.system.units import duration

_CLASSES = 5
_LONGEST_NAME = 40


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "tta",
        help="evaluate a run by test-time augmentation: several views of each picture",
        description="Ask the saved model of a run about several views of each picture, combine what it "
        "says in several ways, and compare that with the plain evaluation picture by picture. The result "
        "is kept in the folder of the run.",
    )
    parser.add_argument("run", metavar="RUN", help="the id of a run that is over")
    parser.add_argument(
        "--recipe", required=True, help=f"what may happen to a view: {recipes.option_help()}"
    )
    parser.add_argument(
        "--views",
        type=output.whole,
        default=8,
        metavar="N",
        help=f"how many views of each picture, {VIEWS.span} (8)",
    )
    parser.add_argument(
        "--no-plain",
        action="store_true",
        help="let the recipe change the first view too, which is the picture as it is otherwise",
    )
    parser.add_argument(
        "--split",
        choices=tta.SPLITS,
        default=VALIDATION,
        help="whose pictures (validation); test for the final figure, and for learned weights",
    )
    parser.add_argument(
        "--seed", type=output.whole, default=0, metavar="N", help="of the draws (0)"
    )
    output.add_json(parser)
    parser.set_defaults(command=_tta)


def _tta(options: argparse.Namespace) -> int:
    run = runs.get(options.run)
    settings = tta.Settings(
        recipe=recipes.load(options.recipe, class_names=readable(run.class_names) or None),
        views=options.views,
        plain=not options.no_plain,
        seed=options.seed,
        split=options.split,
    )
    if settings.split == TEST:
        earlier = {time for each in tta.results(run) for time in each.evaluated_at}
        for moment in map(folders.parse_time, sorted(earlier)):
            output.note(
                "Test-time augmentation was evaluated on the test split before, at "
                f"{moment:%Y-%m-%d %H:%M:%S} UTC."
            )
    output.quiet_tensorflow()
    progress = output.Progress()
    try:
        result = finish(tta.evaluate(run.id, settings, progress))
    finally:
        progress.close()
    output.warn(tta.problems(run))
    if options.json:
        output.document({"run": run.id, **result.to_dict()})
    else:
        _show(result)
    return 0


def _show(result: tta.Result) -> None:
    first = "the first as it is" if result.plain else "all drawn"
    output.line(
        f"{result.split.upper()} ({result.pictures:,} pictures, {result.views} views of each, {first})"
    )
    methods = [name for name in METHODS if name in result.changes]
    output.table(
        (
            *("METHOD", "ACCURACY", "OVER PLAIN", "95 % INTERVAL"),
            *("STAYED RIGHT", "REPAIRED", "BROKEN", "STAYED WRONG"),
        ),
        [
            ("plain", f"{result.accuracy['plain']:.1%}", *[""] * 6),
            *(_method(result, name) for name in methods),
        ],
    )
    for name in methods:
        _show_classes(TITLES[name], result.by_class[name])
    output.line()
    titles = [TITLES[name].upper() for name in (VOTES, MEAN, LOG_MEAN)]
    output.table(("VIEWS", *titles), _by_views(result))
    output.line()
    if result.weights:
        weights = ", ".join(f"{each:.3f}" for each in result.weights)
        output.line(f"Weights of the views: {weights}.")
    output.line(result.weights_remark)
    plain, views = result.seconds["plain"], result.seconds["views"]
    output.line(
        f"Time: {duration(plain)} for the pictures as they are, {duration(views)} for their views"
        + (f" ({views / plain:.1f} times as long)." if plain else ".")
    )
    output.line(result.remark)


def _method(result: tta.Result, name: str) -> tuple[str, ...]:
    found = result.difference[name]
    return (
        TITLES[name],
        f"{result.accuracy[name]:.1%}",
        f"{_points(found['difference'])} points",
        f"{_points(found['low'])} to {_points(found['high'])}",
        *(f"{result.changes[name][change]:,}" for change in tta.CHANGES),
    )


def _show_classes(title: str, classes: Sequence[Mapping[str, Any]]) -> None:
    """Print the classes that gained and lost the most pictures by a method."""
    by_gain = sorted(classes, key=lambda each: each["broken"] - each["repaired"])
    gained = [each for each in by_gain[:_CLASSES] if each["repaired"] > each["broken"]]
    lost = [each for each in by_gain[::-1][:_CLASSES] if each["broken"] > each["repaired"]]
    if gained or lost:
        output.line()
    for words, chosen in (("gained", gained), ("lost", lost)):
        if chosen:
            named = ", ".join(
                f"{cut(each['name'], _LONGEST_NAME)} {each['repaired'] - each['broken']:+d} of"
                f" {each['pictures']}"
                for each in chosen
            )
            output.line(f"Classes that {words} most by {title}: {named}.")


def _by_views(result: tta.Result) -> list[tuple[str, ...]]:
    return [
        (
            str(row["views"]),
            *(
                f"{row[name]['accuracy']:.1%} ({row[name]['low']:.1%} to {row[name]['high']:.1%})"
                for name in (VOTES, MEAN, LOG_MEAN)
            ),
        )
        for row in result.by_views
    ]


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"
