"""From the circuit to errors by level: the tables of a sweep tell which columns misread, and the circuit agrees."""

import numpy as np
import pytest
from scipy.stats import binom

from rramsim.ber.plan import ngspice_version
from rramsim.ber.sweep import sweep
from rramsim.circuits.simulation import Simulation
from rramsim.devices.spread import Level
from rramsim.nn.faults.level_rates import LevelRates
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.faults.thresholds import chance, thresholds
from rramsim.runs.folder import RunFolder
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers
from rramsim.study.study import load_study
from rramsim.tables.ber import BER
from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.points import read_points
from rramsim.weights import Weight, WeightKind

pytestmark = pytest.mark.spice

# Both states lie close together: sign errors can be counted, and a fifth of them is the amplifier's doing.
STUDY = """
[study]
name = "levels"
seed = 12
[devices]
preset = "hfo2_130nm_strong"
hrs = { r_median_ohm = 8000, sigma_ln_d2d = 0.14, sigma_ln_c2c = 0.14 }
[corners]
process = ["TT"]
vdd_v = [1.2]
temperature_c = [27]
[read]
cells = ["ternary_2t2r"]
[ber]
max_trials = 50
"""
READS = 300
LEVEL = 1e-6  # two-sided, of each count around what the plane says
CURVED = 1.5  # by how much the plane may be wrong where a column is two standard deviations off


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Errors by level of a sweep, and the task of +1."""
    folder = RunFolder(tmp_path_factory.mktemp("levels"))
    (folder.path / "study.toml").write_text(STUDY)
    study = load_study(folder.path / "study.toml")
    folder.prepare()
    with local_workers(2) as workers:
        sweep(study.sweep, folder, workers)
        tasks = study.sweep.tasks(ngspice=ngspice_version(workers))
    ber, directions, levels = (read_points(table, folder.path / table.file) for table in (BER, DIRECTIONS, LEVELS))
    rates = ReadErrorRates.from_table(ber, WeightKind.TERNARY)
    return LevelRates.from_tables(rates, directions, levels), next(task for task in tasks if task.programmed == "+1")


def test_each_weight_has_its_sides(swept):
    rates, _ = swept
    assert [len(rates.of(programmed)) for programmed in (Weight.PLUS, Weight.ZERO, Weight.MINUS)] == [1, 2, 1]
    (plus,), (minus,) = rates.of(Weight.PLUS), rates.of(Weight.MINUS)
    assert [read for read, _ in plus.outcomes] == [Weight.ZERO, Weight.MINUS]
    assert 0.15 < plus.variance(Level.COLUMN) < 0.3
    assert plus.variance(Level.CHIP) == 0
    # What a column's offset does to one sign, it does not do to the other.
    one, other = plus.along(Level.COLUMN), minus.along(Level.COLUMN)
    assert sum(loading * other[name] for name, loading in one.items()) == pytest.approx(
        -plus.variance(Level.COLUMN), rel=0.05
    )


@pytest.mark.parametrize("offset", [-2.0, 0.0, 2.0])
def test_the_circuit_misreads_in_columns_as_the_plane_says(swept, offset):
    """A column whose amplifier lies so many standard deviations along the column's part of the direction."""
    rates, task = swept
    (side,) = rates.of(Weight.PLUS)
    column, deviation = side.along(Level.COLUMN), side.variance(Level.COLUMN) ** 0.5
    near = float(thresholds((side,))[0][0])
    rest = side.variance(Level.CELL, Level.READ) ** 0.5
    expected = float(chance(np.array([offset * deviation]), near, rest)[0])
    z = np.random.default_rng(1).standard_normal((READS, task.spread.dimension))
    for name, loading in column.items():
        z[:, task.spread.names.index(name)] = offset * loading / deviation
    simulation = Simulation(engine(), task.deck)
    outcomes = [task.simulate(simulation, values).outcome for values in task.spread.values(z).tolist()]
    wrong = sum(outcome != "+1" for outcome in outcomes)
    low = binom.ppf(LEVEL / 2, READS, expected / CURVED)
    high = binom.isf(LEVEL / 2, READS, min(expected * CURVED, 1.0))
    assert low <= wrong <= high, (wrong, expected * READS)
