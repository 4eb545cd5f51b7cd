"""Inference on bit-planes against torch, on the same batches, weights and threads.

torch has as many threads as the other side has; what that one leaves to torch runs in its own threads.

Networks are drawn, not trained: time does not depend on what the weights are. "From layer 2" is the ConvNet without its
first layer, which sees real images and stays in torch; both sides begin with the same real numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measurement import Effort, Figure, Part, ratios, take_turns
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.engines.packed import PackedEngine
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.faults.misreads import Misreads, draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.op import AbstractOp, Shape
from rramsim.nn.ops.pool import MaxPool
from rramsim.spice.workers import usable_cores
from rramsim.torch_backend import one_thread
from rramsim.weights import Weight, WeightKind

_WIDTH = 128  # N of the ConvNet
_BATCH = 100
_IMAGES = 10_000
_RATE = 1e-3
_HIDDEN = (512, 512)
_LADDER = np.geomspace(1e-6, 0.3, 20)
_MAPS = 20
_FASTER = {WeightKind.BINARY: 10.0, WeightKind.TERNARY: 5.0}
_SECONDS = {WeightKind.BINARY: 20.0, WeightKind.TERNARY: 45.0}
_SHARE = 0.5


def drawn(kind: WeightKind, shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.int8]:
    """Weights."""
    return generator.choice((-1, 1) if kind is WeightKind.BINARY else (-1, 0, 1), shape).astype(np.int8)


def network(ops: Iterable[AbstractOp], inputs: Shape) -> StoredNetwork:
    """A network of some operations."""
    return StoredNetwork(name="drawn", dataset="none", input_shape=inputs, nodes=chain(list(ops)))


def norm(channels: int, generator: np.random.Generator) -> Affine:
    """A normalisation that leaves about as many activations of each sign."""
    numbers = generator.standard_normal((2, channels)).astype(np.float32)
    return Affine(scale=numbers[0], shift=numbers[1])


def vgg(kind: WeightKind, *, whole: bool) -> StoredNetwork:
    """The ConvNet, weights and activations of one kind; from its second layer on if not whole."""
    generator = np.random.default_rng(0)
    ops: list[AbstractOp] = []
    before = 3
    for index, factor in enumerate((1, 1, 2, 2, 4, 4)):
        channels = factor * _WIDTH
        if whole or index > 0:
            weights = drawn(kind, (channels, before, 3, 3), generator)
            ops.append(Convolution(weights=weights, kind=kind, stride=(1, 1), padding=(1, 1)))
            if index % 2:
                ops.append(MaxPool(size=(2, 2), stride=(2, 2)))
            ops.append(norm(channels, generator))
        ops.append(Activate(to=kind.value))
        before = channels
    ops += [Flatten(), Dense(weights=drawn(kind, (512, 16 * before), generator), kind=kind)]
    ops += [norm(512, generator), Activate(to=kind.value), Dense(weights=drawn(kind, (10, 512), generator), kind=kind)]
    return network([*ops, norm(10, generator)], (3, 32, 32) if whole else (_WIDTH, 32, 32))


def mlp(kind: WeightKind) -> StoredNetwork:
    """A perceptron for images of 28 × 28."""
    generator = np.random.default_rng(0)
    ops: list[AbstractOp] = []
    before = 784
    for outputs in _HIDDEN:
        ops += [Dense(weights=drawn(kind, (outputs, before), generator), kind=kind), norm(outputs, generator)]
        ops.append(Activate(to=kind.value))
        before = outputs
    return network([*ops, Dense(weights=drawn(kind, (10, before), generator), kind=kind), norm(10, generator)], (784,))


def images(count: int, shape: Shape) -> NDArray[np.float32]:
    """Standardised images."""
    values = np.random.default_rng(1).standard_normal((count, *shape))
    return (np.round(values * 64) / 64).astype(np.float32)


def misreads(of: StoredNetwork, rate: float, seed: int) -> list[Misreads]:
    """A fault map: ±1 read as the opposite, at some rate."""
    pairs = ((Weight.PLUS, Weight.MINUS, rate), (Weight.MINUS, Weight.PLUS, rate))
    rates = ReadErrorRates(kind=of.stored_kind, rates=pairs)
    return [draw_misreads(weights, rates, seed + number) for number, weights in enumerate(of.weights)]


def run(engine: AbstractEngine, batches: list[NDArray[np.float32]], fresh: Callable[[], list[Misreads]]) -> None:
    """Classes of all images under a map that is drawn first."""
    found = fresh()
    with one_thread() if isinstance(engine, PackedEngine) else nullcontext():
        for batch in batches:
            engine.classes(batch, found)


def measure(effort: Effort) -> Part:
    """The ConvNet and the ladder of the perceptron."""
    threads = min(2, usable_cores())
    torch.set_num_threads(threads)
    figures = [figure for kind in WeightKind for figure in _vgg_figures(kind, threads, effort)]
    figures += [_ladder_figure(kind, threads, effort) for kind in WeightKind]
    notes = [f"{threads} threads; ConvNet N = {_WIDTH}, batches of {_BATCH}, misreads at {_RATE:g}"]
    return Part(title="Packed: inference on bit-planes against torch", figures=figures, notes=notes)


def _vgg_figures(kind: WeightKind, threads: int, effort: Effort) -> list[Figure]:
    figures = []
    for name, whole in (("from layer 2", False), ("whole", True)):
        of = vgg(kind, whole=whole)
        batch = [images(_BATCH, of.input_shape)]
        engines = {"torch": TorchEngine(of), "packed": PackedEngine(of, threads=threads)}
        fresh = partial(misreads, of, _RATE, 2)
        found = fresh()
        same = {name: partial(run, engine, batch, lambda found=found: found) for name, engine in engines.items()}
        for way in same.values():
            way()
        times = take_turns(same, effort.rounds)
        target = {} if whole else {"at_least": _FASTER[kind]}
        figures += [
            Figure.of(f"{kind}, {name}: torch / packed", ratios(times["torch"], times["packed"]), "×", **target),
            Figure.of(f"{kind}, {name}: packed", [1e3 * t / _BATCH for t in times["packed"]], "ms/image"),
        ]
        if whole:
            batches = batch * (effort.scaled(_IMAGES) // _BATCH)
            times = take_turns({"map": partial(run, engines["packed"], batches, fresh)}, effort.rounds)
            seconds = [t * _IMAGES / (len(batches) * _BATCH) for t in times["map"]]
            figures.append(Figure.of(f"{kind}: 10,000 images, a fresh map", seconds, "s", at_most=_SECONDS[kind]))
    return figures


def _ladder_figure(kind: WeightKind, threads: int, effort: Effort) -> Figure:
    """Maps at all rates of a ladder, together and one by one, the maps drawn before."""
    of = mlp(kind)
    given = images(effort.scaled(_IMAGES), of.input_shape)
    maps = [misreads(of, rate, seed) for rate in _LADDER for seed in range(effort.scaled(_MAPS))]
    engine = PackedEngine(of, threads=threads)

    def apart() -> None:
        with one_thread():
            for found in maps:
                engine.scores(given, found)

    def together() -> None:
        with one_thread():
            for _ in engine.scores_of_each(given, maps):
                pass

    engine.scores(given[:_BATCH], maps[0])
    times = take_turns({"apart": apart, "together": together}, effort.rounds)
    name = f"{kind}: ladder of {len(_LADDER)} rates × {len(maps) // len(_LADDER)} maps, together / apart"
    return Figure.of(name, ratios(times["together"], times["apart"]), "×", at_most=_SHARE)
