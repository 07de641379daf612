"""What an op is: `Op`, the decorator that makes one of a function, and the registry of all ops.

The signature of the function is the schema and its docstring the documentation: sliders, help texts,
validation, captions and the contract tests are derived from them. See `augment.ops` for the ops, and
CONTRIBUTING.md for how to add one.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from augment.engine.colour import Image
from augment.engine.params import Draw, Param, format_value, read_signature
from augment.engine.policies import PoolEntry


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The source of an op.

    Attributes:
        title: The title, or "folklore" where there is no paper to name.
        arxiv: The arXiv number, if there is one.
    """

    title: str
    arxiv: str | None = None

    @property
    def label(self) -> str:
        """A short name to show."""
        return f"arXiv {self.arxiv}" if self.arxiv else self.title

    @property
    def url(self) -> str | None:
        """Where to read it."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else None


FOLKLORE = Paper(title="folklore")


@dataclass(frozen=True, kw_only=True)
class Twin:
    """The keras_cv layer that does what an op does.

    Attributes:
        layer: Its name in keras_cv.layers.
        arguments: From the op's parameters to the layer's arguments; equal names and values if None.
        differs: What differs, as whole sentences; empty if nothing that a user would notice.
    """

    layer: str
    arguments: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    differs: str = ""


OPS = "augment.ops"
"""The package in which ops are looked for; named, not imported, because every op imports this module."""

Kind = Literal["tone", "affine", "colour", "paste", "blend", "pixels", "mix", "policy"]

STATISTICS = ("extent", "means", "histogram")
"""What an op of kind "tone" may read of the picture; see `augment.engine.tone`."""

_READS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "affine": ("height", "width"),
        "colour": (),
        "paste": ("height", "width"),
        "blend": (),
        "pixels": ("image",),
        "mix": ("image", "partner"),
        "policy": ("allowed",),
    }
)
"""The leading positional arguments of each kind but "tone"; "out" may follow where a picture is made."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "policies": "Policies",
        "mixing": "Mixing pictures and labels",
        "erasing": "Erasing",
        "spatial": "Geometry",
        "colour": "Colour, noise and blur",
        "tone": "Brightness and levels",
    }
)
"""The packages in `OPS`, each with its title, in the order in which they are listed."""


@dataclass(frozen=True, kw_only=True)
class Op:
    """An op as its function describes it; made by `op`.

    Attributes:
        kind: What the function returns.

            "tone": a table, uint8 (256,) or (256, 3), an op always the same of the two.
            "affine": a matrix from output to input pixels, float64 (2, 3).
            "colour": a matrix from RGB to RGB, float64 (3, 3); the result is rounded and clipped.
            "paste": the box in which the partner is shown, `augment.engine.geometry.Box`.
            "blend": the share of the picture itself in its weighted mean with its partner.
            "pixels": a new image.
            "mix": a new image and the share that is still its own.
            "policy": which children happen.

            A function of the first five kinds is small and pure, and numba can compile it as it stands:
            no dicts, choices compared as strings, every argument of an inner call given, and a result
            of one shape whatever is chosen.
        group: The package it is in, and what it is listed under; a key of `GROUPS`.
        caption_of: Makes the text under a tile from the values of one image.
        pool: For policies with children of their own: these, from the policy's values.
        twin: Its counterpart in keras_cv, if there is one.
        takes_steps: Whether a recipe gives the children.
        version: Raised whenever the same draws give other pixels.
        reads: The names of the leading positional arguments, which the kind decides: for "tone" any of
            `STATISTICS`, measured on the picture as it is before the op; for "affine" and "paste" the
            height and the width; for "pixels" and "mix" the pictures, then "out" if the op writes there.
        smallest_px: The shortest side of a picture that the op can change, for the kinds "pixels" and
            "mix"; a smaller picture stays as it is.
        also: Other words that people use for what it does, by which it is found: "mirror" for a flip.
    """

    name: str
    title: str
    kind: Kind
    group: str
    function: Callable[..., Any]
    params: Mapping[str, Param]
    draws: Mapping[str, Draw]
    paper: Paper
    caption_of: Callable[[Mapping[str, Any]], str]
    pool: Callable[[Mapping[str, Any]], tuple[PoolEntry, ...]] | None
    twin: Twin | None
    version: int
    reads: tuple[str, ...]
    smallest_px: int = 1
    also: tuple[str, ...] = ()

    @property
    def doc(self) -> str:
        """The docstring without its example."""
        return self._docstring[0]

    @property
    def example(self) -> str:
        """The example of the docstring: a doctest, which the tests run; empty if there is none."""
        return self._docstring[1]

    @property
    def _docstring(self) -> tuple[str, str]:
        docstring = inspect.getdoc(self.function) or ""
        doc, _, example = docstring.partition("\n\nExample:\n")
        return doc, textwrap.dedent(example).rstrip()

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.partition("\n")[0]

    @property
    def mixes(self) -> bool:
        """Whether it mixes a picture with a partner of its batch, and their labels."""
        return self.kind in ("paste", "blend", "mix")

    @property
    def takes_steps(self) -> bool:
        """Whether the children of this policy are steps of the recipe."""
        return self.kind == "policy" and self.pool is None

    def picture(self, *pictures: Image, out: Image, values: Mapping[str, Any]) -> float:
        """Write the picture that an op of kind "pixels" or "mix" makes.

        Args:
            pictures: uint8 (H, W, 3): the picture, and for a mix its partner.
            out: An array of that shape, where the result goes. An op that names it as its last
                positional argument writes there itself, which spares an array for each picture.
            values: The keyword arguments.

        Returns:
            The share of the picture that is still its own.
        """
        if not self.can_change(*pictures[0].shape[:2]):
            out[...] = pictures[0]
            return 1.0
        writes_itself = "out" in self.reads
        made = self.function(*pictures, *((out,) if writes_itself else ()), **values)
        image, own = made if self.kind == "mix" else (made, 1.0)
        if image is not out:
            out[...] = image
        return float(own)

    def can_change(self, height: int, width: int) -> bool:
        """Whether pictures of this size are large enough for the op."""
        return min(height, width) >= self.smallest_px

    @property
    def drawn_once(self) -> tuple[str, ...]:
        """What is drawn once for each image: for a policy, not what it draws for each slot."""
        return tuple(name for name, draw in self.draws.items() if not draw.slots)

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of each parameter."""
        return {name: param.default for name, param in self.params.items()}

    def caption(self, values: Mapping[str, Any]) -> str:
        """Return a short text on what these drawn values do."""
        return self.caption_of(values)

    def format(self, name: str, value: Any) -> str:
        """Return the value of an argument as text; what is drawn has the unit of its parameters."""
        read = self.draws[name].param_names if name in self.draws else (name,)
        units = [self.params[param].unit for param in read]
        return format_value(value, next(filter(None, units), ""))


_registry: dict[str, Op] = {}


def registry() -> Mapping[str, Op]:
    """Return every op by name, in the order of `GROUPS`.

    Every module of the package `augment.ops` is imported the first time, which registers its op.
    """
    _discover()
    return _sorted(len(_registry))


@functools.cache
def _discover() -> None:
    package = importlib.import_module(OPS)
    for module in pkgutil.walk_packages(package.__path__, f"{OPS}."):
        importlib.import_module(module.name)


@functools.lru_cache(maxsize=1)
def _sorted(count: int) -> Mapping[str, Op]:
    """Return the ops in order; the count is there to notice an op that was registered since."""
    groups = list(GROUPS)
    ops = sorted(_registry.values(), key=lambda op: (groups.index(op.group), op.name))
    return MappingProxyType({op.name: op for op in ops})


def op(
    *,
    kind: Kind,
    caption: str | Callable[[Mapping[str, Any]], str],
    paper: Paper = FOLKLORE,
    title: str | None = None,
    pool: Callable[[Mapping[str, Any]], tuple[PoolEntry, ...]] | None = None,
    twin: Twin | None = None,
    version: int = 1,
    smallest_px: int = 1,
    also: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as an op, and return it unchanged.

    Keyword-only arguments annotated with a `Param` are what a recipe gives; those annotated with a
    `Draw` are drawn by the engine. A `Param` that only a `Draw` reads is an argument all the same,
    because the signature is the schema.

    Args:
        kind: See `Op`.
        caption: A format string over the arguments, or a function of them.
        paper: Where the op comes from.
        title: The name to show, if the function's name will not do.
        pool: See `Op`.
        twin: See `Op`.
        version: See `Op`.
        smallest_px: See `Op`.
        also: See `Op`.

    Raises:
        TypeError: The signature is not that of an op, or its module is in no package of `GROUPS`.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        if name in _registry and _registry[name].function.__module__ != function.__module__:
            raise TypeError(f"an op named {name} exists already")
        params, draws, reads = read_signature(function)
        group = function.__module__.removeprefix(f"{OPS}.").partition(".")[0]
        if group not in GROUPS:
            raise TypeError(f"{name} must be in one of the packages {', '.join(GROUPS)} of {OPS}")
        for draw_name, draw in draws.items():
            _check_draw(f"{name}: {draw_name}", draw, params)
        _check_reads(name, kind, reads)
        _registry[name] = Op(
            name=name,
            title=title or name.replace("_", " ").capitalize(),
            kind=kind,
            group=group,
            function=function,
            params=MappingProxyType(params),
            draws=MappingProxyType(draws),
            paper=paper,
            caption_of=_formatter(caption) if isinstance(caption, str) else caption,
            pool=pool,
            twin=twin,
            version=version,
            reads=reads,
            smallest_px=smallest_px,
            also=also,
        )
        return function

    return register


def _check_draw(where: str, draw: Draw, params: Mapping[str, Param]) -> None:
    for needed in (*draw.param_names, *draw.slots):
        if needed not in params:
            raise TypeError(f"{where} is drawn from {needed}, which is not a Param")
    if draw.takes_strength:
        draw.strength_range(params)


def _check_reads(name: str, kind: Kind, reads: tuple[str, ...]) -> None:
    if kind == "tone":
        right = len(set(reads)) == len(reads) and set(reads) <= set(STATISTICS)
        expected = f"any of {', '.join(STATISTICS)}"
    else:
        expected = ", ".join(_READS[kind]) or "none"
        right = reads == _READS[kind]
        if kind in ("pixels", "mix"):
            right = right or reads == (*_READS[kind], "out")
            expected += ", and out if it writes there"
    if not right:
        raise TypeError(
            f"{name} is of kind {kind}, so its leading arguments must be {expected}, but they are "
            f"{', '.join(reads) or 'none'}"
        )


def _formatter(template: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda values: template.format_map(values)
