"""One read of a pair of devices by a sense amplifier, and what came out.

The decision is taken on both outputs at ``t_sense``: where exactly one is below half the supply the read resolved, and
the low one tells the sign; where none (or both) is, it did not: the weight 0 of a ternary cell, ``?`` of a binary one.

References
----------
A. Laborieux et al., IEEE Trans. Circuits Syst. I, 2021, arXiv 2007.14234.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.simulation import Simulation, Waves
from rramsim.errors import InputError
from rramsim.spice.engine import Engine
from rramsim.spice.until import Checkpoints, Until
from rramsim.weights import Weight, WeightKind

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSample:
    """Devices of one read.

    Parameters
    ----------
    r_bl, r_blb
        Resistances of the two memory devices [Ω], above 0.
    threshold_shifts
        One shift for each transistor of ``ReadDeck.transistors`` [V], or its numbers, in standard deviations, where the
        mismatch is the kit's own; empty for typical transistors.

    Raises
    ------
    InputError
        A resistance is not above 0 or not finite.
    """

    r_bl: float
    r_blb: float
    threshold_shifts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("r_bl", "r_blb"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} must be above 0 Ω, got {value!r}")

    def alterations(self, deck: ReadDeck) -> list[tuple[str, float]]:
        """What ngspice alters to read these devices: handles and values.

        Parameters
        ----------
        deck
            What is read.

        Raises
        ------
        InputError
            There is another number of threshold shifts than the deck has sources of mismatch.
        """
        resistances = zip(deck.resistance_handles, (self.r_bl, self.r_blb), strict=True)
        return [*deck.mismatch_alterations(self.threshold_shifts), *resistances]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOutcome:
    """What one read returned.

    Parameters
    ----------
    weight
        The weight that was read.
    margin
        Distance of the outputs from another decision at ``t_sense`` [V], not negative: how far the nearer output is
        from half the supply.
    latching_time
        From the sense edge to the fall of the losing output through half the supply [s]; infinite if the outputs were
        not resolved when sense enable fell.
    energy
        Supply charge × supply voltage of the whole read, recharge included [J].
    """

    weight: Weight
    margin: float
    latching_time: float
    energy: float


class Reader:
    """A read deck loaded into ngspice, read again and again with other devices.

    Parameters
    ----------
    engine
        The ngspice of this process; others may share it.
    deck
        What to read.
    deck_path
        Where the deck's text was kept, for error messages.
    inputs
        (net, V) of each input of the circuit, of every read.

    Raises
    ------
    DeckError
        ngspice refuses the deck.
    """

    def __init__(
        self,
        engine: Engine,
        deck: ReadDeck,
        *,
        deck_path: Path | None = None,
        inputs: Sequence[tuple[str, float]] = (),
    ) -> None:
        self.deck = deck
        self._inputs = deck.input_alterations(inputs)
        self._simulation = Simulation(engine, deck, deck_path=deck_path)

    def read(self, sample: ReadSample) -> ReadOutcome:
        """Read once.

        Parameters
        ----------
        sample
            The devices.

        Raises
        ------
        InputError, SimulationError
            As :meth:`waveforms`.
        """
        return measure_read(self.waveforms(sample), self.deck)

    def waveforms(self, sample: ReadSample, *, until: Sequence[Until] | Checkpoints = ()) -> Waves:
        """Read once and return the waveforms: ``time`` [s], ``q``, ``qb`` [V], ``i(vdd)`` [A], each (points,).

        Parameters
        ----------
        sample
            The devices.
        until
            Where the read may end before its cycle does, as for :meth:`rramsim.spice.engine.Engine.run`.

        Raises
        ------
        InputError
            The sample has another number of threshold shifts than the deck has sources of mismatch.
        SimulationError
            ngspice failed, also with fallback options; see :func:`rramsim.spice.fallback.run_with_fallbacks`.
        """
        return self._simulation.run([*sample.alterations(self.deck), *self._inputs], until=until)


def measure_read(waveforms: Waves, deck: ReadDeck) -> ReadOutcome:
    """Turn waveforms into an outcome; see :class:`ReadOutcome` for the definitions.

    Parameters
    ----------
    waveforms
        As :meth:`Reader.waveforms` returns them.
    deck
        What was read.
    """
    conditions, vdd = deck.conditions, deck.corner.vdd
    time, q, qb = waveforms["time"], waveforms["q"], waveforms["qb"]
    decision = conditions.t_start + conditions.t_sense
    q_sensed, qb_sensed = float(np.interp(decision, time, q)), float(np.interp(decision, time, qb))
    if conditions.output_stage:
        plus, resolved = (float(np.interp(decision, time, waveforms[name])) > vdd / 2 for name in ("plus", "resolved"))
    else:
        plus, resolved = q_sensed < vdd / 2, (q_sensed < vdd / 2) != (qb_sensed < vdd / 2)
    return ReadOutcome(
        weight=_decide(deck.cell.weights, resolved=resolved, plus=plus),
        margin=min(abs(q_sensed - vdd / 2), abs(qb_sensed - vdd / 2)),
        latching_time=_latching_time(time - conditions.t_start, q, qb, vdd / 2, conditions.window),
        energy=vdd * _charge(time, -waveforms["i(vdd)"], start=conditions.t_precharge),
    )


def _decide(kind: WeightKind, *, resolved: bool, plus: bool) -> Weight:
    if resolved:
        return Weight.PLUS if plus else Weight.MINUS
    return kind.unresolved


def _latching_time(time: Array, q: Array, qb: Array, threshold: float, window: float) -> float:
    """When the outputs became and stayed resolved, up to the end of the sense window."""
    # The fall of sense enable is a breakpoint of the integrator, so that a point lies there.
    inside = slice(time.searchsorted(0.0), time.searchsorted(window * (1 + 1e-9), side="right"))
    # As lists, and from the end: few points are looked at, and on so few array operations take longer.
    times, pairs = time[inside].tolist(), list(zip(q[inside].tolist(), qb[inside].tolist(), strict=True))
    before = len(pairs) - 1
    while before >= 0 and _resolved(pairs[before], threshold):
        before -= 1
    if before == len(pairs) - 1:
        return math.inf
    if before < 0:
        return 0.0
    crossings = [
        _crossing(times[before], times[before + 1], value, following, threshold)
        for value, following in zip(sorted(pairs[before]), sorted(pairs[before + 1]), strict=True)
        if (value < threshold) != (following < threshold)
    ]
    return max(crossings)


def _resolved(outputs: tuple[float, float], threshold: float) -> bool:
    q, qb = outputs
    return (q < threshold) != (qb < threshold)


def _crossing(start: float, end: float, before: float, after: float, threshold: float) -> float:
    return start + (threshold - before) / (after - before) * (end - start)


def _charge(time: Array, current: Array, *, start: float) -> float:
    """Integral of ``current`` from ``start`` to the end, by trapezoids."""
    at_start = float(np.interp(start, time, current))
    later = slice(time.searchsorted(start, side="right"), None)
    # Neither np.r_ nor np.trapezoid, which take longer than all the rest of the measurement.
    current = np.concatenate(((at_start,), current[later]))
    time = np.concatenate(((start,), time[later]))
    return float(((time[1:] - time[:-1]) * (current[1:] + current[:-1]) / 2.0).sum())
