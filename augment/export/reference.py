"""The reference page of the ops, ``docs/ops.md``, derived from the ops."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from augment.engine.op import GROUPS, Op, registry
from augment.engine.params import Draw, Param, RecommendedRange
from augment.export import with_albumentations, with_keras, with_torchvision
from augment.export.counterparts import Counterpart
from augment.export.source import Call, Source
from augment.export.with_keras_cv import layer

COMMAND = "python -m augment ops --markdown"

_HEAD = f"""\
# The ops

<!-- Written by `{COMMAND} > docs/ops.md`. Change an op, and write it again. -->

Every op that a recipe can use, by group. Every step also takes `id`, `enabled`, `probability` and
`classes` (see [design.md](design.md)).

- **Unit "turn"**: a full circle, so 0.25 is 90 degrees. Sliders show degrees.
- **No effect at**: the value at which the parameter changes nothing.
- **Recommended**: the range that papers and practice use, with the sources below the table.
- **Elsewhere**: what does about the same in other libraries, and how it differs; "it" is the layer or the
  transform there, and the script is that of `python -m augment export`, which has these sentences as
  comments. Of keras_cv there is the whole call with the op's defaults. [The table](#elsewhere) has the
  names of all.
- **Examples**: doctests, which the tests run. `ids` are the ids of the samples; the same recipe, id, seed
  and epoch always draw the same values.
"""


def counterparts() -> Mapping[str, Mapping[str, Counterpart]]:
    """Return what the ops are called in each library, by the library and the op."""
    twins = {
        name: Counterpart(op.twin.layer, op.twin.differs)
        for name, op in registry().items()
        if op.twin
    }
    return {
        "keras_cv": twins,
        "keras.layers": with_keras.COUNTERPARTS,
        "torchvision v2": with_torchvision.COUNTERPARTS,
        "albumentations": with_albumentations.COUNTERPARTS,
    }


_ELSEWHERE = """\
<a id="elsewhere"></a>

## The ops in other libraries

An asterisk: something differs, which the section of the op says. A dash: there is nothing for it, so a
script leaves it out, except One of and Random pipeline, for which it has a function of its own.
Verified with keras_cv 0.9, Keras 3.15, torchvision 0.28 and albumentations 2.0.8, by running them."""


def markdown() -> str:
    """Return the page: each group with its ops, all derived from the ops themselves."""
    ops = registry().values()
    by_group = {title: [op for op in ops if op.group == group] for group, title in GROUPS.items()}
    contents = [
        f"- {title}: " + ", ".join(f"[{op.title}](#{op.name})" for op in members)
        for title, members in by_group.items()
    ]
    sections = [
        block
        for title, members in by_group.items()
        for block in (f"## {title}", *(block for op in members for block in _section(op)))
    ]
    blocks = [_HEAD.rstrip("\n"), "\n".join(contents), _ELSEWHERE, _table(), *sections]
    return "\n\n".join(blocks) + "\n"


def drawn(draw: Draw) -> str:
    """Return a sentence about a distribution, made from its docstring and its fields."""
    text = (inspect.getdoc(type(draw)) or "").partition("\n")[0]
    details = []
    for field in dataclasses.fields(draw):
        value = getattr(draw, field.name)
        noun = "the parameter" if field.name == "param" else f"the {field.name}"
        if noun in text and value is not None:
            text = text.replace(noun, _plain(value))
        elif field.name != "slots" and value != field.default:
            name = field.name.replace("_", " ")
            details.append(name if value is True else f"{name}: {_plain(value)}")
    if draw.slots:
        details.append(f"once for each of {' x '.join(map(_plain, draw.slots))}")
    return f"{text} ({', '.join(details)})" if details else text


def allowed(param: Param) -> str:
    """Return the values that a parameter accepts, with their unit."""
    if param.type == "choice":
        return ", ".join(f"`{choice}`" for choice in param.choices)
    low, high = param.bounds
    return f"{low:g} to {high:g} {param.unit}".rstrip()


def recommended_range(recommended: RecommendedRange) -> str:
    """Return the recommended range of a parameter."""
    ends = (("from", recommended.low), ("up to", recommended.high))
    text = " ".join(f"{word} {end:.3g}" for word, end in ends if end is not None)
    return f"{text} with `{recommended.only_if[1]}`" if recommended.only_if else text


def layer_call(op: Op) -> str:
    """Return the call of the op's keras_cv layer with the op's defaults; empty if it has none."""
    if op.twin is None:
        return ""
    call = layer(op.twin, op.defaults)
    children = {"layers": Source("[...]")} if op.takes_steps else {}
    return Call(call.name, {**children, **call.arguments}).one_line()


def _table() -> str:
    """Return the table of the names of each op in each library."""
    libraries = counterparts()
    rows = [
        (f"[{op.title}](#{name})", *(_named(library.get(name)) for library in libraries.values()))
        for name, op in registry().items()
    ]
    header = ("op", *libraries)
    lines = (" | ".join(cells) for cells in (header, ["---"] * len(header), *rows))
    return "\n".join(f"| {line} |" for line in lines)


def _named(counterpart: Counterpart | None) -> str:
    if counterpart is None:
        return "-"
    names = ", ".join(f"`{name}`" for name in counterpart.name.split(", "))
    return f"{names} \\*" if counterpart.differs else names


def _elsewhere(op: Op) -> Iterator[str]:
    """Yield what an op is called in each library, and what differs there."""
    for library, names in counterparts().items():
        counterpart = names.get(op.name)
        if counterpart is None:
            yield f"- {library}: nothing."
            continue
        called = f"`{layer_call(op)}`" if library == "keras_cv" else _named(counterpart)
        called = called.removesuffix(" \\*")
        yield f"- {library}: {called}. {counterpart.differs}".rstrip()


def _section(op: Op) -> Iterator[str]:
    yield f'<a id="{op.name}"></a>\n\n### {op.title}'
    paper = op.paper
    source = f"[{paper.title}, {paper.label}]({paper.url})" if paper.url else paper.title
    yield f"`{op.name}`, kind {op.kind}, version {op.version}. From {source}."
    yield op.doc
    if op.also:
        yield f"Also looked for as: {', '.join(op.also)}."
    yield f"```pycon\n{op.example}\n```"
    if op.params:
        rows = [
            (
                f"`{param.name}`",
                allowed(param),
                f"`{param.default}`" if param.type == "choice" else f"{param.default:g}",
                "" if param.identity is None else f"{param.identity:g}",
                "; ".join(map(recommended_range, param.recommended)),
                param.help.replace("|", "\\|"),
            )
            for param in op.params.values()
        ]
        header = ("parameter", "allowed", "default", "no effect at", "recommended", "meaning")
        lines = (" | ".join(cells) for cells in (header, ["---"] * len(header), *rows))
        yield "\n".join(f"| {line} |" for line in lines)
    sources = [
        f"- `{param.name}`, {recommended_range(recommended)}: {recommended.source}"
        for param in op.params.values()
        for recommended in param.recommended
    ]
    if sources:
        yield "\n".join(("Sources of the recommended ranges:", "", *sources))
    if op.draws:
        yield "Drawn for each picture:"
        yield "\n".join(f"- `{name}`: {drawn(draw)}" for name, draw in op.draws.items())
    if op.takes_steps:
        yield "Its child steps are listed under `steps`."
    yield "Elsewhere:"
    yield "\n".join(_elsewhere(op))


def _plain(value: Any) -> str:
    """Return the text for a field of a distribution; a string is the name of a parameter."""
    if isinstance(value, tuple):
        return " to ".join(_plain(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if isinstance(value, str) else f"{value:g}"
