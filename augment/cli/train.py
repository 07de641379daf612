"""``train``: queue a training run."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any

from augment import data, presets, runs
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.cli.runs import described, follow
from augment.data import overview, registry
from augment.runs.config import RunConfig
from augment.train import epoch_batches

_HELP = {
    "data": f"source of the pictures: {registry.KINDS}",
    "size": "side of the pictures",
    "fit": "cut out the middle square, or stretch the picture to a square as the Keras guide does",
    "splits": "the source's own splits; its train and validation together, evaluated once on test; or "
    "all pictures split again, which is not comparable with published results",
    "split_seed": "seed of re-split",
    "model": "network to train",
    "per_class": "train on this many pictures of each class; 0 for all",
    "epochs": "passes over the training pictures",
    "head_epochs": "the first epochs, which train the head alone on the features of the frozen body",
    "batch_size": "pictures in a training step",
    "learning_rate": "learning rate of SGD; the highest of the schedule",
    "schedule": "how the learning rate falls",
    "warmup": "share of the steps in which the learning rate rises from 0",
    "momentum": "momentum of SGD",
    "weight_decay": "decoupled weight decay of the kernels",
    "clip_norm": "largest norm of the gradients; 0 for any",
    "patience": "end after this many validations without improvement; 0 for never",
    "balance": "for rare classes: weigh their loss, or take their pictures more often",
    "trainable": "which part of the network is trained; the head alone needs no gradients",
    "devices": "on how many devices of this machine a batch is divided",
    "precision": "floating point numbers of the training; auto takes what the device has",
    "label_smoothing": "share of each label that is spread over all classes",
    "seed": "seed of the order, the draws and the initial weights",
    "weights": "initial weights: none, imagenet, or a file",
    "jit": "compile the training step with XLA; auto leaves it to Keras: off on the CPU",
    "name": "a name to find the run by",
}


_TYPES: dict[type, Callable[[str], Any]] = {int: output.whole, float: output.number, str: str}


def add(commands: Commands) -> None:
    """Add the command; its options are derived from the fields of ``RunConfig``."""
    parser = commands.add_parser("train", help="train in the background; prints the id of the run")
    parser.add_argument(
        "--recipe", default=presets.DEFAULT, help=f"{recipes.option_help()} ({presets.DEFAULT})"
    )
    for item in _options():
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            dest=item.name,
            type=_TYPES[type(item.default)],
            default=item.default,
            metavar=item.name.upper(),
            help=_help(item),
        )
    parser.add_argument("--wait", action="store_true", help="follow the run until it ends")
    output.add_json(parser)
    # The trainer itself, which the supervisor of a run starts; not for users, so it is not listed.
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Queue a run and, with ``--wait``, follow it until it ends."""
    if options.run is not None:
        options.keep_traceback = True  # what fails belongs in the log of the run
        from augment.train import trainer

        return trainer.main(options.run)
    values = {item.name: getattr(options, item.name) for item in _options()}
    prepared = data.open_prepared(options.data, options.size, options.fit)
    values["recipe"] = recipes.load(options.recipe, prepared.class_names)
    config = RunConfig(**values)
    queued = runs.submit(config)
    if not options.json:
        output.line(queued.id)
    prepared = config.prepared()
    warnings = dict.fromkeys(
        (*overview.warnings(prepared), *epoch_batches.warnings(config, prepared))
    )
    output.warn(warnings)
    code = follow(queued.id) if options.wait else 0
    if options.json:
        output.document(described(runs.get(queued.id)) | {"warnings": list(warnings)})
    return code


def _options() -> list[Field[Any]]:
    return [item for item in fields(RunConfig) if item.name != "recipe"]


def _help(item: Field[Any]) -> str:
    text = _HELP[item.name]
    if "limits" in item.metadata:
        text = f"{text}: {item.metadata['limits'].span}"
    elif "choices" in item.metadata:
        text = f"{' | '.join(item.metadata['choices'])}: {text}"
    return f"{text} ({item.default})" if item.default != "" else text
