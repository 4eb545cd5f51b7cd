"""What a task draws: its distributions, and that a sample depends on seed, task and block alone."""

import math

import numpy as np
import pytest
from scipy.stats import kstest

from rramsim.ber.monte_carlo import BLOCK
from rramsim.devices.spread import Level
from rramsim.study import load_study
from rramsim.weights import Weight

STUDY = '[study]\nname = "s"\nseed = {seed}\n[devices]\npreset = "hfo2_130nm"\n{more}'
STATES = {Weight.PLUS: ("lrs", "hrs"), Weight.ZERO: ("hrs", "hrs"), Weight.MINUS: ("hrs", "lrs")}


@pytest.fixture
def make_task(tmp_path):
    def make(programmed=Weight.PLUS, seed=1, more=""):
        path = tmp_path / "study.toml"
        path.write_text(STUDY.format(seed=seed, more=more))
        study = load_study(path)
        tasks = study.sweep.tasks(ngspice="39")
        tasks += tuple(other for task in tasks if (other := study.sweep.apart(task)))
        return next(task for task in tasks if task.programmed == programmed), study

    return make


@pytest.mark.parametrize("programmed", STATES)
def test_samples_follow_the_statistics_of_the_programmed_weight(make_task, programmed):
    task, study = make_task(programmed)
    samples = [sample for block in range(200) for sample in task.block(block)]
    assert len(samples) == 200 * BLOCK
    devices = [getattr(study.devices.statistics, state) for state in STATES[programmed]]
    logarithms = np.log([sample[:2] for sample in samples])
    # Kolmogorov-Smirnov with 10,000 values, fixed seeds; a false alarm has a probability of 1e-6 each.
    for values, state in zip(logarithms.T, devices, strict=True):
        assert kstest((values - math.log(state.r_median)) / state.sigma_ln, "norm").pvalue > 1e-6
    shifts = np.array([sample[2:] for sample in samples])
    for values, variation in zip(shifts.T, task.deck.variations, strict=True):
        (sigma,) = variation.sigmas
        assert kstest(values / sigma, "norm").pvalue > 1e-6
    everything = np.column_stack([logarithms, shifts])
    assert np.abs(np.corrcoef(everything.T) - np.eye(task.spread.dimension)).max() < 6 / math.sqrt(len(samples))


def test_streams_differ_by_seed_task_and_block(make_task):
    task, _ = make_task()
    first = next(task.block(0))
    others = [make_task(seed=2)[0].block(0), make_task(Weight.MINUS)[0].block(0), task.block(1)]
    assert next(task.block(0)) == first
    assert all(next(other) != first for other in others)


def test_levels_tell_what_a_column_shares_and_what_is_programmed_anew(make_task):
    levels = {source.name: dict(source.levels) for source in make_task()[0].spread.sources}
    assert levels["vth:xsa.xmn1"] == {Level.COLUMN: 1.0}
    assert levels["vth:xcell.xbl.xmn1"] == {Level.CELL: 1.0}
    assert levels["r_bl"] == pytest.approx({Level.CELL: 0.5, Level.READ: 0.5})


def test_correlations_are_drawn_and_are_part_of_the_identity(make_task):
    more = '[[devices.correlation]]\nbetween = ["r_bl", "vth:xsa.xmn1"]\ncoefficient = 0.8\n'
    plain, correlated = make_task()[0], make_task(more=more)[0]
    assert plain.id != correlated.id
    samples = [sample for block in range(100) for sample in correlated.block(block)]
    place = correlated.spread.names.index("vth:xsa.xmn1")
    values = [(math.log(sample[0]), sample[place]) for sample in samples]
    found = float(np.corrcoef(np.transpose(values))[0, 1])
    assert abs(np.arctanh(found) - np.arctanh(0.8)) < 6 / math.sqrt(len(samples))
