"""Where a margin crosses zero, found by asking for few points: each is an estimate with an interval of its own.

The points are asked for where a straight line through the two nearest ones crosses, as regula falsi does, with guards
against noise; the interval of the crossing is where the interval of the margin holds zero.

References
----------
I. F. D. Oliveira, R. H. C. Takahashi, An enhancement of the bisection method average performance preserving minmax
optimality, ACM Trans. Math. Softw. 47, 5 (2021), doi 10.1145/3423597: why a guarded interpolation is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rramsim.merit.rates import Margin

_LOGARITHMIC = 5.0  # ratio of the ends of a range from which on it is searched by factors
_HELD = 8  # tolerances that a bracket may be wide where the interval of one of its ends holds zero
_GUARD = 0.1  # of a bracket, at each end, within which no line is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where a knob is looked at.

    Parameters
    ----------
    low, high
        Its ends, SI.
    tolerance
        How well a crossing must be known; None for 1/200 of the range, or for 1 % where the range is searched by
        factors.
    """

    low: float
    high: float
    tolerance: float | None = None

    @property
    def logarithmic(self) -> bool:
        """Whether it is searched by factors."""
        return self.low > 0 and self.high / self.low >= _LOGARITHMIC

    @property
    def step(self) -> float:
        """Tolerance in the coordinate of the search."""
        if not self.logarithmic:
            return self.tolerance or (self.high - self.low) / 200
        return math.log1p(self.tolerance / math.sqrt(self.low * self.high)) if self.tolerance else math.log1p(0.01)

    def coordinate(self, at: float) -> float:
        """Coordinate of the search.

        Parameters
        ----------
        at
            Value of the knob.
        """
        return math.log(at) if self.logarithmic else at

    def value(self, coordinate: float) -> float:
        """Value of the knob, to six digits, so that names of corners stay short.

        Parameters
        ----------
        coordinate
            Coordinate of the search.
        """
        return float(f"{math.exp(coordinate) if self.logarithmic else coordinate:.6g}")

    def spaced(self, count: int) -> list[float]:
        """Values at even distances, the ends among them.

        Parameters
        ----------
        count
            How many, 2 or more.
        """
        first, last = self.coordinate(self.low), self.coordinate(self.high)
        inner = [self.value(first + (last - first) * number / (count - 1)) for number in range(1, count - 1)]
        return [self.low, *inner, self.high]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where a margin crosses zero.

    Parameters
    ----------
    at
        Value of the knob.
    low, high
        Its 95 % interval, not farther than the range that was looked at.
    rising
        Whether the margin is met above it.
    limit
        What sets the margin there.
    """

    at: float
    low: float
    high: float
    rising: bool
    limit: str = ""


def next_points(known: Sequence[Margin], where: Range) -> list[float]:
    """Values of the knob to look at next; none where every crossing is known well enough.

    Parameters
    ----------
    known
        Margins by now, in the order of their values of the knob, two or more.
    where
        The range.
    """
    brackets = list(_brackets(known))
    if not brackets and all(margin.value < 0 for margin in known):
        return _towards_peak(known, where)
    return [at for low, high in brackets if (at := _inside(known, low, high, where)) is not None]


def crossings(known: Sequence[Margin], where: Range) -> list[Crossing]:
    """Where the margin crosses zero.

    Parameters
    ----------
    known, where
        As for :func:`next_points`.
    """
    return [_crossing(known, low, high, where) for low, high in _brackets(known)]


def _brackets(known: Sequence[Margin]) -> Iterator[tuple[Margin, Margin]]:
    return ((one, other) for one, other in pairwise(known) if (one.value >= 0) != (other.value >= 0))


def _inside(known: Sequence[Margin], one: Margin, other: Margin, where: Range) -> float | None:
    """Where to look within a bracket; None where it is known well enough."""
    low, high = where.coordinate(one.at), where.coordinate(other.at)
    width, step = high - low, where.step
    held = any(margin.low < 0 < margin.high and margin.exact for margin in (one, other))
    if width <= (_HELD if held else 2) * step:
        return None
    share = one.value / (one.value - other.value)
    near = min(share, 1 - share) * width < step
    # Where points beside an end have been looked at already, the line leads astray.
    place = known.index(one)
    outer = known[max(0, place - 1) : place] if share < 0.5 else known[place + 2 : place + 3]
    end = low if share < 0.5 else high
    astray = any(abs(where.coordinate(margin.at) - end) < (3 * step if near else width / 4) for margin in outer)
    if astray or not (one.exact and other.exact):
        share = 0.5
    elif near:  # the crossing is at an end, but for its noise: look at its other side
        share = 2 * step / width if share < 0.5 else 1 - 2 * step / width
    guard = min(_GUARD, step / width)
    at = where.value(low + width * min(1 - guard, max(guard, share)))
    return at if one.at < at < other.at else None


def _towards_peak(known: Sequence[Margin], where: Range) -> list[float]:
    """Beside the best value of the knob, where the margin is met nowhere yet."""
    best = max(range(len(known)), key=lambda index: known[index].value)
    if known[best].high >= 0 and known[best].exact:  # too near to tell
        return []
    asked = []
    for one, other in pairwise(known[max(0, best - 1) : best + 2]):
        low, high = where.coordinate(one.at), where.coordinate(other.at)
        if high - low > 4 * where.step:
            asked.append(where.value((low + high) / 2))
    return asked


def _crossing(known: Sequence[Margin], one: Margin, other: Margin, where: Range) -> Crossing:
    rising = other.value >= 0
    first = known.index(one)
    before, after = known[: first + 1][::-1], known[first + 1 :]
    # Where the margin is surely met, and where it surely is not; not met comes first in a rising one.
    at = where.value(_zero(one, other, "value", where))
    low = _sure([other, *before], "high" if rising else "low", where, below=rising)
    high = _sure([one, *after], "low" if rising else "high", where, below=not rising)
    bent = _bent(known, first, at, where)
    return Crossing(
        at=at,
        low=where.low if low is None else _moved(min(at, low), -bent, where),
        high=where.high if high is None else _moved(max(at, high), bent, where),
        rising=rising,
        limit=min((one, other), key=lambda margin: abs(margin.value)).limit,
    )


def _bent(known: Sequence[Margin], first: int, at: float, where: Range) -> float:
    """How far the crossing may lie from a straight line's, as the points beside it bend [coordinate]."""
    one, other = known[first], known[first + 1]
    low, high, here = (where.coordinate(value) for value in (one.at, other.at, at))
    slope = (other.value - one.value) / (high - low)
    bends = [
        abs((margin.value - one.value) / (where.coordinate(margin.at) - low) - slope)
        / abs(where.coordinate(margin.at) - high)
        for margin in (*known[max(0, first - 1) : first], *known[first + 2 : first + 3])
        if margin.exact and one.exact and other.exact
    ]
    return max(bends, default=0.0) * (here - low) * (high - here) / abs(slope) if slope else 0.0


def _moved(value: float, by: float, where: Range) -> float:
    return min(where.high, max(where.low, where.value(where.coordinate(value) + by)))


def _sure(margins: Sequence[Margin], bound: str, where: Range, *, below: bool) -> float | None:
    """Going away from a crossing, where a bound of the margin crosses zero; None where it never does."""
    for near, far in pairwise(margins):
        if (getattr(far, bound) <= 0) if below else (getattr(far, bound) >= 0):
            inside = (getattr(near, bound) <= 0) if below else (getattr(near, bound) >= 0)
            return near.at if inside else where.value(_zero(near, far, bound, where))
    return None


def _zero(one: Margin, other: Margin, bound: str, where: Range) -> float:
    first, last = getattr(one, bound), getattr(other, bound)
    low, high = where.coordinate(one.at), where.coordinate(other.at)
    return low if first == last else low + (high - low) * first / (first - last)
