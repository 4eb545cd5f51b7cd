"""Figures of merit of a circuit whose rates are closed forms, from the study file to tables, figures and report."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import rramsim as rs
from rramsim.errors import InputError, StudyError
from rramsim.merit.codes import find_code
from rramsim.merit_stage import find_merit

pytestmark = pytest.mark.spice

OWN = Path(__file__).with_name("own_bench") / "divider.py"
SIGMA, LEVEL, HIGHEST, TARGET = 0.02, 0.5, 0.7, 1e-6
LOWEST_SUPPLY = 2 * (LEVEL + SIGMA * norm.isf(TARGET))
HIGHEST_SUPPLY = 2 * (HIGHEST - SIGMA * norm.isf(TARGET))
MERIT = {
    "vmin": {"target": TARGET, "range_v": [0.8, 1.6], "tolerance_v": "5 mV"},
    "balance": {"knob": "vdd_v", "range": [0.9, 1.5], "rates": ["l", "h"]},
    "shmoo": {
        "target": {"l": TARGET, "h": TARGET}, "x": "highest_v", "x_values": ["0.62 V", 0.7], "y": "vdd_v",
        "y_values": [1.0, "1200 mV", 1.4],
    },
}  # fmt: skip


VARIABLE = {"name": "w", "settings": ["a_m"], "range": [1e-6, 2e-6]}
SIZE = {"target": TARGET, "area_um2": 2.0, "variable": [VARIABLE]}


def study(folder, merit=MERIT, **bench):
    shutil.copy(OWN, folder)
    settings = {"level_v": LEVEL, "highest_v": HIGHEST, "sigma_v": SIGMA} | bench
    return rs.build_study(
        name="divider", folder=folder, seed=2, corners={"vdd_v": [1.2, 1.3]},
        bench=[{"name": "half", "use": "divider.py:Divider", "settings": settings}], merit=merit,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("merit")
    return rs.run(study(folder), out=folder / "run", workers=2)


def test_the_supplies_are_those_of_the_closed_form(run):
    (row,) = run.vmin.to_dict("records")
    assert row["verdict"] == "met"
    assert row["vmin_ci_low_v"] <= LOWEST_SUPPLY <= row["vmin_ci_high_v"]
    assert row["vmax_ci_low_v"] <= HIGHEST_SUPPLY <= row["vmax_ci_high_v"]
    assert row["vmin_v"] == pytest.approx(LOWEST_SUPPLY, abs=5e-3)
    assert row["vmax_v"] == pytest.approx(HIGHEST_SUPPLY, abs=5e-3)
    assert (row["vmin_limit"], row["vmax_limit"], row["windows"]) == ("l", "h", 1)
    assert len(set(run.vmin_rates["value"])) < 14  # by root finding: a grid of 5 mV has 160


def test_the_balance_is_half_way_between_the_levels(run):
    (row,) = run.balance.to_dict("records")
    assert row["ci_low"] <= LEVEL + HIGHEST <= row["ci_high"]
    assert row["value"] == pytest.approx(LEVEL + HIGHEST, abs=3e-3)
    rate = norm.sf((HIGHEST - LEVEL) / 2 / SIGMA)
    assert row["rate_ci_low"] <= rate * 1.05
    assert row["rate"] == pytest.approx(rate, rel=0.3)


def test_the_shmoo_passes_where_the_closed_form_does(run):
    found = {(row["x"], row["y"]): row["verdict"] for row in run.shmoo.to_dict("records")}
    for (highest, supply), verdict in found.items():
        margins = (supply / 2 - LEVEL, highest - supply / 2)
        assert verdict == ("pass" if min(margins) > SIGMA * norm.isf(TARGET) else "fail")
    assert set(found.values()) == {"pass", "fail"}


def test_codes_do_with_the_counted_rates_what_they_do_with_any(run):
    study_of_bits = rs.build_study(
        name="bits", corners={"vdd_v": [1.0]}, read={"cells": ["binary_2t2r"]}, seed=3,
        ber={"estimator": "monte_carlo", "max_trials": 20}, merit={"codes": {"names": ["secded_8_4"]}},
    )  # fmt: skip
    swept = rs.sweep(study_of_bits, out=run.path / "bits", workers=1)
    found = find_merit(study_of_bits, "codes", out=run.path / "bits", workers=1)["codes"].set_index("code")
    assert len(list((run.path / "bits" / "tasks").iterdir())) == len(set(swept.ber["task_id"]))  # nothing more is run
    rate = swept.ber.groupby("programmed")["probability"].sum()
    assert found.loc["none", "rate"] == rate.mean()
    assert found.loc["secded_8_4", "rate"] == find_code("secded_8_4").residual(rate["+1"], rate["-1"])
    assert found.loc["secded_8_4", "ci_low"] <= found.loc["secded_8_4", "rate"] < found.loc["secded_8_4", "ci_high"]


def test_the_offset_budget_is_the_noise_and_the_thresholds_of_a_latch(tmp_path, run):
    table = find_merit(study(tmp_path, merit={"offset": {}}), "offset", out=tmp_path / "run", workers=1)["offset"]
    assert table["change"].tolist() == pytest.approx([SIGMA] * 2, rel=1e-6)  # of either corner
    assert table["share"].tolist() == [1.0, 1.0]
    # A stored 0 is read at balance, where the signal is the logarithm of the ratio of both devices.
    reads = rs.build_study(name="reads", merit={"offset": {"programmed": ["0"]}})
    found = find_merit(reads, "offset", out=tmp_path / "reads", workers=1)["offset"].set_index("source")
    hrs = reads.benches[0].environment.devices.hrs
    sigma = math.hypot(hrs.sigma_ln_d2d, hrs.sigma_ln_c2c)
    assert abs(found.loc["r_bl", "change"]) == pytest.approx(sigma, rel=0.1)
    assert found.loc["r_bl", "change"] == pytest.approx(-found.loc["r_blb", "change"], rel=0.01)
    assert found["share"].sum() == pytest.approx(1)
    # Both transistors of a pair matter alike, and against each other.
    first, second = found.loc["vth:xsa.xmn1", "change"], found.loc["vth:xsa.xmn2", "change"]
    assert first == pytest.approx(-second, rel=0.01)
    assert abs(first) > 1e-3


# The better of two designs is told where both are far below the target, too.
@pytest.mark.parametrize(("target", "sigma"), [(TARGET, SIGMA), (0.2, SIGMA / 3)])
def test_sizes_are_those_of_least_noise_within_the_area(tmp_path, target, sigma):
    variables = [{"name": name, "settings": [f"{name}_m"], "range": [0.5e-6, 8e-6]} for name in ("a", "b")]
    size = {"target": target, "area_um2": 6.0, "evaluations": 24, "variable": variables}
    tables = find_merit(
        study(tmp_path, merit={"size": size}, b_m=4e-6, a_m=2e-6, sigma_v=sigma),
        "size",
        out=tmp_path / "run",
        workers=1,
    )
    sized = tables["size"].set_index("design").loc["sized"]
    assert (sized["value:a"] + sized["value:b"]) * 1e6 == pytest.approx(sized["area_um2"], rel=1e-6)
    assert 5.5 < sized["area_um2"] <= 6.0
    assert sized["value:b"] / sized["value:a"] == pytest.approx(2, rel=0.3)
    # The study's own design is the best one of its area: the optimiser comes as near as its last step.
    best = min(1.2 / 2 - LEVEL, HIGHEST - 1.3 / 2) / (sigma * math.sqrt(1 / 2 + 4 / 4)) - norm.isf(target)
    assert best - 0.15 < sized["ci_high"]
    assert sized["ci_low"] < best
    assert (tables["size_steps"]["margin"] < best + 0.2)[tables["size_steps"]["within_cap"]].all()


def test_all_of_it_is_in_the_report(run):
    page = (run.path / "report.html").read_text()
    for name in ("vmin-table", "balance-table", "vmin_half_tt_27", "balance_half_tt_27_1p2", "shmoo_half_tt_27"):
        assert f'id="{name}"' in page
    assert not run.stale


def test_a_figure_alone_needs_no_sweep_and_is_marked_when_the_study_asks_for_another(run, tmp_path, caplog):
    folder = shutil.copytree(run.path, tmp_path / "run")
    other = study(tmp_path, merit={"vmin": MERIT["vmin"] | {"target": 1e-4}, "shmoo": MERIT["shmoo"]})
    tables = find_merit(other, "vmin", out=folder, workers=1)
    expected = 2 * (LEVEL + SIGMA * norm.isf(1e-4))
    assert tables["vmin"]["vmin_v"].item() == pytest.approx(expected, abs=5e-3)
    again = rs.open_run(folder)
    assert set(again.stale) == {"balance.csv", "balance_rates.csv"}
    alone = find_merit(other, "vmin", out=tmp_path / "alone", workers=1)
    assert alone["vmin"].equals(tables["vmin"])
    assert (tmp_path / "alone" / "figures" / "vmin_half_tt_27.svg").is_file()


def test_where_no_supply_will_do_the_nearest_is_told(tmp_path):
    narrow = study(tmp_path, merit={"vmin": MERIT["vmin"]}, highest_v=0.6)
    (row,) = find_merit(narrow, "vmin", out=tmp_path / "run", workers=1)["vmin"].to_dict("records")
    assert row["verdict"] == "nowhere met"
    assert row["best_v"] == pytest.approx(LEVEL + 0.6, abs=0.05)


@pytest.mark.parametrize(
    ("merit", "told"),
    [
        ({"vmin": {"target": {"x": 1e-6}}}, 'target."x": no cell makes errors of type .x., but h, l'),
        ({"vmin": {"target": 1e-20}}, "merit.vmin.target: must be at least ber.floor"),
        ({"vmin": {"target": 1e-6, "range_v": [1.4, 0.8]}}, "the first end must be below the second"),
        ({"vmin": {"target": 1e-6, "range_v": [0.8, 90]}}, "merit.vmin.range_v: vdd_v = 90.0: is beyond the validity"),
        ({"vmin": {"target": 0}}, r"merit.vmin.target"),
        ({"balance": {"knob": "levels", "range": [0, 1], "rates": ["l", "h"]}}, "has no setting 'levels'"),
        ({"balance": {"knob": "note", "range": ["a", "b"], "rates": ["l", "h"]}}, "is no number"),
        ({"balance": {"knob": "level_v", "range": ["0.4 s", 0.5], "rates": ["l", "h"]}}, "the unit must be V"),
        ({"balance": {"knob": "vdd_v", "range": [1, 1.2], "rates": ["l", "2"]}}, "no cell has both"),
        ({"balance": {"knob": "vdd_v", "range": [1.2, 1], "rates": ["l", "h"]}}, "must be below the second"),
        ({"shmoo": {"target": 1e-6, "x": "vdd_v", "x_values": [1], "y": "vdd_v", "y_values": [1]}}, "two different"),
        ({"shmoo": {"target": 1e-6, "x": "vdd_v", "x_values": [1, 1], "y": "level_v", "y_values": [1]}}, "each once"),
        ({"shmoo": {"target": 1e-6, "x": "vdd_v", "x_values": [1], "y": "t", "y_values": [1]}}, "has no setting 't'"),
        ({"vmax": {}}, "unknown key"),
        ({"vmin": {"target": TARGET, "cells": ["hlf"]}}, "merit.vmin.cells: no such cell; did you mean 'half'"),
        ({"offset": {"programmed": ["+2"]}}, "merit.offset.programmed: no bench programs it, but half"),
        ({"codes": {}}, "no cell stores two symbols, a bit: half"),
        ({"codes": {"names": ["secded_8_5"]}}, "secded_8_5"),
        ({"size": SIZE | {"area_um2": 0.5}}, "merit.size.area_um2: the smallest design has 1 µm²"),
        ({"size": SIZE | {"variable": [{"name": "w", "settings": ["x"], "range": [1, 2]}]}}, "has no setting 'x'"),
        ({"size": SIZE | {"variable": [VARIABLE, VARIABLE]}}, "the variable w is named more than once"),
        ({"size": SIZE | {"variable": [VARIABLE | {"range": [2e-6, 1e-6]}]}}, "the first below the second"),
        ({"balance": {"knob": "vdd_v", "range": ["1 A", 1.2], "rates": ["l", "h"]}}, "vdd_v cannot be '1 A'"),
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_refused_with_its_key(tmp_path, merit, told):
    with pytest.raises(StudyError, match=told):
        study(tmp_path, merit=merit)


def test_a_figure_is_of_the_cells_that_it_names(tmp_path):
    named = {"codes": {"names": ["sec_7_4"], "cells": ["binary_2t2r"]}, "offset": {"cells": ["half"]}}
    shutil.copy(OWN, tmp_path)
    mixed = rs.build_study(
        name="mixed", folder=tmp_path, read={"cells": ["binary_2t2r", "ternary_2t2r"]}, merit=named,
        ber={"estimator": "monte_carlo", "max_trials": 4}, bench=[{"name": "half", "use": "divider.py:Divider"}],
    )  # fmt: skip
    found = {name: find_merit(mixed, name, out=tmp_path / "run", workers=1)[name] for name in named}
    assert set(found["codes"]["cell"]) == {"binary_2t2r"}
    assert set(found["offset"]["cell"]) == {"half"}


def test_what_so_few_reads_leave_open_is_undecided(tmp_path):
    """Eight reads without an error bound a rate by 37 %: whether it is below 1e-3 nobody knows."""
    merit = {
        "vmin": {"target": {"2": 1e-3}, "range_v": [1.2, 1.3], "points": 2},
        "balance": {"knob": "vdd_v", "range": [1.2, 1.3], "rates": ["1", "2"], "points": 2},
    }
    few = rs.build_study(name="few", ber={"estimator": "monte_carlo", "max_trials": 8}, merit=merit)
    for name in merit:
        (row,) = find_merit(few, name, out=tmp_path / "run", workers=1)[name].to_dict("records")
        assert row["verdict"] == "undecided"
    never = rs.build_study(
        name="never", ber={"estimator": "monte_carlo", "max_trials": 40},
        merit={"vmin": {"target": {"3": 1e-3}, "range_v": [1.3, 1.4], "points": 2}},
    )  # fmt: skip
    (row,) = find_merit(never, "vmin", out=tmp_path / "never", workers=1)["vmin"].to_dict("records")
    assert row["verdict"] == "nowhere met"  # zeros are misread far too often, as 40 reads tell


def test_what_rests_on_a_tail_is_told_and_kept(tmp_path, caplog):
    values = np.random.default_rng(4).lognormal(np.log(350e3), 0.6, 400)
    (tmp_path / "hrs.csv").write_text("r_hrs_ohm\n" + "".join(f"{value:.6g}\n" for value in values))
    measured = rs.build_study(
        name="tail", folder=tmp_path, devices={"hrs": {"file": "hrs.csv", "tail": "lognormal", "d2d_share": 0.5}},
        ber={"max_trials": 20, "relative_precision": 0.5}, read={"cells": ["binary_2t2r"]},
        merit={"vmin": {"target": {"1": 1e-7}, "range_v": [0.8, 1.2], "points": 2, "tolerance_v": 0.05}},
    )  # fmt: skip
    find_merit(measured, "vmin", out=tmp_path / "run", workers=1)
    told = "vmin: some of the rates of binary_2t2r that were looked at lie beyond the data of r_bl"
    assert told in caplog.text
    assert told in (tmp_path / "run" / "warnings.txt").read_text()


def test_a_supply_that_means_nothing_to_a_bench_is_no_knob_of_it(tmp_path):
    with pytest.raises(StudyError, match=r"merit\.vmin\.range_v: .*the supply means nothing to s, whose voltages are"):
        rs.build_study(name="s", bench=[{"name": "s", "use": "program_set"}], merit={"vmin": {"target": 1e-2}})


def test_a_figure_that_the_study_does_not_ask_for_is_no_figure(tmp_path):
    asked = study(tmp_path, merit={})
    with pytest.raises(InputError, match=r"asks for no 'vmin': add a section \[merit.vmin\]"):
        find_merit(asked, "vmin", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
