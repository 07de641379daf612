"""Names of tfds sets, the facts about each, its folder on disk, and opening it."""

from __future__ import annotations

import difflib
import functools
import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.data.images import decode
from augment.data.source import Listing, Progress, Source, display_name
from augment.data.sources.tfds import download, records
from augment.errors import DataError
from augment.system import files

FLOWERS = "oxford_flowers102"
CATALOGUE = "https://www.tensorflow.org/datasets/catalog"
VERSION = 2

FLOWERS_DOWNLOAD = "about 345 MB"
FLOWERS_FILES = ("102flowers.tgz", "imagelabels.mat", "setid.mat")
_FLOWERS_FACTS = {
    "title": "Oxford Flowers 102",
    "note": "Oxford Flowers 102 with its official split: 1,020 training pictures (ten per class), 1,020 "
    "validation pictures and 6,149 test pictures, so the training split is much smaller than the test "
    "split. Results on other splits, which are common on the web, are not comparable.",
    "licence": "Its authors state no licence; most pictures were collected from the web. "
    "They are not part of this project.",
    "citation": "M-E. Nilsback and A. Zisserman, Automated Flower Classification over a Large "
    "Number of Classes, ICVGIP 2008. https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
}

_NAME = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9_]*)"
    r"(?:/(?P<config>[A-Za-z0-9][A-Za-z0-9_.+-]*))?"
    r"(?::(?P<version>\d+\.\d+\.\d+))?"
)
_LONGEST_NAME = 100
_LONGEST_FACT = 2000


@dataclass(frozen=True, kw_only=True)
class Request:
    """The name of a set; an empty `config` or `version` means the default one."""

    name: str
    config: str
    version: str

    def __str__(self) -> str:
        """Return the name as tensorflow-datasets writes it."""
        config = f"/{self.config}" if self.config else ""
        return f"{self.name}{config}" + (f":{self.version}" if self.version else "")


def source(dataset: str) -> Source:
    """Return the source of a tfds set, such as `mnist`, `emnist/letters` or `mnist:3.0.1`.

    Nothing is imported, so a name that does not exist is noticed only when the set is opened. The class
    names come with the prepared data, the facts from the folder of the set if it is on disk.

    Raises:
        DataError: The name is not valid.
    """
    request = parse(dataset)
    page = f"{CATALOGUE}/{request.name}"
    facts = {
        "title": display_name(request.name) + str(request).removeprefix(request.name),
        "note": f"{request} from tensorflow-datasets, with its official splits; see {page}.",
        "licence": f"See {page}; it is not part of this project.",
        "citation": f"See {page}.",
    }
    facts |= _FLOWERS_FACTS if request.name == FLOWERS else about(dataset)
    return Source(
        name=f"tfds:{request}",
        version=VERSION,
        prepares_itself=False,
        open=functools.partial(_open, request),
        to_fetch=functools.partial(_to_fetch, request),
        title=facts["title"],
        note=facts["note"],
        licence=facts["licence"],
        citation=facts["citation"],
    )


def parse(dataset: str) -> Request:
    """Return the parts of a name, or raise a `DataError` that shows what valid names look like."""
    found = _NAME.fullmatch(dataset) if len(dataset) <= _LONGEST_NAME else None
    if not found:
        raise DataError(
            f"{decode.shown(dataset)} is not a name of a tfds set, such as mnist, emnist/letters or "
            f"mnist:3.0.1; {CATALOGUE}/overview lists them."
        )
    return Request(**{key: text or "" for key, text in found.groupdict().items()})


def originals_folder() -> Path:
    """Return the data folder of tensorflow-datasets: ``TFDS_DATA_DIR`` or its default."""
    configured = os.environ.get("TFDS_DATA_DIR")
    folder = Path(configured).expanduser() if configured else Path.home() / "tensorflow_datasets"
    return folder.absolute()


def about(dataset: str) -> Mapping[str, str]:
    """Return the facts that the authors of a set give in its folder on disk.

    The keys are title, description, licence, citation and homepage, without those that the authors left
    out; there are none if the set is not on disk.
    """
    folder = prepared_folder(parse(dataset))
    content = _json(folder / "dataset_info.json") if folder else {}
    location, rights = content.get("location"), content.get("redistributionInfo")
    urls = location.get("urls") if isinstance(location, dict) else None
    config = content.get("configName")
    facts = {
        "title": f"{display_name(content.get('name', ''))}{f'/{config}' if config else ''}",
        "description": content.get("description"),
        "licence": rights.get("license") if isinstance(rights, dict) else None,
        "citation": content.get("citation"),
        "homepage": urls[0] if isinstance(urls, list) and urls else None,
    }
    return {
        key: fact.strip()[:_LONGEST_FACT]
        for key, fact in facts.items()
        if isinstance(fact, str) and fact.strip()
    }


def prepared_folder(request: Request) -> Path | None:
    """Return the folder of the newest version on disk that matches the request, or None."""
    root = originals_folder() / request.name
    config = request.config or _json(root / ".config" / "metadata.json").get("default_config_name")
    if isinstance(config, str) and config:
        root = root / config
    try:
        folders = [folder for folder in root.iterdir() if _is_prepared(folder, request.version)]
    except OSError:
        return None
    return max(folders, key=lambda folder: tuple(map(int, folder.name.split("."))), default=None)


def _is_prepared(folder: Path, version: str) -> bool:
    matches = folder.name == version if version else re.fullmatch(r"\d+\.\d+\.\d+", folder.name)
    return bool(matches) and all(
        (folder / file).is_file() for file in ("dataset_info.json", "features.json")
    )


def _json(file: Path) -> dict[str, Any]:
    try:
        return files.read_json(file, may_be_link=True) or {}
    except files.DamagedFile:
        return {}


def _to_fetch(request: Request) -> str:
    if prepared_folder(request):
        return ""
    folder = originals_folder()
    if request.name != FLOWERS:
        return f"{request} into {folder}; its size is shown once the download begins"
    manual = folder / "downloads" / "manual"
    if all((manual / file).is_file() for file in FLOWERS_FILES):
        return ""
    return (
        f"Oxford Flowers 102, {FLOWERS_DOWNLOAD}, from www.robots.ox.ac.uk into {folder}, where it takes "
        "about 1 GB"
    )


def _open(request: Request, progress: Progress) -> Listing:
    progress(0, 0, download.STARTING)
    # This takes half a second: the library imports TensorFlow only when it needs it.
    library = _imported("tensorflow_datasets", request)
    folder = prepared_folder(request)
    if folder is None:
        try:
            builder = library.builder(str(request), data_dir=str(originals_folder()))
        except Exception as error:
            raise _no_builder(library, request, error) from error
        records.used_features(library, builder)  # raises for an unsuitable set, before the download
        download.download(builder, progress)
        folder = Path(builder.data_dir)
        progress(0, 0, download.STARTING)
    _imported("tensorflow", request)
    try:
        builder = library.builder_from_directory(folder)
    except Exception as error:
        raise records.unreadable(request.name, folder, error) from error
    return records.listing(library, builder, progress)


def _imported(module: str, request: Request) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.replace("_", "-")
        raise DataError(
            f"Preparing tfds:{request} needs the package {package} ({error}); "
            f'install it with "pip install {package}".'
        ) from error


def _no_builder(library: Any, request: Request, error: Exception) -> DataError:
    names = sorted(set(library.list_builders(with_community_datasets=False)))
    if request.name not in names:
        near = difflib.get_close_matches(request.name, names, n=3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        return DataError(
            f"tensorflow-datasets has no set {request.name}; {hint}{CATALOGUE}/overview lists them."
        )
    configs = list(library.builder_cls(request.name).builder_configs)
    if request.config and request.config not in configs:
        named = ", ".join(configs[:8]) + (", …" if configs[8:] else "")
        return DataError(
            f"{request.name} has no configuration {request.config}; it has {named or 'none'}."
        )
    version = library.builder_cls(request.name).VERSION
    if request.version and request.version != str(version):
        return DataError(
            f"tensorflow-datasets prepares version {version} of {request.name}, not {request.version}; "
            "set TFDS_DATA_DIR to a folder that contains the other version."
        )
    return DataError(
        f"tensorflow-datasets cannot open {request} in {originals_folder()} "
        f"({download.reason(error)}); set TFDS_DATA_DIR to a folder that contains it or can be written."
    )
