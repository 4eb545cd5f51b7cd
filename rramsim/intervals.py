"""Two-sided binomial confidence intervals."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from scipy.stats import binomtest

from rramsim.errors import InputError

CONFIDENCE = 0.95


class IntervalMethod(StrEnum):
    """How an interval is made from counts.

    ``clopper-pearson`` is exact: it covers at least 95 % at any rate (C. J. Clopper, E. S. Pearson, Biometrika 26, 404
    (1934), doi 10.1093/biomet/26.4.404). ``wilson`` is narrower and covers 95 % on average (E. B. Wilson, J. Am. Stat.
    Assoc. 22, 209 (1927), doi 10.1080/01621459.1927.10502953).
    """

    CLOPPER_PEARSON = "clopper-pearson"
    WILSON = "wilson"


def binomial_interval(errors: int, trials: int, method: IntervalMethod) -> tuple[float, float]:
    """95 % interval of an error probability.

    Parameters
    ----------
    errors, trials
        Counts; ``0 <= errors <= trials``. No trials give the whole range.
    method
        How it is made.

    Returns
    -------
    tuple
        Lower and upper bound [1]. For 0 errors the lower bound is 0 and the upper one says how little is known.

    Raises
    ------
    InputError
        Impossible counts.

    Examples
    --------
    >>> low, high = binomial_interval(0, 200, IntervalMethod.CLOPPER_PEARSON)
    >>> low, round(high, 5)
    (0.0, 0.01828)
    """
    if not 0 <= errors <= trials:
        raise InputError(f"errors must lie between 0 and trials ({trials}), got {errors}")
    if trials == 0:
        return (0.0, 1.0)
    kind: Literal["exact", "wilson"] = "exact" if method is IntervalMethod.CLOPPER_PEARSON else "wilson"
    interval = binomtest(errors, trials).proportion_ci(CONFIDENCE, method=kind)
    # Rounding of the quantiles can leave a last-bit remainder where the bound is exactly 0 or 1.
    low = 0.0 if errors == 0 else float(interval.low)
    high = 1.0 if errors == trials else float(interval.high)
    return (low, high)
