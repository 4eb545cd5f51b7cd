"""What a method is: it draws until an estimate reaches the precision, or cannot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from rramsim.rare.design_point import DesignPoint
    from rramsim.rare.estimate import Estimate
    from rramsim.rare.limit_state import Array
    from rramsim.rare.search import Search

AUTO = "auto"  # in place of a method: for each rate the cheapest one that reaches the precision


class Method(StrEnum):
    """Estimators, as study files and tables name them."""

    MONTE_CARLO = "monte_carlo"
    LINE_SAMPLING = "line_sampling"
    MULTI_ROOT = "multi_root_line_sampling"
    IMPORTANCE_SAMPLING = "importance_sampling"
    SUBSET_SIMULATION = "subset_simulation"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What a method came to.

    Parameters
    ----------
    estimate
        The estimate.
    points
        Design points, the nearest first: those that the method was given, or better ones.
    violation
        A point that contradicts what the method takes for granted, shape (dimension,): its estimate is of no use. None
        where none was met.
    behind
        Probability of what lies behind a two-sided event, on the side on which it ends; None where it was not found.
    """

    estimate: Estimate
    points: tuple[DesignPoint, ...]
    violation: Array | None = None
    behind: Estimate | None = None


class AbstractMethod(ABC):
    """A way to estimate the probability of an event."""

    name: ClassVar[Method]

    def least(self, points: Sequence[DesignPoint], dimension: int) -> int:
        """Simulations that it takes at least; with fewer it does not begin.

        Parameters
        ----------
        points
            Known design points, the nearest first.
        dimension
            Number of standard-normal variables.
        """
        return 0

    @abstractmethod
    def run(self, search: Search, points: Sequence[DesignPoint]) -> Drawn:
        """Draw until the precision is reached, the budget is spent, or there is no hope of either.

        Parameters
        ----------
        search
            The event, the precision, the budget and the random streams.
        points
            Known design points, the nearest first.

        Returns
        -------
        Drawn
            Its ``estimate.simulations`` are not filled in: :class:`Search` counts them. Where no simulation is left,
            the average of what was finished: what is cut off is left out, which biases by a small part of the interval.
        """
