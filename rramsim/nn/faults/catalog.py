"""The fault models of ``[injection]``, by mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.errors import InputError, close_matches
from rramsim.nn.faults.independent import ReadFaults, StaticFaults
from rramsim.nn.faults.levels import LevelFaults
from rramsim.nn.faults.model import AbstractFaultModel
from rramsim.nn.faults.position import PositionFaults
from rramsim.nn.faults.published import QuantizedVgg

FAULT_MODELS: Final[Mapping[str, type[AbstractFaultModel]]] = {
    model.mode: model for model in (StaticFaults, ReadFaults, LevelFaults, PositionFaults, QuantizedVgg)
}


def find_faults(mode: str) -> type[AbstractFaultModel]:
    """A fault model by its mode.

    Parameters
    ----------
    mode
        As in a study.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if mode not in FAULT_MODELS:
        raise InputError(f"unknown mode {mode!r}; {close_matches(mode, FAULT_MODELS)}")
    return FAULT_MODELS[mode]
