"""``ops``: the ops, their parameters, and where they come from."""

from __future__ import annotations

import argparse
from typing import Any

import augment
from augment.cli import output
from augment.cli.output import Commands
from augment.engine.limits import did_you_mean, shorten
from augment.engine.op import Op
from augment.engine.params import Param
from augment.errors import ConfigError
from augment.export import reference


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("ops", help="list the ops and their parameters")
    parser.add_argument("names", nargs="*", metavar="OP", help="describe these ops in full")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument(
        "--markdown", action="store_true", help="print docs/ops.md, which describes all ops"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """List all ops, or describe the named ones."""
    if options.markdown:
        if options.names:
            raise ConfigError("--markdown describes all ops; leave out the names.")
        output.line(reference.markdown().removesuffix("\n"))
        return 0
    registry = augment.registry()
    for name in options.names:
        if name not in registry:
            raise ConfigError(
                f"There is no op {shorten(name)}{did_you_mean(name, registry)}; the ops are "
                f"{', '.join(registry)}."
            )
    ops = [registry[name] for name in options.names] or list(registry.values())
    if options.json:
        output.document([described(op) for op in ops])
    elif options.names:
        for op in ops:
            _detail(op)
    else:
        output.table(
            ("OP", "GROUP", "KIND", "PARAMETERS (DEFAULT)", "PAPER"),
            [line for op in ops for line in _lines(op)],
        )
    return 0


def described(op: Op) -> dict[str, Any]:
    """Return the description of an op as JSON values."""
    return {
        "name": op.name,
        "title": op.title,
        "kind": op.kind,
        "group": op.group,
        "summary": op.summary,
        "also": list(op.also),
        "doc": op.doc,
        "example": op.example,
        "version": op.version,
        "takes_steps": op.takes_steps,
        "paper": {"title": op.paper.title, "label": op.paper.label, "url": op.paper.url},
        "params": [_param(param) for param in op.params.values()],
        "draws": list(op.draws),
        "drawn": {name: reference.drawn(draw) for name, draw in op.draws.items()},
        "twin": op.twin
        and {
            "layer": op.twin.layer,
            "default": reference.layer_call(op),
            "differs": op.twin.differs,
        },
    }


def _param(param: Param) -> dict[str, Any]:
    described: dict[str, Any] = {"name": param.name, "type": param.type, "default": param.default}
    if param.type == "choice":
        described["choices"] = list(param.choices)
    else:
        described |= {"low": param.low, "high": param.high, "step": param.step}
    return described | {"unit": param.unit, "identity": param.identity, "help": param.help}


def _lines(op: Op) -> list[tuple[str, ...]]:
    """Return a line for each parameter; the first has the rest too."""
    first, *others = [_parameter(param) for param in op.params.values()] or ["none"]
    return [
        (op.name, op.group, op.kind, first, op.paper.label),
        *(("", "", "", text, "") for text in others),
    ]


def _parameter(param: Param) -> str:
    if param.type == "choice":
        return f"{param.name} {' | '.join(param.choices)} ({param.default})"
    return f"{param.name} {reference.allowed(param)} ({param.default:g})"


def _detail(op: Op) -> None:
    output.line(f"{op.name}: {op.title}, {op.group}, {op.kind}, version {op.version}")
    output.line(f"{op.paper.title} {op.paper.url or ''}".rstrip())
    if op.twin:
        output.line(f"keras_cv: {reference.layer_call(op)}")
    output.line()
    output.line(op.doc)
    output.line()
    for param in op.params.values():
        output.line(f"  {_parameter(param)}")
        output.line(f"      {param.help}")
    if op.params:
        output.line()
    output.line(op.example)
    output.line()
