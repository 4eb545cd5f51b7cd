"""Measured resistances of a user's own, in a study: taken right, or refused with file, line and value."""

import math

import numpy as np
import pytest

from rramsim.devices.comparator import equal_error_reference, pair_error
from rramsim.devices.measurements import UNITS, read_resistances
from rramsim.errors import InputError, StudyError
from rramsim.study import build_study

LOGS = math.log(8e4) + 0.5 * np.random.default_rng(2).standard_normal(1000)
OHMS = np.exp(LOGS)
STATE = {"file": "m.csv", "column": "r_ohm", "tail": "genpareto", "d2d_share": 0.25}


@pytest.fixture
def write(tmp_path):
    def write(header, values, name="m.csv"):
        text = header + "\n" + "".join(f"{value}\n" for value in values)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.mark.parametrize("unit", UNITS)
def test_units(unit, write):
    """Whatever the unit, the same resistances: factors and reciprocals by hand."""
    given = {
        "ohm": OHMS, "kohm": OHMS / 1e3, "megohm": OHMS / 1e6, "s": 1 / OHMS, "ms": 1e3 / OHMS, "us": 1e6 / OHMS,
        "ns": 1e9 / OHMS,
    }[unit]  # fmt: skip
    by_name = read_resistances(write(f"x_{unit}", given), column=None, unit=None)
    by_key = read_resistances(write("x", given), column="x", unit=unit)
    assert by_name.logs == pytest.approx(np.sort(LOGS))
    assert by_key == by_name


def test_columns_comments_and_marks_are_read(tmp_path):
    (tmp_path / "m.csv").write_bytes("﻿# by hand\r\ncell, r_kohm\r\n1,5e0\r\n\r\n2, 7.5\r\n".encode())
    found = read_resistances(tmp_path / "m.csv", column="r_kohm", unit=None)
    assert np.exp(found.logs) == pytest.approx([5e3, 7.5e3])


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        (
            "r\n5\n",
            {},
            "m.csv: the unit of 'r' is not told: say it by the header's end, as r_kohm or g_us, or by the key",
        ),
        ("r_ohm\n5\n", {"unit": "kohm"}, "the header 'r_ohm' tells another unit than the key unit, 'kohm'"),
        ("a_ohm,b_ohm\n5,6\n", {}, "m.csv has several columns: name one of a_ohm, b_ohm"),
        ("a_ohm\n5\n", {"column": "b_ohm"}, "m.csv must have one column 'b_ohm'; did you mean 'a_ohm'"),
        ("a_ohm,a_ohm\n5,5\n", {"column": "a_ohm"}, "must have one column 'a_ohm'"),
        ("a_ohm;b_ohm\n5;5\n", {}, "line 1: 'a_ohm;b_ohm' is no header; columns are separated by commas"),
        ("r_ohm\n5\nnan\n", {}, "m.csv, line 3, r_ohm: 'nan' is not a number above 0"),
        ("r_ohm\n5\ninf\n", {}, "line 3, r_ohm: 'inf' is not a number above 0"),
        ("r_ohm\n5\n-7\n", {}, "line 3, r_ohm: '-7' is not a number above 0"),
        ("r_ohm\n0\n", {}, "line 2, r_ohm: '0' is not a number above 0"),
        ("g_us\n0.0\n", {}, "line 2, g_us: '0.0' is not a number above 0"),
        ("r_ohm\n5_000\n", {}, "'5_000' is not a number"),
        ('r_ohm\n"5,0"\n', {}, "'5,0' is not a number"),
        ("n,r_ohm\n1,5\n2\n", {"column": "r_ohm"}, "m.csv, line 3: 1 values, 2 are expected"),
        ("n,r_ohm\n1,\n", {"column": "r_ohm"}, "line 2, r_ohm: '' is not a number"),
        ("r_ohm\n0.5\n", {}, "'0.5' is 0.5 Ω; a device has 1 Ω to 1e.12 Ω: is the unit right"),
        ("g_s\n50\n", {}, "'50' is 0.02 Ω; a device has"),
        ("r_megohm\n1e7\n", {}, "is 1e.13 Ω"),
        ('r_ohm\n"5\n', {}, "is not CSV"),
        ("", {}, "several columns|must have one column|no header"),
    ],
)
def test_what_is_no_resistance(text, keys, message, tmp_path):
    (tmp_path / "m.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_resistances(tmp_path / "m.csv", **({"column": None, "unit": None} | keys))


@pytest.mark.parametrize(("content", "message"), [(b"r_ohm\n\xff\n", "not UTF-8"), (None, "cannot be read: No such")])
def test_a_file_that_cannot_be_read(content, message, tmp_path):
    if content is not None:
        (tmp_path / "m.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"m.csv .*{message}"):
        read_resistances(tmp_path / "m.csv", column=None, unit=None)


def study(folder, **devices):
    return build_study(name="s", folder=folder, devices=devices)


def test_a_study_of_measured_devices(write, tmp_path):
    write("r_ohm", OHMS)
    found = study(tmp_path, hrs=STATE)
    state = found.devices.statistics.hrs
    assert state.r_median == pytest.approx(np.median(OHMS), rel=0.02)
    assert state.sigma_ln == pytest.approx(np.std(LOGS), rel=0.02)
    assert state.kept == pytest.approx(0.25)  # as d2d_share says
    (bench,) = found.benches
    on_bl, on_blb = bench.sources(found.corners.grid[0], "+1")[:2]
    assert on_blb.marginal.value(np.array([0.0])) == pytest.approx(np.median(OHMS), rel=0.02)
    assert on_bl.marginal.median == 5e3  # the preset's
    assert dict(on_blb.levels) == pytest.approx({"cell": 0.25, "read": 0.75})
    assert found.devices.measured[0]["tails"][0]["exceedances"] == 100


def test_the_content_of_a_file_matters_and_its_place_does_not(write, tmp_path):
    def ids(**keys):
        return [task.id for task in study(tmp_path, hrs=STATE | keys).sweep.tasks(ngspice="39")]

    write("r_ohm", OHMS)
    before = ids()
    write("r_ohm", OHMS, "other.csv")
    write("r_kohm", OHMS[::-1] / 1e3, "turned.csv")
    assert ids(file="other.csv") == before
    assert ids(tail="lognormal") != before != ids(tail_part=0.2)
    write("r_ohm", [*OHMS[:-1], OHMS[-1] * 1.01])
    assert ids() != before


def test_the_kept_study_names_the_file_from_anywhere(write, tmp_path):
    write("r_ohm", OHMS)
    assert study(tmp_path, hrs=STATE).resolved()["devices"]["hrs"]["file"] == str(tmp_path / "m.csv")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"tail": None}, "needs tail: 'genpareto' or 'lognormal'"),
        ({"d2d_share": None}, "needs d2d_share: 0 to 1"),
        ({"file": None}, "column belongs to measured resistances, whose file is not named"),
        ({"r_median_ohm": 5e3}, "r_median_ohm is that of a lognormal state: file has measured resistances"),
        ({"file": "none.csv"}, "none.csv cannot be read"),
        ({"tail_part": 0.01}, "m.csv: 1000 values are too few: tails of 0.01 of them each need 2000"),
        ({"tail_part": 0.5}, "devices.hrs.tail_part: .*less than or equal to 0.25"),
        ({"unit": "ohms"}, "devices.hrs.unit: .*'ohm', 'kohm'"),
    ],
)
def test_keys_that_do_not_fit(keys, message, write, tmp_path):
    write("r_ohm", OHMS)
    state = {key: value for key, value in (STATE | keys).items() if value is not None}
    with pytest.raises(StudyError, match=message):
        study(tmp_path, hrs=state)


def test_states_in_the_wrong_order_and_overrides_of_measured_ones(write, tmp_path):
    write("r_ohm", OHMS)
    with pytest.raises(StudyError, match=r"median of hrs .* must be above the median of lrs"):
        study(tmp_path, lrs=STATE, hrs={"r_median_ohm": 2e4})
    with pytest.raises(StudyError, match=r"r_median_ohm cannot be set: .* another law"):
        study(tmp_path, hrs=STATE, condition=[{"name": "c", "hrs": {"r_median_ohm": 1e5}}])


def test_an_ideal_comparator_of_measured_devices(write, tmp_path):
    """The reference of equal errors is as rare above the one as below the other; no closed form is given."""
    write("r_ohm", OHMS)
    devices = study(tmp_path, hrs=STATE | {"tail": "lognormal"}).devices.statistics
    reference = equal_error_reference(devices)
    above = math.log(reference / devices.lrs.r_median) / devices.lrs.sigma_ln
    assert -float(devices.hrs.marginal.standard(np.array(reference))) == pytest.approx(above, rel=1e-3)
    with pytest.raises(InputError, match="lognormal"):
        pair_error(devices)
