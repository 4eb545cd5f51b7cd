"""What an estimate costs at least."""

from __future__ import annotations

import numpy as np

from rramsim.rare.design_point import DesignPoint
from rramsim.rare.importance_sampling import ImportanceSampling
from rramsim.rare.line_sampling import LineSampling
from rramsim.rare.method import Method
from rramsim.rare.multi_root import MultiRoot
from rramsim.rare.regions import least_search
from rramsim.rare.subset_simulation import SubsetSimulation


def least_simulations(dimension: int, method: Method | None = None) -> int:
    """Simulations with which an estimate can begin: to find a direction, to look for regions, the fewest draws.

    Parameters
    ----------
    dimension
        Number of standard-normal variables.
    method
        The method; None for what fits, which begins with lines.
    """
    nearest = DesignPoint(direction=np.eye(dimension)[0], beta=0.0, slope=-1.0)
    draws = {
        one.name: one.least([nearest], dimension)
        for one in (LineSampling(), MultiRoot(), ImportanceSampling(), SubsetSimulation())
    }
    alone = method is Method.SUBSET_SIMULATION
    return draws[method or Method.LINE_SAMPLING] + (0 if alone else least_search(dimension))
