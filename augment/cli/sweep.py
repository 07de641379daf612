"""``sweep``: train a recipe with several values of its parameters, show, extend, stop or resume that."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

from augment import runs
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.cli.train import (
    add_dry_run,
    add_engine,
    add_settings,
    configuration,
    expectations,
    given,
    queue_note,
)
from augment.errors import ConfigError
from augment.runs import engines, experiments, sweep
from augment.runs.config import RunConfig
from augment.runs.presets import settings
from augment.runs.queue import Order
from augment.runs.sweep import Sweep
from augment.system.units import counted
from augment.train import forecast

_POLL_S = 0.5


def add(commands: Commands) -> None:
    """Add the command, which has the options of a configuration that ``train`` has."""
    parser = commands.add_parser(
        "sweep",
        help="train a recipe with several values of one or two of its parameters",
        usage="%(prog)s --over STEP.PARAMETER=V,V,... [--over ...] [--seeds N] [OPTION VALUE ...] "
        "[--wait | --dry-run] [--json]",
        description="Train a recipe with each value of a parameter, or each pair of values of two, and "
        "with several seeds. With --sweep, add what is missing to a sweep, and print its table.",
    )
    group = parser.add_argument_group("what to vary")
    group.add_argument(
        "--over",
        action="append",
        default=[],
        metavar="STEP.PARAMETER=V,V,...",
        help="a parameter of a step (its id or its op), or its probability, with values; at most twice",
    )
    group.add_argument(
        "--seeds",
        type=output.whole,
        metavar="N",
        help=f"how many seeds, from --seed on ({experiments.SEEDS})",
    )
    group.add_argument(
        "--with-nothing",
        action="store_true",
        help="train without augmentation too, with the same seeds",
    )
    group.add_argument(
        "--sweep",
        metavar="ID",
        help="a sweep to extend; what is not given is as its runs have it",
    )
    ends = group.add_mutually_exclusive_group()
    ends.add_argument(
        "--stop", action="store_true", help="cancel its queued and running runs; needs --sweep"
    )
    ends.add_argument(
        "--resume",
        action="store_true",
        help="queue its runs again that ended without a result; needs --sweep",
    )
    add_settings(parser)
    follows = parser.add_mutually_exclusive_group()
    follows.add_argument("--wait", action="store_true", help="follow the sweep until it ends")
    add_dry_run(follows)
    add_engine(parser)
    output.add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Queue the runs of a sweep and, with ``--wait``, follow them until they end."""
    if options.sweep is None and (options.stop or options.resume):
        raise ConfigError("--stop and --resume need the sweep; give its id with --sweep.")
    if options.seeds is not None and options.seeds < 1:
        raise ConfigError(f"--seeds must be 1 or more, but {options.seeds} was given.")
    if options.stop or options.resume:
        if options.dry_run:
            raise ConfigError("--dry-run queues nothing, so there is nothing to stop or to resume.")
        return _end_or_resume(options)
    ordered = _orders(options)
    fresh = sweep.missing(ordered, runs.list_runs())
    if options.dry_run:
        return _dry_run(fresh, options)
    extra: dict[str, Any] = {"queued": [], "warnings": [], "forecast": None}
    if fresh:
        extra = _queue(fresh, options)
    sweep_id: str = options.sweep or (ordered[0].sweep or {})["id"]
    if fresh and not options.json:
        output.line(sweep_id)
        for order in fresh:
            output.line(order.run_id)
    return _result(sweep_id, options, extra, is_new=bool(fresh))


def table(found: Sweep) -> None:
    """Print the cells of a sweep, and what can be said of the best one."""
    header = [*(each.key for each in found.over), "ACCURACY", "DEVIATION", "SEEDS", "STATE"]
    rows = []
    for cell in (*([found.nothing] if found.nothing.runs else []), *found.cells):
        values = [
            each.param.format(value) for each, value in zip(found.over, cell.values, strict=False)
        ]
        rows.append(
            [
                *(values or ["nothing", *[""] * (len(found.over) - 1)]),
                "" if cell.mean is None else f"{cell.mean:.4f}",
                "" if cell.deviation is None else f"{cell.deviation:.4f}",
                str(cell.count),
                cell.state,
            ]
        )
    output.table(header, rows)
    for sentence in found.verdict():
        output.line(sentence)
    for problem in found.problems:
        output.note(problem)


def _orders(options: argparse.Namespace) -> list[Order]:
    if options.sweep is None:
        if not options.over:
            raise ConfigError(
                "--over is missing; give a parameter with its values, as in "
                "--over rand_augment.magnitude=0.1,0.3."
            )
        config = configuration(options)
        sweep.check_data(config.prepared())
        return sweep.orders(
            config,
            [sweep.parse(config.recipe, text) for text in options.over],
            experiments.SEEDS if options.seeds is None else options.seeds,
            with_nothing=options.with_nothing,
        )
    found = sweep.read(options.sweep, runs.list_runs())
    config = _as_given(found.config, options)
    sweep.check_same(found, config)
    return sweep.extension(
        replace(found, config=config),
        [sweep.parse(found.config.recipe, text) for text in options.over],
        0 if options.seeds is None else options.seeds,
        with_nothing=options.with_nothing,
    )


def _as_given(config: RunConfig, options: argparse.Namespace) -> RunConfig:
    """Return the configuration of a sweep with what the options say instead."""
    explicit = given(options)
    if options.preset is not None:
        explicit = settings(options.preset, explicit)
    values = {name: value for name, value in config.to_dict().items() if name != "recipe"}
    recipe = config.recipe
    if options.recipe is not None:
        recipe = recipes.load(options.recipe, config.prepared().class_names)
    return RunConfig(recipe=recipe, **values | explicit)


def _dry_run(fresh: list[Order], options: argparse.Namespace) -> int:
    """Print which runs would be queued, and what to expect; queue nothing."""
    extra: dict[str, Any] = {"warnings": [], "forecast": None}
    sentence = "There is nothing to queue: the sweep has all of these runs."
    if fresh:
        sentence, extra = _expected(fresh, options)
    if options.json:
        would = [
            {"cell": (order.sweep or {})["cell"], "seed": order.config.seed} for order in fresh
        ]
        output.document({"would_queue": would, **extra})
        return 0
    output.line(sentence)
    for order in fresh:
        output.line(order.config.name)
    output.warn(extra["warnings"])
    return 0


def _expected(fresh: list[Order], options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return what to expect of runs that are not queued yet, as a line and as JSON values."""
    expected, warnings = expectations(fresh[0].config)
    ahead, wait_s = forecast.queue_ahead(runs.list_runs(), engines.chosen(options.engine or ""))
    total_s = forecast.several_s(expected, len(fresh))
    sentence = (
        f"forecast: {counted(len(fresh), 'run')}, {expected.about(total_s)} in all; the first "
        f"{expected.about(expected.total_s)} ({expected.basis}){queue_note(ahead, wait_s)}"
    )
    expectation = {"runs": len(fresh), "total_s": total_s, "first": expected.to_dict()}
    return sentence, {
        "warnings": warnings,
        "forecast": expectation | {"runs_before": ahead, "wait_s": wait_s},
    }


def _queue(fresh: list[Order], options: argparse.Namespace) -> dict[str, Any]:
    """Queue runs, print what to expect, and return what the document says of it."""
    sentence, extra = _expected(fresh, options)
    engine = engines.chosen(options.engine or "")
    queued = runs.submit_all([replace(order, engine=engine) for order in fresh])
    output.note(sentence)
    output.warn(extra["warnings"])
    return {"queued": [run.id for run in queued], **extra}


def _end_or_resume(options: argparse.Namespace) -> int:
    found = sweep.read(options.sweep, runs.list_runs())
    if options.stop:
        count, problems = sweep.stop(found), list[str]()
        done = "1 run will end" if count == 1 else f"{count} runs will end"
    else:
        count, problems = sweep.resume(found)
        done = "1 run is queued again" if count == 1 else f"{count} runs are queued again"
    output.note(f"{done}.")
    for problem in problems:
        output.note(problem)
    code = _result(found.id, options, {}, is_new=options.resume)
    return code or int(bool(problems))


def _result(sweep_id: str, options: argparse.Namespace, extra: dict[str, Any], is_new: bool) -> int:
    """Follow a sweep if that is asked for, and print its document or its table."""
    code = _follow(sweep_id) if options.wait else 0
    found = sweep.read(sweep_id, runs.list_runs())
    if options.json:
        output.document(
            {
                "sweep": sweep_id,
                "runs": [each.id for each in found.runs],
                "over": {each.key: list(each.values) for each in found.over},
                "seeds": list(found.seeds),
                "cells": [cell.to_dict(found.over) for cell in found.cells],
                "nothing": found.nothing.to_dict(()) if found.nothing.runs else None,
                "verdict": found.verdict(),
                "problems": list(found.problems),
                **extra,
            }
        )
    elif options.wait or not is_new:
        table(found)
    return code


def _follow(sweep_id: str) -> int:
    """Print the end of each run on stderr until all are over; return 0 if all succeeded, else 1."""
    shown: dict[str, str] = {}
    try:
        while True:
            found = sweep.read(sweep_id, runs.list_runs())
            over = sum(each.is_over for each in found.runs)
            for each in found.runs:
                if each.state != runs.QUEUED and shown.get(each.id) != each.state:
                    shown[each.id] = each.state
                    reason = f": {each.reason}" if each.reason else ""
                    output.note(f"{over}/{len(found.runs)} {each.title}: {each.state}{reason}")
            if not found.is_live:
                return int(any(each.state != runs.SUCCEEDED for each in found.runs))
            if over + sum(each.state == runs.QUEUED for each in found.runs) == len(found.runs):
                waiting = next(each.phase for each in found.runs if not each.is_over)
                if shown.get("") != waiting:
                    shown[""] = waiting
                    output.note(waiting)
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        output.note(
            f"The sweep continues; python -m augment sweep --sweep {sweep_id} --stop ends it."
        )
        raise
