"""The parser of the whole command line."""

from __future__ import annotations

import argparse
import importlib
import re
from typing import Any, NoReturn

from augment.cli.output import Commands
from augment.engine.limits import did_you_mean, shorten
from augment.errors import ConfigError

# What argparse says of a value that is not among the choices.
_CHOICE = re.compile(r"invalid choice: '(?P<given>.*)' \(choose from (?P<choices>.*)\)")


_MODULE_OF = {
    **{name: name for name in ("ops", "schema", "preview", "strength", "export")},
    "import": "import_",
    **{name: name for name in ("data", "train", "runs", "predict", "tta", "compare", "sweep")},
    **dict.fromkeys(("schedule", "supervise"), "internal"),
}
"""The module of each command, in the order of the help."""


class Parser(argparse.ArgumentParser):
    """Raises a `ConfigError` where argparse would print the usage and end the process."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.allow_abbrev = False  # an abbreviation may become ambiguous with the next option

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the options, as argparse does, but name each argument that is left over in quotes."""
        options, left_over = self.parse_known_args(args, namespace)
        if left_over:
            self.error(f"unrecognized arguments: {', '.join(map(shorten, left_over))}")
        return options

    def error(self, message: str) -> NoReturn:
        """Raise the message of argparse, with the choice that is most like what was given."""
        if found := _CHOICE.search(message):
            hint = did_you_mean(found["given"], re.findall(r"[^\s,']+", found["choices"]))
            message = (
                f"{message[: found.end('given') + 1]}{hint}{message[found.end('given') + 1 :]}"
            )
        raise ConfigError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def build(command: str = "") -> Parser:
    """Return the parser of the whole command line.

    Args:
        command: The command that is given. If there is one of this name, no other is imported, nor in
            the parser: all together take longer to import than most of them to run.
    """
    parser = Parser(
        prog="python -m augment",
        description="Explore image augmentation, and train with the pictures that you saw.",
        epilog="Runs and prepared data are in AUGMENT_HOME, if set, else in your folder for user data.",
    )
    commands: Commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    needed = [_MODULE_OF[command]] if command in _MODULE_OF else dict.fromkeys(_MODULE_OF.values())
    for name in needed:
        importlib.import_module(f"augment.cli.{name}").add(commands)
    return parser
