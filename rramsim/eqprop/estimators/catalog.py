"""Estimators by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.estimators.asymmetric import Asymmetric
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.symmetric import Symmetric

ESTIMATORS: Final[Mapping[str, type[AbstractEstimator]]] = {
    kind.name: kind for kind in (Asymmetric, Bptt, Continual, OneSided, RandomSign, Symmetric)
}
