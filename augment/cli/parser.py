"""The parser of the whole command line."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from augment.cli import internal
from augment.cli.output import Commands
from augment.engine.limits import did_you_mean, shorten
from augment.errors import ConfigError

# What argparse says of a value that is not among the choices.
_CHOICE = re.compile(r"invalid choice: '(?P<given>.*)' \(choose from (?P<choices>.*)\)")


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
        command: The command that is given. For those of the queue, which are started for every run, no
            other is imported, nor is in the parser.
    """
    parser = Parser(
        prog="python -m augment",
        description="Explore image augmentation, and train with the pictures that you saw.",
        epilog="Runs and prepared data are in AUGMENT_HOME, if set, else in your folder for user data.",
    )
    commands: Commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    if command in internal.COMMANDS:
        internal.add(commands)
        return parser
    from augment.cli import (
        compare,
        data,
        export,
        import_,
        ops,
        predict,
        preview,
        runs,
        schema,
        strength,
        sweep,
        train,
        tta,
    )

    for module in (
        ops,
        schema,
        preview,
        strength,
        export,
        import_,
        data,
        train,
        runs,
        predict,
        tta,
        compare,
        sweep,
        internal,
    ):
        module.add(commands)
    return parser
