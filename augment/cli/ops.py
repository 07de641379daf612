"""``ops``: the ops, their parameters, and where they come from."""

from __future__ import annotations

import argparse
from typing import Any

import augment
from augment.cli import output
from augment.cli.types import Commands
from augment.errors import ConfigError
from augment.spec import Op, Param


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("ops", help="list the ops and their parameters")
    parser.add_argument("names", nargs="*", metavar="OP", help="say all about these ops only")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """List all ops, or say all about the named ones."""
    registry = augment.registry()
    for name in options.names:
        if name not in registry:
            raise ConfigError(f"There is no op named {name}; there are {', '.join(registry)}.")
    ops = [registry[name] for name in options.names] or list(registry.values())
    if options.json:
        output.document([described(op) for op in ops])
    elif options.names:
        for op in ops:
            _detail(op)
    else:
        output.table(
            ("OP", "KIND", "PARAMETERS (DEFAULT)", "PAPER"),
            [
                (op.name if not number else "", op.kind if not number else "", text, paper)
                for op in ops
                for number, (text, paper) in enumerate(_lines(op))
            ],
        )
    return 0


def described(op: Op) -> dict[str, Any]:
    """Return all that is said about an op as values that JSON can hold."""
    return {
        "name": op.name,
        "title": op.title,
        "kind": op.kind,
        "summary": op.summary,
        "doc": op.doc,
        "version": op.version,
        "takes_steps": op.takes_steps,
        "paper": {"title": op.paper.title, "label": op.paper.label, "url": op.paper.url},
        "params": [_param(param) for param in op.params.values()],
        "draws": list(op.draws),
    }


def _param(param: Param) -> dict[str, Any]:
    described: dict[str, Any] = {"name": param.name, "type": param.type, "default": param.default}
    if param.type == "choice":
        described["choices"] = list(param.choices)
    else:
        described |= {"low": param.low, "high": param.high, "step": param.step}
    return described | {"unit": param.unit, "identity": param.identity, "help": param.help}


def _lines(op: Op) -> list[tuple[str, str]]:
    """Return a line per parameter; the paper stands on the first."""
    texts = [f"{param.name} {_range(param)}" for param in op.params.values()] or ["none"]
    return [(text, op.paper.label if not number else "") for number, text in enumerate(texts)]


def _range(param: Param) -> str:
    unit = f" {param.unit}" if param.unit else ""
    if param.type == "choice":
        return f"{' | '.join(param.choices)} ({param.default})"
    return f"{param.low:g} to {param.high:g}{unit} ({param.default:g})"


def _detail(op: Op) -> None:
    output.line(f"{op.name}: {op.title}, {op.kind}, version {op.version}")
    output.line(f"{op.paper.title} {op.paper.url or ''}".rstrip())
    output.line()
    output.line(op.doc)
    output.line()
    for param in op.params.values():
        output.line(f"  {param.name} {_range(param)}")
        output.line(f"      {param.help}")
    if op.params:
        output.line()
