import json
import re

import numpy as np
import pandas as pd
import pytest

from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import MissingResourceError, TableError
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.figures.window import closing_supply
from rramsim.report.html import write_report
from rramsim.report.summary import Rate, engineering, rate_text, type_rates
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.reliability import RELIABILITY


def test_a_whole_run_gives_every_figure_and_row(report):
    page, run_dir = report.read_text(), report.parent
    figures = {file.stem for file in (run_dir / "figures").iterdir()}
    # waveforms 2, window 1, BER maps 2 + 3, reads 2 x 3, accuracy 2 x 2
    assert len(figures) == 18
    assert page.count("<figure ") == len(figures) == page.count('role="img"')
    for name in figures:
        assert f'id="{name}"' in page
    rows = len(pd.read_csv(run_dir / "ber.csv"))
    body = page[page.index('id="ber-table"') :]
    assert body[: body.index("</table>")].count("<tr>") == rows + 1


def test_a_second_report_has_the_same_bytes(run_dir):
    first = write_report(run_dir).read_bytes()
    svgs = {file.name: file.read_bytes() for file in (run_dir / "figures").iterdir()}
    assert write_report(run_dir).read_bytes() == first
    assert {file.name: file.read_bytes() for file in (run_dir / "figures").iterdir()} == svgs


def test_nothing_is_loaded_from_elsewhere_and_texts_are_escaped(report):
    page = report.read_text()
    assert "<script" not in page
    assert "A &lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    for attribute in re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"', page):
        assert attribute.startswith(("#", "data:")), attribute
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_ids_are_unique(report):
    ids = re.findall(r'\bid="([^"]+)"', report.read_text())
    assert len(ids) == len(set(ids))


def test_no_errors_are_told_as_a_bound_and_never_as_zero(report):
    page, run_dir = report.read_text(), report.parent
    body = page[page.index('id="ber-table"') :]
    body = body[: body.index("</table>")]
    assert "no error seen; below 0.018 (95 %)" in body
    assert "<td>0</td><td>monte_carlo" not in body
    svg = (run_dir / "figures" / "ber_ternary_2t2r_type1.svg").read_text()
    assert "&lt;0.018" in svg
    assert "TT, 1.1 V, -40 °C: no error seen; below 0.018 (95 %)" in svg


MISSING = {
    "waveforms.csv": "No waveforms.csv in this folder",
    "window.csv": "No window.csv in this folder",
    "reads.csv": "No reads.csv in this folder",
    "accuracy.csv": "No accuracy.csv in this folder",
    "provenance.json": "No provenance.json in this folder",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_table_says_what_makes_it(name, run_dir):
    (run_dir / name).unlink()
    assert MISSING[name] in write_report(run_dir).read_text()


def test_a_table_alone_is_enough(run_dir):
    for file in run_dir.iterdir():
        if file.name != "ber.csv":
            file.unlink()
    assert "<figure " in write_report(run_dir).read_text()


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("provenance.json", "{", TableError),
        ("provenance.json", "[1]", TableError),
        ("reads.csv", "", TableError),
        ("accuracy.csv", "a,b\n1,2\n", TableError),
        ("ber.csv", "a,b\n1,2\n", TableError),
    ],
)
def test_damaged_files_are_told_and_no_report_is_written(name, content, error, run_dir):
    (run_dir / name).write_text(content)
    with pytest.raises(error, match=name.replace(".", r"\.")):
        write_report(run_dir)
    assert not (run_dir / "report.html").exists()
    assert not (run_dir / "figures").exists()


def test_networks_are_told_by_cell_where_they_get_the_errors_of_several(run_dir):
    path = run_dir / ACCURACY.file
    frame = ACCURACY.read(path)
    swept = (frame["error_type"] == "all") & (frame["network"] == "t")
    path.write_text(ACCURACY.text(pd.concat([frame, frame[swept].assign(cell="mine", accuracy=0.95)])))
    page = write_report(run_dir).read_text()
    for label in ("t, mine", "t, ternary_2t2r"):
        assert label in (run_dir / "figures" / "accuracy_corners_read.svg").read_text()
    assert "b, " not in (run_dir / "figures" / "accuracy_corners_read.svg").read_text()
    assert page.count("<td>mine</td>") == 2 * 2 + 2  # best and worst of each mode, and the whole table


def test_no_folder_and_no_table(tmp_path):
    with pytest.raises(MissingResourceError, match="no run folder"):
        write_report(tmp_path / "none")
    with pytest.raises(MissingResourceError, match="no BER table"):
        write_report(tmp_path)


def test_type_rates_add_up_reads_and_average_weights():
    point = {"cell": "c", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "ci_low": 0.0, "ci_high": 0.5}
    frame = pd.DataFrame(
        [
            point | {"programmed": "0", "read": "+1", "error_type": "3", "probability": 0.1},
            point | {"programmed": "0", "read": "-1", "error_type": "3", "probability": 0.2},
            point | {"programmed": "+1", "read": "0", "error_type": "2", "probability": 0.1},
            point | {"programmed": "-1", "read": "0", "error_type": "2", "probability": 0.3},
        ]
    )
    rates = type_rates(frame).set_index("error_type")
    assert rates.loc["3", ["value", "low", "high"]].tolist() == pytest.approx([0.3, 0.0, 1.0])
    assert rates.loc["2", ["value", "low", "high"]].tolist() == pytest.approx([0.2, 0.0, 0.5])


def test_numbers_for_people():
    assert [rate_text(v) for v in (0.5, 1e-3, 9.99e-4, 3.3e-9)] == ["0.5", "0.001", "1.0e-3", "3.3e-9"]
    assert [engineering(v, "F") for v in (1e-13, 0.0, 2.5e-18)] == ["100 fF", "0 F", "2.5 aF"]
    assert engineering(999.9999, "V") == "1e+03 V"
    assert engineering(-0.03, "V") == "-30 mV"
    assert Rate(value=0.0, low=0.0, high=0.01).text == "< 0.01"
    assert Rate(value=0.1, low=0.05, high=0.2).full == "0.1 (0.05 … 0.2)"


def test_the_window_closes_between_grid_points():
    frame = pd.DataFrame(
        {
            "vdd_v": [1.0, 2.0, 3.0],
            "r_bl_ohm": 320e3,
            "r_blb_ohm": 350e3,
            "latching_time_s": [float("inf"), 1e-7, 2.5e-8],
        }
    )
    assert closing_supply(frame, 5e-8) == pytest.approx(2.5)  # halfway on a logarithmic scale
    assert closing_supply(frame, 1e-8) is None
    assert closing_supply(frame.assign(latching_time_s=1e-8), 5e-8) == 1.0


@pytest.mark.parametrize(("low", "high"), [(3.0, 4.0), (5.5, 9.8), (1.2, 30.0), (3.0, 40.0), (2.0, 900.0)])
def test_a_logarithmic_axis_has_labels_enough_to_read_and_none_that_overlap(low, high):
    corners = [Corner(process=process, vdd=5.0, temperature_c=27.0) for process in ProcessCorner]
    series = Series(label="all", values=np.geomspace(low, high, len(corners)))
    svg = corner_lines(corners, [series], ylabel="time (ns)", name="times", log=True)
    heights = sorted(float(height) for height in re.findall(r'text-anchor: end" x="[\d.]+" y="([\d.]+)"', svg))
    assert len(heights) >= 2
    assert min(np.diff(heights)) >= 9.0  # height of the text


def test_json_of_provenance_is_not_required_to_be_whole(run_dir):
    (run_dir / "provenance.json").write_text(json.dumps({"seed": 5}))
    assert "seed 5" in write_report(run_dir).read_text()


@pytest.mark.parametrize("log", [False, True])
def test_values_that_differ_by_rounding_alone_are_drawn(log):
    corners = [Corner(process=ProcessCorner.TT, vdd=vdd, temperature_c=27.0) for vdd in (1.1, 1.2)]
    series = [Series(label="weight +1", values=np.array([5.5, 5.5 * (1 + 4e-16)]))]
    assert "<svg" in corner_lines(corners, series, ylabel="time (ns)", name="n", log=log)


def test_a_reliability_table_without_rows_is_that_of_counted_rates(run_dir):
    """Of a study whose rates were all counted."""
    (run_dir / "reliability.csv").write_text(",".join(RELIABILITY.names) + "\n")
    page = write_report(run_dir).read_text()
    assert "Every misread lies below the floor, or was only counted." in page
    assert 'id="ber-table"' in page
