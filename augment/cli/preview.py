"""``preview``: a sheet of pictures before and after a recipe, and on request the plan."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import augment
from augment import address, data
from augment.advice import Advice, advice_on_values, measure_step, measure_whole
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.data import registry, samples
from augment.data.source import CROP, FITS
from augment.data.splits import AS_IT_IS, LEAVE_OUT, NOTHING, SCHEMES
from augment.engine import compiled
from augment.engine.limits import EPOCH, SEED, Limits, did_you_mean, shorten
from augment.engine.recipe import Recipe
from augment.engine.samples import Samples
from augment.errors import ConfigError, DataError
from augment.inspect.sheet import FORMATS, captions, grid_file
from augment.presets import DEFAULT

COUNT = Limits(low=1, high=100)
_DEFAULTS: Mapping[str, Any] = {
    "recipe": DEFAULT,
    "data": "bundled",
    "split": None,
    "splits": AS_IT_IS,
    "split_seed": 0,
    "leave_out": NOTHING,
    "size": 224,
    "fit": CROP,
    "classes": [],
    "count": 9,
    "seed": 7,
    "epoch": 0,
}
"""The options that a link may have too."""
_IN_LINKS = {"count": "tiles", "classes": "flowers", "recipe": address.RECIPE}
"""What a link calls them, where that is another name."""
_OWN = "own"
"""What a link has for --data where the pictures were uploaded."""
_NUMBERS = ("split_seed", "size", "count", "seed", "epoch")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "preview", help="write a sheet of pictures before and after a recipe"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the file to write, in the format of its ending: {', '.join(FORMATS)}",
    )
    parser.add_argument(
        "--link",
        metavar="ADDRESS",
        help="the link of a page: its recipe, pictures, seed and epoch, where no other option says "
        "otherwise",
    )
    parser.add_argument("--recipe", help=f"{recipes.option_help()} ({DEFAULT})")
    parser.add_argument("--data", help=f"{registry.KINDS} (bundled)")
    parser.add_argument("--split", help="which split of the data (the first)")
    parser.add_argument("--splits", help=f"{' | '.join(SCHEMES)}; as in train ({AS_IT_IS})")
    parser.add_argument(
        "--split-seed", type=output.whole, metavar="N", help="seed of the splits (0)"
    )
    parser.add_argument("--leave-out", help=f"{' | '.join(LEAVE_OUT)}; as in train ({NOTHING})")
    parser.add_argument(
        "--size", type=output.whole, metavar="PX", help="side of the pictures (224)"
    )
    parser.add_argument("--fit", help=f"{' | '.join(FITS)}; as in train ({CROP})")
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        metavar="NAME",
        help="only pictures of this class; may be given several times (all)",
    )
    parser.add_argument(
        "--count",
        type=output.whole,
        metavar="N",
        help="how many pictures, first one of each class, then the second of each, and so on: "
        f"{COUNT.span} (9)",
    )
    parser.add_argument("--seed", type=output.whole, help=f"seed of the draws: {SEED.span} (7)")
    parser.add_argument("--epoch", type=output.whole, help=f"epoch of the draws: {EPOCH.span} (0)")
    parser.add_argument("--plan", type=Path, metavar="FILE", help="also write the plan, as JSON")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document, plan included"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Augment the pictures of a split that Explore shows, and write the sheet that it saves."""
    compiled.stay_plain()  # a few pictures take less time than loading the compiled loops
    _complete(options)
    image_format = _format(options.out)
    if options.plan:
        output.check_place("--plan", options.plan)
        if options.plan == options.out:
            raise ConfigError("--out and --plan name the same file; name two.")
    output.check("--count", options.count, COUNT)
    output.check("--seed", options.seed, SEED)
    output.check("--epoch", options.epoch, EPOCH)
    prepared = data.open_prepared(
        options.data,
        options.size,
        options.fit,
        scheme=options.splits,
        seed=options.split_seed,
        leave_out=options.leave_out,
    )
    recipe = recipes.load(options.recipe, prepared.class_names)
    split = prepared.split(options.split or next(iter(prepared.splits)))
    classes = _classes(options.classes, prepared.class_names)
    rows = samples.rows_by_class(split.labels, classes=classes, count=options.count)
    if not len(rows):
        raise DataError(f"The split {split.name} has no picture of {', '.join(options.classes)}.")
    given = samples.of_rows(prepared, split.name, rows)
    plan = augment.draw(
        recipe, given.ids, seed=options.seed, epoch=options.epoch, labels=given.labels
    )
    batch = augment.render(plan, given.images, given.labels)
    output.write("--out", options.out, grid_file(given, recipe, plan, batch, image_format))
    if options.plan:
        output.write("--plan", options.plan, (plan.to_json(indent=2) + "\n").encode())
    if options.json:
        labels = given.labels if batch.labels is None else batch.labels
        output.document(
            {
                "out": str(options.out),
                "data": options.data,
                "split": split.name,
                "splits": prepared.scheme,
                "size": prepared.size,
                "fit": prepared.fit,
                "samples": [split.sample_names[row] for row in rows],
                "class_names": list(given.class_names),
                "labels": labels.tolist(),
                "captions": [
                    captions(plan, row, label, given.class_names)
                    for row, label in enumerate(labels)
                ],
                "advice": [
                    asdict(each) for each in _advice(recipe, given, options.seed, options.epoch)
                ],
                "recipe": recipe.to_dict(),
                "plan": plan.to_dict(),
            }
        )
    else:
        output.line(f"{options.out}: {len(rows)} pictures of {options.data}, split {split.name}")
    return 0


def _complete(options: argparse.Namespace) -> None:
    """Fill in what the options leave open: as in the link if there is one, else the defaults.

    Raises:
        ConfigError: The link cannot be read, has no recipe, or shows pictures that are not here.
    """
    linked = {} if options.link is None else _linked(options.link)
    for name, default in _DEFAULTS.items():
        if getattr(options, name) is None:
            setattr(options, name, linked.get(name, default))


def _linked(link: str) -> dict[str, Any]:
    """Return the options that an address of a page stands for."""
    if not address.is_address(link):
        raise ConfigError(
            f"--link {shorten(link)} is no address; it begins with http://, https:// or ?."
        )
    given = address.parameters(link)
    found: dict[str, Any] = {}
    for name in _DEFAULTS:
        if values := given.get(_IN_LINKS.get(name, name), []):
            found[name] = values if name == "classes" else values[0]
    for name in _NUMBERS:
        if name in found:
            try:
                found[name] = output.whole(found[name])
            except argparse.ArgumentTypeError as error:
                raise ConfigError(f"--link: {_IN_LINKS.get(name, name)}: {error}.") from None
    if found.get("data") == _OWN:
        raise ConfigError(
            "--link shows pictures that somebody uploaded to the page, which the link does not contain; "
            "name others with --data."
        )
    return found | {"recipe": link}


def _advice(recipe: Recipe, given: Samples, seed: int, epoch: int) -> tuple[Advice, ...]:
    """Return what Explore says of a recipe: of its values, each step alone, and all of them."""
    known = [
        found
        for step in recipe.steps
        for found in measure_step(step, given, seed=seed, epoch=epoch)
    ]
    whole = measure_whole(recipe, given, seed=seed, epoch=epoch, known=known)
    return (*advice_on_values(recipe), *known, *whole)


def _classes(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Return the indexes of classes.

    Raises:
        ConfigError: There is no class of such a name.
    """
    for name in names:
        if name not in known:
            raise ConfigError(
                f"--class: the data have no class {shorten(name)}{did_you_mean(name, known)}."
            )
    return [known.index(name) for name in names]


def _format(path: Path) -> str:
    """Return the format of the ending of a file; a pipe or a device gets a PNG.

    Raises:
        ConfigError: There is no format of this ending, or no file can be at this path.
    """
    output.check_place("--out", path)
    ending = path.suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    if output.is_pipe_or_device(path):
        return "PNG"
    given = f"ends in {shorten(path.suffix)}" if path.suffix else "has no ending"
    raise ConfigError(
        f"--out {str(path)!r} {given}; the format goes by the ending, which may be "
        f"{', '.join(FORMATS)}."
    )
