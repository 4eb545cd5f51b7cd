"""When an estimate of a rare event is good enough, and when to give up."""

from __future__ import annotations

from dataclasses import dataclass

from rramsim.rare.estimate import Estimate

_BEYOND_FLOOR = 3.0  # a curved surface may raise the rate above that of its design point, and a search overshoots


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """When an estimate is good enough, and when to give up.

    Parameters
    ----------
    relative
        Half the width of the 95 % interval, as a part of the probability.
    floor
        Probabilities below this one do not matter.
    max_simulations
        Simulations at most for one event.
    pause
        Simulations after which lines stop for now, however wide the interval is; None for no such stop.
    """

    relative: float = 0.1
    floor: float = 1e-15
    max_simulations: int = 20_000
    pause: int | None = None

    @property
    def beta_limit(self) -> float:
        """How far design points are looked for [standard deviations]: some way beyond the floor."""
        from scipy.special import ndtri

        return float(-ndtri(self.floor)) + _BEYOND_FLOOR

    def negligible(self, estimate: Estimate) -> bool:
        """Whether the whole interval lies below the floor.

        Parameters
        ----------
        estimate
            What is known so far.
        """
        return estimate.interval()[1] < self.floor

    def reached(self, estimate: Estimate) -> bool:
        """Whether the interval is narrow enough, or lies below the floor.

        Parameters
        ----------
        estimate
            What is known so far.
        """
        return self.negligible(estimate) or estimate.relative_width <= self.relative

    def enough(self, estimate: Estimate) -> bool:
        """Whether more simulations are of no use: it is reached, or only failed simulations keep the interval wide.

        Parameters
        ----------
        estimate
            What is known so far.
        """
        return self.reached(estimate) or estimate.known.relative_width <= self.relative / 2

    def hopeless(self, estimate: Estimate, simulations: int) -> bool:
        """Whether going on like this would take more simulations than allowed, failed ones aside.

        Parameters
        ----------
        estimate
            What is known so far.
        simulations
            What it has cost; the width is taken to shrink with the root of it.
        """
        return simulations * (estimate.known.relative_width / self.relative) ** 2 > self.max_simulations


DEFAULT_PRECISION = Precision()
