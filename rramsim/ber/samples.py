"""The simulations of a point one by one: what a table of rates sums up."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rramsim.ber.machine import check_machine
from rramsim.ber.task import PointTask
from rramsim.circuits.simulation import Simulation
from rramsim.spice.engine import engine

if TYPE_CHECKING:
    import pandas as pd


def samples(task: PointTask, count: int) -> pd.DataFrame:
    """Simulate the first samples that the sweep counts, in the ngspice of this process.

    Parameters
    ----------
    task
        One of :meth:`rramsim.ber.plan.Sweep.tasks`.
    count
        How many.

    Returns
    -------
    pandas.DataFrame
        A row a sample: values of the sources of spread by their names, ``outcome``, and the bench's quantities.

    Raises
    ------
    NgspiceVersionError, ModelFileError
        This process is not what the task was made for.
    SimulationError
        A simulation failed: nothing is left out in silence.
    """
    import pandas as pd

    check_machine(task)
    simulation = Simulation(engine(), task.deck)
    drawn = itertools.islice(itertools.chain.from_iterable(map(task.block, itertools.count())), count)
    rows = []
    for values in drawn:
        record = task.simulate(simulation, values)
        rows.append(
            {**dict(zip(task.spread.names, values, strict=True)), "outcome": record.outcome, **record.quantities}
        )
    return pd.DataFrame(rows)
