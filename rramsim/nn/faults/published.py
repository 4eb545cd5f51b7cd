"""The rule by which published studies of binary and ternary networks inject errors, as their code has it.

A ternary weight becomes Tern(w + e), with e = +1 or -1, either alike, with the probability P = 2 b / (1 + p0), else 0.
b is the rate that the study quotes, and p0 the fraction of zeros of the layer. So a zero becomes +1 or -1 with the
probability P (type 3), a weight of +1 or -1 becomes 0 with P / 2 (type 2), no sign is reversed (type 1), and the mean
rate of wrong weights in a layer is p0 P + (1 - p0) P / 2 = b. A binary weight changes its sign with the probability b.

References
----------
A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based synapse,
IEEE AICAS 2020, arXiv 2005.01973; the rule is that of the code of its figures, Quantized_VGG.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from rramsim.errors import InputError
from rramsim.nn.faults.misreads import Misreads, draw_misreads
from rramsim.nn.faults.model import AbstractFaultModel, CornerErrors, Read
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights
from rramsim.tables.accuracy import ALL_ERRORS
from rramsim.validation import Section
from rramsim.weights import ErrorType, Weight, WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedVgg(AbstractFaultModel):
    """Errors of the published rule, drawn at every read.

    Parameters
    ----------
    kind
        The set of weights.
    rate
        Mean rate of wrong weights in each layer [1].

    Raises
    ------
    InputError
        The rate is not in 0..1.
    """

    mode: ClassVar[str] = "quantized_vgg"
    described: ClassVar[str] = "quantized_vgg: errors drawn at every read by the rule of published studies"

    kind: WeightKind
    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise InputError(f"the rate of the published rule must lie in 0..1, got {self.rate!r}")

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw nothing yet.

        Raises
        ------
        InputError
            A layer has too few zeros for the rate.
        """
        rates = [self.rates(layer) for layer in weights]

        def read() -> list[Misreads]:
            seeds = generator.integers(2**63, size=len(weights)).tolist()
            return [draw_misreads(*drawn) for drawn in zip(weights, rates, seeds, strict=True)]

        return read

    @classmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """At the mean rate of the network's own weights."""
        return cls(kind=errors.rates.kind, rate=errors.mean)

    @classmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """All of its errors together."""
        yield ALL_ERRORS, cls(kind=kind, rate=rate)

    def check(self, weights: Sequence[Weights]) -> None:
        """Refuse a layer with too few zeros for the rate.

        Raises
        ------
        InputError
            There is one.
        """
        for layer in weights:
            self.rates(layer)

    def rates(self, weights: Weights) -> ReadErrorRates:
        """Rates of one layer.

        Parameters
        ----------
        weights
            Its programmed weights, any shape, not empty.

        Raises
        ------
        InputError
            The layer has too few zeros for the rate: the rule knows at most (1 + p0) / 2.
        """
        if self.kind is WeightKind.BINARY:
            return ReadErrorRates.of_type(self.kind, ErrorType.SIGN, self.rate)
        zeros = float((weights == 0).mean())
        probability = 2 * self.rate / (1 + zeros)
        if probability > 1:
            raise InputError(
                f"the published rule has no rate of {self.rate!r} for a layer of which {zeros:.3g} are zeros; "
                f"at most {(1 + zeros) / 2:.6g} is allowed"
            )
        wrong = ((Weight.PLUS, Weight.ZERO), (Weight.ZERO, Weight.PLUS), (Weight.ZERO, Weight.MINUS),
                 (Weight.MINUS, Weight.ZERO))  # fmt: skip
        return ReadErrorRates(kind=self.kind, rates=tuple((p, read, probability / 2) for p, read in wrong))
