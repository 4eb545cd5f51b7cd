"""The smooth response of a read, whose sign and size tell how it came out: what the rare-event estimators see.

The outputs of a latch saturate, so their voltage says nothing about how far a read is from another result. Its latching
time does while it latches in time, and the differential of its outputs while it does not. Both are turned into one
number, the imbalance of a nominal pair of resistances that would have been read alike, which is nearly linear in the
devices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample, measure_read
from rramsim.circuits.benches.pair.spread import read_samples
from rramsim.circuits.response import AbstractResponse
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import ConvergenceError, MeasurementError
from rramsim.rare.limit_state import Event
from rramsim.spice.until import Until
from rramsim.weights import Weight

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]

_LARGEST = 50.0  # logarithm of an imbalance, far beyond any
# Imbalances ln(R_blb / R_bl) of the nominal reads that the scale is made of.
_IMBALANCES = (1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def read_signal(waveforms: Mapping[str, Array], deck: ReadDeck) -> float:
    """Signed result of a read, monotone in the imbalance of its devices.

    Parameters
    ----------
    waveforms
        As :meth:`rramsim.circuits.benches.pair.read.Reader.waveforms` returns them.
    deck
        The deck that was read.

    Returns
    -------
    float
        Positive towards the weight +1. At least 1 in size if the read is resolved at ``t_sense``, and the larger the
        sooner it latched; below 1 if not, and the smaller the nearer the outputs are to each other.
    """
    conditions, half = deck.conditions, deck.corner.vdd / 2
    outcome = measure_read(dict(waveforms), deck)
    decision = conditions.t_start + conditions.t_sense
    q, qb = (float(np.interp(decision, waveforms["time"], waveforms[name])) for name in ("q", "qb"))
    sign = 1.0 if qb > q else -1.0
    if outcome.weight in (Weight.PLUS, Weight.MINUS):
        return sign * math.exp(max(1 - outcome.latching_time / conditions.t_sense, 0.0))
    # How far the outputs are from being resolved: nothing at the bound, so that both parts meet there.
    missing = max(min(q, qb) - half, half - max(q, qb), 0.0)
    return sign * abs(qb - q) / (abs(qb - q) + missing) if qb != q else 0.0


class ReadResponse(AbstractResponse):
    """Response of the reads of one stimulus at one corner: the imbalance ln(R_blb / R_bl), −that where inputs cross.

    Parameters
    ----------
    reader
        Reads the devices. Sense enable must fall at ``t_sense``, where the read is judged.
    spread
        What varies: the response takes its coordinates.
    right
        What a right read gives.
    crossed
        Whether the lower resistance on ``bl`` reads −1.
    balanced
        Reads a like circuit whose sides are alike, to make the scale; None where those of ``reader`` are.

    Raises
    ------
    SimulationError
        A nominal read failed.
    """

    def __init__(
        self,
        reader: Reader,
        spread: SpreadSpace,
        right: Weight,
        *,
        crossed: bool = False,
        balanced: Reader | None = None,
    ) -> None:
        self._reader = reader
        self._balanced = balanced or reader
        self._spread = spread
        self._right = right
        self._crossed = crossed
        self.dimension = spread.dimension
        self._until = reader.deck.decided
        self._scale = self._calibrated()
        threshold = self.imbalance(1.0)
        self.events: Mapping[str, Event] = {
            Weight.PLUS.value: Event(low=threshold),
            Weight.MINUS.value: Event(high=-threshold),
            reader.deck.cell.weights.unresolved.value: Event(low=-threshold, high=threshold),
        }

    def steepest(self, read: str) -> Array | None:
        """Direction (dimension,) in which the resistances lead to an outcome fastest; None if they do not vary.

        Parameters
        ----------
        read
            The weight that is read.
        """
        slope = np.zeros(self.dimension)
        slope[:2] = [-self._spread.sources[0].marginal.spread, self._spread.sources[1].marginal.spread]
        direction = self._spread.gradient(slope)
        norm = float(np.linalg.norm(direction))
        event = self.events[read]
        rising = event.high == math.inf or (event.two_sided and self._right is Weight.MINUS)
        return direction * (1 if rising != self._crossed else -1) / norm if norm else None

    def __call__(self, z: Array) -> float:
        """Equivalent imbalance ln(R_blb / R_bl) of the read at ``z`` of shape (dimension,); NaN if it has no result."""
        try:
            return self.imbalance(self._signal(read_samples(self._spread.values(z[np.newaxis]))[0]))
        except (ConvergenceError, MeasurementError) as error:
            self.last_error = error
            return math.nan

    def imbalance(self, signal: float) -> float:
        """Imbalance of the nominal pair that gives a signal.

        Parameters
        ----------
        signal
            As :func:`read_signal` gives it.
        """
        if signal == 0:
            return 0.0
        xs, interpolator, (low_slope, high_slope) = self._scale
        x = math.log(abs(signal))
        inside = min(max(x, xs[0]), xs[-1])
        y = float(interpolator(inside)) + low_slope * min(x - xs[0], 0.0) + high_slope * max(x - xs[-1], 0.0)
        return math.copysign(math.exp(min(y, _LARGEST)), signal)

    def _signal(self, sample: ReadSample) -> float:
        return read_signal(self._reader.waveforms(sample, until=self._until), self._reader.deck)

    def _nominal(self, sample: ReadSample, until: Sequence[Until] = ()) -> float:
        return abs(read_signal(self._balanced.waveforms(sample, until=until), self._balanced.deck))

    def _calibrated(self) -> tuple[Array, PchipInterpolator, tuple[float, float]]:
        """Scale from ln|signal| to ln|imbalance|, by nominal reads around the pair that would decide at random."""
        level = float(self._spread.values(np.zeros(self.dimension))[:2].min())
        points: list[tuple[float, float]] = []
        for imbalance in _IMBALANCES:
            factor = math.exp((-imbalance if self._crossed else imbalance) / 2)
            sample = ReadSample(r_bl=level / factor, r_blb=level * factor)
            signal = self._nominal(sample)
            if self._until and self._nominal(sample, self._until) != signal:
                self._until = ()  # an amplifier whose outputs change again: only whole reads tell
            if signal > 0 and (not points or math.log(signal) > points[-1][0] + 1e-3):
                points.append((math.log(signal), math.log(imbalance)))
        if len(points) < 2:  # no read depends on the devices: any scale will do
            points = [(0.0, 0.0), (1.0, 1.0)]
        xs, ys = np.array(points).T
        slopes = (1.0, float((ys[-1] - ys[-2]) / (xs[-1] - xs[-2])))  # small signals are linear
        from scipy.interpolate import PchipInterpolator

        return xs, PchipInterpolator(xs, ys), slopes
