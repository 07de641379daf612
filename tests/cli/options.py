"""The options in ``docs/cli.md``, written from the parser.

    python -m tests.cli.options        writes the lists of docs/cli.md again

Run it after an option was added or changed. A section without a list gets one above its table of fields.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from augment.cli import recipes
from augment.cli.parser import build
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "cli.md"
_BEGIN, _END = "<!-- options: python -m tests.cli.options -->", "<!-- end of options -->"
_LIST = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}\n\n", re.DOTALL)
_SECTION = re.compile(r"^## `([^`\n]+)`\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TABLE = "| field | type | meaning |\n"
_SAME_AS = {
    "sweep": "train",
    **dict.fromkeys(("data show", "data verify", "data remove"), "data prepare"),
}
"""Commands with many arguments of another one, which are described only there."""


def all_commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command, those with actions as "runs show", and hidden ones as well."""
    return dict(_commands(build(), ""))


def _commands(
    parser: argparse.ArgumentParser, above: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield above, parser
    for group in groups:
        for name, below in group.choices.items():
            yield from _commands(below, f"{above} {name}".strip())


def described(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return what each argument of a command means, by how the usage writes it, positional ones first.

    Without ``--help`` and ``--json``, which every command has, and what the help does not list.
    """
    formatter = parser._get_formatter()
    return {
        _written(action): formatter._expand_help(action).replace(
            recipes.option_help(), "[a recipe](#rules)"
        )
        for action in sorted(parser._actions, key=lambda action: bool(action.option_strings))
        if action.help
        and action.help != argparse.SUPPRESS
        and not {"--help", "--json"} & set(action.option_strings)
    }


def _written(action: argparse.Action) -> str:
    """Return an argument as code, with a word on whether it must be given."""
    several = " …" if action.nargs in ("+", "*") else ""
    if not action.option_strings:
        optional = ", optional" if action.nargs in ("?", "*") else ""
        return f"`{action.metavar or action.dest}{several}`{optional}"
    value = "|".join(map(str, action.choices or ())) or action.dest.upper()
    value = "" if action.nargs == 0 else f" {action.metavar or value}"
    required = ", required" if action.required else ""
    return f"`{', '.join(action.option_strings)}{value}{several}`{required}"


def listed(command: str, options: dict[str, dict[str, str]]) -> list[str]:
    """Return the items of the list of a command: one for each argument, and one for those of another."""
    other = _SAME_AS.get(command, "")
    shared = options.get(other, {}).items() & options[command].items()
    items = [
        f"- {name}: {text}" for name, text in options[command].items() if (name, text) not in shared
    ]
    if shared:
        names = [
            name.split("`")[1] for name, text in options[command].items() if (name, text) in shared
        ]
        words = ", ".join(f"`{name.split()[0]}`" for name in names)
        items.append(f"- as in [`{other}`](#{other.replace(' ', '-')}): {words}")
    return items


def rewritten(text: str) -> str:
    """Return the page with the list of every command as the parser has it."""
    options = {name: described(parser) for name, parser in all_commands().items()}

    def section(match: re.Match[str]) -> str:
        body, command = _LIST.sub("", match[0]), match[1]
        items = listed(command, options) if command in options else []
        if not items:
            return body
        before, table, after = body.partition(_TABLE)
        return "\n".join([before + _BEGIN, *items, _END, "", table + after])

    return _SECTION.sub(section, text)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
