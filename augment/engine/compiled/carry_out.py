"""What the compiled call does with the pictures of some rows: the one place that knows its steps.

`generated` puts the text of this function below the functions that it generates over the registry, and
compiles both together. As it stands here it is Python, but without these functions.
"""

# numba reads the types of arguments where it compiles the function.
# ruff: noqa: F821

from __future__ import annotations

import numpy as np

from augment.engine.compiled import loops


def carry_out(
    first,
    last,
    source,
    target,
    is_source,
    places,
    ends,
    codes,
    numbers,
    borders,
    height,
    width,
):
    """Take pictures through their ops, each until its end or until an op that only Python can do.

    A picture goes through all of its ops while it is in the processor's cache: from where it is to one of
    two scratch pictures, to the other one, and at last to the target.

    Args:
        first: The first row.
        last: The row after the last.
        source: uint8 (B, size), where a picture is at first, if `is_source` says so.
        target: uint8 (B, size), where it is otherwise, and where it ends.
        is_source: uint8 (B,), 0 from now on for what has changed.
        places: int64 (B,), the next op of each row; where it stopped, after this.
        ends: int64 (B,), the place after its last op.
        codes: int64 (n,), the code of each op; below 0 for one that only Python can do.
        numbers: float64 (n, most), the numeric arguments of each op.
        borders: int64 (n, 2), mode and level of the border of each op; a mode below 0 for none.
        height: Of a picture, in pixels.
        width: Of a picture, in pixels.
    """
    size, line = 3 * height * width, 3 * width
    scratch = np.empty((2, size), np.uint8)
    wide, steps = np.empty(height * width, np.uint64), np.empty((3, width), np.int64)
    moved, beyond = np.empty(line + 3, np.uint8), np.empty(line, np.uint8)
    levels = np.empty((2, line), np.uint16)
    lines, sums = np.empty((2, line), np.uint8), np.empty(line, np.uint16)
    parts, masks = np.empty((3, loops.CHUNK), np.uint8), np.zeros((3, loops.CHUNK), np.uint8)
    for channel in range(3):
        masks[channel, channel::3] = 255
    counters, histogram = np.empty((6, 256), np.int32), np.empty((256, 3), np.int64)
    extent, means = np.empty((2, 3), np.uint8), np.empty(3, np.float64)
    tables, following = np.empty((3, 256), np.uint8), np.empty((3, 256), np.uint8)
    matrix, then, colours = np.empty((2, 3)), np.empty((2, 3)), np.empty((3, 3))
    for row in range(first, last):
        at, end = places[row], ends[row]
        if at >= end or codes[at] < 0:
            continue
        now = source[row] if is_source[row] else target[row]
        number = 0
        is_there = False
        while at < end and codes[at] >= 0:
            code, after = codes[at], at + 1
            if code < END_OF_TONES:
                reads = what_is_read(code)
                if reads & EXTENT:
                    loops.extent(now, width, lines, extent)
                if reads & MEANS:
                    loops.means(now, width, sums, means)
                if reads & HISTOGRAM:
                    loops.histogram(now, counters, histogram)
                is_grey = write_tables(code, numbers[at], extent, means, histogram, tables)
                # Neighbours that read nothing of the picture: one table does what they do in turn.
                while after < end and 0 <= codes[after] < END_OF_TONES:
                    if what_is_read(codes[after]):
                        break
                    is_grey &= write_tables(
                        codes[after], numbers[after], extent, means, histogram, following
                    )
                    for channel in range(3):
                        for level in range(256):
                            tables[channel, level] = following[channel, tables[channel, level]]
                    after += 1
            elif code < END_OF_MATRICES:
                write_matrix(code, numbers[at], height, width, matrix)
                mode, value = borders[at, 0], borders[at, 1]
                # Neighbours with one border; one that needs none, such as a flip, goes with any.
                while after < end and END_OF_TONES <= codes[after] < END_OF_MATRICES:
                    if mode < 0:
                        mode, value = borders[after, 0], borders[after, 1]
                    elif borders[after, 0] >= 0 and (
                        borders[after, 0] != mode or borders[after, 1] != value
                    ):
                        break
                    write_matrix(codes[after], numbers[after], height, width, then)
                    matrix = compose(matrix, then)
                    after += 1
            is_last = after == end or codes[after] < 0
            is_there = is_last and (number > 0 or is_source[row] != 0)
            result = target[row] if is_there else scratch[number % 2]
            if code < END_OF_TONES:
                loops.look_up(now, result, tables, is_grey, parts, masks)
            elif code < END_OF_MATRICES:
                if mode < 0:
                    mode, value = NO_BORDER, 0
                warp(
                    now,
                    result,
                    height,
                    width,
                    matrix,
                    mode,
                    np.uint8(value),
                    wide,
                    steps,
                    moved,
                    beyond,
                    levels,
                )
            else:
                write_colours(code, numbers[at], colours)
                loops.transform_colours(now, result, colours)
            now = result
            number += 1
            at = after
        if not is_there:
            loops.copy_picture(now, target[row])
        is_source[row] = 0
        places[row] = at
