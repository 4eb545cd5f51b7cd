"""The study file's section on bit error rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr

from rramsim.intervals import IntervalMethod
from rramsim.quantities import Count, Fraction
from rramsim.rare.method import AUTO, Method
from rramsim.rare.precision import DEFAULT_PRECISION, Precision
from rramsim.units import number
from rramsim.validation import Section

if TYPE_CHECKING:
    from rramsim.ber.plan import Estimation


def _known_estimator(name: str) -> str:
    known = (AUTO, *Method)
    if name not in known:
        raise ValueError(f"must be one of {', '.join(repr(str(one)) for one in known)}")
    return name


class BerSection(Section):
    """[ber]: the estimator of the bit error rates and when it may stop.

    Reads are counted first, ``max_trials`` at most: latency and energy come from them. Unless the estimator is plain
    Monte Carlo, every rate that they do not tell to ``relative_precision`` (0.1 by default) is then estimated by other
    means, with ``max_simulations`` at most; a rate below ``floor`` does not matter.
    """

    estimator: Annotated[StrictStr, AfterValidator(_known_estimator)] = AUTO
    max_trials: Annotated[StrictInt, Field(gt=0, le=10**9)] = 200
    max_errors: Count | None = None
    relative_precision: Fraction | None = None
    interval: IntervalMethod = IntervalMethod.CLOPPER_PEARSON
    floor: Annotated[float, BeforeValidator(number), Field(ge=1e-30, lt=1)] = DEFAULT_PRECISION.floor
    max_simulations: Annotated[StrictInt, Field(ge=1000, le=10**9)] = DEFAULT_PRECISION.max_simulations

    @property
    def estimation(self) -> Estimation:
        """How rates are estimated."""
        from rramsim.ber.monte_carlo import StopRule
        from rramsim.ber.plan import FIRST_BUDGET, Estimation

        counted = self.estimator == Method.MONTE_CARLO
        return Estimation(
            stop=StopRule(
                max_trials=self.max_trials,
                max_errors=self.max_errors,
                relative_precision=self.relative_precision,
                interval=self.interval,
            ),
            precision=Precision(
                relative=self.relative_precision or DEFAULT_PRECISION.relative,
                floor=self.floor,
                max_simulations=self.max_simulations,
                pause=None if counted or self.max_simulations < 4 * FIRST_BUDGET else FIRST_BUDGET,
            ),
            method=None if self.estimator == AUTO else Method(self.estimator),
            interval=self.interval,
        )
