"""Compiled loops over bit-planes that are no products: real sums to activations, pooling, misreads, corrections.

Each is whole in this file: numba does not see changes in others when it looks for kept code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rramsim.nn.engines.compiled import compiled

_IMAGES = 512  # that are corrected at a time: what the layer saw of them stays in the second-level cache


@compiled
def largest_of_steps(values: Any, step: float) -> float:
    """Greatest magnitude of values that are all whole multiples of a step; infinite if they are not.

    Parameters
    ----------
    values
        float32, one axis.
    step
        A power of 2.
    """
    largest, whole = np.float32(0), True
    for index in range(values.size):
        steps = values[index] / np.float32(step)
        whole &= steps == np.rint(steps)
        largest = max(largest, abs(values[index]))
    return float(largest) if whole else np.inf


@compiled
def pack_sums(first: int, last: int, sums: Any, low: Any, high: Any, flip: Any, sign: Any, nonzero: Any) -> None:
    """Activations, some words of them, from sums whose channels come first.

    Parameters
    ----------
    first, last
        Words of one place: of all images one after the other.
    sums
        (batch, channels, places).
    low, high, flip
        Thresholds as :func:`rramsim.nn.engines.kernels.products` takes them, of the type of the sums.
    sign, nonzero
        Planes to write, (batch, places, groups, words); ``nonzero`` without any image where they are binary.
    """
    _, places, groups, words = sign.shape
    channels = sums.shape[1] // groups
    above, not_below = np.empty(places, np.uint64), np.empty(places, np.uint64)
    for item in range(first, last):
        image, rest = divmod(item, groups * words)
        group, word = divmod(rest, words)
        begin, width = group * channels + 64 * word, min(64, channels - 64 * word)
        above[:], not_below[:] = 0, 0
        for bit in range(width):
            at_low, at_high, shift = low[begin + bit], high[begin + bit], np.uint64(bit)
            for place in range(places):
                above[place] |= np.uint64(sums[image, begin + bit, place] >= at_high) << shift
            if nonzero.shape[0]:
                for place in range(places):
                    not_below[place] |= np.uint64(sums[image, begin + bit, place] >= at_low) << shift
        falling = flip[group, word]
        every = ~np.uint64(0) >> np.uint64(64 - width)
        for place in range(places):
            if nonzero.shape[0]:
                sign[image, place, group, word] = (above[place] & ~falling) | (~not_below[place] & falling)
                nonzero[image, place, group, word] = (above[place] | ~not_below[place]) & every
            else:
                sign[image, place, group, word] = above[place] ^ falling


@compiled
def pool(first: int, last: int, window: Any, flip: Any, sign: Any, nonzero: Any, to_sign: Any, to_nonzero: Any) -> None:
    """Greatest activation of each window, or the least one.

    Parameters
    ----------
    first, last
        Images.
    window
        (height, width, stride down, stride right).
    flip
        Words with a bit at each channel of which the least one is wanted, (groups, words).
    sign, nonzero
        Planes, (batch, height, width, groups, words); ``nonzero`` without any image where no activation is 0.
    to_sign, to_nonzero
        Planes to write.
    """
    tall, wide, down, right = window
    _, height, width, groups, words = to_sign.shape
    for image in range(first, last):
        for y in range(height):
            for x in range(width):
                for group in range(groups):
                    for word in range(words):
                        any_plus, all_plus = np.uint64(0), ~np.uint64(0)
                        any_minus, all_minus = np.uint64(0), ~np.uint64(0)
                        for at in range(tall * wide):
                            there = (image, y * down + at // wide, x * right + at % wide, group, word)
                            plus = sign[there]
                            any_plus |= plus
                            all_plus &= plus
                            if nonzero.shape[0]:
                                minus = nonzero[there] & ~plus
                                any_minus |= minus
                                all_minus &= minus
                        least = flip[group, word]
                        plus = (any_plus & ~least) | (all_plus & least)
                        to_sign[image, y, x, group, word] = plus
                        if nonzero.shape[0]:
                            minus = (all_minus & ~least) | (any_minus & least)
                            to_nonzero[image, y, x, group, word] = plus | minus


@compiled
def misread(positions: Any, values: Any, before: Any, words: Any, base: Any, layout: Any) -> None:
    """Change single weights.

    Parameters
    ----------
    positions, values
        Flat indices into weights (outputs, channels, taps), and what is read there.
    before
        Written: what was there.
    words, base
        As in :class:`rramsim.nn.engines.weights.PackedWeights`; changed.
    layout
        Channels and taps of the weights, groups that are joined, and outputs of each of those.
    """
    channels, taps, joined, each = layout
    steps, planes, block = words.shape[2:]
    one = np.uint64(1)
    for index in range(positions.size):
        rest, tap = divmod(positions[index], taps)
        output, channel = divmod(rest, channels)
        group, inside = divmod(output, joined * each)
        bit = inside // each * channels + channel
        step = tap * (steps // taps) + bit // 64
        mark = one << np.uint64(bit % 64)
        place = (group, inside // block, step)
        lane = inside % block
        plus = (words[place][0, lane] & mark) != 0
        zero = planes > 1 and (words[place][1, lane] & mark) == 0
        before[index] = 0 if zero else (1 if plus else -1)
        value = values[index]
        words[place][0, lane] = words[place][0, lane] | mark if value > 0 else words[place][0, lane] & ~mark
        if planes > 1:
            words[place][1, lane] = words[place][1, lane] | mark if value != 0 else words[place][1, lane] & ~mark
            base[output] += np.int32(value != 0) - np.int32(before[index] != 0)


@compiled
def correct(first: int, last: int, sums: Any, values: Any, positions: Any, changes: Any, geometry: Any) -> None:
    """Add to sums what changed weights change.

    Parameters
    ----------
    first, last
        Images.
    sums
        float32 (batch, outputs, height, width); changed.
    values
        What the layer saw, float32 (batch, channels, height, width).
    positions, changes
        Flat indices into weights (outputs, channels of a group, height, width of the kernel); new less old weight,
        float32.
    geometry
        Channels of a group, height and width of the kernel, strides down and right, padding above and left, groups.
    """
    channels, tall, wide, down, right, above, left, groups = geometry
    _, outputs, out_height, out_width = sums.shape
    _, _, height, width = values.shape
    for image in range(first, last):
        for index in range(positions.size):
            rest, tap = divmod(positions[index], tall * wide)
            output, channel = divmod(rest, channels)
            seen = output // (outputs // groups) * channels + channel
            change = changes[index]
            y_offset, x_offset = tap // wide - above, tap % wide - left
            # The places whose tap lies inside.
            begin = max(0, -(x_offset // right))
            stop = min(out_width, (width - 1 - x_offset) // right + 1)
            for y in range(out_height):
                line = y * down + y_offset
                if 0 <= line < height:
                    for x in range(begin, stop):
                        sums[image, output, y, x] += change * values[image, seen, line, x * right + x_offset]


@compiled
def correct_features(
    first: int, last: int, clean: Any, sums: Any, values: Any, positions: Any, changes: Any
) -> None:  # fmt: skip
    """The same for a fully connected layer, images along the last axis.

    Parameters
    ----------
    first, last
        Outputs.
    clean, sums
        float32 (outputs, batch), before and after; the latter are written.
    values
        float32 (inputs, batch).
    positions, changes
        Flat indices into weights (outputs, inputs), rising; new less old weight, float32.
    """
    inputs, images = values.shape
    starts = np.searchsorted(positions, np.arange(first, last + 1) * inputs)
    for begin in range(0, images, _IMAGES):
        end = min(begin + _IMAGES, images)
        for output in range(first, last):
            to = sums[output, begin:end]
            to[:] = clean[output, begin:end]
            at, stop = starts[output - first], starts[output - first + 1]
            while at + 4 <= stop:  # four at a time: each sum is read and written once for them
                offset = output * inputs
                a, b = values[positions[at] - offset, begin:end], values[positions[at + 1] - offset, begin:end]
                c, d = values[positions[at + 2] - offset, begin:end], values[positions[at + 3] - offset, begin:end]
                of_a, of_b, of_c, of_d = changes[at], changes[at + 1], changes[at + 2], changes[at + 3]
                for image in range(to.size):
                    to[image] += (of_a * a[image] + of_b * b[image]) + (of_c * c[image] + of_d * d[image])
                at += 4
            for index in range(at, stop):
                seen, change = values[positions[index] - output * inputs, begin:end], changes[index]
                for image in range(to.size):
                    to[image] += change * seen[image]
