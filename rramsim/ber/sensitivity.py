"""What each source of spread moves the response by, at typical devices: the budget of an offset.

The response is that of the rare-event estimators, of a read of a pair the imbalance of a nominal pair that is read
alike: at balance a threshold's offset is told in the logarithm of a resistance, beside the spread of the devices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.ber.machine import check_machine
from rramsim.ber.task import PointTask
from rramsim.circuits.simulation import Simulation
from rramsim.errors import SimulationError
from rramsim.files import content_id
from rramsim.runs.task import AbstractTask
from rramsim.spice.engine import engine

_STEP = 0.5  # standard deviations to either side
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class SensitivityTask(AbstractTask[dict[str, float]]):
    """Central differences of the response of one point.

    Parameters
    ----------
    point
        Whose bench, corner, programmed symbol and spread.
    """

    point: PointTask

    @cached_property
    def id(self) -> str:
        """SHA-256 of everything that can change the result."""
        return content_id({"sensitivity": _FORMAT, "point": self.point.id})

    @property
    def about(self) -> Mapping[str, str]:
        """Bench, corner and what is programmed."""
        return {**self.point.about, "of": "sensitivity"}

    def run(self, needed: Sequence[dict[str, float]], folder: Path | None) -> dict[str, float]:
        """Simulate in the ngspice of this process; by source, the change of the response for one standard deviation.

        Parameters
        ----------
        needed
            Nothing is needed.
        folder
            Not used.

        Raises
        ------
        NgspiceVersionError, ModelFileError
            This process has another ngspice than the point names, or this machine other model files.
        SimulationError
            A simulation failed, or the bench has no response.
        """
        check_machine(self.point)
        bench, spread = self.point.bench, self.point.spread
        simulation = Simulation(engine(), self.point.deck)
        response = bench.response(simulation, self.point.corner, self.point.programmed, spread)
        if response is None:
            raise SimulationError(f"bench {bench.name} has no signal: what moves it cannot be told")
        found = {}
        for name, step in zip(spread.names, _STEP * np.eye(spread.dimension), strict=True):
            change = (response(step) - response(-step)) / (2 * _STEP)
            if not np.isfinite(change):
                told = response.last_error or "the response is not a number"
                raise SimulationError(f"bench {bench.name}, half a standard deviation of {name}: {told}")
            found[name] = float(change)
        return found

    def to_json(self, result: dict[str, float]) -> dict[str, Any]:
        """Plain values of a result.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return {"changes": result}

    def from_json(self, data: Mapping[str, Any]) -> dict[str, float]:
        """Read a result back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result of this point.
        """
        found = {str(name): float(value) for name, value in data["changes"].items()}
        if set(found) != set(self.point.spread.names):
            raise ValueError("it has other sources of spread")
        return {name: found[name] for name in self.point.spread.names}
