"""Compiled products of packed weights and activations.

Everything that is compiled into them is in this one file: numba keeps compiled code by the date of the file of the
function that is called, and does not see changes in others.

A product is a matrix product over *patches*: the words that one output place sees, tap by tap. Four patches times 32
output channels are counted at a time, in registers: a word of weights serves four patches, a word of activations 32
channels. What is counted is the number of products that are -1, by one population count a word and channel, or by two
where weights and activations are ternary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from rramsim.nn.engines.compiled import compiled

OUTPUTS = 32  # channels of a tile
ROWS = 4  # patches of a tile
CHUNK = 64  # patches worked on at a time: they and their sums stay in the second-level cache

_LANES = 8  # 64-bit counters of a vector
_VECTORS = OUTPUTS // _LANES
_WORD, _NUMBER = ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(_WORD, _LANES)


def _emitted(function: Callable[..., Any]) -> Any:
    """A function of compiled code whose instructions are given."""
    return intrinsic(function)


@_emitted
def _bits_set(_typing: Any, word: Any) -> Any:
    """How many bits of a word are set."""
    return types.int64(word), lambda _context, builder, _signature, arguments: builder.ctpop(arguments[0])


@_emitted
def _not_below(_typing: Any, values: Any, at: Any, limits: Any, limits_at: Any) -> Any:
    """A word of comparisons: 64 values of one array, from a place on, with as many of another."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        numbers = ir.VectorType(_NUMBER, 64)
        loaded = []
        for index in (0, 2):
            array = context.make_array(signature.args[index])(context, builder, arguments[index])
            place = builder.gep(array.data, [arguments[index + 1]])
            loaded.append(builder.load(builder.bitcast(place, numbers.as_pointer()), align=4))
        return builder.bitcast(builder.icmp_signed(">=", *loaded), _WORD)

    return types.uint64(values, types.intp, limits, types.intp), generate


def _tile(weight_planes: int, planes: tuple[int, ...]) -> Any:
    """A function of compiled code that makes the sums of one tile from some planes of the activations.

    Vectors are spelled out, because no compiler keeps 16 of them in registers by itself: each processor gets its own
    instructions for them.
    """
    counts = 1 if weight_planes == len(planes) == 2 else 2  # that make a product of -1 from one of +1

    @_emitted
    def tile(
        _typing: Any, sums: Any, sums_at: Any, stride: Any, of_outputs: Any, outputs_at: Any, of_rows: Any,
        rows_at: Any, weights: Any, weights_at: Any, words: Any, patches: Any, offsets: Any,
    ) -> Any:  # fmt: skip
        at = types.intp
        signature = types.void(sums, at, at, of_outputs, at, of_rows, at, weights, at, words, patches, offsets)

        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            def pointer(index: int, *at: Any) -> Any:
                array = context.make_array(signature.args[index])(context, builder, arguments[index])
                return builder.gep(array.data, [_sum(builder, *at)])

            rows = [builder.load(pointer(10, arguments[6], row)) for row in range(ROWS)]
            steps = context.make_array(signature.args[11])(context, builder, arguments[11]).nitems
            totals = iter(
                _counted(
                    builder, pointer(7, arguments[8]), [pointer(9, row) for row in rows], pointer(11, 0), steps,
                    weight_planes, planes,
                )
            )  # fmt: skip
            narrow = ir.VectorType(_NUMBER, _LANES)
            for row in range(ROWS):
                of_row = _splat(builder, builder.load(pointer(5, arguments[6], row)), narrow)
                row_at = builder.add(arguments[1], builder.mul(arguments[2], ir.Constant(_WORD, row)))
                for lane in range(0, OUTPUTS, _LANES):
                    count = builder.mul(builder.trunc(next(totals), narrow), ir.Constant(narrow, [counts] * _LANES))
                    most = builder.add(_load(builder, pointer(3, arguments[4], lane), narrow), of_row)
                    place = builder.bitcast(pointer(0, row_at, lane), narrow.as_pointer())
                    builder.store(builder.sub(most, count), place, align=4)
            return context.get_dummy_value()

        return signature, generate

    return tile


def _counted(
    builder: ir.IRBuilder, weights: Any, patches: list[Any], offsets: Any, steps: Any, weight_planes: int,
    planes: tuple[int, ...],
) -> list[Any]:  # fmt: skip
    """Emit the loop over the words of a patch; its counters, (patch, vector of channels) in C order."""
    before, loop = builder.block, builder.append_basic_block("words")
    after = builder.append_basic_block("counted")
    builder.branch(loop)
    builder.position_at_end(loop)
    step = builder.phi(_WORD)
    totals = [builder.phi(_VECTOR) for _ in range(ROWS * _VECTORS)]
    at = builder.mul(step, ir.Constant(_WORD, weight_planes * OUTPUTS))
    read = [
        _load(builder, builder.gep(weights, [_sum(builder, at, index * _LANES)]), _VECTOR)
        for index in range(weight_planes * _VECTORS)
    ]
    offset = builder.load(builder.gep(offsets, [step]))
    sums = []
    for row, patch in enumerate(patches):
        places = [builder.gep(patch, [_sum(builder, offset, plane)]) for plane in planes]
        seen = [_splat(builder, builder.load(place), _VECTOR) for place in places]
        for vector in range(_VECTORS):
            sums.append(_add(builder, totals[row * _VECTORS + vector], read[vector::_VECTORS], seen))
    following = builder.add(step, ir.Constant(_WORD, 1))
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, after)
    for value, start, new in zip([step, *totals], [0] + [[0] * _LANES] * len(sums), [following, *sums], strict=True):
        value.add_incoming(ir.Constant(value.type, start), before)
        value.add_incoming(new, loop)
    builder.position_at_end(after)
    return sums


def _add(builder: ir.IRBuilder, total: Any, weight: list[Any], activation: list[Any]) -> Any:
    """Count the products of a word that are -1: where signs differ and neither is 0."""
    name = "llvm.ctpop.v8i64"
    known = builder.module.globals.get(name)
    count = known or ir.Function(builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), name)
    if len(weight) == 2:
        # Ternary activations come as two binary ones of which each is the mean: one count for each of them.
        for plane in activation:
            total = builder.add(total, builder.call(count, [builder.and_(builder.xor(weight[0], plane), weight[1])]))
        return total
    differ = builder.and_(builder.xor(weight[0], activation[0]), activation[1])
    return builder.add(total, builder.call(count, [differ]))


def _sum(builder: ir.IRBuilder, *terms: Any) -> Any:
    first, *others = (ir.Constant(_WORD, term) if isinstance(term, int) else term for term in terms)
    for other in others:
        first = builder.add(first, other)
    return first


def _load(builder: ir.IRBuilder, place: Any, vector: ir.VectorType) -> Any:
    return builder.load(builder.bitcast(place, vector.as_pointer()), align=vector.element.width // 8)


def _splat(builder: ir.IRBuilder, value: Any, vector: ir.VectorType) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_NUMBER, 0))
    lanes = ir.Constant(ir.VectorType(_NUMBER, _LANES), [0] * _LANES)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), lanes)


_tile_binary, _tile_single, _tile_ternary = _tile(1, (0, 1)), _tile(2, (1,)), _tile(2, (0, 1))


@compiled
def products(
    first: int, last: int, geometry: Any, sign: Any, nonzero: Any, weights: Any, base: Any, sums: Any,
    low: Any, high: Any, flip: Any, out_sign: Any, out_nonzero: Any,
) -> None:  # fmt: skip
    """Weighted sums of some patches, or activations made of them at once.

    Parameters
    ----------
    first, last
        Patches: of all images one after the other, those of an image row by row.
    geometry
        Numbers as :mod:`rramsim.nn.engines.products` gives them.
    sign, nonzero
        Planes of the activations, uint64 (batch, height, width, groups, words); ``nonzero`` without any image where
        no activation is 0.
    weights
        uint64 (groups, blocks of 32 outputs, words of a patch, planes, 32).
    base
        For ternary weights how many of an output are not 0, for binary ones 0; int32 (outputs + 32,).
    sums
        int32 (patches, outputs), written unless ``out_sign`` is to be.
    low, high
        Thresholds of each output, int32 (outputs,).
    flip
        Words with a bit at each output whose activation falls with the sum, (groups, words).
    out_sign, out_nonzero
        Planes of the results, (patches, groups, words) each; without any patch where they are not wanted.
    """
    groups, words = weights.shape[0], sign.shape[4]
    outputs = base.size - OUTPUTS
    out_height, out_width, tall, wide, down, right = geometry[:6]
    broad = (out_width - 1) * right + wide
    lines = min((CHUNK // out_width + 1) * down, (out_height - 1) * down) + tall
    seen = np.empty((CHUNK // (out_height * out_width) + 2) * lines * broad * words * 2, np.uint64)
    set_bits = np.empty(seen.size // (2 * words), np.int32)
    offsets = np.empty(weights.shape[2], np.int64)
    for step in range(offsets.size):
        tap, word = divmod(step, words)
        offsets[step] = ((tap // wide * broad + tap % wide) * words + word) * 2
    patches, bases, inside = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int32), np.empty(CHUNK, np.bool_)
    scratch = np.empty((CHUNK, outputs + OUTPUTS), np.int32)
    for start in range(first, last, CHUNK):
        rows = min(CHUNK, last - start)
        for group in range(groups):
            _see(start, rows, geometry, group, sign, nonzero, weights.shape[3], seen, set_bits, patches, bases, inside)
            _count(rows, seen, patches, offsets, bases, inside, group, weights, base, scratch)
        if out_sign.shape[0]:
            _pack(start, rows, scratch, low, high, flip, out_sign, out_nonzero)
        else:
            for row in range(rows):
                for output in range(outputs):
                    sums[start + row, output] = scratch[row, output]


@compiled
def _see(
    start: int, rows: int, geometry: Any, group: int, sign: Any, nonzero: Any, planes: int,
    seen: Any, set_bits: Any, patches: Any, bases: Any, inside: Any,
) -> None:  # fmt: skip
    """Copy what some patches see, padded, and say where each of them begins and whether no value in it is 0.

    A word is followed by that of the other plane: for binary weights sign and nonzero; for ternary ones the two binary
    values, of which a ternary one is the mean, larger one first.
    """
    out_height, out_width, tall, wide, down, right, above, left, tail = geometry
    _, height, width, _, words = sign.shape
    broad = (out_width - 1) * right + wide
    places = out_height * out_width
    at = 0  # places that were copied
    for image in range(start // places, (start + rows - 1) // places + 1):
        begin, end = max(start, image * places) - image * places, min(start + rows - image * places, places)
        top = begin // out_width * down
        for line in range(top, (end - 1) // out_width * down + tall):
            for column in range(broad):
                y, x = line - above, column - left
                there = 0 <= y < height and 0 <= x < width
                count = 0
                for word in range(words):
                    bits, mask = np.uint64(0), np.uint64(0)
                    if there:
                        bits = sign[image, y, x, group, word]
                        if nonzero.shape[0]:
                            mask = nonzero[image, y, x, group, word]
                        else:
                            mask = ~np.uint64(0) >> np.uint64(tail if word == words - 1 else 0)
                    place = ((at + (line - top) * broad + column) * words + word) * 2
                    seen[place] = bits if planes == 1 else bits | ~mask
                    seen[place + 1] = mask if planes == 1 else bits
                    count += _bits_set(mask)
                set_bits[at + (line - top) * broad + column] = count
        row, column = begin // out_width, begin % out_width
        for index in range(image * places + begin - start, image * places + end - start):
            corner = at + (row * down - top) * broad + column * right
            patches[index] = corner * words * 2
            bases[index] = 0
            if planes == 1:
                for tap in range(tall * wide):
                    bases[index] += set_bits[corner + tap // wide * broad + tap % wide]
            y, x = row * down - above, column * right - left
            inside[index] = nonzero.shape[0] == 0 and y >= 0 and x >= 0 and y + tall <= height and x + wide <= width
            column += 1
            if column == out_width:
                row, column = row + 1, 0
        at += ((end - 1) // out_width * down + tall - top) * broad
    for index in range(rows, (rows + ROWS - 1) // ROWS * ROWS):  # the last tile is filled up
        patches[index], bases[index], inside[index] = patches[rows - 1], 0, True


@compiled
def _count(
    rows: int, seen: Any, patches: Any, offsets: Any, bases: Any, inside: Any, group: int, weights: Any, base: Any,
    sums: Any,
) -> None:  # fmt: skip
    """Sums of some patches for the outputs of one group.

    A tile that is wider than what is left writes beyond it: into outputs of a later group, which are written after
    it, or into the columns that the last one leaves free.
    """
    groups, blocks, steps, planes, _ = weights.shape
    stride = sums.shape[1]
    weights, sums = weights.reshape(-1), sums.reshape(-1)
    for block in range(blocks):
        at = (group * blocks + block) * steps * planes * OUTPUTS
        to = group * ((base.size - OUTPUTS) // groups) + block * OUTPUTS
        for row in range(0, rows, ROWS):
            into = row * stride + to
            if planes == 1:
                _tile_binary(sums, into, stride, base, to, bases, row, weights, at, seen, patches, offsets)
            elif inside[row] and inside[row + 1] and inside[row + 2] and inside[row + 3]:
                _tile_single(sums, into, stride, base, to, bases, row, weights, at, seen, patches, offsets)
            else:
                _tile_ternary(sums, into, stride, base, to, bases, row, weights, at, seen, patches, offsets)


@compiled
def _pack(start: int, rows: int, sums: Any, low: Any, high: Any, flip: Any, sign: Any, nonzero: Any) -> None:
    """Activations of some places from their sums."""
    groups, words = flip.shape
    channels = low.size // groups
    flat, stride = sums.reshape(-1), sums.shape[1]
    for row in range(rows):
        for group in range(groups):
            for word in range(words):
                begin, width = group * channels + 64 * word, min(64, channels - 64 * word)
                at = row * stride + begin
                above, not_below = np.uint64(0), np.uint64(0)
                if width == 64:
                    above, not_below = _not_below(flat, at, high, begin), _not_below(flat, at, low, begin)
                else:
                    for bit in range(width):
                        above |= np.uint64(flat[at + bit] >= high[begin + bit]) << np.uint64(bit)
                        not_below |= np.uint64(flat[at + bit] >= low[begin + bit]) << np.uint64(bit)
                falling = flip[group, word]
                if nonzero.shape[0]:
                    sign[start + row, group, word] = (above & ~falling) | (~not_below & falling)
                    every = ~np.uint64(0) >> np.uint64(64 - width)
                    nonzero[start + row, group, word] = (above | ~not_below) & every
                else:
                    sign[start + row, group, word] = above ^ falling
