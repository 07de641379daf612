"""``strength``: what ops do to pictures over their strength, in figures."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from augment import helper, keraslayers
from augment.cli import output, pictures, recipes
from augment.cli.output import Commands
from augment.engine import compiled
from augment.engine.limits import did_you_mean, shorten
from augment.engine.op import registry
from augment.engine.recipe import Recipe
from augment.engine.samples import Samples
from augment.errors import ConfigError
from augment.inspect.mixing import acts_alone, is_mixing
from augment.inspect.settings import value_of
from augment.inspect.sheet import FORMATS, view_file
from augment.inspect.strength import (
    DRAWS,
    Scale,
    Series,
    figures,
    findings,
    grows,
    in_words,
    ours,
    pooled,
    scale_of,
)
from augment.inspect.views import strength_group
from augment.keraslayers import Library
from augment.presets import PRESETS
from augment.system.units import counted

OURS = "ours"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "strength",
        help="measure what ops do to pictures over their strength",
        description="Measure an op, or each op of a recipe, alone and with its defaults at seven "
        "strengths: how much it changes the pictures, what is left of them, and whether it grows. The "
        "figures are those of the view Strength of Explore, here over several pictures.",
    )
    parser.add_argument(
        "what", nargs="?", metavar="OP | RECIPE", help=f"an op, or {recipes.option_help()}"
    )
    pictures.add(
        parser, picture="measure one of the pictures: its number from 1, or its name (all)"
    )
    parser.add_argument(
        "--others",
        action="store_true",
        help="measure the counterparts in keras_cv and in Keras too, where they are installed",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="also write the first picture at each strength, in the format of its ending: "
        f"{', '.join(FORMATS)}; for one op",
    )
    output.add_json(parser)
    parser.set_defaults(command=run)


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """What one library does at each strength of an op.

    Attributes:
        library: What it is called, its version, and why there are no figures.
        series: The figures of each picture; none where there are none.
        parts: Of a policy that is made of layers, each with its figures, of each picture.
    """

    library: Library
    series: tuple[Series, ...]
    parts: Mapping[str, tuple[Series, ...]]

    @property
    def name(self) -> str:
        """Its name with its version."""
        return f"{self.library.name} {self.library.version}".rstrip()

    def to_dict(self, rows: Sequence[int]) -> dict[str, Any]:
        """Return it as JSON values; `rows` are the rows of its pictures."""
        whole = pooled(self.series) if self.series else None
        return {
            "library": self.library.name,
            "version": self.library.version,
            "reason": self.library.reason,
            "means": self.library.means or "",
            "settings": whole.settings if whole else [],
            "change": whole.change if whole else [],
            "error": whole.error if whole else [],
            "own_levels": whole.own_levels if whole else None,
            "levels": whole.levels if whole else [],
            "bits": whole.bits if whole else None,
            "grows": grows(whole) if whole else "",
            "findings": findings(whole) if whole else [],
            "pictures": [
                {"picture": row + 1, "change": each.change, "grows": grows(each)}
                for row, each in zip(rows, self.series, strict=bool(self.series))
            ],
            "parts": [
                {"layer": layer, "grows": grows(pooled(its)), "findings": findings(pooled(its))}
                for layer, its in self.parts.items()
            ],
        }


def run(options: argparse.Namespace) -> int:
    """Measure the ops on the pictures, and print the figures."""
    compiled.stay_plain()
    linked = pictures.of_link(options.link, "op")
    pictures.complete(options, linked)
    what = options.what or linked.get("op") or options.link
    if what is None:
        raise ConfigError("The op is missing; give an op or a recipe, as in strength rand_augment.")
    image_format = pictures.format_of(options.out) if options.out else ""
    if what in registry() and not acts_alone(what):
        raise ConfigError(
            f"{what} {_why_not(what)}, so it has no strength of its own; python -m augment preview "
            "--view sweep shows its parameters."
        )
    chosen = pictures.chosen(options)
    rows = [chosen.row(options.picture)] if options.picture else list(range(len(chosen.names)))
    recipe = None if what in registry() else _recipe(what, chosen.prepared.class_names)
    ops = [what] if recipe is None else _ops(recipe)
    if options.out and len(ops) > 1:
        raise ConfigError(f"--out shows one op, but the recipe has {len(ops)}: {', '.join(ops)}.")
    try:
        found = {op: _measure(op, chosen.samples, rows, options) for op in ops}
    finally:
        if options.others:
            helper.HELPER.close()
    if options.out:
        content = _sheet(ops[0], found[ops[0]], chosen.samples, rows[0], options.seed, image_format)
        output.write("--out", options.out, content)
    if options.json:
        output.document(
            {
                **chosen.to_dict(options.data),
                "seed": options.seed,
                "draws": DRAWS,
                "pictures": [row + 1 for row in rows],
                "ops": [_to_dict(op, found[op], recipe, rows) for op in ops],
                "left_out": [{"op": op, "reason": f"It {_why_not(op)}."} for op in _others(recipe)],
                "out": str(options.out) if options.out else None,
            }
        )
        return 0
    for number, op in enumerate(ops):
        if number:
            output.line()
        _show(op, found[op], len(rows))
    for op in _others(recipe):
        output.note(f"{registry()[op].title} {_why_not(op)}, so it is not measured.")
    return 0


def _recipe(what: str, class_names: Sequence[str]) -> Recipe:
    """Return the recipe that is named; a name that is no recipe may be meant as an op.

    Raises:
        ConfigError: It is nearly the name of an op.
        RecipeError: It cannot be read.
    """
    hint = "" if what in PRESETS else did_you_mean(what, registry())
    if hint and not Path(what).exists():
        raise ConfigError(f"{shorten(what)} is neither an op nor a recipe{hint}.")
    return recipes.load(what, class_names)


def _ops(recipe: Recipe) -> list[str]:
    """Return the ops of a recipe that can be measured, each once, in their order.

    Raises:
        ConfigError: There is none.
    """
    found = list(dict.fromkeys(step.op for step in recipe.enabled_steps()))
    measurable = [op for op in found if acts_alone(op)]
    if not measurable:
        reasons = [f"{op} {_why_not(op)}" for op in found] or ["no step of it is on"]
        raise ConfigError(f"The recipe has no op to measure: {', '.join(reasons)}.")
    return measurable


def _others(recipe: Recipe | None) -> list[str]:
    """Return the ops of a recipe that cannot be measured."""
    steps = recipe.enabled_steps() if recipe else ()
    return [op for op in dict.fromkeys(step.op for step in steps) if not acts_alone(op)]


def _why_not(op: str) -> str:
    return "mixes pictures" if is_mixing(op) else "does what the steps in it do"


def _measure(
    op: str, samples: Samples, rows: Sequence[int], options: argparse.Namespace
) -> list[Measured]:
    """Measure ours and, if that is asked for, the counterparts."""
    images = [np.ascontiguousarray(samples.images[row]) for row in rows]
    scale = scale_of(op)
    own = tuple(ours(image, scale, seed=options.seed) for image in images)
    found = [Measured(library=Library(name=OURS), series=own, parts={})]
    if not options.others:
        return found
    output.note(f"Measuring {registry()[op].title} by other libraries, in another process.")
    jobs = [keraslayers.ask(op, image).result() for image in images]
    for each in zip(*jobs, strict=True):
        first = each[0]
        series = tuple(library.series for library in each if library.series)
        parts = {
            layer: tuple(dict(library.parts)[layer] for library in each) for layer, _ in first.parts
        }
        whole = len(series) == len(images)
        found.append(
            Measured(library=first, series=series if whole else (), parts=parts if whole else {})
        )
    return found


def _to_dict(
    op: str, found: Sequence[Measured], recipe: Recipe | None, rows: Sequence[int]
) -> dict[str, Any]:
    scale = scale_of(op)
    steps = [step for step in recipe.enabled_steps() if step.op == op] if recipe else []
    return {
        "op": op,
        "title": registry()[op].title,
        "setting": scale.setting,
        "values": scale.values,
        "in_recipe": {step.id: value_of(step, scale.setting) for step in steps},
        "libraries": [each.to_dict(rows) for each in found],
    }


def _show(op: str, found: Sequence[Measured], count: int) -> None:
    """Print what the figures of each library say, and a table of them."""
    scale = scale_of(op)
    title = f"{registry()[op].title} ({counted(count, 'picture')}, {DRAWS} draws of each)"
    output.line(title)
    for each in found:
        if not each.series:
            output.line(each.library.reason)
            continue
        series = pooled(each.series)
        output.line(
            f"{each.name.capitalize() if each.name == OURS else each.name} {in_words(series)}."
        )
        columns = figures(scale, {each.name: series})
        header = [name.removeprefix(f"{each.name}: ").upper() for name in columns]
        output.table(header, list(zip(*columns.values(), strict=True)))


def _named(found: Sequence[Measured]) -> dict[str, Series]:
    return {each.name: pooled(each.series) for each in found if each.series}


def _sheet(
    op: str, found: Sequence[Measured], samples: Samples, row: int, seed: int, image_format: str
) -> bytes:
    """Return a file with one picture at each strength, a row for each library."""
    scale: Scale = scale_of(op)
    heading = [
        f"{registry()[op].title}: picture {row + 1}, {samples.names[row]}",
        f"of {DRAWS} draws the one with the median change, seed {seed}, {samples.origin}",
    ]
    group = strength_group(scale, _named(found), row=row)
    return view_file([group], heading, samples.class_names, image_format).content
