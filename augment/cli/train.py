"""``train``: queue a training run."""

from __future__ import annotations

import argparse
import json
import shlex
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from typing import Any

from augment import data, presets, runs
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.cli.runs import described, follow
from augment.data import overview, registry
from augment.runs import engines
from augment.runs.config import RunConfig
from augment.runs.presets import DEFAULTS, PRESETS, settings
from augment.system.units import counted
from augment.train import epoch_batches, forecast
from augment.train.forecast import Forecast

_GROUPS = {
    "what to choose first": {
        "model": "network to train",
        "weights": "initial weights: none, imagenet, or a file",
        "data": f"source of the pictures: {registry.KINDS}",
        "size": "side of the pictures",
        "per_class": "train on this many pictures of each class; 0 for all",
        "epochs": "passes over the training pictures",
        "seed": "seed of the order, the draws, the choice of pictures and the initial weights",
        "devices": "on how many devices of this machine a batch is divided",
        "name": "a name to find the run by",
    },
    "pictures": {
        "fit": "cut out the middle square, or stretch the picture to a square as the Keras guide does",
        "splits": "the source's own splits; its train and validation together, evaluated once on test; "
        "or all pictures split again, which is not comparable with published results",
        "split_seed": "seed of re-split",
        "leave_out": "pictures that no split gets: those that are there under two labels; or also all "
        "but one of equal pictures",
        "balance": "for rare classes: weigh their loss, or take their pictures more often",
    },
    "stages of a pretrained model": {
        "trainable": "which part of the network is trained; the head alone needs no gradients",
        "head_epochs": "the first epochs, which train the head alone on the features of the frozen body",
    },
    "optimisation": {
        "batch_size": "pictures in a training step",
        "learning_rate": "learning rate of SGD; the highest of the schedule",
        "schedule": "how the learning rate falls",
        "warmup": "share of the steps in which the learning rate rises from 0",
        "momentum": "momentum of SGD",
        "weight_decay": "decoupled weight decay of the kernels",
        "clip_norm": "largest norm of the gradients; 0 for any",
        "label_smoothing": "share of each label that is spread over all classes",
        "patience": "end after this many validations without improvement; 0 for never",
    },
    "computation": {
        "precision": "floating point numbers of the training; auto takes what the device has",
        "jit": "compile the training step with XLA; auto leaves it to Keras: off on the CPU",
    },
}
"""Every field of a run but the recipe, in the groups of the help, with its help."""

_TYPES: dict[type, Callable[[str], Any]] = {int: output.whole, float: output.number, str: str}
_METAVARS: dict[type, str] = {int: "N", float: "X"}
_FIELDS: dict[str, Field[Any]] = {
    item.name: item for item in fields(RunConfig) if item.name != "recipe"
}


def add(commands: Commands) -> None:
    """Add the command; its options are derived from the fields of ``RunConfig``."""
    parser = commands.add_parser(
        "train",
        help="train in the background; prints the id of the run",
        usage="%(prog)s [--preset PRESET] [OPTION VALUE ...] [--wait | --dry-run] [--json]",
        description="Train in the background; print the id of the run.",
        epilog=_presets_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_settings(parser)
    parser.add_argument(
        "--id",
        default="",
        help="the id of the run, so that the same command given twice queues it once",
    )
    add_engine(parser)
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--wait", action="store_true", help="follow the run until it ends")
    add_dry_run(ends)
    output.add_json(parser)
    # The trainer itself, which the supervisor of a run starts; not for users, so it is not listed.
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.set_defaults(command=run)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the option that says what starts the runs."""
    parser.add_argument(
        "--engine",
        choices=engines.NAMES,
        help=f"what starts it: this machine, or a cluster (${engines.VARIABLE}, or {engines.NAMES[0]})",
    )


def add_dry_run(group: argparse._MutuallyExclusiveGroup) -> None:
    """Add the option that queues nothing."""
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="check the settings and the data, and print the forecast; queue nothing",
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options of a configuration: a preset, a recipe, and every other field."""
    for title, options in _GROUPS.items():
        group = parser.add_argument_group(title)
        if title == next(iter(_GROUPS)):
            group.add_argument(
                "--preset",
                choices=list(PRESETS),
                metavar="PRESET",
                help=f"{' | '.join(PRESETS)}: settings to start from; other options win",
            )
            group.add_argument(
                "--recipe",
                help=f"{recipes.option_help()} ({presets.DEFAULT})",
            )
        for name, text in options.items():
            group.add_argument(
                _option(name),
                dest=name,
                type=_TYPES[type(_FIELDS[name].default)],
                metavar=_METAVARS.get(type(_FIELDS[name].default), name.upper()),
                help=_help(_FIELDS[name], text),
            )


def run(options: argparse.Namespace) -> int:
    """Queue a run and, with ``--wait``, follow it until it ends."""
    if options.run is not None:
        options.keep_traceback = True  # what fails belongs in the log of the run
        from augment.train import trainer

        return trainer.main(options.run)
    config = configuration(options)
    expected, warnings = expectations(config)
    engine = engines.chosen(options.engine or "")
    ahead, wait_s = forecast.queue_ahead(runs.list_runs(), engine)
    sentence = f"forecast: {expected.sentence}{queue_note(ahead, wait_s)}"
    expectation = expected.to_dict() | {"runs_before": ahead, "wait_s": wait_s}
    extra = {"warnings": warnings, "forecast": expectation}
    if options.dry_run:
        _show_dry_run(config, sentence, extra, options)
        return 0
    queued = runs.submit(config, run_id=options.id, engine=engine)
    output.note(sentence)
    if not options.json:
        output.line(queued.id)
    output.warn(warnings)
    code = follow(queued.id) if options.wait else 0
    if options.json:
        output.document(described(runs.get(queued.id)) | extra)
    return code


def _show_dry_run(
    config: RunConfig, sentence: str, extra: dict[str, Any], options: argparse.Namespace
) -> None:
    """Print what a run would be and take: it is the result here, and not a remark."""
    if options.json:
        output.document({"config": config.to_dict(), **extra})
        return
    output.line(sentence)
    output.line(command_line(config, options.preset))
    output.warn(extra["warnings"])


def configuration(options: argparse.Namespace) -> RunConfig:
    """Return the configuration that the options of `add_settings` describe.

    Raises:
        AugmentError: A value is not allowed, or a file or the prepared data are missing.
    """
    values = settings(options.preset, given(options))
    prepared = data.open_prepared(values["data"], values["size"], values["fit"])
    named = presets.DEFAULT if options.recipe is None else options.recipe
    config = RunConfig(**values, recipe=recipes.load(named, prepared.class_names))
    config.check_inputs()
    return config


def expectations(config: RunConfig) -> tuple[Forecast, list[str]]:
    """Return the forecast of a run, and what a user should know before it starts, in sentences.

    Raises:
        AugmentError: It needs more memory than there is, or its data cannot be used.
    """
    prepared = config.prepared()
    expected = forecast.forecast(config, prepared)
    warnings = [*overview.warnings(prepared), *epoch_batches.warnings(config, prepared)]
    warnings += filter(None, [expected.problem, forecast.check_memory(config, expected)])
    return expected, list(dict.fromkeys(warnings))


def command_line(config: RunConfig, preset: str | None, command: Sequence[str] = ("train",)) -> str:
    """Return the command that starts a run, to be copied into a shell.

    Args:
        config: The configuration of the run.
        preset: The name of the preset that it starts from; None for none.
        command: The command with options of its own, if it is another that takes a configuration.
    """
    values = config.to_dict()
    explicit: dict[str, Any] = {}
    while differing := {
        name: values[name]
        for name, value in settings(preset, explicit).items()
        if values[name] != value and name not in explicit
    }:  # again, because an explicit value may change what the preset sets
        explicit |= differing
    words = ["python", "-m", "augment", *command, *(["--preset", preset] if preset else [])]
    for name in (name for group in _GROUPS.values() for name in group if name in explicit):
        words += [_option(name), str(explicit[name])]
    named = [name for name, each in presets.PRESETS.items() if each.recipe == config.recipe]
    if named:
        return shlex.join([*words, "--recipe", named[0]])
    recipe = json.dumps(values["recipe"], ensure_ascii=False)
    return f"{shlex.join([*words, '--recipe', '-'])} <<'RECIPE'\n{recipe}\nRECIPE"


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields that are options of the command line."""
    found = {name: getattr(options, name) for name in _FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _help(item: Field[Any], text: str) -> str:
    if "limits" in item.metadata:
        text = f"{text}: {item.metadata['limits'].span}"
    elif "choices" in item.metadata:
        text = f"{' | '.join(item.metadata['choices'])}: {text}"
    return f"{text} ({item.default})" if item.default != "" else text


def _presets_help() -> str:
    """Return the presets with their notes, and what they set that is not the default."""
    lines = ["presets:"]
    for preset in PRESETS.values():
        differing = {
            name: value for name, value in preset.values.items() if value != DEFAULTS[name]
        }
        sets = " ".join(f"{_option(name)} {value}" for name, value in differing.items())
        for text, indent in ((f"{preset.name:<8}{preset.note}", "  "), (sets, 10 * " ")):
            lines += textwrap.wrap(
                text,
                78,
                initial_indent=indent,
                subsequent_indent=10 * " ",
                break_on_hyphens=False,
            )
    return "\n".join(lines)


def queue_note(ahead: int, wait_s: float | None) -> str:
    """Return how many runs a new one waits for, as the end of a sentence; empty if for none."""
    if not ahead:
        return ""
    wait = "" if wait_s is None else f", {forecast.rough(wait_s)}"
    return f"; {counted(ahead, 'run')} before it{wait}"
