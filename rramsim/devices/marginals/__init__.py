"""Distributions of one varying value, each a function of a standard-normal variable; one a file."""

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.devices.marginals.empirical import Empirical, Sample
from rramsim.devices.marginals.lognormal import Lognormal
from rramsim.devices.marginals.measured import AbstractMeasured
from rramsim.devices.marginals.normal import Normal

__all__ = ["AbstractMarginal", "AbstractMeasured", "Empirical", "Lognormal", "Normal", "Sample"]
