"""Tables that only a sweep makes: what is wrong in them is told as in the BER table."""

import math

import pytest

from rramsim.errors import TableError
from rramsim.tables.points import read_points
from rramsim.tables.reads import READS
from rramsim.tables.waveforms import WAVEFORMS, voltages
from rramsim.tables.window import WINDOW

CORNER = {"process": "TT", "vdd_v": 1.2, "temperature_c": 27.0}
READ = {"cell": "ternary_2t2r", **CORNER, "t_sense_s": 5e-8, "programmed": "0", "reads": 200, "latched": 0,
        "latching_time_median_s": math.nan, "task_id": "ab", "mirrored": False}  # fmt: skip
WAVE = {
    "cell": "ternary_2t2r",
    **CORNER,
    "programmed": "0",
    "time_s": 0.0,
    "q_v": 1.2,
    "in_v": math.nan,
    "i_vdd_a": 0.0,
}
PAIR = {**CORNER, "r_bl_ohm": 5e3, "r_blb_ohm": 35e4, "latching_time_s": math.inf, "energy_j": 1e-13}


def test_summaries_are_as_many_as_a_bench_has(tmp_path):
    path = tmp_path / "reads.csv"
    path.write_text(READS.text(READS.frame([READ], ["latched", "latching_time_median_s"])))
    frame = read_points(READS, path)
    assert list(frame.columns)[-5:] == ["reads", "latched", "latching_time_median_s", "task_id", "mirrored"]
    assert frame["latching_time_median_s"].isna().all()
    assert READS.text(frame.astype({"latched": int})) == path.read_text()
    path.write_text(path.read_text().replace(",0,,ab", ",0,soon,ab"))
    with pytest.raises(TableError, match="row 2, column latching_time_median_s: 'soon' is not a number"):
        read_points(READS, path)


def test_nets_are_those_that_a_cell_has(tmp_path):
    path = tmp_path / "waveforms.csv"
    path.write_text(WAVEFORMS.text(WAVEFORMS.frame([WAVE], ["q_v", "in_v", "i_vdd_a"])))
    frame = read_points(WAVEFORMS, path)
    assert voltages(frame) == {"q": "q_v"}
    path.write_text(path.read_text().replace("1.2,,", "high,,"))
    with pytest.raises(TableError, match="row 2, column q_v: 'high' is not a number"):
        read_points(WAVEFORMS, path)


def test_a_pair_that_never_latches(tmp_path):
    path = tmp_path / "window.csv"
    path.write_text(WINDOW.text(WINDOW.frame([PAIR])))
    assert WINDOW.read(path)["latching_time_s"].tolist() == [math.inf]
    for found, damaged, message in (
        ("inf", "nan", "column latching_time_s: 'nan' is not a number that is finite"),
        ("inf", "-1", "column latching_time_s: -1.0 is not above 0"),
        ("5000.0", "0", "column r_bl_ohm: 0.0 is not above 0"),
        ("TT", "a b", "column process: a process corner is named by"),
    ):
        path.write_text(WINDOW.text(WINDOW.frame([PAIR])).replace(found, damaged))
        with pytest.raises(TableError, match=f"row 2, {message}"):
            WINDOW.read(path)
