"""Loops over the pixels of pictures, for numba; they give the bytes of `augment.engine.plain`.

They are compiled as parts of the one call that `generated` makes of them, and are nothing by
themselves. A picture is a flat array of 3 * height * width levels, and arrays of several pictures have
one in each row. Lines are found by their offsets: a slice would cost a count of references in every
line. The offsets are unsigned, because of any other index numba asks whether it counts from the end.
"""

# numba reads the types of arguments where it compiles a function.

from __future__ import annotations

import ctypes

import numpy as np
from llvmlite import binding
from numba import njit, types
from numba.extending import intrinsic

from augment.engine.geometry import BORDERS

_CONSTANT, _EDGE = BORDERS["constant"], BORDERS["edge"]
CHUNK = 4032
"""Levels that are looked up together, in the nearest cache: whole pixels, and whole wide registers."""


def _finds_lookup() -> bool:
    """Load and try stringzilla's own lookup, which takes the widest registers of the processor."""
    import stringzilla

    binding.load_library_permanently(stringzilla.__file__)
    address = binding.address_of_symbol("sz_lookup")
    if not address:
        return False
    table = np.arange(255, -1, -1, dtype=np.uint8)
    levels, found = np.arange(256, dtype=np.uint8), np.zeros(256, np.uint8)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_size_t] * 4)(address)
    call(found.ctypes.data, 256, levels.ctypes.data, table.ctypes.data)
    return bool((found == table).all())


HAS_LOOKUP = _finds_lookup()
"""Whether stringzilla has the lookup that is expected; it is no part of its documented interface."""
# Arguments: where to, how many levels, where from, and the table. A symbol, not an address, so that what
# is compiled can be kept on disk.
_sz_lookup = types.ExternalFunction(
    "sz_lookup", types.void(types.uintp, types.uintp, types.uintp, types.uintp)
)


@intrinsic
def _fma(context, a, b, c):
    """Return a * b + c, rounded once, as OpenCV computes a blend."""

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), generate


if HAS_LOOKUP:

    @njit
    def _translate(source, start, result, count, table):
        """Write levels from `start` on, each replaced by what the table says."""
        _sz_lookup(result.ctypes.data, count, source.ctypes.data + start, table.ctypes.data)

else:

    @njit
    def _translate(source, start, result, count, table):
        """Write levels from `start` on, each replaced by what the table says."""
        for place in range(np.uint64(count)):
            result[place] = table[source[np.uint64(start) + place]]


@njit
def look_up(source, target, tables, is_grey, parts, masks):
    """Write a picture with every level replaced.

    Args:
        source: uint8 (size,).
        target: Another array of that shape.
        tables: uint8 (3, 256), one a channel.
        is_grey: Whether all three are the same.
        parts: uint8 (3, CHUNK), for what is found.
        masks: uint8 (3, CHUNK): 255 in the places of each channel, elsewhere 0.
    """
    if is_grey:
        _translate(source, 0, target, source.size, tables[0])
        return
    size, chunk = source.size, masks.shape[1]
    red, green, blue = parts[0], parts[1], parts[2]
    is_red, is_green, is_blue = masks[0], masks[1], masks[2]
    for start in range(0, size, chunk):
        count = min(chunk, size - start)
        _translate(source, start, red, count, tables[0])
        _translate(source, start, green, count, tables[1])
        _translate(source, start, blue, count, tables[2])
        at = np.uint64(start)
        for place in range(np.uint64(count)):
            target[at + place] = (
                (red[place] & is_red[place])
                | (green[place] & is_green[place])
                | (blue[place] & is_blue[place])
            )


@njit
def extent(picture, width, lines, found):
    """Write lowest and highest level of each channel, uint8 (2, 3); `lines`: uint8 (2, 3 * width)."""
    line = np.uint64(3 * width)
    lowest, highest = lines[0], lines[1]
    lowest[:] = 255
    highest[:] = 0
    for start in range(np.uint64(0), np.uint64(picture.size), line):
        for place in range(line):
            lowest[place] = min(lowest[place], picture[start + place])
        for place in range(line):
            highest[place] = max(highest[place], picture[start + place])
    found[0, :] = 255
    found[1, :] = 0
    for place in range(line):
        channel = place % np.uint64(3)
        found[0, channel] = min(found[0, channel], lowest[place])
        found[1, channel] = max(found[1, channel], highest[place])


@njit
def means(picture, width, sums, found):
    """Write the mean level of each channel, float64 (3,); `sums`: uint16 (3 * width,)."""
    line = np.uint64(3 * width)
    height = picture.size // (3 * width)
    totals = np.zeros(3, np.int64)
    y = 0
    while y < height:
        sums[:] = 0
        until = min(height, y + 256)  # so many levels fit into 16 bits
        while y < until:
            start = np.uint64(y) * line
            for place in range(line):
                sums[place] += np.uint16(picture[start + place])
            y += 1
        for place in range(line):
            totals[place % np.uint64(3)] += sums[place]
    for channel in range(3):
        found[channel] = totals[channel] / (picture.size // 3)


@njit
def histogram(picture, counters, found):
    """Write how often each level is in each channel, int64 (256, 3); `counters`: int32 (6, 256)."""
    # Two counters a channel: a run of one level would otherwise make every count wait for the one before.
    counters[:] = 0
    size = np.uint64(picture.size)
    end = size - size % np.uint64(6)
    for place in range(np.uint64(0), end, np.uint64(6)):
        for part in range(np.uint64(6)):
            counters[part, picture[place + part]] += 1
    for place in range(end, size):
        counters[place % np.uint64(3), picture[place]] += 1
    for level in range(256):
        for channel in range(3):
            found[level, channel] = counters[channel, level] + counters[3 + channel, level]


@njit
def transform_colours(source, target, matrix):
    """Write a picture with its colours transformed: in 10 bits, as `cv2.transform` does it."""
    # OpenCV reads the matrix as float32. The whole numbers of 10 bits are computed in float32, which
    # holds them exactly, because numba makes every product of integers one of 64 bits.
    bits = np.empty(9, np.float32)
    for place in range(9):
        scaled = np.float32(matrix[place // 3, place % 3]) * np.float32(1024)
        bits[place] = np.float32(np.rint(scaled)) / np.float32(1024)
    rr, rg, rb, gr, gg, gb, br, bg, bb = bits
    half, lowest, highest = np.float32(0.5), np.float32(0), np.float32(255)
    for at in range(np.uint64(0), np.uint64(source.size), np.uint64(3)):
        red = np.float32(source[at])
        green = np.float32(source[at + np.uint64(1)])
        blue = np.float32(source[at + np.uint64(2)])
        x = np.floor(red * rr + green * rg + blue * rb + half)
        y = np.floor(red * gr + green * gg + blue * gb + half)
        z = np.floor(red * br + green * bg + blue * bb + half)
        target[at] = np.uint8(min(max(x, lowest), highest))
        target[at + np.uint64(1)] = np.uint8(min(max(y, lowest), highest))
        target[at + np.uint64(2)] = np.uint8(min(max(z, lowest), highest))


@njit(inline="always")
def _within(place, size, mode):
    """Return the pixel shown at a place beyond the border, or -1 for the constant."""
    if 0 <= place < size:
        return place
    if mode == _CONSTANT:
        return -1
    if mode == _EDGE:
        return 0 if place < 0 else size - 1
    if -size <= place < 2 * size:
        return -1 - place if place < 0 else 2 * size - 1 - place
    place = place % (2 * size)
    return place if place < size else 2 * size - 1 - place


@njit(inline="always")
def _copy(source, start, target, at, count):
    for place in range(np.uint64(count)):
        target[np.uint64(at) + place] = source[np.uint64(start) + place]


@njit
def copy_picture(source, target):
    """Copy a picture."""
    _copy(source, 0, target, 0, source.size)


@njit(inline="always")
def _between(near, near_at, far, far_at, target, at, count, part):
    """Write what lies `part` / 256 of the way from one line of levels to another."""
    # In 16 bits, so that a processor's wide registers hold twice as many levels.
    of_near, of_far = np.uint16(256 - part), np.uint16(part)
    for place in range(np.uint64(count)):
        target[np.uint64(at) + place] = np.uint8(
            (
                np.uint16(near[np.uint64(near_at) + place]) * of_near
                + np.uint16(far[np.uint64(far_at) + place]) * of_far
                + np.uint16(128)
            )
            >> 8
        )


@njit
def _shift_line(source, width, y, whole, mode, value, moved):
    """Write a line of a picture and one pixel more, from `whole` pixels to its right on."""
    line = 3 * width * y
    first = min(max(-whole, 0), width + 1)
    last = max(min(width - whole, width + 1), first)
    _copy(source, line + 3 * (first + whole), moved, 3 * first, 3 * (last - first))
    for outside in range(width + 1 - last + first):
        x = outside if outside < first else outside + last - first
        at = _within(x + whole, width, mode)
        for channel in range(3):
            moved[3 * x + channel] = source[line + 3 * at + channel] if at >= 0 else value


@njit
def _move_lines(source, target, height, width, shear, start, mode, value, moved):
    """Move each line along itself: by `start` in 1/256 pixel, or with a shear on the raster of 1/32."""
    for y in range(height):
        if shear == 0.0:
            shift = np.int64(np.rint(start * 256.0))
        else:
            shift = (np.int64(np.rint((shear * y + start) * 1024.0)) + 16) // 32 * 8
        _shift_line(source, width, y, shift >> 8, mode, value, moved)
        _between(moved, 0, moved, 3, target, 3 * width * y, 3 * width, shift & 255)


@njit
def _move_up_or_down(source, target, height, width, start, mode, value, beyond):
    """Move all lines up or down, by `start` in 1/256 pixel."""
    line = 3 * width
    shift = np.int64(np.rint(start * 256.0))
    whole, part = shift >> 8, shift & 255
    for place in range(line):
        beyond[place] = value
    for y in range(height):
        above, below = _within(y + whole, height, mode), _within(y + whole + 1, height, mode)
        if above >= 0 and below >= 0:
            _between(source, line * above, source, line * below, target, line * y, line, part)
        elif above >= 0:
            _between(source, line * above, beyond, 0, target, line * y, line, part)
        elif below >= 0:
            _between(beyond, 0, source, line * below, target, line * y, line, part)
        else:
            _copy(beyond, 0, target, line * y, line)


@njit
def _copy_moved(source, target, height, width, xx, x0, yy, y0, mode, value, moved):
    """Copy pixels, moved by whole pixels and mirrored where `xx` or `yy` is -1."""
    line = 3 * width
    for y in range(height):
        from_y = _within(yy * y + y0, height, mode)
        at = line * y
        if from_y < 0:
            for place in range(line):
                target[at + place] = value
        elif xx > 0:
            if x0 == 0:
                _copy(source, line * from_y, target, at, line)
            else:
                _shift_line(source, width, from_y, x0, mode, value, moved)
                _copy(moved, 0, target, at, line)
        else:
            start = line * from_y
            first = min(max(x0 - width + 1, 0), width)
            last = max(min(x0 + 1, width), first)
            to, pixel = np.uint64(at + 3 * first), np.uint64(start + 3 * (x0 - first))
            for x in range(np.uint64(0), np.uint64(3 * (last - first)), np.uint64(3)):
                target[to + x] = source[pixel - x]
                target[to + x + np.uint64(1)] = source[pixel - x + np.uint64(1)]
                target[to + x + np.uint64(2)] = source[pixel - x + np.uint64(2)]
            for outside in range(width - last + first):
                x = outside if outside < first else outside + last - first
                from_x = _within(x0 - x, width, mode)
                for channel in range(3):
                    level = source[start + 3 * from_x + channel] if from_x >= 0 else value
                    target[at + 3 * x + channel] = level


@njit(inline="always")
def _inside(start, step, count, low, high):
    """Return a part of range(count) in which low <= start + step * n < high also on the raster."""
    low, high = low + 0.1, high - 0.1  # a position on the raster is less than that away
    if low >= high:
        return 0, 0
    if step == 0.0:
        return (0, count) if low <= start < high else (0, 0)
    a, b = (low - start) / step, (high - start) / step
    if a > b:
        a, b = b, a
    first = np.int64(min(max(np.ceil(a), 0.0), np.float64(count)))
    last = np.int64(min(max(np.floor(b), 0.0), np.float64(count)))
    return first, max(first, last)


@njit
def _widen(source, wide):
    """Put the three channels of each pixel into one word, each into a lane of 21 bits."""
    for at in range(np.uint64(wide.size)):
        place = np.uint64(3) * at
        wide[at] = (
            np.uint64(source[place])
            | (np.uint64(source[place + np.uint64(1)]) << np.uint64(21))
            | (np.uint64(source[place + np.uint64(2)]) << np.uint64(42))
        )


@njit(inline="always")
def _put(target, at, lanes):
    """Write a pixel from the levels in three lanes of 21 bits."""
    for channel in range(np.uint64(3)):
        target[at + channel] = np.uint8((lanes >> (np.uint64(21) * channel)) & np.uint64(255))


@njit
def _move_columns(source, target, height, width, shear, start, mode, value, wide, shifts):
    """Move each column along itself, on the raster of 1/32; `shifts`: int64 (width,)."""
    _widen(source, wide)
    level = np.uint64(value)
    fill = level | (level << np.uint64(21)) | (level << np.uint64(42))
    half = np.uint64(16) | (np.uint64(16) << np.uint64(21)) | (np.uint64(16) << np.uint64(42))
    base = np.int64(np.rint(start * 1024.0)) + 16
    for x in range(width):
        shifts[x] = (np.int64(np.rint(shear * x * 1024.0)) + base) >> 5
    stride = np.uint64(width)
    for y in range(height):
        line = np.uint64(3 * width * y)
        first, last = _inside(start + y, shear, width, 0.0, height - 1.0)
        for x in range(np.uint64(first), np.uint64(last)):
            part = np.uint64(shifts[x] & 31)
            at = np.uint64((shifts[x] >> 5) + y) * stride + x
            lanes = wide[at] * (np.uint64(32) - part) + wide[at + stride] * part + half
            _put(target, line + np.uint64(3) * x, lanes >> np.uint64(5))
        for outside in range(width - last + first):
            x = outside if outside < first else outside + last - first
            part, from_y = np.uint64(shifts[x] & 31), (shifts[x] >> 5) + y
            above, below = _within(from_y, height, mode), _within(from_y + 1, height, mode)
            near = wide[above * width + x] if above >= 0 else fill
            far = wide[below * width + x] if below >= 0 else fill
            lanes = near * (np.uint64(32) - part) + far * part + half
            _put(target, line + np.uint64(3 * x), lanes >> np.uint64(5))


@njit(inline="always")
def _pixel(near, right, below, both, part_x, part_y):
    """Return the three channels between four pixels, each a lane of 21 bits, before the last shift."""
    top = near * np.uint64(32 - part_x) + right * np.uint64(part_x)
    bottom = below * np.uint64(32 - part_x) + both * np.uint64(part_x)
    half = np.uint64(512) | (np.uint64(512) << np.uint64(21)) | (np.uint64(512) << np.uint64(42))
    return top * np.uint64(32 - part_y) + bottom * np.uint64(part_y) + half


@njit
def _scale(source, target, height, width, m, mode, value, steps, padded, levels):
    """Write a picture warped by a matrix that turns and shears nothing: first along x, then along y.

    The bytes are those of `_warp_any`, because all of its arithmetic is in whole numbers. `levels`:
    uint16 (2, 3 * width), for the two lines between which a line of the result lies.
    """
    line = 3 * width
    left, right, parts = steps[0], steps[1], steps[2]
    start = np.int64(np.rint(m[0, 2] * 1024.0)) + 16
    for x in range(width):
        at = (start + np.int64(np.rint(m[0, 0] * x * 1024.0))) >> 5
        near, far = _within(at >> 5, width, mode), _within((at >> 5) + 1, width, mode)
        # The constant lies behind the line.
        left[x] = 3 * near if near >= 0 else line
        right[x] = 3 * far if far >= 0 else line
        parts[x] = at & 31
    padded[line : line + 3] = value
    held = np.full(2, -2, np.int64)  # the line of the picture that each of the two is of
    for y in range(height):
        at_y = (np.int64(np.rint((m[1, 1] * y + m[1, 2]) * 1024.0)) + 16) >> 5
        above, below = _within(at_y >> 5, height, mode), _within((at_y >> 5) + 1, height, mode)
        first = 1 if held[1] == above else 0
        second = first if below == above else 1 - first
        for each in range(2):
            wanted, place = (above, first) if each == 0 else (below, second)
            if held[place] == wanted:
                continue
            held[place] = wanted
            if wanted < 0:
                for at in range(np.uint64(line)):
                    levels[place, at] = np.uint16(32 * np.int64(value))
                continue
            _copy(source, line * wanted, padded, 0, line)
            to = np.uint64(0)
            for x in range(np.uint64(width)):
                one, two, part = np.uint64(left[x]), np.uint64(right[x]), parts[x]
                for channel in range(np.uint64(3)):
                    levels[place, to + channel] = np.uint16(
                        padded[one + channel] * (32 - part) + padded[two + channel] * part
                    )
                to += np.uint64(3)
        part = at_y & 31
        of_near, of_far = np.uint32(32 - part), np.uint32(part)
        to = np.uint64(line * y)
        near_line, far_line = levels[first], levels[second]
        for at in range(np.uint64(line)):
            total = np.uint32(near_line[at]) * of_near + np.uint32(far_line[at]) * of_far
            target[to + at] = np.uint8((total + np.uint32(512)) >> 10)


@njit
def _warp_any(source, target, height, width, m, mode, value, wide, steps):
    """Write a picture warped by a matrix, bilinear on a raster of 1/32, as `cv2.warpAffine` does it.

    `wide`: uint64 (height * width,), for the three channels of a pixel in one word; `steps`: int64
    (3, width).
    """
    _widen(source, wide)
    level = np.uint64(value)
    fill = level | (level << np.uint64(21)) | (level << np.uint64(42))
    right_x, right_y = steps[0], steps[1]
    for x in range(width):
        right_x[x] = np.int64(np.rint(m[0, 0] * x * 1024.0))
        right_y[x] = np.int64(np.rint(m[1, 0] * x * 1024.0))
    stride = np.uint64(width)
    for y in range(height):
        start_x = np.int64(np.rint((m[0, 1] * y + m[0, 2]) * 1024.0)) + 16
        start_y = np.int64(np.rint((m[1, 1] * y + m[1, 2]) * 1024.0)) + 16
        line = np.uint64(3 * width * y)
        first, last = _inside(m[0, 1] * y + m[0, 2], m[0, 0], width, 0.0, width - 1.0)
        other, end = _inside(m[1, 1] * y + m[1, 2], m[1, 0], width, 0.0, height - 1.0)
        first = max(first, other)
        last = max(min(last, end), first)
        for x in range(np.uint64(first), np.uint64(last)):
            at_x, at_y = (start_x + right_x[x]) >> 5, (start_y + right_y[x]) >> 5
            at = np.uint64(at_y >> 5) * stride + np.uint64(at_x >> 5)
            lanes = _pixel(
                wide[at],
                wide[at + np.uint64(1)],
                wide[at + stride],
                wide[at + stride + np.uint64(1)],
                at_x & 31,
                at_y & 31,
            )
            _put(target, line + np.uint64(3) * x, lanes >> np.uint64(10))
        for outside in range(width - last + first):
            x = outside if outside < first else outside + last - first
            at_x, at_y = (start_x + right_x[x]) >> 5, (start_y + right_y[x]) >> 5
            left, right = _within(at_x >> 5, width, mode), _within((at_x >> 5) + 1, width, mode)
            above, below = _within(at_y >> 5, height, mode), _within((at_y >> 5) + 1, height, mode)
            lanes = _pixel(
                wide[above * width + left] if above >= 0 and left >= 0 else fill,
                wide[above * width + right] if above >= 0 and right >= 0 else fill,
                wide[below * width + left] if below >= 0 and left >= 0 else fill,
                wide[below * width + right] if below >= 0 and right >= 0 else fill,
                at_x & 31,
                at_y & 31,
            )
            _put(target, line + np.uint64(3 * x), lanes >> np.uint64(10))


@njit
def warp(source, target, height, width, m, mode, value, wide, steps, moved, beyond, levels):
    """Write a picture warped by a matrix, float64 (2, 3); see `plain.warp`."""
    xx, xy, x0 = m[0, 0], m[0, 1], m[0, 2]
    yx, yy, y0 = m[1, 0], m[1, 1], m[1, 2]
    is_straight = xy == 0.0 and yx == 0.0 and abs(xx) == 1.0 and abs(yy) == 1.0
    if is_straight and x0 == np.floor(x0) and y0 == np.floor(y0):
        whole = (np.int64(xx), np.int64(x0), np.int64(yy), np.int64(y0))
        _copy_moved(source, target, height, width, *whole, mode, value, moved)
    elif xx == 1.0 and yy == 1.0 and yx == 0.0 and y0 == 0.0:
        _move_lines(source, target, height, width, xy, x0, mode, value, moved)
    elif xx == 1.0 and yy == 1.0 and xy == 0.0 and x0 == 0.0 and yx == 0.0:
        _move_up_or_down(source, target, height, width, y0, mode, value, beyond)
    elif xx == 1.0 and yy == 1.0 and xy == 0.0 and x0 == 0.0:
        _move_columns(source, target, height, width, yx, y0, mode, value, wide, steps[0])
    elif xy == 0.0 and yx == 0.0:
        _scale(source, target, height, width, m, mode, value, steps, moved, levels)
    else:
        _warp_any(source, target, height, width, m, mode, value, wide, steps)


@njit(inline="always")
def _blend(one, one_at, other, other_at, share, target, at, count):
    """Write a blend, as `cv2.addWeighted` computes it."""
    own, rest = np.float32(share), np.float32(1.0 - share)
    for place in range(np.uint64(count)):
        level = _fma(
            np.float32(one[np.uint64(one_at) + place]),
            own,
            np.float32(other[np.uint64(other_at) + place]) * rest,
        )
        target[np.uint64(at) + place] = np.uint8(np.rint(level))


@njit
def mix(
    first, last, source, before, is_source, target, width, boxes, pasted, shares, blended, is_after
):
    """Write the pictures of some rows after a paste and then a blend, both in one pass.

    Args:
        first: The first row.
        last: The row after the last.
        source: uint8 (B, size), where a picture is before, if `is_source` says so.
        before: uint8 (B, size), where it is otherwise.
        is_source: uint8 (B,).
        target: uint8 (B, size), another array.
        width: Of a picture, in pixels.
        boxes: int64 (B, 4): top, bottom, left and right of what is pasted; empty for none.
        pasted: int64 (B,), the row that it is taken from.
        shares: float64 (B,), the own share in a blend; 1 for none.
        blended: int64 (B,), the row that is blended in.
        is_after: Whether that is taken as it is after the paste, or as before.
    """
    line = 3 * width
    size = source.shape[1]
    height = size // line
    from_source, from_before, to = source.reshape(-1), before.reshape(-1), target.reshape(-1)
    cuts = np.empty(6, np.int64)
    for row in range(first, last):
        other = blended[row]
        is_blended = shares[row] < 1.0
        for y in range(height):
            # A line falls into at most five parts, by the edges of both boxes.
            own_box = boxes[row, 0] <= y < boxes[row, 1] and boxes[row, 2] < boxes[row, 3]
            other_box = is_after and is_blended and boxes[other, 0] <= y < boxes[other, 1]
            other_box = other_box and boxes[other, 2] < boxes[other, 3]
            cuts[0], count = 0, 1
            if own_box:
                cuts[1], cuts[2], count = 3 * boxes[row, 2], 3 * boxes[row, 3], 3
            if other_box:
                cuts[count], cuts[count + 1] = 3 * boxes[other, 2], 3 * boxes[other, 3]
                count += 2
            for place in range(2, count):
                at = place
                while at > 1 and cuts[at - 1] > cuts[at]:
                    cuts[at - 1], cuts[at] = cuts[at], cuts[at - 1]
                    at -= 1
            cuts[count] = line
            for part in range(count):
                x, width_of_part = cuts[part], cuts[part + 1] - cuts[part]
                if width_of_part <= 0:
                    continue
                in_own = own_box and 3 * boxes[row, 2] <= x < 3 * boxes[row, 3]
                one = pasted[row] if in_own else row
                start, to_start = one * size + line * y + x, row * size + line * y + x
                near = from_source if is_source[one] else from_before
                if not is_blended:
                    _copy(near, start, to, to_start, width_of_part)
                    continue
                in_other = other_box and 3 * boxes[other, 2] <= x < 3 * boxes[other, 3]
                two = pasted[other] if in_other else other
                far = from_source if is_source[two] else from_before
                second = two * size + line * y + x
                _blend(near, start, far, second, shares[row], to, to_start, width_of_part)
