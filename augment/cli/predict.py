"""``predict``: what the saved model of a run says of pictures, with views of them on request."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.data import uploads
from augment.data.images.decode import shown
from augment.data.source import TRAIN
from augment.data.uploads import MOST_BYTES, Uploaded
from augment.engine.limits import SEED, Limits, did_you_mean, shorten
from augment.engine.recipe import Recipe
from augment.engine.samples import Images
from augment.errors import ConfigError, DataError
from augment.helper import finish
from augment.predict.pictures import METHODS, answer
from augment.predict.runs import ModelFacts, model_facts
from augment.predict.views import VIEWS, check, views
from augment.runs import get
from augment.system import files
from augment.system.units import megabytes

NEAREST = Limits(low=1, high=20)
"""How many training pictures are shown for each."""

_VIEWS = 16
_LIKELIEST = 3


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("predict", help="ask the model of a run about pictures")
    parser.add_argument("run", metavar="RUN", help="the id of a run with a saved model")
    parser.add_argument(
        "pictures", nargs="+", type=Path, metavar="PICTURE", help="the file of a picture"
    )
    parser.add_argument(
        "--recipe",
        help=f"ask about views of each picture by a recipe: {recipes.option_help()} (none)",
    )
    parser.add_argument(
        "--views",
        type=output.whole,
        metavar="N",
        help=f"how many views, the first is the picture as it is: {VIEWS.span} ({_VIEWS})",
    )
    parser.add_argument(
        "--seed", type=output.whole, default=7, help=f"seed of the views: {SEED.span} (7)"
    )
    parser.add_argument(
        "--method", default=METHODS[0], help=f"{' | '.join(METHODS)} of the views ({METHODS[0]})"
    )
    parser.add_argument(
        "--nearest",
        type=output.whole,
        metavar="K",
        help=f"also the training pictures most like each, to the model: {NEAREST.span} (none)",
    )
    output.add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Ask the model of a run about pictures, and print what it says."""
    facts = model_facts(get(options.run))
    recipe, count = _views(options, facts)
    output.quiet_tensorflow()
    progress = output.Progress()
    entries: list[dict[str, Any]] = []
    problems: list[str] = []
    try:
        for number, path in enumerate(options.pictures, start=1):
            try:
                taken = _taken(path, facts)
            except DataError as error:
                problems.append(str(error))
            else:
                entries.append(_entry(path, taken, facts, recipe, count, options))
                progress(number, len(options.pictures), "predicting")
    finally:
        progress.close()
    if not entries:
        more = f" ({len(problems) - 1} more cannot be used either)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0].rstrip('.')}{more}.")
    if facts.note:
        output.note(facts.note)
    if options.json:
        output.document({"run": facts.run_id, "pictures": entries, "problems": problems})
    else:
        _show(entries, count)
        output.warn(problems)
    return 0


def _entry(
    path: Path,
    taken: Uploaded,
    facts: ModelFacts,
    recipe: Recipe | None,
    count: int,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Return what the model says of one picture, as JSON values."""
    from augment.predict.models import predict

    made = taken.pictures
    if recipe:
        made = views(recipe, made, taken.ids, count=count, seed=options.seed)[:, 0]
    logs = predict(_quietly, facts.run_id, made)
    [found] = answer(logs[:, None], facts.class_names, method=options.method)
    entry = {
        "name": str(path),
        "predicted": found.predicted,
        "probability": found.probability,
        "top": [{"name": name, "probability": share} for name, share in found.top],
        "views": [{"predicted": name, "probability": share} for name, share in found.by_view],
        "votes": [{"name": name, "count": number} for name, number in found.votes],
    }
    if options.nearest:
        entry["nearest"] = _nearest(facts, taken.pictures, options.nearest)
    return entry


def _quietly(_: str) -> None:
    """Report no stages: each picture has its line of progress."""


def _views(options: argparse.Namespace, facts: ModelFacts) -> tuple[Recipe | None, int]:
    """Return the recipe of the views, and how many there are; checks the options."""
    output.check("--seed", options.seed, SEED)
    if options.nearest is not None:
        output.check("--nearest", options.nearest, NEAREST)
    if options.method not in METHODS:
        raise ConfigError(
            f"--method must be one of {', '.join(METHODS)}, but {shorten(options.method)} was given"
            f"{did_you_mean(options.method, METHODS)}."
        )
    if options.recipe is None:
        if options.views not in (None, 1):
            raise ConfigError(
                f"--views is {options.views}, but no --recipe says what a view is; add one."
            )
        return None, 1
    count = _VIEWS if options.views is None else options.views
    output.check("--views", count, VIEWS)
    recipe = recipes.load(options.recipe, facts.class_names)
    check(recipe)
    return recipe, count


def _taken(path: Path, facts: ModelFacts) -> Uploaded:
    """Return a picture as a square of the run; DataError with the sentence if it cannot be used."""
    name = str(path)
    try:
        if path.is_file() and (size := path.stat().st_size) > MOST_BYTES:
            raise DataError(
                f"{shown(name)} has {megabytes(size)}, but a picture may have {megabytes(MOST_BYTES)}."
            )
        content = files.read_bytes(path, MOST_BYTES, may_be_link=True)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{shown(name)} cannot be read: {reason}.") from error
    except files.DamagedFile as error:
        raise DataError(str(error)) from error
    taken = uploads.take([(name, content)], facts.size, fit=facts.fit)
    if taken.problems:
        raise DataError(taken.problems[0])
    return taken


def _nearest(facts: ModelFacts, picture: Images, count: int) -> list[dict[str, Any]]:
    """Return the training pictures nearest to a picture, (1, S, S, 3), as JSON values."""
    from augment.predict.nearest import nearest

    found = finish(nearest(_quietly, facts.run_id, picture, count))
    config = get(facts.run_id).config
    assert config
    split = config.prepared().split(TRAIN)
    rows = [int(np.flatnonzero(split.ids == number)[0]) for number in found["ids"][0]]
    return [
        {
            "id": int(split.ids[row]),
            "name": split.sample_names[row],
            "class": facts.class_names[split.labels[row]],
            "similarity": float(similarity),
        }
        for row, similarity in zip(rows, found["similarity"][0], strict=True)
    ]


def _show(entries: Sequence[dict[str, Any]], count: int) -> None:
    header = ["PICTURE", "PREDICTED", "PROBABILITY", "NEXT"]
    rows = []
    for entry in entries:
        others = entry["top"][1:_LIKELIEST]
        following = ", ".join(f"{each['name']} {each['probability']:.1%}" for each in others)
        predicted = entry["predicted"] or "none, as the model diverged"
        row = [entry["name"], predicted, f"{entry['probability']:.1%}", following]
        if count > 1:
            row.append(", ".join(f"{each['name']} {each['count']}" for each in entry["votes"]))
        if "nearest" in entry:
            row.append(", ".join(f"{each['name']} ({each['class']})" for each in entry["nearest"]))
        rows.append(row)
    header += ["VOTES"] if count > 1 else []
    header += ["NEAREST TRAINING PICTURES"] if "nearest" in entries[0] else []
    output.table(header, rows)
