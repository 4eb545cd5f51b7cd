"""Odd layers, then even ones: what drives a layer has moved already, and fewer steps are needed.

References
----------
B. Scellier, M. Ernoult, J. Kendall, S. Kumar, Energy-based learning algorithms for analog computing: a comparative
study, NeurIPS 2023, arXiv 2312.15103; code rain-neuromorphics/energy-based-learning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.relaxation.schedule import AbstractSchedule


@dataclass(frozen=True, slots=True)
class EvenOdd(AbstractSchedule):
    """Layers 1, 3, 5, … from the even ones, then layers 2, 4, 6, … from what they have become."""

    name: ClassVar[str] = "even_odd"

    def groups(self, layers: int) -> tuple[tuple[int, ...], ...]:
        """Two groups; one if there is one layer.

        Examples
        --------
        >>> EvenOdd().groups(5)
        ((1, 3, 5), (2, 4))
        """
        both = tuple(range(1, layers + 1, 2)), tuple(range(2, layers + 1, 2))
        return tuple(group for group in both if group)
