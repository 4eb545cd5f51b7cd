"""A column as sites along its lines: every cell by itself, or like cells put together.

The lumped column puts the unselected cells of one weight that lie on one side of the selected cell together, at the
middle of their places: charge, leakage and the first moment of the line (Elmore's delay) stay
those of the whole column.

References
----------
W. C. Elmore, The transient response of damped linear networks, J. Appl. Phys. 19, 55 (1948), doi 10.1063/1.1697872.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Like cells at one place of a column.

    Parameters
    ----------
    distance
        From the amplifier along the line [cells].
    weight
        What each stores.
    count
        How many there are.
    row
        The row, where it is one cell; None for cells of several rows.
    """

    distance: float
    weight: int
    count: int = 1
    row: int | None = None


def whole_column(weights: Sequence[int]) -> tuple[Site, ...]:
    """A site for each cell.

    Parameters
    ----------
    weights
        Of each row, shape (rows,), the nearest to the amplifier first.
    """
    return tuple(Site(distance=row + 1.0, weight=weight, row=row) for row, weight in enumerate(weights))


def lumped_column(weights: Sequence[int], selected: int) -> tuple[Site, ...]:
    """The selected cell, and at most three sites on each side of it.

    Parameters
    ----------
    weights
        Of each row, shape (rows,), the nearest to the amplifier first.
    selected
        The row that is read.

    Examples
    --------
    >>> [(site.distance, site.weight, site.count) for site in lumped_column((1, 1, 0, -1), selected=2)]
    [(1.5, 1, 2), (3.0, 0, 1), (4.0, -1, 1)]
    """
    sites = whole_column(weights)
    before, after = lumped(sites[:selected]), lumped(sites[selected + 1 :])
    return (*before, sites[selected], *after)


def lumped(sites: Iterable[Site]) -> tuple[Site, ...]:
    """One site for all of each weight, at the middle of their places.

    Parameters
    ----------
    sites
        Sites of one side.
    """
    by_weight: dict[int, list[Site]] = {}
    for site in sites:
        by_weight.setdefault(site.weight, []).append(site)
    found = []
    for weight, alike in by_weight.items():
        count = sum(site.count for site in alike)
        middle = sum(site.distance * site.count for site in alike) / count
        found.append(Site(distance=middle, weight=weight, count=count))
    return tuple(sorted(found, key=lambda site: site.distance))
