"""Confusion of a cell: how often each weight is read as another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.errors import InputError, TableError
from rramsim.nn.ops.synapses import Weights
from rramsim.weights import ErrorType, Weight, WeightKind, error_type

if TYPE_CHECKING:
    import pandas as pd

_SUM_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadErrorRates:
    """Confusion of a cell: for each programmed weight the probabilities of reading another one.

    An unresolved binary read (``?``) leaves the latch to fall either way: the network sees +1 or -1 with equal
    probability.

    Parameters
    ----------
    kind
        The set of weights.
    rates
        ((programmed, read, probability), ...); what is not named has probability 0.

    Raises
    ------
    InputError
        A probability outside 0..1, a misread that the kind of cell cannot make, or probabilities of one programmed
        weight that add up to more than 1.
    """

    kind: WeightKind
    rates: tuple[tuple[Weight, Weight, float], ...]

    def __post_init__(self) -> None:
        seen: dict[Weight, float] = {}
        for programmed, read, probability in self.rates:
            if programmed not in self.kind.programmed or read not in self.kind.read or read is programmed:
                raise InputError(f"a {self.kind} cell cannot misread {programmed} as {read}")
            if not 0 <= probability <= 1:
                raise InputError(f"the probability of reading {read} for {programmed} is {probability!r}, not in 0..1")
            seen[programmed] = seen.get(programmed, 0.0) + probability
        for programmed, total in seen.items():
            if total > 1 + _SUM_TOLERANCE:
                raise InputError(f"the probabilities of misreading {programmed} add up to {total!r}, more than 1")

    def probability(self, programmed: Weight, read: Weight) -> float:
        """Probability of a misread [1].

        Parameters
        ----------
        programmed, read
            What is stored, and what is read in its place.
        """
        return sum(rate for p, r, rate in self.rates if (p, r) == (programmed, read))

    @classmethod
    def from_table(cls, rows: pd.DataFrame, kind: WeightKind, *, which: str = "estimate") -> ReadErrorRates:
        """Rates of one cell at one corner.

        Parameters
        ----------
        rows
            Rows of a BER table, one corner of one cell.
        kind
            The set of weights.
        which
            ``estimate`` takes the probabilities, ``lower`` and ``upper`` the ends of their 95 % intervals. What adds up
            to more than 1 for one programmed weight is scaled down to 1: upper ends, which are not reached together,
            and estimates by the little that :func:`rramsim.nn.confusions.read_confusions` lets pass.

        Raises
        ------
        TableError
            A confusion of the kind is missing or is there twice.
        """
        column = {"estimate": "probability", "lower": "ci_low", "upper": "ci_high"}[which]
        found = {(row["programmed"], row["read"]): float(row[column]) for _, row in rows.iterrows()}
        wanted = [(p, r) for p in kind.programmed for r in kind.read if r is not p]
        if len(found) != len(rows) or set(found) != {(p.value, r.value) for p, r in wanted}:
            raise TableError(f"the BER table must hold each misread of a {kind} cell once for every corner")
        totals = {p: max(1.0, sum(found[q, r] for q, r in found if q == p)) for p in kind.programmed}
        return cls(kind=kind, rates=tuple((p, r, found[p, r] / totals[p]) for p, r in wanted))

    @classmethod
    def of_type(cls, kind: WeightKind, error: ErrorType, rate: float) -> ReadErrorRates:
        """Errors of one type only; type 3 falls to either sign alike.

        Parameters
        ----------
        kind
            The set of weights.
        error
            The type.
        rate
            Probability that a weight which can make such an error makes it [1], 0 to 1.

        Raises
        ------
        InputError
            The kind of cell makes no such error.
        """
        pairs = [(p, r) for p in kind.programmed for r in kind.read if error_type(p, r) is error]
        if not pairs:
            raise InputError(f"a {kind} cell makes no error of type {error}")
        ways = {p: sum(1 for q, _ in pairs if q is p) for p, _ in pairs}
        return cls(kind=kind, rates=tuple((p, r, rate / ways[p]) for p, r in pairs))

    def error_probability(self, programmed: Weight) -> float:
        """Probability of misreading a weight in any way [1].

        Parameters
        ----------
        programmed
            The weight; one that the kind does not have is never misread.
        """
        return sum(rate for p, _, rate in self.rates if p is programmed)

    def composite(self, weights: Sequence[Weights]) -> float:
        """Probability that a weight of a network is misread, averaged over its own weights [1].

        Parameters
        ----------
        weights
            Programmed weights of each layer, any shape, not empty.
        """
        return self.averaged(weights, self.error_probability)

    def averaged(self, weights: Sequence[Weights], probability: Callable[[Weight], float]) -> float:
        """A probability that each weight has, averaged over those of a network [1].

        Parameters
        ----------
        weights
            Programmed weights of each layer, any shape, not empty.
        probability
            Of each weight that can be programmed.
        """
        total = sum(layer.size for layer in weights)
        return sum(
            probability(programmed) * sum(int((layer == programmed.number).sum()) for layer in weights)
            for programmed in self.kind.programmed
        ) / total  # fmt: skip
