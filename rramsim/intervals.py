"""Two-sided confidence intervals of probabilities, from counts and from averages."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Literal

import numpy as np

from rramsim.errors import InputError

CONFIDENCE = 0.95


class IntervalMethod(StrEnum):
    """How an interval is made from counts.

    ``clopper-pearson`` is exact: it covers at least 95 % at any rate. ``wilson`` is narrower and covers 95 % on
    average.

    References
    ----------
    C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
    Biometrika 26, 404 (1934), doi 10.1093/biomet/26.4.404.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22, 209
    (1927), doi 10.1080/01621459.1927.10502953.
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
    from scipy.stats import binomtest

    interval = binomtest(errors, trials).proportion_ci(CONFIDENCE, method=kind)
    # Rounding of the quantiles can leave a last-bit remainder where the bound is exactly 0 or 1.
    low = 0.0 if errors == 0 else float(interval.low)
    high = 1.0 if errors == trials else float(interval.high)
    return (low, high)


def share_interval(share: float, size: float) -> tuple[float, float]:
    """95 % interval of a probability, from the share of a sample that need not be of whole members: Wilson's.

    Parameters
    ----------
    share
        Of the sample, 0 to 1.
    size
        Of the sample, above 0.

    Returns
    -------
    tuple
        Lower and upper bound [1].

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22, 209
    (1927), doi 10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> low, high = share_interval(0.9, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    from scipy.special import ndtri

    squared = float(ndtri((1 + CONFIDENCE) / 2)) ** 2
    centre = (share + squared / (2 * size)) / (1 + squared / size)
    half = math.sqrt(squared * (share * (1 - share) / size + squared / (4 * size**2))) / (1 + squared / size)
    return (0.0 if share == 0 else max(0.0, centre - half), 1.0 if share == 1 else min(1.0, centre + half))


def mean_interval(trials: int, total: float, squares: float, cubes: float) -> tuple[float, float]:
    """95 % interval of the mean of skewed values that are not negative.

    Student's interval, corrected for skewness by Hall's transformation.

    Parameters
    ----------
    trials
        Number of values, at least 2.
    total, squares, cubes
        Sums of the values, of their squares and of their cubes.

    Returns
    -------
    tuple
        Lower and upper bound, in the values' unit.

    Raises
    ------
    InputError
        Fewer than 2 values.

    References
    ----------
    P. Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B 54, 221 (1992), doi
    10.1111/j.2517-6161.1992.tb01873.x.

    Examples
    --------
    >>> values = [1.0, 1.0, 2.0, 4.0]
    >>> low, high = mean_interval(4, sum(values), sum(v**2 for v in values), sum(v**3 for v in values))
    >>> low < 2.0 < high
    True
    """
    if trials < 2:
        raise InputError(f"an interval of a mean needs 2 values, got {trials}")
    mean = total / trials
    if mean == 0:
        return (0.0, 0.0)
    variance, skewness = _relative_moments(trials, total, squares, cubes)
    from scipy.special import stdtrit

    quantile = float(stdtrit(trials - 1, (1 + CONFIDENCE) / 2))
    if variance == 0:
        return (mean, mean)
    if abs(skewness) < 1e-6:
        steps = np.array([quantile, -quantile])
    else:
        argument = 1 + skewness * (np.array([quantile, -quantile]) - skewness / 6)
        steps = 3 / skewness * (np.cbrt(argument) - 1)
    scale = mean * math.sqrt(variance / trials)
    return (max(mean - scale * float(steps[0]), 0.0), mean - scale * float(steps[1]))


def quantile_ranks(share: float, count: int) -> tuple[int, int]:
    """Which of sorted values are the ends of the 95 % interval of a quantile, whatever their distribution is.

    Parameters
    ----------
    share
        Of the distribution below the quantile [1].
    count
        Values, 0 or more.

    Returns
    -------
    tuple
        Positions from 0 of the lower and the upper end; -1 or ``count`` where so few values give no such end.

    References
    ----------
    W. J. Conover, Practical nonparametric statistics, 3rd ed., 1999, ch. 3.

    Examples
    --------
    >>> quantile_ranks(0.5, 100), quantile_ranks(0.01, 100)
    ((39, 60), (-1, 3))
    """
    from scipy.special import bdtr

    # The number of values below the quantile is binomial. The value of rank r (from 1) lies above the quantile where
    # fewer than r are below it, and below it where r or more are.
    below = bdtr(np.arange(count), count, share)
    first = int(np.searchsorted(below, (1 - CONFIDENCE) / 2, side="right")) - 1
    last = int(np.searchsorted(below, (1 + CONFIDENCE) / 2, side="left"))
    return first, last


def mean_skewness(trials: int, total: float, squares: float, cubes: float) -> float:
    """Skewness of the mean of such values [1]: how far its distribution is from a normal one.

    Parameters
    ----------
    trials, total, squares, cubes
        As for :func:`mean_interval`.
    """
    return _relative_moments(trials, total, squares, cubes)[1] if trials >= 2 and total > 0 else 0.0


def _relative_moments(trials: int, total: float, squares: float, cubes: float) -> tuple[float, float]:
    """Variance of values over their squared mean, 0 if rounding is all there is, and the skewness of their mean."""
    mean = total / trials
    # Relative moments: values around 1e-12 have cubes that underflow nothing yet, their differences would.
    second, third = squares / trials / mean**2, cubes / trials / mean**3
    variance = max(second - 1.0, 0.0) * trials / (trials - 1)
    if variance <= 1e-14:
        return 0.0, 0.0
    return variance, (third - 3 * second + 2) / variance**1.5 / math.sqrt(trials)
