"""``preview``: a view of Explore as a file, and on request the plan and what each tile is."""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2

import augment
from augment import Batch, Plan, helper, kerascv
from augment.advice import Advice, advice_on_values, measure_step, measure_whole
from augment.cli import output, pictures, recipes
from augment.cli.output import Commands
from augment.cli.pictures import COUNT
from augment.engine import compiled
from augment.engine.limits import EPOCH, did_you_mean, shorten
from augment.engine.op import registry
from augment.engine.recipe import Recipe
from augment.engine.samples import Samples
from augment.errors import ConfigError
from augment.inspect import Axis, default_axis, mixing_steps, sweepable, views, walk
from augment.inspect.sheet import FORMATS, captions, captions_of, grid_file, in_a_line, view_file
from augment.inspect.views import DRAWS, TileGroup, ViewTile
from augment.presets import DEFAULT
from augment.runs import sweep

VIEWS = tuple(name.lower() for name in views.VIEWS if name != views.STRENGTH)
GRID, STEPS, SWEEP, RANGE, KERAS_CV = VIEWS
_OF_VIEW: Mapping[str, tuple[str, ...]] = {
    STEPS: ("picture",),
    SWEEP: ("picture", "over", "mixing"),
    RANGE: ("picture", "mixing"),
}
"""The options that only some views have, by view."""
_IN_LINKS = ("epoch", "view", "across", "down", "mixing")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "preview", help="write a sheet of pictures before and after a recipe, or another view of it"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the file to write, in the format of its ending: {', '.join(FORMATS)}",
    )
    parser.add_argument("--recipe", help=f"{recipes.option_help()} ({DEFAULT})")
    parser.add_argument(
        "--view",
        help=f"{' | '.join(VIEWS)}: all pictures before and after, one after each step, one over the "
        f"values of a parameter, one in {DRAWS} epochs, or all beside those by keras_cv ({GRID})",
    )
    pictures.add(
        parser,
        picture=f"with {STEPS}, {SWEEP} and {RANGE}, which of the pictures: its number from 1, or its "
        "name (1)",
    )
    parser.add_argument("--epoch", type=output.whole, help=f"epoch of the draws: {EPOCH.span} (0)")
    parser.add_argument(
        "--over",
        action="append",
        metavar="STEP.PARAMETER[=V,V,...]",
        help=f"with {SWEEP}, a parameter of a step (its id or its op), or its probability, with its "
        "values; the second goes from top to bottom (the first that matters, over its range)",
    )
    parser.add_argument(
        "--mixing",
        action="store_true",
        default=None,
        help=f"with {SWEEP} and {RANGE}, let the steps happen that mix pictures",
    )
    parser.add_argument("--plan", type=Path, metavar="FILE", help="also write the plan, as JSON")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document, plan included"
    )
    parser.set_defaults(command=run)


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What is looked at.

    Attributes:
        recipe: The recipe.
        samples: The pictures.
        seed: The seed.
        epoch: The epoch.
        plan: What is drawn for them.
        batch: The pictures after it.
    """

    recipe: Recipe
    samples: Samples
    seed: int
    epoch: int
    plan: Plan
    batch: Batch

    @property
    def when(self) -> dict[str, int]:
        """Seed and epoch as arguments."""
        return {"seed": self.seed, "epoch": self.epoch}


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What a view shows.

    Attributes:
        groups: The tiles.
        about: What it is, in a line.
        epochs: Of which epochs the draws are.
        lines: What else a person wants to know, in lines.
        found: What the document says that only this view has.
    """

    groups: tuple[TileGroup, ...]
    about: str
    epochs: str
    lines: tuple[str, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tiles(self) -> tuple[ViewTile, ...]:
        """The tiles of all groups."""
        return tuple(itertools.chain.from_iterable(group.tiles for group in self.groups))


_ONLY_SOME: Mapping[str, Any] = {
    "skipped": [],
    "left_out": 0,
    "over": {},
    "mixing": True,
    "range": None,
    "keras_cv": None,
}
"""What a document says that only some views find out, for the others."""


def run(options: argparse.Namespace) -> int:
    """Augment the pictures of a split that Explore shows, and write the sheet of a view of them."""
    compiled.stay_plain()  # a few pictures take less time than loading the compiled loops
    _complete(options)
    image_format = pictures.format_of(options.out)
    if options.plan:
        output.check_place("--plan", options.plan)
        if options.plan == options.out:
            raise ConfigError("--out and --plan name the same file; name two.")
    output.check("--epoch", options.epoch, EPOCH)
    chosen = pictures.chosen(options)
    given = _given(
        recipes.load(options.recipe, chosen.prepared.class_names), chosen.samples, options
    )
    view = _view(options, given, chosen)
    if options.view == GRID:
        sheet = grid_file(given.samples, given.recipe, given.plan, given.batch, image_format)
    else:
        drawn = f"seed {given.seed}, {view.epochs}, {given.samples.origin}"
        sheet = view_file(
            view.groups,
            [in_a_line(given.recipe), view.about, drawn],
            given.samples.class_names,
            image_format,
            recipe=given.recipe,
        )
    output.write("--out", options.out, sheet.content)
    if options.plan:
        output.write("--plan", options.plan, (given.plan.to_json(indent=2) + "\n").encode())
    if options.json:
        output.document(
            {
                "out": str(options.out),
                "view": options.view,
                **chosen.to_dict(options.data),
                **_of_pictures(given),
                "tiles": [
                    _tile(tile, place, given.samples)
                    for tile, place in zip(view.tiles, sheet.places, strict=True)
                ],
                **_ONLY_SOME,
                **view.found,
            }
        )
        return 0
    output.line(f"{options.out}: {view.about}")
    if options.view != GRID:
        names = given.samples.class_names
        rows = [(tile.name, ", ".join(captions_of(tile, names)), tile.mark) for tile in view.tiles]
        output.table(("TILE", "WHAT", ""), rows)
    for text in view.lines:
        output.line(text)
    return 0


def _complete(options: argparse.Namespace) -> None:
    """Fill in what the options leave open: as in the link if there is one, else the defaults.

    Raises:
        ConfigError: The link cannot be used, there is no such view, or it has no such option.
    """
    linked = pictures.of_link(options.link, *_IN_LINKS)
    if options.link is not None:
        linked["recipe"] = options.link
    # Links have the view as the page writes it, and no other for the one that a page opens with.
    name = options.view or linked.get("view", "").lower() or GRID
    if name == views.STRENGTH.lower():
        raise ConfigError(
            "The view strength looks at an op, not at a recipe; python -m augment strength measures it."
        )
    if name not in VIEWS:
        raise ConfigError(
            f"--view {shorten(name)} is none of {', '.join(VIEWS)}{did_you_mean(name, VIEWS)}."
        )
    options.view = name
    own = _OF_VIEW.get(name, ())
    for other in ("picture", "over", "mixing"):
        if getattr(options, other) is not None and other not in own:
            having = [view for view, its in _OF_VIEW.items() if other in its]
            raise ConfigError(f"--{other} is for --view {' and '.join(having)}, not for {name}.")
    linked["over"] = [linked[way] for way in ("across", "down") if way in linked]
    linked["mixing"] = linked.get("mixing") == "on"
    used = {name: value for name, value in linked.items() if name in own or name not in _SOME}
    defaults = {"recipe": DEFAULT, "epoch": 0, "over": [], "mixing": False}
    pictures.complete(options, used, **defaults)


_SOME = frozenset(itertools.chain.from_iterable(_OF_VIEW.values()))


def _given(recipe: Recipe, samples: Samples, options: argparse.Namespace) -> Given:
    seed, epoch = options.seed, options.epoch
    plan = augment.draw(recipe, samples.ids, seed=seed, epoch=epoch, labels=samples.labels)
    return Given(
        recipe=recipe,
        samples=samples,
        seed=seed,
        epoch=epoch,
        plan=plan,
        batch=augment.render(plan, samples.images, samples.labels),
    )


def _view(options: argparse.Namespace, given: Given, chosen: pictures.Chosen) -> View:
    if options.view == GRID:
        about = f"{len(chosen.names)} pictures of {options.data}, split {chosen.split.name}"
        group = views.grid_group(given.samples, given.plan, given.batch)
        return View(groups=(group,), about=about, epochs=f"epoch {given.epoch}")
    if options.view == KERAS_CV:
        return _keras_cv(given)
    row = chosen.row(options.picture or "1")
    of = f"of picture {row + 1}, {given.samples.names[row]}"
    if options.view == STEPS:
        return _steps(given, row, of)
    if options.view == RANGE:
        return _range(given, row, of, options)
    return _sweep(given, row, of, options)


def _steps(given: Given, row: int, of: str) -> View:
    walked = walk(given.recipe, given.samples, row=row, **given.when)
    left_out = f"{walked.left_out} more ops were applied before the last picture."
    return View(
        groups=(views.walk_group(walked, given.samples, row=row),),
        about=f"Steps {of}",
        epochs=f"epoch {given.epoch}",
        lines=(
            *([left_out] if walked.left_out else []),
            *(
                f"Not applied: {registry()[each.op].title}. {each.reason}"
                for each in walked.skipped
            ),
        ),
        found={
            "skipped": [asdict(each) for each in walked.skipped],
            "left_out": walked.left_out,
        },
    )


def _sweep(given: Given, row: int, of: str, options: argparse.Namespace) -> View:
    over = _over(given.recipe, options.over, mixing=options.mixing)
    mixing, held_off = _mixing(given.recipe, options, [axis for axis, _ in over])
    group = views.sweep_group(
        given.recipe, given.samples, row=row, **given.when, over=over, mixing=mixing
    )
    found = {
        axis.key: list(dict.fromkeys(tile.values[axis.key] for tile in group.tiles))
        for axis, _ in over
    }
    return View(
        groups=(group,),
        about=f"Sweep {of}{held_off}",
        epochs=f"epoch {given.epoch}",
        found={"over": found, "mixing": mixing},
    )


def _over(
    recipe: Recipe, texts: Sequence[str], *, mixing: bool
) -> list[tuple[Axis, tuple[Any, ...]]]:
    """Return what to sweep, and the values; none for those that the page would show.

    Raises:
        ConfigError: There is nothing to sweep, not this, or not so many.
    """
    axes = {axis.key: axis for axis in sweepable(recipe)}
    first = default_axis(recipe, mixing=mixing)
    if first is None:
        why = "all steps of the recipe are off" if recipe.steps else "the recipe has no steps"
        raise ConfigError(f"There is no setting to sweep: {why}.")
    if not texts:
        return [(first, ())]
    if len(texts) > sweep.MOST_PARAMETERS:
        raise ConfigError(
            f"--over was given {len(texts)} times; a sheet has {sweep.MOST_PARAMETERS} directions."
        )
    found = []
    for text in texts:
        is_place = text in axes or ("." in text and "=" not in text)
        each = sweep.varied(recipe, text, ()) if is_place else sweep.parse(recipe, text)
        if each.key not in axes:
            raise ConfigError(
                f"--over {each.key} changes nothing in this recipe: the step is off, or other parameters "
                "of it make this one have no effect."
            )
        found.append((axes[each.key], each.values))
    count = math.prod(len(values) for _, values in found)
    if count > COUNT.high:
        raise ConfigError(f"--over makes {count} pictures; a sheet has {COUNT.high:g} at most.")
    return found


def _range(given: Given, row: int, of: str, options: argparse.Namespace) -> View:
    mixing, held_off = _mixing(given.recipe, options)
    drawn = views.spread_of(given.recipe, given.samples, row=row, **given.when, mixing=mixing)
    epochs = [at.epoch for at in drawn.rows]
    return View(
        groups=views.spread_groups(drawn, given.samples, row=row),
        about=f"Range {of}{held_off}",
        epochs=f"epochs {epochs[0]} to {epochs[-1]}",
        lines=(drawn.sentence,),
        found={
            "mixing": mixing,
            "range": {
                "epochs": epochs,
                "mean_change": drawn.mean_change,
                "moved": drawn.moved,
                "untouched": drawn.untouched,
            },
        },
    )


def _mixing(
    recipe: Recipe, options: argparse.Namespace, over: Sequence[Axis] = ()
) -> tuple[bool, str]:
    """Return whether the mixing steps happen in a view of one picture, and if not, a word on that."""
    if not mixing_steps(recipe) or options.mixing or views.why_mixed(recipe, over):
        return True, ""
    return False, ", mixing held off"


def _keras_cv(given: Given) -> View:
    """Render with the layers of keras_cv too, in a process of their own."""
    recipe, samples = given.recipe, given.samples
    output.note("Rendering with keras_cv; the first thing is to load TensorFlow.")
    try:
        theirs = kerascv.render(recipe, samples.images, samples.labels)
    finally:
        helper.HELPER.close()
    apply = partial(augment.apply, recipe, samples.images, samples.labels, ids=samples.ids)
    _, ours_s = kerascv.timed(partial(apply, seed=given.seed, epoch=given.epoch))
    group = views.keras_cv_group(samples, given.plan, given.batch, theirs.images, theirs.labels)
    times = f"Ours took {1000 * ours_s:.3g} ms, keras_cv {1000 * theirs.seconds:.3g} ms."
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    differs = kerascv.differences(recipe)
    return View(
        groups=(group,),
        about=f"Ours beside keras_cv, {len(samples)} pictures",
        epochs=f"epoch {given.epoch}",
        lines=(times, *(f"{titles[step]}: {text}" for step, text in differs)),
        found={
            "keras_cv": {
                "ours_s": ours_s,
                "theirs_s": theirs.seconds,
                "starting_s": theirs.starting,
                "building_s": theirs.building,
                "differences": [{"step": step, "sentence": text} for step, text in differs],
            }
        },
    )


def _of_pictures(given: Given) -> dict[str, Any]:
    """Return what the document of each view says of all the pictures, as the grid shows them."""
    labels = given.samples.labels if given.batch.labels is None else given.batch.labels
    return {
        "labels": labels.tolist(),
        "captions": [
            captions(given.plan, row, label, given.samples.class_names)
            for row, label in enumerate(labels)
        ],
        "advice": [asdict(each) for each in _advice(given)],
        "recipe": given.recipe.to_dict(),
        "plan": given.plan.to_dict(),
    }


def _tile(tile: ViewTile, place: tuple[int, int], samples: Samples) -> dict[str, Any]:
    before = samples.images[tile.of]
    is_picture = tile.label is not None
    change = cv2.norm(tile.image, before, cv2.NORM_L1) / before.size
    return {
        "name": tile.name,
        "shows": tile.shows,
        "picture": tile.of + 1,
        "at": list(place),
        "captions": captions_of(tile, samples.class_names),
        "label": None if tile.label is None else tile.label.tolist(),
        "change": change if is_picture else None,
        "epoch": tile.epoch,
        "step": tile.step,
        "values": tile.values,
        "present": tile.is_present,
        "drawn": [applied.to_dict() for applied in tile.ops],
    }


def _advice(given: Given) -> tuple[Advice, ...]:
    """Return what Explore says of a recipe: of its values, each step alone, and all of them."""
    known = [
        found
        for step in given.recipe.steps
        for found in measure_step(step, given.samples, **given.when)
    ]
    whole = measure_whole(given.recipe, given.samples, **given.when, known=known)
    return (*advice_on_values(given.recipe), *known, *whole)
