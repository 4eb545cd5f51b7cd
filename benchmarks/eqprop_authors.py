"""Estimates of equilibrium propagation against those of the authors' public codes, same weights and same images.

A user points at clones; see README.md. Both sides have one thread and take turns. First with the same numbers of
steps: the same gradient, so that only speed differs. Then ours as one would use it, layers that move in turn and
phases that end when nothing moves, against theirs as it is, where the measure is how close both come to
backpropagation through time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks.authors import VARIABLE, ContinualCode, Gradients, Scaling, clone
from benchmarks.eqprop import convolutional, dense
from benchmarks.measurement import Effort, Figure, Part, ratios, take_turns
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import Network, chain
from rramsim.eqprop.parameters import draw_parameters
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.even_odd import EvenOdd
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.torch_backend import one_thread

_TITLE = "Equilibrium propagation: against the authors' codes"
_COSINE, _OVERHEAD, _CONVOLUTIONS, _SWEEPS = 0.9999, 3.0, 1.3, 5.0
_DENSE_BATCH, _MAPS_BATCH = 20, 8
_CIFAR = [(128, 3, 1), (256, 3, 1), (512, 3, 1), (512, 3, 0)]  # channels, kernel, padding
_MNIST = [(32, 5, 0), (64, 5, 0)]
_FREE, _NUDGED, _BETA = 250, 25, 1.0  # of the ConvNet, cross-entropy, as published
_TOLERANCE = 1e-4  # of a unit, in one step, where states lie between 0 and 1
_AS_GOOD = 1e-3  # of a cosine: units of a window that are as large as one another may change places


def cifar() -> Network:
    """The ConvNet 128-256-512-512 with a softmax readout."""
    maps = [Convolution(channels=n, kernel=k, padding=p) for n, k, p in _CIFAR]
    return chain((3, 32, 32), maps, activation="half_hard_sigmoid", loss=SoftmaxReadout(10))


def outside(*units: int) -> Network:
    """A fully connected network with the nudge outside."""
    layers = [Dense(n) for n in units]
    return chain((784,), layers, activation="shifted_sigmoid", loss=MeanSquare(), dynamics=NudgeOutside())


def problem(network: Network, batch: int, dtype: torch.dtype) -> Problem:
    """Drawn weights, images and classes."""
    source = torch.Generator().manual_seed(0)
    return Problem(
        network=network,
        parameters=draw_parameters(network, source, dtype=dtype),
        inputs=torch.rand((batch, *network.shapes[0]), generator=source, dtype=dtype),
        targets=torch.randint(network.classes, (batch,), generator=source),
    )


def cosine(found: Gradients, exact: Gradients) -> float:
    """Between two gradients, over all parameters."""
    first, second = (torch.cat([value[name].double().flatten() for name in sorted(exact)]) for value in (found, exact))
    return float(first @ second / (first.norm() * second.norm()))


def measure(effort: Effort) -> Part:
    """Networks of the papers, with what clones there are."""
    figures, notes = [], []
    with one_thread():
        for measured, file in ((_scaling, Scaling.FILE), (_continual, ContinualCode.FILE)):
            folder = clone(file)
            if folder is None:
                notes.append(f"not measured: no folder of {VARIABLE} holds {file}")
            else:
                figures += measured(folder, effort)
    notes.append(
        f"one thread; batches of {_DENSE_BATCH} (fully connected, MNIST) and {_MAPS_BATCH}; drawn weights; phases of "
        f"the even and odd sweeps end at a residual of {_TOLERANCE:g}, backpropagation has {_FREE} and {_NUDGED} steps"
    )
    return Part(title=_TITLE, figures=figures, notes=notes)


def _ours(asked: Problem, phases: Phases, estimator: AbstractEstimator) -> Gradients:
    return estimator.estimate(asked, phases).gradients


def _figures(name: str, theirs: Callable[[], Gradients], ours: Callable[[], Gradients], steps: int, rounds: int,
             at_least: float) -> list[Figure]:  # fmt: skip
    near = cosine(ours(), theirs())
    times = take_turns({"authors": theirs, "rramsim": ours}, rounds)
    return [
        Figure.of(f"{name}: authors / rramsim", ratios(times["authors"], times["rramsim"]), "×", at_least=at_least),
        Figure.of(f"{name}: rramsim", [1e3 * took / steps for took in times["rramsim"]], "ms/step"),
        Figure.of(f"{name}: cosine of the gradients", [near], "", at_least=_COSINE),
    ]


def _scaling(folder: Path, effort: Effort) -> list[Figure]:
    found = []
    networks = {
        "784-512-10": (dense(512, 10), [], "my_sigmoid", _DENSE_BATCH, (40, 15, 0.1), _OVERHEAD),
        "784-512-512-10": (dense(512, 512, 10), [], "my_sigmoid", _DENSE_BATCH, (100, 20, 0.5), _OVERHEAD),
        "MNIST, convolutions": (convolutional(), _MNIST, "hard_sigmoid", _DENSE_BATCH, (50, 10, 0.4), _CONVOLUTIONS),
        "128-256-512-512": (cifar(), _CIFAR, "my_hard_sig", _MAPS_BATCH, (10, 5, _BETA), _CONVOLUTIONS),
    }
    for name, (network, maps, activation, batch, (free, nudged, beta), least) in networks.items():
        for dtype in (torch.float64, torch.float32):
            asked = problem(network, batch, dtype)
            softmax = isinstance(network.loss, SoftmaxReadout)
            theirs = Scaling(folder, asked, convolutions=maps, activation=activation, softmax=softmax)
            phases = Phases(free=Stop(steps=free), nudged=Stop(steps=nudged), beta=beta)
            found += _figures(
                f"{name}, {str(dtype).rpartition('.')[2]}", partial(theirs.estimate, free, nudged, beta),
                partial(_ours, asked, phases, Symmetric()), free + 2 * nudged, effort.rounds, least,
            )  # fmt: skip
    return found + _sweeps(folder, effort)


def _sweeps(folder: Path, effort: Effort) -> list[Figure]:
    """The ConvNet with even and odd sweeps that end at a residual."""
    asked = problem(cifar(), _MAPS_BATCH, torch.float32)
    theirs = Scaling(folder, asked, convolutions=_CIFAR, activation="my_hard_sig", softmax=True)
    full = Phases(free=Stop(steps=_FREE), nudged=Stop(steps=_NUDGED), beta=_BETA)
    swept = Phases(
        free=Stop(steps=_FREE, tolerance=_TOLERANCE, every=2),
        nudged=Stop(steps=_NUDGED, tolerance=_TOLERANCE, every=2),
        beta=_BETA, schedule=EvenOdd(),
    )  # fmt: skip
    exact = Bptt().estimate(asked, full).gradients
    estimate = Symmetric().estimate(asked, swept)
    own, others = (cosine(value, exact) for value in (estimate.gradients, theirs.estimate(_FREE, _NUDGED, _BETA)))
    ways = {
        "authors": partial(theirs.estimate, _FREE, _NUDGED, _BETA),
        "rramsim": partial(_ours, asked, swept, Symmetric()),
    }
    times = take_turns(ways, min(effort.rounds, 3))
    name = "128-256-512-512, float32, even and odd sweeps"
    return [
        Figure.of(f"{name}: authors / rramsim", ratios(times["authors"], times["rramsim"]), "×", at_least=_SWEEPS),
        Figure.of(f"{name}: steps of the three phases", [sum(how.steps for how in estimate.settled)], ""),
        Figure.of(f"{name}: authors' cosine to backpropagation", [others], ""),
        Figure.of(f"{name}: rramsim's cosine to backpropagation", [own], "", at_least=others - _AS_GOOD),
    ]


def _continual(folder: Path, effort: Effort) -> list[Figure]:
    found = []
    for units, (free, nudged, beta) in (((512, 10), (40, 15, 0.1)), ((512, 512, 10), (100, 20, 0.5))):
        asked = problem(outside(*units), _DENSE_BATCH, torch.float64)
        theirs = ContinualCode(folder, asked, free, nudged, beta)
        phases = Phases(free=Stop(steps=free), nudged=Stop(steps=nudged), beta=beta)
        found += _figures(
            f"{'-'.join(map(str, (784, *units)))}, nudge outside, float64", theirs.estimate,
            partial(_ours, asked, phases, OneSided()), free + nudged, effort.rounds, _OVERHEAD,
        )  # fmt: skip
    return found
