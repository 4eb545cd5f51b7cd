"""When a network is said to have settled, and what is said of how it did."""

from __future__ import annotations

from dataclasses import dataclass

from rramsim.errors import NetworkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """After so many steps, or before, once no unit moves any more.

    Parameters
    ----------
    steps
        At most; all of them if there is no tolerance.
    tolerance
        Largest residual of a layer that has settled: how far a unit moves in one step. None to look at the end only.
    every
        Steps from look to look.

    Raises
    ------
    NetworkError
        There is no step, or the tolerance is not above 0.
    """

    steps: int
    tolerance: float | None = None
    every: int = 5

    def __post_init__(self) -> None:
        if self.steps < 1 or self.every < 1:
            raise NetworkError(
                f"a phase has at least 1 step, and looks every 1 or more (got {self.steps}, {self.every})"
            )
        if self.tolerance is not None and not self.tolerance > 0:
            raise NetworkError(f"the tolerance of a residual is above 0 (got {self.tolerance})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """How a network settled.

    Parameters
    ----------
    steps
        That were made.
    residuals
        Of each layer: how far the unit of the batch that moved most went in the last step.
    converged
        Whether all residuals are within the tolerance; None where there is none.
    trace
        Step and residuals at each look, where they were asked for.
    """

    steps: int
    residuals: tuple[float, ...]
    converged: bool | None = None
    trace: tuple[tuple[int, tuple[float, ...]], ...] = ()
