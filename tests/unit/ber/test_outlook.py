"""What a sweep will cost, and what its workers are made of."""

from concurrent.futures import Future

import pytest

from rramsim.abstract_workers import AbstractWorkers
from rramsim.ber.outlook import duration, outlook
from rramsim.ber.rehearsal import Rehearsal, rehearse, write_warnings
from rramsim.errors import InputError
from rramsim.study import build_study

COUNTED = {"estimator": "monte_carlo", "max_trials": 50}


def study(**sections):
    return build_study(name="s", corners={"vdd_v": [1.1, 1.2], "temperature_c": [0, 27, 85]}, **sections)


def test_counted_reads_cost_what_is_counted():
    swept = study(ber=COUNTED, read={"cells": ["ternary_2t2r", "binary_2t2r"]}).sweep
    found = outlook(swept, {"ternary_2t2r": 0.01}, 2)
    assert found.points == 6 * (3 + 2)
    assert found.simulations == 6 * 3 * 50  # one read tells both cells
    assert found.seconds == pytest.approx(found.simulations * 0.01 / 2)


def test_rates_that_are_estimated_cost_more():
    counted, estimated = (outlook(study(ber=ber).sweep, {"ternary_2t2r": 0.01}, 1) for ber in (COUNTED, {}))
    assert estimated.points == counted.points
    assert estimated.seconds > 5 * counted.seconds


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0 s"), (59.4, "59 s"), (60.0, "1 min"), (5400, "1.5 h"), (86400, "1 days"), (9e6, "104 days")],
)
def test_a_duration_is_told_in_the_unit_that_suits_it(seconds, told):
    assert duration(seconds) == told


class Workers(AbstractWorkers):
    """Workers that are made of different things."""

    count = 2

    def __init__(self, *made):
        self.made = made

    def everywhere(self, fn, /, *args, **kwargs):
        return {f"tcp://node{number}": made for number, made in enumerate(self.made)}

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_exception(AssertionError("nothing may run"))
        return future


@pytest.mark.parametrize("what", ["ngspice", "models"])
def test_workers_that_differ_are_refused_by_name(what):
    made = {"ngspice": "39", "models": "abc"}
    with pytest.raises(InputError, match=f"tcp://node0 and tcp://node2 differ: {what} is .* and other"):
        rehearse(study().sweep, Workers(made, made, made | {what: "other"}))


def test_steps_that_fit_into_no_memory_are_refused_and_very_many_told():
    told = []
    with pytest.raises(InputError, match=r"1e\+09 points, more than fit into memory"):
        rehearse(study(read={"t_sense_s": "1 ms", "max_step_s": "1 ps"}).sweep, Workers({}), tell=told.append)
    assert told == []
    with pytest.raises(AssertionError):
        rehearse(study(read={"t_sense_s": "1 ms"}).sweep, Workers({}), tell=told.append)
    (line,) = told
    assert line.startswith("ternary_2t2r: one simulation is 0.001 s in steps of 2e-09 s at most: 5e+05 points")


def test_warnings_are_kept_until_there_are_none(tmp_path):
    found = Rehearsal(warnings=("one", "two"), seconds={})
    write_warnings(tmp_path, found.warnings)
    assert (tmp_path / "warnings.txt").read_text() == "one\ntwo\n"
    write_warnings(tmp_path, ())
    assert list(tmp_path.iterdir()) == []
