"""Where a limit state crosses zero along a line, with as few simulations as a warm start allows.

References
----------
R. P. Brent, Algorithms for Minimization without Derivatives, Prentice-Hall 1973, ch. 4: where the secant is not enough,
as scipy's ``brentq`` has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq

MAX_EVALUATIONS = 30
_MAX_STEP = 2.0  # standard deviations: a slope tells nothing about what is farther away
_NUDGES = (-0.04, 0.04, -0.2, 0.2, -1.0, 1.0)  # how far beside a point without a result the next tries lie
_SECANTS = 8
_NEAR = 0.5  # standard deviations: the chord of a longer move is no slope at its end
_SLOWING = 0.3  # part of the last move that the next one takes where a secant converges
_LEAST_MOVE = 0.01  # standard deviations: a shorter one tells of noise as much as of the slope
_DOUBTFUL = 20  # how much shorter a step must be whose slope is no good
_BAND_STEP = 0.05  # last step of the secant, as a part of the width of a band


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A crossing from outside to inside along a line.

    Parameters
    ----------
    position
        Coordinate of the crossing [standard deviations]; +inf if the line never enters, -inf if it never leaves.
    slope
        Change of the limit state there per standard deviation; NaN if unknown.
    outside, inside
        Nearest coordinates that are known to lie on each side; infinite where none is.
    found
        Whether the position is known. If not, simulations failed, and it lies between ``outside`` and ``inside``.
    monotone
        Whether no point contradicted a single crossing.
    """

    position: float
    slope: float
    outside: float
    inside: float
    found: bool = True
    monotone: bool = True

    @property
    def reached(self) -> bool:
        """Whether there is a crossing, and its position is known."""
        return self.found and math.isfinite(self.position)


def find_crossing(
    value_at: Callable[[float], float], *, guess: float, slope: float, tolerance: float, limit: float
) -> Crossing:
    """Find where ``value_at`` falls through zero, with two values where the guess is good.

    A secant, kept inside the bracket as soon as there is one, and halving the bracket where the secant is slow.

    Parameters
    ----------
    value_at
        Limit state at a coordinate; NaN where it has no result.
    guess
        First coordinate.
    slope
        Expected slope at the crossing, negative.
    tolerance
        A crossing is taken where the next secant step is at most this long, and much less where the slope is doubtful.
    limit
        Farthest coordinate to look at, on either side.
    """
    outside, inside = -math.inf, math.inf
    known: list[tuple[float, float]] = []
    c = min(max(guess, -limit), limit)
    nudges = iter(_NUDGES)
    missing: float | None = None  # coordinate without a result, beside which is looked
    for _ in range(MAX_EVALUATIONS):
        value = value_at(c)
        if math.isnan(value):
            missing = c if missing is None else missing
            nudge = next(nudges, None)
            if nudge is None:
                return _lost(outside, inside, slope)
            c = missing + nudge
            continue
        missing = None
        if value > 0:
            outside = max(outside, c)
        else:
            inside = min(inside, c)
        known.append((c, value))
        monotone = outside < inside
        if value > 0 and c >= limit:
            return Crossing(position=math.inf, slope=math.nan, outside=outside, inside=inside, monotone=monotone)
        if value <= 0 and c <= -limit:
            return Crossing(position=-math.inf, slope=math.nan, outside=outside, inside=inside, monotone=monotone)
        local = _secant_slope(known)
        step = -value / (local if local is not None else slope)
        # An expected slope alone decides nothing: taken from another line, it may be far from what it is on this one.
        trusted = 0.0 if local is None else tolerance if _converges(known, step) else tolerance / _DOUBTFUL
        width = inside - outside
        if not monotone:
            position = c + step if abs(step) <= trusted else min(inside, outside)
            return Crossing(position=position, slope=local or slope, outside=outside, inside=inside, monotone=False)
        if abs(step) <= trusted or width <= tolerance / _DOUBTFUL:
            position = c + step if outside <= c + step <= inside else (outside + inside) / 2
            return Crossing(position=position, slope=local or slope, outside=outside, inside=inside)
        if local is None and abs(step) < _LEAST_MOVE:
            step = math.copysign(_LEAST_MOVE, step)
        c = _next(c, step, outside, inside, limit, known)
    return _lost(outside, inside, slope)


def polish(value_at: Callable[[float], float], *, near: float, slope: float, width: float, limit: float) -> float:
    """Find one end of a narrow band, to a small part of its width.

    A secant, which needs few evaluations where the start is near; :func:`refine` where it gets lost.

    Parameters
    ----------
    value_at
        Falling function of a coordinate; NaN where it has no result.
    near
        Where the crossing is expected.
    slope
        Expected slope there, negative.
    width
        Expected width of the band.
    limit
        Farthest coordinate to look at, on either side.

    Returns
    -------
    float
        The crossing; NaN if a value is missing or no bracket was found.
    """
    c, value = near, value_at(near)
    if math.isnan(value):
        return math.nan
    for _ in range(_SECANTS):
        step = min(max(-value / slope, -_MAX_STEP), _MAX_STEP)
        if abs(step) <= _BAND_STEP * width:
            return c + step
        following = value_at(c + step)
        slope = (following - value) / step
        if not slope < 0:
            break
        c, value = c + step, following
    return refine(value_at, near=near, step=width, tolerance=_BAND_STEP / 2 * width, limit=limit)


def refine(value_at: Callable[[float], float], *, near: float, step: float, tolerance: float, limit: float) -> float:
    """Find a crossing accurately, with a bracket and Brent's method.

    Parameters
    ----------
    value_at
        Falling function of a coordinate; NaN where it has no result.
    near
        Where the crossing is expected.
    step
        First step towards the other side; it doubles until the crossing lies between.
    tolerance
        Error of the crossing.
    limit
        Farthest coordinate to look at, on either side.

    Returns
    -------
    float
        The crossing; NaN if a value is missing or no bracket was found.
    """

    def checked(c: float) -> float:
        value = value_at(c)
        if math.isnan(value):
            raise _NoValueError
        return value

    try:
        last = checked(near)
        sign = 1.0 if last > 0 else -1.0
        for _ in range(MAX_EVALUATIONS):
            c = near + sign * step
            if abs(c) > limit:
                break
            value = checked(c)
            if (value > 0) != (last > 0):
                return float(brentq(checked, near, c, xtol=tolerance))
            near, last, step = c, value, 2 * step
    except _NoValueError:
        pass
    return math.nan


class _NoValueError(Exception):
    """A value that the search depends on is missing."""


def _secant_slope(known: list[tuple[float, float]]) -> float | None:
    """Slope through the last two points, if it falls."""
    if len(known) < 2:
        return None
    (c0, v0), (c1, v1) = known[-2:]
    slope = (v1 - v0) / (c1 - c0) if c1 != c0 else 0.0
    return slope if slope < 0 else None


def _converges(known: list[tuple[float, float]], step: float) -> bool:
    """Whether the slope through the last two points tells what lies a step ahead."""
    last = abs(known[-1][0] - known[-2][0])
    return last <= _NEAR and abs(step) <= _SLOWING * last


def _next(
    c: float, step: float, outside: float, inside: float, limit: float, known: list[tuple[float, float]]
) -> float:
    target = c + min(max(step, -_MAX_STEP), _MAX_STEP)
    if math.isinf(outside) or math.isinf(inside):
        return min(max(target, -limit), limit)
    slow = len(known) >= 3 and abs(known[-1][1]) > 0.5 * abs(known[-2][1])
    if slow or not outside < target < inside:
        return (outside + inside) / 2
    return target


def _lost(outside: float, inside: float, slope: float) -> Crossing:
    return Crossing(position=math.nan, slope=slope, outside=outside, inside=inside, found=False)
