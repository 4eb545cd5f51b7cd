"""Cells with a device that is stuck in one state, whatever is programmed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.weights import Weight, WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckCells:
    """Fractions of devices that are stuck, alike on both bit lines and independent of each other.

    A pair with a stuck device holds the weight of the states that it is left with, and is misread as that one. Two low
    resistances store nothing, nor do two high ones in a binary cell: the difference of the pair, which stays, makes
    the amplifier fall to one side, either alike, for the life of the chip.

    Parameters
    ----------
    lrs, hrs
        Fraction of all devices that are stuck at the low and at the high resistance [1].

    Raises
    ------
    InputError
        A fraction is negative, or both add up to more than 1.
    """

    lrs: float = 0.0
    hrs: float = 0.0

    def __post_init__(self) -> None:
        if not (self.lrs >= 0 and self.hrs >= 0 and self.lrs + self.hrs <= 1):
            raise InputError(f"fractions of stuck devices must lie in 0..1 together, got {self.lrs!r} and {self.hrs!r}")

    def drawn(
        self, weights: NDArray[np.int8], kind: WeightKind, generator: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]:
        """Draw the stuck devices of a chip.

        Parameters
        ----------
        weights
            Programmed weights of a layer, flat.
        kind
            The set of weights.
        generator
            Draws.

        Returns
        -------
        tuple
            Flat indices of the pairs with a stuck device (sorted), the weight that each holds, and whether it stores
            none and reads as this one for ever.
        """
        share = self.lrs + self.hrs
        count = int(generator.binomial(2 * weights.size, share))
        devices = generator.choice(2 * weights.size, count, replace=False, shuffle=False)
        low = generator.random(count) * share < self.lrs
        pairs, where = np.unique(devices // 2, return_inverse=True)
        held = weights[pairs]
        states = np.stack([held == 1, held == -1], axis=-1)  # True: low, on (bl, blb)
        states[where, devices % 2] = low
        lows = states.sum(axis=-1)
        lost = (lows == 2) | ((lows == 0) & (kind is WeightKind.BINARY))
        values = states[:, 0].astype(np.int8) - states[:, 1].astype(np.int8)
        values[lost] = generator.choice(np.array([-1, 1], dtype=np.int8), int(lost.sum()))
        return pairs.astype(np.int64), values, lost

    def misread(self, programmed: Weight, rates: ReadErrorRates) -> float:
        """Probability that a weight is misread: by a stuck device, or in the read of what the pair then holds [1].

        Parameters
        ----------
        programmed
            The weight.
        rates
            Of the reads of pairs that hold a weight.
        """
        wrong, share = 0.0, self.lrs + self.hrs
        for states in product((True, False), repeat=2):  # low, on (bl, blb)
            chance = 1.0
            for low, wanted in zip(states, programmed.states, strict=True):
                chance *= (self.lrs if low else self.hrs) + (1 - share) * ((wanted == "lrs") == low)
            if states[0] == states[1] and (states[0] or rates.kind is WeightKind.BINARY):  # no weight: either sign
                wrong += chance * (1.0 if programmed is Weight.ZERO else 0.5)
                continue
            held = Weight.ZERO if states[0] == states[1] else Weight.PLUS if states[0] else Weight.MINUS
            read = rates.error_probability(held) if held is programmed else 1 - rates.probability(held, programmed)
            wrong += chance * read
        return wrong
