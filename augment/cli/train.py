"""``train``: queue a training run. Also the commands that the machinery of runs starts itself."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from augment import data, presets, runs
from augment.cli import output, recipes
from augment.cli import runs as follow
from augment.cli.output import Commands
from augment.data import registry
from augment.runs.config import RunConfig

_SAID = {
    "data": registry.KINDS,
    "fit": "; how pictures become square: the middle is cut out, or all of a picture is stretched, as "
    "the Keras guide does",
    "splits": "; as the source is split, or trained on train and validation together and judged once "
    "by test, or all pictures dealt anew, which compares with no published figure",
    "split_seed": "; of splits that are dealt",
    "jit": "; whether XLA compiles the training step; auto is as Keras decides, which is not on the CPU",
    "weights": "none, imagenet, or a file of weights",
    "name": "what to call the run",
}


def add(commands: Commands) -> None:
    """Add the command, its options derived from the fields of ``RunConfig``."""
    parser = commands.add_parser("train", help="train in the background; prints the id of the run")
    parser.add_argument(
        "--recipe", default=presets.DEFAULT, help=f"{recipes.option_help()} ({presets.DEFAULT})"
    )
    for item in fields(RunConfig):
        if item.name == "recipe":
            continue
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            dest=item.name,
            type=type(item.default),
            default=item.default,
            metavar=item.name.upper(),
            help=_help(item.name, item.default, item.metadata),
        )
    parser.add_argument("--wait", action="store_true", help="show how it goes until it ends")
    parser.add_argument("--json", action="store_true", help="print one JSON document, with id")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.set_defaults(command=run)

    # Started by runs, not by people: a command without a help text is not listed.
    commands.add_parser("schedule").set_defaults(command=_schedule, keep_traceback=True)
    supervise = commands.add_parser("supervise")
    supervise.add_argument("run")
    supervise.set_defaults(command=_supervise, keep_traceback=True)


def run(options: argparse.Namespace) -> int:
    """Queue a run and, on request, follow it to its end."""
    if options.run:
        return _trainer(options)
    values = {item.name: getattr(options, item.name) for item in fields(RunConfig)}
    prepared = data.open_prepared(options.data, options.size, options.fit)
    values["recipe"] = recipes.load(options.recipe, prepared.class_names)
    queued = runs.submit(RunConfig(**values))
    if not options.json:
        output.line(queued.id)
    code = follow.to_the_end(queued.id) if options.wait else 0
    if options.json:
        output.document(follow.described(queued.id))
    return code


def _trainer(options: argparse.Namespace) -> int:
    """Train in this process; what goes wrong belongs into the log of the run."""
    options.keep_traceback = True
    from augment.train import loop

    return loop.main(options.run)


def _supervise(options: argparse.Namespace) -> int:
    from augment.runs import supervisor

    return supervisor.main(options.run)


def _schedule(options: argparse.Namespace) -> int:
    from augment.runs import queue

    return queue.main()


def _help(name: str, default: Any, metadata: Any) -> str:
    shown = f" ({default})" if default != "" else ""
    if "limits" in metadata:
        limits = metadata["limits"]
        allowed = f"{limits.low:g} to {limits.high:.10g} {limits.unit}".rstrip()
    else:
        allowed = " | ".join(metadata.get("choices", ()))
    return f"{allowed}{shown}{_SAID.get(name, '')}" if allowed else _SAID.get(name, "") + shown
