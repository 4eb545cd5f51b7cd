"""Activations by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.activations.centred_hard_sigmoid import CentredHardSigmoid
from rramsim.eqprop.activations.half_hard_sigmoid import HalfHardSigmoid
from rramsim.eqprop.activations.hard_sigmoid import HardSigmoid
from rramsim.eqprop.activations.linear import Linear
from rramsim.eqprop.activations.shifted_sigmoid import ShiftedSigmoid
from rramsim.eqprop.activations.sigmoid import Sigmoid
from rramsim.eqprop.activations.tanh import Tanh
from rramsim.eqprop.naming import by_name

ACTIVATIONS: Final[Mapping[str, AbstractActivation]] = {
    kind.name: kind()
    for kind in (CentredHardSigmoid, HalfHardSigmoid, HardSigmoid, Linear, ShiftedSigmoid, Sigmoid, Tanh)
}


def activation(name: str) -> AbstractActivation:
    """An activation by its name.

    Parameters
    ----------
    name
        Of one of :data:`ACTIVATIONS`.

    Raises
    ------
    NetworkError
        There is none of that name.
    """
    return by_name("activation", name, ACTIVATIONS)
