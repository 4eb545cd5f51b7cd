"""The ways in which a stored weight is misread, each a direction among the sources of spread.

Near its design point the bound of a misread is a plane: the weight is misread where a·z >= β, with z the
standard-normal values of the sources of spread and a the unit vector to the design point [1]_. A source's value is a
sum of independent parts that stay for the life of a chip, of a column's amplifier, of a cell, or are new at each read:
z_i = Σ_l √s_il z_il, with s_il the share of level l. What the parts of one level contribute to a·z is normal with the
variance v_l = Σ_i a_i² s_il; the v_l add up to 1. Given the parts that stay, a read fails with the probability
Φ((Σ_l a_l·z_l − β) / √v_read), whose mean over them is Φ(−β).

Only the direction is taken from the design point. β is set by the rate of the table, which holds the curvature of the
bound too: the mean rate is that of the table, whatever the plane.

References
----------
.. [1] O. Ditlevsen, H. O. Madsen, Structural Reliability Methods, Wiley 1996, ISBN 978-0471960867, ch. 5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.spread import Level
from rramsim.errors import InputError
from rramsim.weights import Weight

Array = NDArray[np.float64]

# Of a source's shares, and of the squared cosines of a direction: tables hold them to the last digit.
_TOLERANCE = 1e-6

#: Levels whose parts are the same at each read.
KEPT = (Level.CHIP, Level.COLUMN, Level.CELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Outcomes of a stored weight that lie one behind the other in one direction.

    Parameters
    ----------
    programmed
        The stored weight.
    outcomes
        (weight that is read, rate [1]), the nearest first.
    loadings
        (level, source, weight of the source's part of that level in a·z); the squares add up to 1.

    Raises
    ------
    InputError
        The squares do not add up to 1, or there are no outcomes.
    """

    programmed: Weight
    outcomes: tuple[tuple[Weight, float], ...]
    loadings: tuple[tuple[Level, str, float], ...]

    def __post_init__(self) -> None:
        total = sum(loading**2 for _, _, loading in self.loadings)
        if not self.outcomes or abs(total - 1) > _TOLERANCE:
            raise InputError(
                f"misreads of {self.programmed} need outcomes, and loadings whose squares add up to 1, not {total!r}"
            )

    @property
    def rate(self) -> float:
        """Probability of any of its outcomes [1]."""
        return math.fsum(rate for _, rate in self.outcomes)

    def variance(self, *levels: Level) -> float:
        """Part of the variance of a·z that belongs to some levels [1].

        Parameters
        ----------
        *levels
            Which.
        """
        return math.fsum(loading**2 for level, _, loading in self.loadings if level in levels)

    def along(self, level: Level) -> dict[str, float]:
        """Loading of each source's part of a level; those without one are left out.

        Parameters
        ----------
        level
            Which.
        """
        return {source: loading for of, source, loading in self.loadings if of is level}


def independent_side(programmed: Weight, read: Weight, rate: float) -> Side:
    """A misread that is drawn anew for each weight at each read.

    Parameters
    ----------
    programmed, read
        Which.
    rate
        How often [1].
    """
    return Side(programmed=programmed, outcomes=((read, rate),), loadings=((Level.READ, "", 1.0),))


def loadings_of(
    cosines: Mapping[str, float], shares: Mapping[str, Mapping[Level, float]], *, what: str
) -> tuple[tuple[Level, str, float], ...]:
    """Split a direction by level.

    Parameters
    ----------
    cosines
        Signed direction cosine of each source.
    shares
        Part of each source's variance that belongs to each level; all of a source, or it is refused.
    what
        Names the misread in messages.

    Raises
    ------
    InputError
        The cosines are those of no unit vector, or the shares of a source are missing, negative or do not add up to 1.
    """
    norm = math.sqrt(math.fsum(cosine**2 for cosine in cosines.values()))
    if not abs(norm - 1) <= _TOLERANCE:
        raise InputError(f"{what}: the squares of the direction cosines add up to {norm**2!r}, not 1")
    found = []
    for source, cosine in cosines.items():
        if cosine == 0:
            continue
        parts = shares.get(source)
        if parts is None:
            raise InputError(f"{what}: it is not known which levels the spread of {source} belongs to")
        total = math.fsum(parts.values())
        if not abs(total - 1) <= _TOLERANCE or min(parts.values()) < 0:
            raise InputError(f"{what}: the shares of the levels of {source} must not be negative and add up to 1, "
                             f"not to {total!r}")  # fmt: skip
        found += [(level, source, cosine / norm * math.sqrt(part / total)) for level, part in parts.items() if part > 0]
    return tuple(found)


def covariance(sides: tuple[Side, ...], *levels: Level) -> Array:
    """Covariance of what the parts of some levels contribute to each side.

    Parameters
    ----------
    sides
        Of one stored weight.
    *levels
        Which.

    Returns
    -------
    numpy.ndarray
        Shape (sides, sides).
    """
    names = sorted({(level, source) for side in sides for level, source, _ in side.loadings if level in levels})
    rows = [{(level, source): loading for level, source, loading in side.loadings} for side in sides]
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows]).reshape(len(sides), len(names))
    return np.asarray(matrix @ matrix.T)
