"""Checks of what callers give the engine: images, labels, ids, epochs, a seed.

Every public function reads its arguments by these, so all accept the same values and raise the same
errors. A message has three parts: what was given, what is allowed, and how to convert it.
"""

from __future__ import annotations

import operator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from augment.engine.limits import EPOCH, SEED, shorten
from augment.errors import ArrayError

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

# Shares in half precision, or rounded to three decimals, still sum to 1.
_TOLERANCE = 5e-3
# An array may be large and on disk, so a message describes the values of its first pictures only.
_DESCRIBED = 64
_INT64 = np.iinfo(np.int64)
_ONE_HOT = "numpy.eye(K, dtype='float32')[{}], K being the number of classes"


def read_images(images: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return images as an array, uint8 (B, H, W, 3), not copied where they are one.

    Raises:
        ArrayError: They are something else.
    """
    array = read_array("images", images)
    check_images(array)
    return array


def check_images(images: Any) -> None:
    """Refuse what is not uint8 (B, H, W, 3), with any number of pictures and sides of 1 px or more.

    Args:
        images: An array, or a view of one as `augment.engine.samples.ImageRows` is.

    Raises:
        ArrayError: The images are something else.
    """
    if images.ndim != 4 or images.shape[3] != 3:
        raise ArrayError(_images_are(images, _remedy_of_shape(images.shape)))
    if 0 in images.shape[1:]:
        raise ArrayError(
            f"The images have the shape {images.shape}; each side must have at least 1 pixel."
        )
    if images.dtype != np.uint8:
        raise ArrayError(_images_are(images, *_remedy_of_dtype(images[:_DESCRIBED])))


def _images_are(images: Any, remedy: str, values: str = "") -> str:
    return (
        f"The images are {images.dtype} of shape {images.shape}{values}; "
        f"they must be uint8 of shape (B, H, W, 3){remedy}."
    )


def _remedy_of_shape(shape: tuple[int, ...]) -> str:
    match shape:
        case (_, _, 3):
            return ": put one picture into a batch with images[None]"
        case (_, _, _):
            return ": make grey RGB with numpy.repeat(images[..., None], 3, axis=3)"
        case (_, _, _, 1):
            return ": make grey RGB with numpy.repeat(images, 3, axis=3)"
        case (_, _, _, 2):
            return ": drop alpha and make grey RGB with numpy.repeat(images[..., :1], 3, axis=3)"
        case (_, _, _, 4):
            return ": drop alpha with images[..., :3]"
        case (_, 3, _, _):
            return ": put the channels last with numpy.moveaxis(images, 1, 3)"
        case (_, 1, _, _):
            return ": make grey RGB with numpy.repeat(images.reshape(B, H, W, 1), 3, axis=3)"
    return ""


def _remedy_of_dtype(images: Array) -> tuple[str, str]:
    """Return how to convert images of another dtype, and the range of their values."""
    if images.dtype.kind == "b":
        return ": use images.astype('uint8') * 255", ""
    if images.dtype.kind not in "iuf" or not images.size:
        return "", ""
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        return "", " with values that are not finite"
    is_integer = images.dtype.kind in "iu"
    if low < -1 or high > 255:
        remedy = "scale them to 0 to 255, and normalise after augmenting"
    elif is_integer and low >= 0:
        remedy = "use images.astype('uint8')"
    elif low < 0:
        remedy = "use numpy.rint((images + 1) * 127.5).astype('uint8')"
    elif high <= 1:
        remedy = "use numpy.rint(images * 255).astype('uint8')"
    else:
        remedy = "use numpy.rint(images).astype('uint8')"
    return f": {remedy}", f", from {low:g} to {high:g}"


def read_labels(labels: npt.ArrayLike, count: int, *, of: str = "images") -> Array:
    """Return labels as an array of floats, (B, K), not copied where they are one.

    Args:
        labels: Floats, bools or integers, (B, K): shares from 0, each row summing to 1.
        count: B.
        of: What there are B of, for the message.

    Raises:
        ArrayError: They are something else, class numbers for example.
    """
    array = read_array("labels", labels)
    check_labels_shape(array, count, of=of)
    if array.dtype.kind != "f":
        if array.shape[1] == 1 and array.dtype.kind != "b":
            raise ArrayError(_labels_are(array, count, ", class numbers", _one_hot_of(array)))
        check_shares(array)
        return array.astype(np.float32)
    check_shares(array)
    return array


def check_labels_shape(labels: Array, count: int, *, of: str, numbers: bool = False) -> None:
    """Refuse labels that are neither floats, bools nor integers, or not of shape (B, K).

    Args:
        labels: The labels.
        count: B.
        of: What there are B of, for the message.
        numbers: Whether class numbers, integers (B,), are also allowed.

    Raises:
        ArrayError: They are one of these.
    """
    if labels.dtype.kind in "biuf" and labels.ndim == 2 and len(labels) == count:
        if labels.shape[1]:
            return
        raise ArrayError(
            f"The labels have the shape {labels.shape}; there must be at least one class."
        )
    if labels.dtype.kind in "biuf" and labels.shape == (count,):
        remedy = "use labels.astype(int)" if numbers else _one_hot_of(labels)
        raise ArrayError(_labels_are(labels, count, ", class numbers", remedy, numbers=numbers))
    if labels.dtype.kind in "OSUT" and labels.ndim == 1:
        remedy = "number the classes with numpy.unique(labels, return_inverse=True)[1]"
        if not numbers:
            remedy += ", and then make the numbers one-hot with numpy.eye"
        raise ArrayError(_labels_are(labels, count, "", remedy, numbers=numbers))
    if labels.ndim == 3 and labels.shape[:2] == (count, 1):
        raise ArrayError(_labels_are(labels, count, "", "use labels[:, 0]", numbers=numbers))
    if labels.ndim in (1, 2) and len(labels) != count:
        remedy = f"give one row for each of the {count} {of}"
        raise ArrayError(_labels_are(labels, count, "", remedy, numbers=numbers))
    raise ArrayError(_labels_are(labels, count, "", "", numbers=numbers))


def check_shares(labels: Array) -> None:
    """Refuse labels, (B, K), with a value below 0 or a row that does not sum to 1.

    Raises:
        ArrayError: There is such a row; the message names the first.
    """
    sums = labels.sum(axis=1, dtype=np.float64 if labels.dtype == np.float64 else np.float32)
    # Comparisons with NaN are false, so it is refused.
    if not len(sums) or (labels.min() >= 0.0 and np.abs(sums - 1.0).max() <= _TOLERANCE):
        return
    right = (labels >= 0).all(axis=1) & (np.abs(sums - 1.0) <= _TOLERANCE)
    row = int(np.flatnonzero(~right)[0])
    raise ArrayError(_shares_are(labels, row))


def _shares_are(labels: Array, row: int) -> str:
    share = labels[row]
    start = f"The labels of row {row} sum to {share.sum(dtype=np.float64):g}"
    must = "each row must be shares from 0 that sum to 1"
    if not np.isfinite(share).all():
        return f"The labels of row {row} hold {share[~np.isfinite(share)][0]:g}; {must}."
    if labels.shape[1] == 1:
        if (share == np.rint(share)).all():
            return f"{start}; {must}: {_one_hot_of(labels)}, if they are class numbers."
        return (
            f"{start}; {must}: make the chance of the second of two classes two columns with "
            "numpy.concatenate([1 - labels, labels], axis=1)."
        )
    if (share < 0).any():
        return f"{start} and the smallest is {share.min():g}; {must}."
    if not share.any():
        return f"{start}: the picture has no class; {must}."
    return (
        f"{start}; {must}: where a picture has several classes, they share it by "
        "labels / labels.sum(axis=1, keepdims=True)."
    )


def _labels_are(labels: Array, count: int, what: str, remedy: str, *, numbers: bool = False) -> str:
    must = f"shares of shape ({count}, K), each row summing to 1"
    if numbers:
        must = f"class numbers, integers of shape ({count},), or {must}"
    return (
        f"The labels are {labels.dtype} of shape {labels.shape}{what}; they must be {must}"
        f"{': ' if remedy else ''}{remedy}."
    )


def _one_hot_of(numbers: Array) -> str:
    flat = "labels.ravel()" if numbers.ndim > 1 else "labels"
    return "use " + _ONE_HOT.format(flat if numbers.dtype.kind in "iu" else f"{flat}.astype(int)")


def read_ids(ids: npt.ArrayLike, count: int | None = None) -> Ints:
    """Return ids as an array, int64 (B,).

    Args:
        ids: Integers of any width, (B,).
        count: B; None for any number of ids.

    Raises:
        ArrayError: They are something else; nothing is rounded or cut off.
    """
    array = read_array("ids", ids)
    must = f"integers of shape ({'B' if count is None else count},)"
    if array.ndim == 2 and array.shape[1] == 1:
        raise ArrayError(f"{_are('ids', array)}; they must be {must}: use ids.ravel().")
    if array.ndim != 1 or (count is not None and len(array) != count):
        raise ArrayError(f"{_are('ids', array)}; they must be {must}, one for each picture.")
    return _as_int64("ids", array, must, remedy="number your samples once, with numpy.arange(N)")


def check_distinct(ids: Array) -> None:
    """Refuse ids of which two are the same.

    Raises:
        ArrayError: They are not distinct; the message names a duplicate.
    """
    distinct, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        twice = distinct[counts > 1][0]
        raise ArrayError(f"Two images have the same id, {twice}; each must have an id of its own.")


def read_epochs(epoch: npt.ArrayLike, count: int) -> Ints:
    """Return the epoch of each row, int64 (B,).

    Args:
        epoch: An integer, or integers (B,), as `augment.engine.limits.EPOCH` allows.
        count: B.

    Raises:
        ArrayError: It is something else; nothing is rounded or cut off.
    """
    array = read_array("epoch", epoch)
    if array.shape not in ((), (1,), (count,)):
        given = f"{array.dtype} of shape {array.shape}"
    elif array.size and (
        array.dtype.kind not in "iu" or array.min() < EPOCH.low or array.max() > EPOCH.high
    ):
        given = shorten(array.tolist()) if array.dtype.kind in "iuf" else _described(epoch)
    else:
        return np.full(count, array, np.int64)
    raise ArrayError(
        f"The epoch is {given}; it must be {EPOCH}, or one such number for each of the {count} rows."
    )


def read_epoch(epoch: object) -> int:
    """Return an epoch as an int.

    Raises:
        ArrayError: It is not as `augment.engine.limits.EPOCH` allows.
    """
    return _whole("epoch", epoch, int(EPOCH.low), int(EPOCH.high), EPOCH)


def read_seed(seed: object) -> int:
    """Return a seed as an int.

    Raises:
        ArrayError: It is not as `augment.engine.limits.SEED` allows.
    """
    return _whole("seed", seed, int(SEED.low), int(SEED.high), SEED)


def read_size(size: object) -> tuple[int, int]:
    """Return a height and a width in pixels as ints.

    Raises:
        ArrayError: They are not two whole numbers from 1.
    """
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise ArrayError(
            f"The size is {shorten(size)}; it must be the height and the width of the pictures."
        )
    height, width = size
    return read_count("height", height), read_count("width", width)


def read_count(name: str, count: object, *, low: int = 1) -> int:
    """Return a number of something, such as threads, as an int from ``low``.

    Raises:
        ArrayError: It is something else.
    """
    return _whole(name, count, low, None, f"a whole number from {low}")


def check_out(out: Any, images: npt.NDArray[np.uint8]) -> None:
    """Refuse an array that the images cannot be written to.

    Raises:
        ArrayError: It is not a writable array as the images are, apart from them in memory.
    """
    if not isinstance(out, np.ndarray):
        given = f"of type {type(out).__name__}"
    elif out.dtype != np.uint8 or out.shape != images.shape:
        given = f"{out.dtype} of shape {out.shape}"
    elif not out.flags.writeable:
        given = "read-only"
    elif not out.flags.carray:
        given = "not C-contiguous"
    elif np.may_share_memory(out, images):
        given = "in the memory of the images"
    else:
        return
    raise ArrayError(
        f"out is {given}; it must be writable, C-contiguous uint8 of shape {images.shape}, apart "
        "from the images in memory: use numpy.empty_like(images)."
    )


def read_rows(rows: npt.ArrayLike) -> Ints:
    """Return row numbers as an array, int64 (n,).

    Raises:
        ArrayError: They are not integers of this shape.
    """
    array = read_array("rows", rows)
    must = "integers of shape (n,)"
    if array.ndim != 1:
        raise ArrayError(f"{_are('rows', array)}; they must be {must}.")
    return _as_int64("rows", array, must, remedy="make numbers of a mask with numpy.flatnonzero")


def read_array(name: Literal["images", "labels", "ids", "epoch", "rows"], value: Any) -> Array:
    """Return a list, a tensor or anything else that NumPy can read as an array.

    Raises:
        ArrayError: It is None, or NumPy cannot read it as one array.
    """
    verb = "is" if name == "epoch" else "are"
    if value is None:
        raise ArrayError(f"The {name} {verb} missing; give an array.")
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ArrayError(
            f"The {name} {verb} a masked array, of which {np.ma.getmaskarray(value).sum()} values are "
            f"masked; give these a value with numpy.ma.filled({name}, 0), or leave their samples out."
        )
    try:
        return np.asarray(value)
    except NotImplementedError as error:
        raise ArrayError(
            f"The {name} {verb} a tensor without values, as in a function given to "
            "tf.data.Dataset.map; use augment.tfdata.mapper there."
        ) from error
    # Arrays of other packages may raise any error.
    except Exception as error:
        remedy = "resize the pictures to one size" if name == "images" else "give an array"
        raise ArrayError(f"The {name} cannot be read as one array; {remedy}.") from error


def _as_int64(name: str, array: Array, must: str, *, remedy: str) -> Ints:
    if array.dtype == np.int64:
        return array
    if not array.size:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.rint(array)).all():
            remedy = f"use {name}.astype('int64')"
        raise ArrayError(f"{_are(name, array)}; they must be {must}: {remedy}.")
    if array.max() > _INT64.max:
        raise ArrayError(
            f"The {name} reach {array.max()}; they must be {must}, {_INT64.max} at most."
        )
    return array.astype(np.int64)


def _whole(name: str, value: object, low: int, high: int | None, must: object) -> int:
    try:
        # A bool is an integer to Python, but not to a person.
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < low or (high is not None and number > high):
        raise ArrayError(f"The {name} is {_described(value)}; it must be {must}.")
    return number


def _described(value: object) -> str:
    """Return a single value, shortened, or the type of anything else."""
    if isinstance(value, int) and abs(value) > _INT64.max:
        return f"about {'-' if value < 0 else ''}2**{value.bit_length() - 1}"
    if value is None or isinstance(value, int | float | str | bytes | np.generic):
        return shorten(value)
    return f"of type {type(value).__name__}"


def _are(name: str, array: Array) -> str:
    return f"The {name} are {array.dtype} of shape {array.shape}"
