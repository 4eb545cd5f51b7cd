"""Errors of each weight apart from the others: drawn once a chip, at each read, or none."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from rramsim.nn.faults.misreads import Misreads, draw_misreads
from rramsim.nn.faults.model import AbstractFaultModel, CornerErrors, Read
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights
from rramsim.validation import Section
from rramsim.weights import WeightKind


@dataclass(frozen=True, slots=True)
class IndependentFaults(AbstractFaultModel):
    """Errors at rates that are the same for all weights of a value.

    Parameters
    ----------
    rates
        The rates.
    """

    rates: ReadErrorRates

    @abstractmethod
    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Program a new chip."""

    @classmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """Rates of the table."""
        return cls(errors.rates)

    @classmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """Errors of each type alone."""
        for error in kind.errors:
            yield error.value, cls(ReadErrorRates.of_type(kind, error, rate))

    def _read(self, weights: Sequence[Weights], generator: np.random.Generator) -> list[Misreads]:
        # A seed a layer: how much the ones before it draw changes nothing, so that chips of several rates are paired.
        seeds = generator.integers(2**63, size=len(weights))
        return [draw_misreads(layer, self.rates, int(seed)) for layer, seed in zip(weights, seeds, strict=True)]


@dataclass(frozen=True, slots=True)
class StaticFaults(IndependentFaults):
    """A programmed chip that misreads the same weights for ever."""

    mode: ClassVar[str] = "static"
    described: ClassVar[str] = "static: errors drawn once a chip"

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw the errors of the chip."""
        misreads = self._read(weights, generator)
        return lambda: misreads


@dataclass(frozen=True, slots=True)
class ReadFaults(IndependentFaults):
    """Noise."""

    mode: ClassVar[str] = "read"
    described: ClassVar[str] = "read: errors drawn at every read"

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw nothing yet."""
        return lambda: self._read(weights, generator)


@dataclass(frozen=True, slots=True)
class Faultless(AbstractFaultModel):
    """Every weight is read as it was programmed."""

    mode: ClassVar[str] = "none"
    described: ClassVar[str] = "without errors"

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw nothing."""
        nothing = [Misreads(np.empty(0, np.int64), np.empty(0, np.int8)) for _ in weights]
        return lambda: nothing

    @classmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """The same at every corner."""
        return cls()

    @classmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """None: it has no rate."""
        yield from ()
