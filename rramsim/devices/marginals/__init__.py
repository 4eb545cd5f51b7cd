"""Distributions of one varying value, each a function of a standard-normal variable; one a file."""

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.devices.marginals.convolved import AbstractShift, Convolved, NormalShift
from rramsim.devices.marginals.empirical import Empirical, Sample
from rramsim.devices.marginals.lognormal import Lognormal
from rramsim.devices.marginals.measured import AbstractMeasured
from rramsim.devices.marginals.normal import Normal
from rramsim.devices.marginals.reciprocal import Reciprocal
from rramsim.devices.marginals.stretched import Stretched

__all__ = [
    "AbstractMarginal", "AbstractMeasured", "AbstractShift", "Convolved", "Empirical", "Lognormal", "Normal",
    "NormalShift", "Reciprocal", "Sample", "Stretched",
]  # fmt: skip
