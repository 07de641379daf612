"""Labels from a table beside the pictures, such as the ``train.csv`` of a competition."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL, TEST, TRAIN, VALIDATION
from augment.data.sources import encodings, split_names
from augment.data.sources.arranged import File, Layout, LeftOut, Reason, composed
from augment.data.sources.files import reason
from augment.engine.limits import shorten
from augment.errors import DataError
from augment.system.units import counted, megabytes

MOST_BYTES = 32_000_000
"""Larger tables are not read."""
MOST_CELLS = 4_000_000
MOST_TABLES = 20
"""Only so many tables are read."""
MOST_CLASSES = 20_000

_SAMPLE = 2000
_LEAST_NAMED = 0.1
"""The share of the rows, or of the pictures, that a column of pictures names at least."""
_NEARLY = 0.9
_DELIMITERS = ",;\t|"
_LABELS = (
    *("class_name", "label_name", "category_name", "species_name", "classname", "labelname"),
    *("label", "labels", "class", "classes", "category", "categories", "target", "breed"),
    *("species", "diagnosis", "dx", "disease", "type", "variety", "cultivar", "y", "level"),
    *("grade", "answer", "tag", "tags", "genus", "family", "emotion", "gender", "style"),
    *("artist", "kind", "class_id", "label_id", "category_id", "classid", "labelid"),
    *("category_idx", "class_idx"),
)
"""What the column of labels is called, the first ones before the others."""
_PICTURES = frozenset(
    (
        *("id", "image", "image_id", "imageid", "image_name", "imagename", "image_path", "img"),
        *("img_id", "id_code", "filename", "file_name", "file", "filepath", "file_path", "path"),
        *("name", "photo", "photo_id", "picture", "picture_id", "pic", "fname", "uuid"),
    )
)
"""What the column of pictures is called."""
_COUNTS = frozenset(("", "unnamed_0", "index", "idx", "no", "number", "row"))
"""What a column that counts the rows is called."""
_SPLITS = frozenset(
    ("split", "set", "subset", "partition", "usage", "dataset", "data_set", "phase")
)
_FLAGS = {
    **dict.fromkeys(("is_valid", "is_val", "is_validation", "valid"), VALIDATION),
    **dict.fromkeys(("is_test", "test"), TEST),
}
_REFERENCES = frozenset(
    (
        *("id", "index", "idx", "unnamed", "unnamed_0", "no", "number", "fold", "kfold"),
        *("date", "time", "url", "source", "author", "license", "licence", "comment"),
        *("comments", "notes", "bbox", "patient_id", "lesion_id", "user_id", "md5"),
        *("sha256", "hash", "path", "image", "filename"),
    )
)
"""Columns that are never labels unless they are called so."""
_MEASURES = frozenset(
    (
        *("age", "sex", "width", "height", "w", "h", "x", "xmin", "xmax", "ymin", "ymax"),
        *("x1", "x2", "y1", "y2", "size", "lat", "lon", "latitude", "longitude"),
        *("filesize", "confidence", "score", "weight", "depth", "channels"),
    )
)
"""Columns that are labels only if no other column is there."""
_NOT_OF_LABELS = re.compile(r"submission|submit", re.IGNORECASE)
_EMPTY = frozenset(("", "nan", "null", "none"))
_TRUE = frozenset(("1", "1.0", "true", "t", "yes", "y"))
_FALSE = frozenset(("0", "0.0", "false", "f", "no", "n"))
_HOT = frozenset(("0", "1", "0.0", "1.0", ""))
_ONE_HOT = "the columns"
"""How the label is described where there is a column for each class."""
_SEPARATOR = re.compile(r"\A\ufeff?\"?sep=.\"?\r?\n", re.IGNORECASE)
"""The line that names the separator for Excel; other programs show it as a row."""
_MOST_NUMBERS = 50
"""Numbers of more different values are measured, unless there are several pictures of each."""
_COLUMNS_NAMED = 6


class _Unusable(Exception):
    """Why a table cannot give labels; the message is the rest of a sentence that names the table."""


class _NoLabels(_Unusable):
    """Why a table that is about the pictures cannot give their labels."""


class _Cells(NamedTuple):
    """What a table has in its columns, by their names, without the head."""

    names: list[str]
    rows: list[list[str]]
    first_row: int


@dataclass(kw_only=True)
class _Labelled:
    """The labels that a table gives.

    Attributes:
        table: Its file.
        picture: The name of the column of pictures.
        label: What the labels are, in words.
        labels: The label of each path.
        splits: The split of each path, as far as the table gives it.
        unknown: Rows that name no picture.
        unclear: Rows that name several pictures.
        remark: How its text was read, as the end of a sentence; empty for Unicode.
        is_guess: Whether that is a guess.
        is_called_label: Whether the column of labels is called so, and not only the one that is left.
    """

    table: File
    picture: str
    label: str
    labels: dict[str, str] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    unknown: int = 0
    unclear: int = 0
    is_called_label: bool = False
    remark: str = ""
    is_guess: bool = False


def arrange(
    files: list[File],
    tables: Sequence[File],
    read: Callable[[File], bytes],
    left_out: LeftOut,
    called: str,
) -> Layout | None:
    """Return the classes and splits that tables give to files; None if no table is about them.

    Args:
        files: The picture files.
        tables: The files that may be tables.
        read: Returns the bytes of a table, or raises an `OSError`.
        left_out: Collects pictures without a label, and tables that were not used.
        called: The source in a message.

    Raises:
        DataError: A table is about the pictures, but does not give each one label of a class.
    """
    pictures = _Pictures(files)
    found: list[_Labelled] = []
    problems: dict[str, _Unusable] = {}
    for number, table in enumerate(sorted(tables, key=lambda each: each.path)):
        try:
            if number >= MOST_TABLES:
                raise _Unusable(f"only the first {MOST_TABLES} tables are read")
            if _NOT_OF_LABELS.search(table.path.rpartition("/")[2]):
                raise _Unusable("it is a submission, whose labels are predicted or examples")
            rows, text = _cells(table, read)
            found.append(_labelled(table, rows, pictures))
            found[-1].remark, found[-1].is_guess = text.remark, text.is_guess
        except _Unusable as error:
            problems[table.path] = error
    for path, why in problems.items():
        if not found and isinstance(why, _NoLabels):
            raise DataError(f"In {called} the table {shown(path)} gives no labels: {why}.") from why
    chosen = _chosen(found, problems, called) if found else []
    for path, why in problems.items():
        left_out.add_table(path, str(why))
    return _layout(files, chosen, left_out, called) if chosen else None


class _Pictures:
    """The picture files by what a table may call them."""

    def __init__(self, files: list[File]) -> None:
        self.count = len(files)
        self.first = min(file.path for file in files).rpartition("/")[2]
        self._by_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._by_number: dict[str, list[str]] = {}
        for file in files:
            name = composed(file.path).rpartition("/")[2].casefold()
            stem = name.rpartition(".")[0]
            self._by_name.setdefault(name, []).append(file.path)
            self._by_stem.setdefault(stem, []).append(file.path)
            if stem.isdecimal():
                self._by_number.setdefault(stem.lstrip("0"), []).append(file.path)

    def called(self, cell: str, *, by_number: bool = False) -> list[str]:
        """Return the paths of the pictures that a cell may mean: none, one, or several.

        Args:
            cell: The name of a file, with or without folders and extension.
            by_number: Whether "7" is also "0007.jpg"; spreadsheets drop the zeros.
        """
        text = composed(cell.strip().replace("\\", "/")).casefold().strip("/")
        *folders, name = text.split("/")
        if not name:
            return []
        found = self._by_name.get(name) or self._by_stem.get(name)
        if not found and "." in name:
            found = self._by_stem.get(name.rpartition(".")[0])
        if not found and by_number and name.isdecimal():
            found = self._by_number.get(name.lstrip("0"))
        if not found or len(found) == 1:
            return found or []
        return _longest_match(found, folders)


def _longest_match(paths: list[str], folders: list[str]) -> list[str]:
    """Return those of some paths whose folders end most like these."""

    def agreeing(path: str) -> int:
        own = composed(path).casefold().split("/")[:-1]
        pairs = zip(reversed(own), reversed(folders), strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    scores = [agreeing(path) for path in paths]
    return [path for path, score in zip(paths, scores, strict=True) if score == max(scores)]


class _Text(NamedTuple):
    """The text of a table, how it was read in words, and whether that is a guess."""

    text: str
    remark: str = ""
    is_guess: bool = False


def _cells(table: File, read: Callable[[File], bytes]) -> tuple[list[list[str]], _Text]:
    """Return the rows of a table, all equally long, without empty ones, and its text."""
    if table.size > MOST_BYTES:
        raise _Unusable(
            f"it has {megabytes(table.size)}, and at most {megabytes(MOST_BYTES)} are read"
        )
    try:
        data = read(table)
    except OSError as error:
        raise _Unusable(f"it cannot be read ({reason(error)})") from error
    decoded = _text(data)
    text = _SEPARATOR.sub("", decoded.text)
    best: list[list[str]] = []
    score = 0
    for delimiter in _DELIMITERS:
        sample = list(itertools.islice(_rows(text, delimiter), 100))
        widths = Counter(map(len, sample))
        width, count = max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
        if width > 1 and (count, width) > (score, len(best[0]) if best else 0):
            score, best = count, [[delimiter] * width]
    if not best:
        raise _Unusable("it is not a table of at least two columns")
    rows, cells, width = [], 0, len(best[0])
    for row in _rows(text, best[0][0]):
        cells += width
        if cells > MOST_CELLS:
            raise _Unusable(f"it has more than {MOST_CELLS:,} cells")
        rows.append([cell.strip() for cell in row[:width]] + [""] * (width - len(row)))
    return rows, decoded


def _text(data: bytes) -> _Text:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _Text(data.decode(encoding, "replace"))
    try:
        return _Text(data.decode(encodings.UTF_8))
    except UnicodeDecodeError:
        # Their bytes are in no letter of two bytes.
        words = sorted({word for word in re.split(rb'[\s,;"]+', data) if not word.isascii()})
        ranked = encodings.readings(set(words[:_SAMPLE])) or [
            encodings.Reading(encoding=encodings.NEVER_FAILS, likelihood=1.0, sure=False)
        ]
        guess = (
            ""
            if ranked[0].sure
            else ", which is a guess; save it as UTF-8 if the labels look wrong"
        )
        return _Text(
            data.decode(ranked[0].encoding, "replace"),
            f"was read as {ranked[0].shown}{guess}.",
            is_guess=bool(guess),
        )


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        yield from (row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        raise _Unusable(f"it is not a table that can be read ({error})") from error


def _labelled(table: File, rows: list[list[str]], pictures: _Pictures) -> _Labelled:
    column, by_number = _picture_column(rows, pictures)
    has_head = not pictures.called(rows[0][column], by_number=by_number)
    names = rows[0] if has_head else [f"column {number + 1}" for number in range(len(rows[0]))]
    cells = _Cells([name.strip("\ufeff ") for name in names], rows[has_head:], 1 + has_head)
    split_column = _split_column(cells, column)
    label, label_of = _labels(cells, column, split_column)
    called = {shorten(name) for name in cells.names if _word(name) in _LABELS}
    is_called_label = label in called or label.startswith(_ONE_HOT)
    found = _Labelled(
        table=table, picture=cells.names[column], label=label, is_called_label=is_called_label
    )
    rows_of: dict[str, int] = {}
    twice: list[str] = []
    hint = split_names.meant(table.path.rpartition("/")[2].rpartition(".")[0])
    for number, (row, value) in enumerate(zip(cells.rows, label_of, strict=True)):
        paths = pictures.called(row[column], by_number=by_number)
        if len(paths) > 1:
            paths = _of_split(paths, hint[0] if hint else "", table) or paths
        if len(paths) != 1:
            found.unclear += len(paths) > 1
            twice = twice or paths[:2]
            found.unknown += not paths
            continue
        [path] = paths
        if value.casefold() in _EMPTY:
            continue
        at = number + cells.first_row
        if found.labels.setdefault(path, value) != value:
            raise _NoLabels(
                f"{shown(path)} has two, {shown(found.labels[path])} in row {rows_of[path]:,} and "
                f"{shown(value)} in row {at:,}; give each picture one label"
            )
        rows_of.setdefault(path, at)
        if split_column is not None:
            split = _split_of(cells.names[split_column], row[split_column])
            if split:
                found.splits[path] = split
    if not found.labels and twice:
        raise _NoLabels(
            f"each row names several pictures at once, such as {shown(twice[0])} and "
            f"{shown(twice[1])}; keep one of them"
        )
    if not found.labels:
        raise _NoLabels("no row has a picture and its label")
    return found


def _of_split(paths: list[str], split: str, table: File) -> list[str]:
    """Return the one of several paths that is in the folder of a split, or of the table."""

    def is_of_split(path: str) -> bool:
        meant = map(split_names.meant, path.split("/")[:-1])
        return any(each is not None and each[0] == split for each in meant)

    folder = table.path.rpartition("/")[0]
    for choose in (is_of_split, lambda path: path.rpartition("/")[0] == folder):
        if len(found := [path for path in paths if choose(path)]) == 1:
            return found
    return []


def _picture_column(rows: list[list[str]], pictures: _Pictures) -> tuple[int, bool]:
    """Return the column whose cells name pictures, and whether they do so by number only.

    That is the one that names the most different ones; a column that is called so comes before others
    that name nearly as many, and one without a name, in which programs count the rows, last.
    """
    sample = rows[:: max(1, len(rows) // _SAMPLE)]
    least = min(len(sample), pictures.count) * _LEAST_NAMED
    for by_number in (False, True):
        counts = [
            sum(
                1
                for cell in {row[number] for row in sample}
                if pictures.called(cell, by_number=by_number)
            )
            for number in range(len(rows[0]))
        ]
        if max(counts) > 0 and max(counts) >= least:
            near = [number for number, count in enumerate(counts) if count >= _NEARLY * max(counts)]
            return min(near, key=lambda number: _likeness(rows[0][number])), by_number
    named = " ".join(rows[min(1, len(rows) - 1)])
    raise _Unusable(
        f"no column has the names of the pictures (a row is {shown(named)}, a picture is called "
        f"{shown(pictures.first)})"
    )


def _likeness(name: str) -> int:
    """Return 0 for what a column of pictures is called, 1 for another name, 2 for none."""
    word = _word(name)
    if word in _PICTURES:
        return 0
    return 2 if word in _COUNTS else 1


def _split_column(cells: _Cells, picture: int) -> int | None:
    for number, name in enumerate(cells.names):
        if number == picture:
            continue
        values = {row[number] for row in cells.rows} - {""}
        word = _word(name)
        if word in _SPLITS and all(_split_of(name, value) for value in values):
            return number if values else None
        if (
            word in _FLAGS
            and values
            and all(value.casefold() in _TRUE | _FALSE for value in values)
        ):
            return number
    return None


def _split_of(name: str, value: str) -> str:
    if (flagged := _FLAGS.get(_word(name))) is not None:
        return flagged if value.casefold() in _TRUE else TRAIN
    meant = split_names.meant(value)
    return meant[0] if meant and not meant[1] else ""


def _word(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _labels(cells: _Cells, picture: int, split_column: int | None) -> tuple[str, list[str]]:
    """Return what the labels are called, and that of each row.

    Raises:
        _NoLabels: No column has labels of classes, or several may.
    """
    columns = [
        number for number in range(len(cells.names)) if number not in (picture, split_column)
    ]
    words = {number: _word(cells.names[number]) for number in columns}
    for name in _LABELS:
        for number in columns:
            if words[number] == name:
                return _one_column(cells, number)
    ending = [number for number in columns if words[number].endswith(("_label", "_class", "label"))]
    if len(ending) == 1:
        return _one_column(cells, ending[0])
    if (hot := _one_hot(cells, columns)) is not None:
        return hot
    columns = [number for number in columns if words[number] not in _REFERENCES]
    possible = [number for number in columns if words[number] not in _MEASURES]
    if len(columns) == 1 and not possible:
        name, _ = _one_column(cells, columns[0])
        raise _NoLabels(
            f"its column {name} seems to be measured; if it is the label, call it label"
        )
    if not possible:
        raise _NoLabels("no column has labels")
    usable = []
    for number in possible:
        try:
            usable.append(_one_column(cells, number))
        except _NoLabels:
            if len(possible) == 1:
                raise
    if len(usable) == 1:
        return usable[0]
    named = _some(cells.names[number] for number in possible)
    if not usable:
        raise _NoLabels(
            f"none of the columns {named} has labels of classes; call one of them label"
        )
    raise _NoLabels(f"each of the columns {named} may be the labels; call one of them label")


def _one_column(cells: _Cells, number: int) -> tuple[str, list[str]]:
    """Return the name of a column and its labels.

    Raises:
        _NoLabels: It has no labels of classes.
    """
    name = shorten(cells.names[number])
    values = [row[number] for row in cells.rows]
    counts = Counter(value for value in values if value.casefold() not in _EMPTY)
    numbers = [_number(value) for value in counts]
    several = sum(counts.values()) >= 2 * len(counts)
    if numbers and all(each is not None for each in numbers):
        whole = all(each is not None and each.is_integer() for each in numbers)
        if (not whole or not several) and len(numbers) > (2 if not whole else _MOST_NUMBERS):
            raise _NoLabels(
                f"its column {name} has {len(numbers):,} different numbers, which are measurements "
                "rather than classes"
            )
        if whole:
            values = [_whole(value) for value in values]
            counts = Counter(value for value in values if value.casefold() not in _EMPTY)
    elif len(counts) > _MOST_NUMBERS and not several:
        raise _NoLabels(
            f"its column {name} has {len(counts):,} different labels for {sum(counts.values()):,} "
            "pictures, which is too many for classes"
        )
    if len(counts) > MOST_CLASSES:
        raise _NoLabels(
            f"its column {name} has {len(counts):,} different labels; at most {MOST_CLASSES:,} are "
            "allowed"
        )
    if len(counts) < 2:
        raise _NoLabels(f"its column {name} has fewer than two different labels")
    return name, values


def _number(value: str) -> float | None:
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _whole(value: str) -> str:
    """Return "3" for "3.0", as pandas writes whole numbers beside missing ones."""
    found = _number(value)
    return value if found is None or abs(found) > 2**53 else str(int(found))


def _one_hot(cells: _Cells, columns: Sequence[int]) -> tuple[str, list[str]] | None:
    hot = []
    for number in columns:
        values = {row[number] for row in cells.rows}
        if values <= _HOT and len({_whole(value) for value in values}) > 1:
            hot.append(number)
    if len(hot) < 2:
        return None
    labels = []
    for row in cells.rows:
        set_ = [number for number in hot if _whole(row[number]) == "1"]
        if len(set_) > 1:
            raise _NoLabels(
                f"a picture has several of the classes {_some(cells.names[number] for number in hot)} at "
                "once, and only one is allowed"
            )
        labels.append(cells.names[set_[0]] if set_ else "")
    if not all(labels) and sum(map(bool, labels)) < len(labels) / 2:
        return None
    return f"{_ONE_HOT} {_some(cells.names[number] for number in hot)}", labels


def _some(names: Iterable[str]) -> str:
    found = [shorten(name) for name in names]
    more = len(found) - _COLUMNS_NAMED
    return ", ".join(found[:_COLUMNS_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _chosen(found: list[_Labelled], problems: dict[str, _Unusable], called: str) -> list[_Labelled]:
    """Return the tables to use: one for each split, or the one that gives the most labels."""
    if any(each.is_called_label for each in found):
        for each in found:
            if not each.is_called_label:
                problems[each.table.path] = _Unusable(
                    "no column is called label, and another table has one"
                )
        found = [each for each in found if each.is_called_label]
    if len(found) == 1:
        return found
    splits = [
        split_names.meant(each.table.path.rpartition("/")[2].rpartition(".")[0]) for each in found
    ]
    labelled: Counter[str] = Counter(path for each in found for path in each.labels)
    alike = len({each.label for each in found}) == 1
    if alike and all(splits) and max(labelled.values()) == 1:
        names = [split[0] for split in splits if split]
        if len(set(names)) == len(names):
            for each, split in zip(found, names, strict=True):
                each.splits = dict.fromkeys(each.labels, split)
            return found
    most = max(len(each.labels) for each in found)
    best = [each for each in found if len(each.labels) == most]
    if any(each.labels != best[0].labels for each in best):
        names = [shown(each.table.path) for each in best[:_COLUMNS_NAMED]]
        raise DataError(
            f"In {called} the tables {' and '.join(names)} give the pictures different labels; "
            "remove all but one."
        )
    for each in found:
        if each is not best[0]:
            problems[each.table.path] = _Unusable(
                f"{shown(best[0].table.path)} gives more labels, or the same"
            )
    return best[:1]


def _layout(files: list[File], chosen: list[_Labelled], left_out: LeftOut, called: str) -> Layout:
    labels: dict[str, str] = {}
    split_by_table: dict[str, str] = {}
    for each in chosen:
        labels |= each.labels
        split_by_table |= each.splits
    labelled = [file for file in files if file.path in labels]
    for file in files:
        if file.path not in labels:
            left_out.add(file.path, Reason.NO_LABEL)
    labels = {path: composed(label) for path, label in labels.items()}
    class_names = _sorted(set(labels.values()))
    if len(class_names) < 2:
        raise DataError(
            f"In {called} all pictures that {shown(chosen[0].table.path)} names have one label, "
            f"{shown(class_names[0])}, but there must be at least two."
        )
    split_of = {
        file.path: split_by_table.get(file.path)
        or (TRAIN if split_by_table else _by_folder(file.path))
        for file in labelled
    }
    if not all(split_of.values()) or len(set(split_of.values())) == 1:
        splits = {POOL: labelled}
    else:
        splits = {
            split: [file for file in labelled if split_of[file.path] == split] for split in OFFICIAL
        }
    prefix = _prefix([*(file.path for file in files), *(each.table.path for each in chosen)])
    layout = Layout(
        class_names=class_names,
        splits={split: its for split, its in splits.items() if its},
        prefix=prefix,
        labels=labels,
        tables=tuple(each.table for each in chosen),
        notes=tuple(_note(each, len(files)) for each in chosen),
        warnings=tuple(_warnings(chosen)),
    )
    for its in layout.splits.values():
        its.sort(key=lambda file: (layout.name(file), file.path))
    return layout


def _by_folder(path: str) -> str:
    for folder in path.split("/")[:-1]:
        if (meant := split_names.meant(folder)) is not None:
            return meant[0]
    return ""


def _prefix(paths: list[str]) -> str:
    """Return the path of the folder that all of these are in."""
    shared = paths[0].split("/")[:-1]
    for path in paths:
        folders = path.split("/")[:-1]
        while shared != folders[: len(shared)]:
            shared = shared[:-1]
    return "".join(f"{folder}/" for folder in shared)


def _sorted(labels: Iterable[str]) -> tuple[str, ...]:
    """Return class names by number where all are numbers, or else by letter."""
    found = list(labels)
    if all(_number(label) is not None for label in found):
        return tuple(sorted(found, key=lambda label: (float(label), label)))
    return tuple(sorted(found))


def _note(each: _Labelled, total: int) -> str:
    split = "; it also gives the splits" if each.splits else ""
    return (
        f"{shown(each.table.path)}: picture from {shorten(each.picture)}, label from {each.label}"
        f"{split}; {len(each.labels):,} of {counted(total, 'picture')} have a label."
        + (f" The table {each.remark}" if each.remark and not each.is_guess else "")
    )


def _warnings(chosen: list[_Labelled]) -> Iterator[str]:
    for each in chosen:
        if each.is_guess:
            yield f"{shown(each.table.path)} {each.remark}"
        for count, what in (
            (each.unknown, "no picture"),
            (each.unclear, "several pictures at once"),
        ):
            if count:
                name, be = ("names", "is") if count == 1 else ("name", "are")
                yield (
                    f"{counted(count, 'row')} of {shown(each.table.path)} {name} {what} "
                    f"and {be} not used."
                )
