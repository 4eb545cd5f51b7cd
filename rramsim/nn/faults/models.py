"""Fault models: a model programs a *chip*, and a chip is *read*.

Static faults are drawn once a chip, read faults at each read. Independent weights are the simplest case; a model in
which a sense amplifier's offset is shared by a column fits the same interface.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rramsim.nn.faults.misreads import Misreads, draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights

Read = Callable[[], list[Misreads]]


class AbstractFaultModel(ABC):
    """Programs chips."""

    @abstractmethod
    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Program a new chip.

        Parameters
        ----------
        weights
            Programmed weights of each layer: -1, 0 or +1, any shape.
        generator
            Draws the errors, those of each read too where the model draws any then.

        Returns
        -------
        Callable
            Each call reads all weights once: the misreads of each layer. The same list where nothing is drawn anew.
        """


@dataclass(frozen=True, slots=True)
class StaticFaults(AbstractFaultModel):
    """Errors drawn once: a programmed chip that misreads the same weights for ever."""

    rates: ReadErrorRates

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw the errors of the chip."""
        misreads = [draw_misreads(layer, self.rates, generator) for layer in weights]
        return lambda: misreads


@dataclass(frozen=True, slots=True)
class ReadFaults(AbstractFaultModel):
    """Errors drawn at every read: noise."""

    rates: ReadErrorRates

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw nothing yet."""
        return lambda: [draw_misreads(layer, self.rates, generator) for layer in weights]


FAULT_MODELS: Final[Mapping[str, type[StaticFaults] | type[ReadFaults]]] = {"static": StaticFaults, "read": ReadFaults}
