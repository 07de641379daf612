"""The options that choose pictures as Explore does, or have them of the link of a page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from augment import address, data
from augment.cli import output
from augment.data import Prepared, Split, registry, samples
from augment.data.source import CROP, FITS
from augment.data.splits import AS_IT_IS, LEAVE_OUT, NOTHING, SCHEMES
from augment.engine.limits import SEED, Limits, did_you_mean, shorten
from augment.engine.samples import Samples
from augment.errors import ConfigError, DataError
from augment.inspect.sheet import FORMATS

COUNT = Limits(low=1, high=100)
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "data": "bundled",
        "split": None,
        "splits": AS_IT_IS,
        "split_seed": 0,
        "leave_out": NOTHING,
        "size": 224,
        "fit": CROP,
        "classes": [],
        "count": 9,
        "picture": None,
        "seed": 7,
    }
)
"""The options that a link may have too, by what they are without both."""
_IN_LINKS = {"count": "tiles", "classes": "flowers"}
"""What a link calls them, where that is another name."""
_OWN = "own"
"""What a link has for --data where the pictures were uploaded."""
_NUMBERS = ("split_seed", "size", "count", "seed", "epoch")


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """The pictures that the options choose.

    Attributes:
        prepared: The data.
        split: The split.
        names: The name of each picture in the data.
        samples: The pictures.
    """

    prepared: Prepared
    split: Split
    names: tuple[str, ...]
    samples: Samples

    def to_dict(self, source: str) -> dict[str, Any]:
        """Return what a document says of the pictures, which --data names."""
        return {
            "data": source,
            "split": self.split.name,
            "splits": self.prepared.scheme,
            "size": self.prepared.size,
            "fit": self.prepared.fit,
            "samples": list(self.names),
            "class_names": list(self.samples.class_names),
        }

    def row(self, picture: str) -> int:
        """Return the row of a picture, which is named by its number, from 1, or as the data do.

        Raises:
            ConfigError: There is no such picture among these.
        """
        count = len(self.names)
        if picture.isascii() and picture.isdecimal() and 1 <= int(picture) <= count:
            return int(picture) - 1
        if picture in self.names:
            return self.names.index(picture)
        raise ConfigError(
            f"--picture {shorten(picture)} is none of the {count} pictures"
            f"{did_you_mean(picture, self.names)}; give its number, 1 to {count}, or its name."
        )


def add(parser: argparse.ArgumentParser, *, picture: str) -> None:
    """Add the options; `picture` is the help of the one that takes one of the pictures."""
    parser.add_argument(
        "--link",
        metavar="ADDRESS",
        help="the link of a page: what it shows, where no other option says otherwise",
    )
    parser.add_argument("--data", help=f"{registry.KINDS} (bundled)")
    parser.add_argument("--split", help="which split of the data (the first)")
    parser.add_argument("--splits", help=f"{' | '.join(SCHEMES)}; as in train ({AS_IT_IS})")
    parser.add_argument(
        "--split-seed", type=output.whole, metavar="N", help="seed of the splits (0)"
    )
    parser.add_argument("--leave-out", help=f"{' | '.join(LEAVE_OUT)}; as in train ({NOTHING})")
    parser.add_argument(
        "--size", type=output.whole, metavar="PX", help="side of the pictures (224)"
    )
    parser.add_argument("--fit", help=f"{' | '.join(FITS)}; as in train ({CROP})")
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        metavar="NAME",
        help="only pictures of this class; may be given several times (all)",
    )
    parser.add_argument(
        "--count",
        type=output.whole,
        metavar="N",
        help="how many pictures, first one of each class, then the second of each, and so on: "
        f"{COUNT.span} (9)",
    )
    parser.add_argument("--picture", metavar="N", help=picture)
    parser.add_argument("--seed", type=output.whole, help=f"seed of the draws: {SEED.span} (7)")


def complete(options: argparse.Namespace, linked: Mapping[str, Any], **more: Any) -> None:
    """Fill in what the options leave open: as in the link if there is one, else the defaults.

    Args:
        options: The options, None where they leave it open.
        linked: What `of_link` has found.
        more: The defaults of further options.
    """
    for name, default in {**DEFAULTS, **more}.items():
        if getattr(options, name) is None:
            setattr(options, name, linked.get(name, default))


def of_link(link: str | None, *more: str) -> dict[str, Any]:
    """Return the options that an address of a page stands for; none for no link.

    Args:
        link: The address.
        more: Further options that it may have.

    Raises:
        ConfigError: The link cannot be read, or shows pictures that are not here.
    """
    if link is None:
        return {}
    if not address.is_address(link):
        raise ConfigError(
            f"--link {shorten(link)} is no address; it begins with http://, https:// or ?."
        )
    given = address.parameters(link)
    found: dict[str, Any] = {}
    for name in (*DEFAULTS, *more):
        if values := given.get(_IN_LINKS.get(name, name), []):
            found[name] = values if name == "classes" else values[0]
    for name in _NUMBERS:
        if name in found:
            try:
                found[name] = output.whole(found[name])
            except argparse.ArgumentTypeError as error:
                raise ConfigError(f"--link: {_IN_LINKS.get(name, name)}: {error}.") from None
    if found.get("data") == _OWN:
        raise ConfigError(
            "--link shows pictures that somebody uploaded to the page, which the link does not contain; "
            "name others with --data."
        )
    return found


def chosen(options: argparse.Namespace) -> Chosen:
    """Return the pictures that completed options choose.

    Raises:
        ConfigError: A number or a class is not allowed.
        DataError: The data are not prepared, or have no such pictures.
    """
    output.check("--count", options.count, COUNT)
    output.check("--seed", options.seed, SEED)
    prepared = data.open_prepared(
        options.data,
        options.size,
        options.fit,
        scheme=options.splits,
        seed=options.split_seed,
        leave_out=options.leave_out,
    )
    split = prepared.split(options.split or next(iter(prepared.splits)))
    classes = _classes(options.classes, prepared.class_names)
    rows = samples.rows_by_class(split.labels, classes=classes, count=options.count)
    if not len(rows):
        raise DataError(f"The split {split.name} has no picture of {', '.join(options.classes)}.")
    return Chosen(
        prepared=prepared,
        split=split,
        names=tuple(split.sample_names[row] for row in rows),
        samples=samples.of_rows(prepared, split.name, rows),
    )


def format_of(path: Path) -> str:
    """Return the format of the ending of a file; a pipe or a device gets a PNG.

    Raises:
        ConfigError: There is no format of this ending, or no file can be at this path.
    """
    output.check_place("--out", path)
    ending = path.suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    if output.is_pipe_or_device(path):
        return "PNG"
    given = f"ends in {shorten(path.suffix)}" if path.suffix else "has no ending"
    raise ConfigError(
        f"--out {str(path)!r} {given}; the format goes by the ending, which may be "
        f"{', '.join(FORMATS)}."
    )


def _classes(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Return the indexes of classes.

    Raises:
        ConfigError: There is no class of such a name.
    """
    for name in names:
        if name not in known:
            raise ConfigError(
                f"--class: the data have no class {shorten(name)}{did_you_mean(name, known)}."
            )
    return [known.index(name) for name in names]
