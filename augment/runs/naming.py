"""What a run is called: a name that says what it is, and what people write about it."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from augment import data as sources
from augment import presets
from augment.engine.limits import shorten
from augment.engine.op import registry
from augment.engine.recipe import Recipe
from augment.errors import ConfigError, RunError
from augment.models import DEFAULT, MODELS
from augment.runs import folders
from augment.runs.config import NAME_LENGTH, RunConfig
from augment.runs.folders import RunFolder
from augment.runs.groups import meaning
from augment.system import files
from augment.system.units import counted

NOTE_LENGTH = 2000
"""Characters that a note may have."""
MOST_TAGS = 10
TAG_LENGTH = 30
"""Characters that a tag may have."""

_MOST_BYTES = 100_000  # of a label
_MOST_OPS = 3
_MOST_VALUES = 3


@dataclass(frozen=True, kw_only=True)
class Label:
    """What people write about a run: the content of ``label.json``, which may change at any time.

    Attributes:
        name: A name that replaces the one of the configuration; empty for that one.
        note: What is worth knowing about the run; lines are separated by line breaks.
        tags: Words to find it by, each once, without spaces at the ends.

    Raises:
        ConfigError: An entry is too long, or not text; the message says what is allowed.
    """

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A file that was written by hand may have anything.
        tags: Any = self.tags
        if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
            raise ConfigError(f"tags must be a list of words, but {shorten(tags)} was given.")
        tags = tuple(dict.fromkeys(filter(None, (tag.strip() for tag in tags))))
        object.__setattr__(self, "tags", tags)
        if len(tags) > MOST_TAGS:
            raise ConfigError(f"A run may have {MOST_TAGS} tags, but {len(tags)} were given.")
        lengths = [("name", self.name, NAME_LENGTH), ("note", self.note, NOTE_LENGTH)]
        for title, text, most in (*lengths, *(("tag", tag, TAG_LENGTH) for tag in tags)):
            if not isinstance(text, str) or "\0" in text:
                raise ConfigError(f"The {title} must be text, but {shorten(text)} was given.")
            if len(text) > most:
                raise ConfigError(
                    f"The {title} may have {most:,} characters, but {len(text):,} were given."
                )

    def to_dict(self) -> dict[str, Any]:
        """Return the entries as JSON values."""
        return {"name": self.name, "note": self.note, "tags": list(self.tags)}


def given_name(config: RunConfig | None) -> str:
    """Return the name of a run that nobody has renamed: that in its configuration, or the default."""
    return (config.name or default_name(config)) if config else ""


def read_label(folder: RunFolder) -> Label:
    """Return what people wrote about a run; an empty label if there is none.

    Raises:
        ConfigError: An entry of the file is not allowed.
        RunError: The file is damaged.
    """
    try:
        found = files.read_json(folder.label, _MOST_BYTES) or {}
    except files.DamagedFile as error:
        raise RunError(str(error)) from error
    return Label(**{name: found[name] for name in ("name", "note", "tags") if name in found})


def write_label(folder: RunFolder, label: Label) -> None:
    """Replace what people wrote about a run.

    Raises:
        RunError: The folder cannot be written.
    """
    try:
        files.write_json(folder.label, label.to_dict())
    except OSError as error:
        raise folders.cannot_write(error) from error
    folders.note_change()


def default_name(config: RunConfig) -> str:
    """Return a name that says what a run is: "guide, Oxford Flowers 102, 64 px, 30 epochs, seed 7"."""
    return f"{group_name(config)}, seed {config.seed}"


def group_name(config: RunConfig) -> str:
    """Return the name of all runs of a configuration, whatever their seeds."""
    return f"{recipe_name(config.recipe)}, {setting_name(config)}"


def setting_name(config: RunConfig) -> str:
    """Return what a configuration trains, on which data and how long, without its recipe."""
    _, model, *others = name_parts(config)
    return ", ".join([*([model] if config.model != DEFAULT else []), *others])


def name_parts(config: RunConfig) -> tuple[str, ...]:
    """Return what names are made of: the recipe, the model, the data, the size and the epochs."""
    return (
        recipe_name(config.recipe),
        MODELS[config.model].title,
        sources.source(config.data).title,
        f"{config.size} px",
        counted(config.epochs, "epoch"),
    )


def recipe_name(recipe: Recipe) -> str:
    """Return the name of the preset that a recipe is, else its ops with what they change.

    So two recipes of one op have two names: "RandAugment magnitude 0.3" and "RandAugment magnitude 0.5".
    """
    steps = meaning(recipe)
    if not steps:
        return "nothing"
    if title := _titles().get(_text(steps)):
        return title
    titles = [_title(step) for step in steps]
    if len(titles) > _MOST_OPS:
        titles = [*titles[: _MOST_OPS - 1], f"{len(titles) - _MOST_OPS + 1} more"]
    return " + ".join(titles)


def _title(step: dict[str, Any]) -> str:
    """Return the name of an op, with its children and the parameters that are not at their default."""
    op = registry()[step["op"]]
    words = [op.title]
    if step.get("steps"):
        words[0] += f": {' / '.join(registry()[child['op']].title for child in step['steps'])}"
    values = {name: (step.get(name), param.default) for name, param in op.params.items()}
    values["probability"] = (step.get("probability", 1.0), 1.0)
    changed = [(name, value) for name, (value, default) in values.items() if value != default]
    for name, value in changed[:_MOST_VALUES]:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        words.append(f"{name.removesuffix('_px').replace('_', ' ')} {shown}")
    if step.get("classes") is not None:
        words.append(f"for {counted(len(step['classes']), 'class', 'classes')}")
    return " ".join(words)


@functools.cache
def _titles() -> dict[str, str]:
    """Return the titles of the presets by what they mean."""
    return {_text(meaning(preset.recipe)): preset.title for preset in presets.PRESETS.values()}


def _text(steps: list[dict[str, Any]]) -> str:
    return json.dumps(steps, sort_keys=True)
