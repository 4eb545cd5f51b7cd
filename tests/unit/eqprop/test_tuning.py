"""Phases that are found by trying: steps to rest, and a nudge whose estimate agrees with the true gradient."""

import math

import pytest

from rramsim.eqprop.diagnosis import ALL
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.relaxation.even_odd import EvenOdd
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.eqprop.stored import is_weight
from rramsim.eqprop.tuning import Trial, suggested, tune, tuning_table
from rramsim.errors import NetworkError
from tests.unit.eqprop.problems import dense, phases, problem

PHASES = phases(1, 1, 1.0)


def tuned(given, estimator=None, **settings):
    asked = {"nudged_steps": (1, 4, 12, 30), "betas": (0.5, 0.05), "tolerance": 1e-6} | settings
    return tune(given, PHASES, estimator or Symmetric(), **asked)


@pytest.mark.parametrize("schedule", [Synchronous(), EvenOdd()], ids=lambda kind: kind.name)
def test_the_free_phase_ends_where_nothing_moves_any_more(schedule):
    given = problem(dense(), scale=0.8)
    found = tune(
        given, phases(1, 1, 1.0, schedule=schedule), Symmetric(), nudged_steps=(4,), betas=(0.1,), tolerance=1e-6
    )
    machine = Machine(given.network, given.parameters, given.inputs, schedule=schedule)
    moves = []
    for _ in range(found.free_steps):
        before = machine.state()
        machine.step()
        moves.append(max(float((new - old).abs().max()) for old, new in zip(before, machine.state(), strict=True)))
    assert moves[-1] <= 1e-6 < min(moves[:-1])


def test_the_true_gradient_is_what_a_weak_symmetric_nudge_comes_to():
    """At rest, and with steps enough for it to spread: cosines of all parameters within 1e-6 of 1."""
    found = tuned(problem(dense(), scale=0.8), betas=(1e-3,), nudged_steps=(40,), tolerance=1e-10)
    assert all(one.cosine == pytest.approx(1, abs=1e-6) for one in found.best.agreements)
    assert next(one for one in found.best.agreements if one.parameter == ALL).error < 1e-4


def test_the_fewest_steps_that_lose_nothing_are_suggested():
    found = tuned(problem(dense(), scale=0.8), OneSided())
    told = {(trial.nudged_steps, trial.beta): trial.worst for trial in found.trials}
    best = max(value for value in told.values() if not math.isnan(value))
    assert told[found.best.nudged_steps, found.best.beta] > best - 0.01
    fewer = [worst for (steps, _), worst in told.items() if steps < found.best.nudged_steps]
    assert all(math.isnan(worst) or worst < best - 0.01 for worst in fewer)
    text = suggested(found, "synchronous").splitlines()
    assert text[0] == "[phases]"
    assert f"nudged_steps = {found.best.nudged_steps}" in text
    rows = tuning_table(found)
    assert len(rows) == 4 * 2 * 7
    assert set(rows["free_steps"]) == {found.free_steps}


def test_a_nudge_that_reaches_no_first_layer_is_no_estimate():
    """Three layers: one step moves the last of them alone."""
    given = problem(dense(), scale=0.8)
    found = tuned(given)
    assert all(math.isnan(trial.worst) for trial in found.trials if trial.nudged_steps == 1)
    assert found.best.nudged_steps > 1
    with pytest.raises(NetworkError, match="no trial has an estimate for every weight"):
        tuned(given, nudged_steps=(1,))


def test_a_network_that_never_rests_is_told():
    with pytest.raises(NetworkError, match=r"after 1000 steps units still move by .* a step, more than 1e-06"):
        tuned(problem(dense("shifted_sigmoid", units=(40, 40, 5)), scale=12.0))


def test_the_worst_weights_count_and_not_biases():
    found = tuned(problem(dense(), scale=0.8))
    trial: Trial = found.best
    assert trial.worst == min(one.cosine for one in trial.agreements if is_weight(one.parameter))
