"""What varies: named sources of spread as one space of independent standard-normal coordinates.

Each source has a marginal distribution and a level that says how long a value stays: for the life of a chip, of a
column's shared circuit, of a cell, or for one programming and read. Sources may be correlated by a Gaussian copula:
their standard-normal values are then z = L u with L L^T the correlation matrix and u the coordinates of the space.
Counted reads and rare-event estimators see the same coordinates.

References
----------
A. Nataf, Détermination des distributions de probabilités dont les marges sont données, C. R. Acad. Sci. 225, 42 (1962).

P.-L. Liu, A. Der Kiureghian, Multivariate distribution models with prescribed marginals and covariances, Probabilistic
Eng. Mech. 1, 105 (1986), doi 10.1016/0266-8920(86)90033-0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals import AbstractMarginal
from rramsim.errors import InputError, close_matches

Array = NDArray[np.float64]

_SHARES_TOLERANCE = 1e-9


class Level(StrEnum):
    """How long the value of a source stays as it is."""

    CHIP = "chip"
    COLUMN = "column"
    CELL = "cell"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of spread.

    Parameters
    ----------
    name
        As tables name it: ``r_bl``, ``vth:xsa.xmn1``.
    marginal
        Distribution of its value.
    levels
        Which part of the variance of its standard-normal value belongs to which level; the parts add up to 1.

    Raises
    ------
    InputError
        The parts are negative or do not add up to 1, or a level is there twice.
    """

    name: str
    marginal: AbstractMarginal
    levels: tuple[tuple[Level, float], ...]

    def __post_init__(self) -> None:
        parts = [part for _, part in self.levels]
        once = len({level for level, _ in self.levels}) == len(self.levels)
        if not once or min(parts, default=-1.0) < 0 or abs(sum(parts) - 1) > _SHARES_TOLERANCE:
            raise InputError(f"the levels of {self.name} must each have a part of its variance that add up to 1")


@dataclass(frozen=True, kw_only=True)
class SpreadSpace:
    """Sources of spread and their correlations.

    Parameters
    ----------
    sources
        In the order of the coordinates.
    correlations
        (name, name, coefficient) of the standard-normal values of two sources, each pair at most once; what is not
        named is independent.

    Raises
    ------
    InputError
        A name is there twice or unknown, a coefficient is not in -1..1, or the correlations contradict each other.
    """

    sources: tuple[Source, ...]
    correlations: tuple[tuple[str, str, float], ...] = ()

    def __post_init__(self) -> None:
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise InputError(f"a source of spread is named twice: {', '.join(twice)}")
        pairs = Counter(frozenset(pair[:2]) for pair in self.correlations)
        for first, second, coefficient in self.correlations:
            for name in (first, second):
                if name not in self.names:
                    raise InputError(f"correlation of {name!r}: no such source; {close_matches(name, self.names)}")
            if first == second or pairs[frozenset((first, second))] > 1:
                raise InputError(f"the correlation of {first} and {second} must be of two sources and told once")
            if not -1 < coefficient < 1:
                raise InputError(f"the correlation of {first} and {second} must lie between -1 and 1: {coefficient!r}")
        _ = self._factor

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sources, in the order of the coordinates."""
        return tuple(source.name for source in self.sources)

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.sources)

    @property
    def shares(self) -> dict[str, dict[Level, float]]:
        """Part of each source's variance that belongs to each level, by name.

        NaN for sources that are correlated, directly or by others, and differ in their levels: nobody says which parts
        of them are.
        """
        given = {source.name: dict.fromkeys(Level, 0.0) | dict(source.levels) for source in self.sources}
        told = dict(given)
        for group in self._correlated:
            if any(given[name] != given[group[0]] for name in group):
                told |= {name: dict.fromkeys(Level, math.nan) for name in group}
        return told

    @property
    def _correlated(self) -> list[list[str]]:
        """Groups of names that correlations lead from one to another."""
        groups = {name: [name] for name in self.names}
        for first, second, _ in self.correlations:
            if groups[first] is not groups[second]:
                joined = groups[first] + groups[second]
                groups |= dict.fromkeys(joined, joined)
        return list({id(group): group for group in groups.values()}.values())

    @cached_property
    def _factor(self) -> Array:
        """Lower triangular factor of the correlation matrix, shape (dimension, dimension)."""
        matrix = np.eye(self.dimension)
        index = {name: number for number, name in enumerate(self.names)}
        for first, second, coefficient in self.correlations:
            matrix[index[first], index[second]] = matrix[index[second], index[first]] = coefficient
        try:
            return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
        except np.linalg.LinAlgError:
            raise InputError("the correlations contradict each other: their matrix is not positive definite") from None

    def standard(self, u: Array) -> Array:
        """Standard-normal values of the sources, correlated.

        Parameters
        ----------
        u
            Independent coordinates, shape (..., dimension).

        Returns
        -------
        numpy.ndarray
            Same shape.
        """
        return np.asarray(u @ self._factor.T) if self.correlations else u

    def gradient(self, slopes: Array) -> Array:
        """Gradient over the coordinates of a function of the sources' standard-normal values.

        Parameters
        ----------
        slopes
            Its slope over each standard-normal value, shape (dimension,).

        Returns
        -------
        numpy.ndarray
            Same shape.
        """
        return np.asarray(slopes @ self._factor) if self.correlations else slopes

    @property
    def typical(self) -> list[float]:
        """Values of the sources at the origin: of typical devices, each in its own unit."""
        return [float(value) for value in self.values(np.zeros(self.dimension))]

    def values(self, u: Array) -> Array:
        """Values of the sources.

        Parameters
        ----------
        u
            Independent coordinates, shape (..., dimension).

        Returns
        -------
        numpy.ndarray
            Same shape; each source in its own unit.
        """
        z = self.standard(u)
        columns = [source.marginal.value(z[..., number]) for number, source in enumerate(self.sources)]
        return np.stack(columns, axis=-1) if columns else np.empty(u.shape)

    def importance(self, direction: Array) -> tuple[float, ...]:
        """Part of the variance at a design point that each source has; they add up to 1.

        The squared direction cosines where the sources are independent [1]_; else those of the direction carried back
        to the correlated values [2]_.

        Parameters
        ----------
        direction
            Unit vector to the design point, shape (dimension,).

        References
        ----------
        .. [1] O. Ditlevsen, H. O. Madsen, Structural Reliability Methods, Wiley 1996, ISBN 978-0471960867.

        .. [2] A. Der Kiureghian, First- and second-order reliability methods, in Engineering Design Reliability
           Handbook, CRC 2005, ch. 14.
        """
        back = np.linalg.solve(self._factor.T, direction) if self.correlations else np.asarray(direction)
        squares = (back / math.sqrt(float(back @ back))) ** 2
        return tuple(squares.tolist())

    def image(self, u: Array, names: Mapping[str, str]) -> Array:
        """Coordinates of the mirror image of a point of a symmetric space.

        Parameters
        ----------
        u
            Independent coordinates, shape (..., dimension).
        names
            Mirror image of each source, as for :meth:`mirrored`.

        Returns
        -------
        numpy.ndarray
            Same shape: as far from the origin, with each source's value in the place of its mirror image.
        """
        order = [self.names.index(names.get(name, name)) for name in self.names]
        z = self.standard(u)[..., order]
        if not self.correlations:
            return z
        return np.asarray(np.linalg.solve(self._factor, z[..., np.newaxis])[..., 0], dtype=np.float64)

    @property
    def identity(self) -> dict[str, Any]:
        """Plain values of all that decides what is drawn; levels do not."""
        return {
            "sources": [[source.name, *source.marginal.identity] for source in self.sources],
            "correlations": sorted([*sorted(pair[:2]), pair[2]] for pair in self.correlations),
        }

    def mirrored(self, names: Mapping[str, str]) -> SpreadSpace:
        """The same space with each source in the place of its mirror image.

        Parameters
        ----------
        names
            Mirror image of each source, by name; those that are not named are their own.

        Raises
        ------
        InputError
            An image is no source of the space.
        """
        by_name = {source.name: source for source in self.sources}
        images = [names.get(name, name) for name in self.names]
        if sorted(images) != sorted(by_name):
            raise InputError("mirror images of sources must be sources of the same space, each of one")
        sources = [
            Source(name=name, marginal=by_name[image].marginal, levels=by_name[image].levels)
            for name, image in zip(self.names, images, strict=True)
        ]
        correlations = [(names.get(a, a), names.get(b, b), value) for a, b, value in self.correlations]
        return SpreadSpace(sources=tuple(sources), correlations=tuple(correlations))
