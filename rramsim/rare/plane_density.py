"""Where lines are drawn: more of them where they contribute most.

Where a surface bends towards typical devices, or a band grows wider to one side, few lines in the tail are most of the
average, and an interval that has not met them is too narrow. The density of further lines is then fitted to the
contributions of those before by the cross-entropy method. All lines count, each with the weight of the density that it
was drawn from: to drop the first ones where their scatter is large, or to weight them by a density that was fitted to
them, biases the average (by -2 % and -5 % where it was tried).

References
----------
R. Y. Rubinstein, The cross-entropy method for combinatorial and continuous optimization, Methodol. Comput. Appl.
Probab. 1, 127 (1999), doi 10.1023/A:1010091220143.

How wide chance alone makes an axis, (1 + sqrt(dimension / lines))^2: V. A. Marčenko, L. A. Pastur, Distribution of
eigenvalues for some sets of random matrices, Math. USSR Sb. 1, 457 (1967), doi 10.1070/SM1967v001n04ABEH001994.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from rramsim.rare.limit_state import Array

_PLAIN = 0.2  # of the lines are drawn as if nothing were known: no weight is above 1/0.2
_CLEAR = 1.2  # how much wider than chance alone would make it an axis must be


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneDensity:
    """Density of lines over the hyperplane perpendicular to them: a mixture of a standard-normal and a fitted part.

    Parameters
    ----------
    shift
        Centre of the fitted part, shape (dimension,).
    axis
        Unit vector along which it is spread, shape (dimension,).
    spread
        Standard deviation along the axis; 1 in all other directions.
    """

    shift: Array
    axis: Array
    spread: float

    def draw(self, generator: np.random.Generator, direction: Array) -> Array:
        """A point of the hyperplane, shape (dimension,).

        Parameters
        ----------
        generator
            Draws it.
        direction
            Unit vector perpendicular to the hyperplane, shape (dimension,).
        """
        plane = standard_plane(generator, direction)
        if generator.random() < _PLAIN:
            return plane
        return np.asarray(plane + (self.spread - 1.0) * float(plane @ self.axis) * self.axis + self.shift)

    def ratio(self, planes: Array) -> Array:
        """Density over the standard-normal one, shape (lines,); never below 0.2, so that no weight is above 5.

        Parameters
        ----------
        planes
            Points of the hyperplane, shape (lines, dimension).
        """
        centred = planes - self.shift
        along = centred @ self.axis
        squares = (centred**2).sum(axis=1) - along**2 * (1 - self.spread**-2)
        fitted = np.exp(((planes**2).sum(axis=1) - squares) / 2) / self.spread
        return np.asarray(_PLAIN + (1 - _PLAIN) * fitted)

    @classmethod
    def fitted(cls, planes: Array, contributions: Array) -> Self:
        """The density that lines suggest.

        Parameters
        ----------
        planes
            Where they were drawn, shape (lines, dimension).
        contributions
            Probability times weight of each, shape (lines,), not all 0.
        """
        shares = contributions / contributions.sum()
        effective, dimension = 1 / float((shares**2).sum()), planes.shape[1]
        shift = shares @ planes
        length = float(shift @ shift)
        # As much of it as is not chance.
        shift = shift * max(1 - dimension / effective / length, 0.0) if length > 0 else shift
        centred = planes - shift
        variances, axes = np.linalg.eigh((centred * shares[:, np.newaxis]).T @ centred)
        chance = (1 + math.sqrt(dimension / effective)) ** 2
        wide = bool(variances[-1] > _CLEAR * chance)
        return cls(shift=shift, axis=axes[:, -1], spread=math.sqrt(float(variances[-1])) if wide else 1.0)

    def gain(self, planes: Array, probabilities: Array, contributions: Array) -> float:
        """How many times smaller the variance of a line's contribution would be than it is.

        Parameters
        ----------
        planes, contributions
            As for :meth:`fitted`.
        probabilities
            Of the lines, without their weights, shape (lines,).
        """
        mean = float(contributions.mean())
        now = float((contributions**2).mean()) / mean**2 - 1
        then = float((contributions * probabilities / self.ratio(planes)).mean()) / mean**2 - 1
        return now / then if then > 0 else math.inf


def standard_plane(generator: np.random.Generator, direction: Array) -> Array:
    """A standard-normal point of a hyperplane through the origin, shape (dimension,).

    Parameters
    ----------
    generator
        Draws it.
    direction
        Unit vector perpendicular to the hyperplane, shape (dimension,).
    """
    z = generator.standard_normal(direction.size)
    return np.asarray(z - float(z @ direction) * direction)
