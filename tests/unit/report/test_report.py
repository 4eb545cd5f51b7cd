import copy
import functools
import json
import operator
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import MissingResourceError, TableError
from rramsim.report import html
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.figures.window import closing_supply
from rramsim.report.html import write_report
from rramsim.report.summary import Rate, engineering, rate_text, type_rates
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.reliability import RELIABILITY
from rramsim.tables.window import WINDOW


def test_a_whole_run_gives_every_figure_and_row(report):
    page, run_dir = report.read_text(), report.parent
    figures = {file.stem for file in (run_dir / "figures").iterdir()}
    # waveforms 2, window 1, BER maps 2 + 3, reads 2 x 3, distributions 2, accuracy 2 x 3 and the chips, training,
    # mapping 2 + 1
    assert len(figures) == 27
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


class Boxes(HTMLParser):
    """Which box each table and figure lies in, as attributes of the nearest enclosing element."""

    def __init__(self, page):
        super().__init__()
        self.open, self.boxes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in ("table", "svg"):
            self.boxes.append((tag, self.open[-1]))
        if tag in ("div", "table", "svg", "figure", "section", "details"):
            self.open.append(dict(attributes))

    def handle_endtag(self, tag):
        if tag in ("div", "table", "svg", "figure", "section", "details"):
            self.open.pop()


def test_every_table_and_figure_scrolls_in_a_box_of_its_own_that_the_keyboard_reaches(report):
    page = report.read_text()
    boxes = Boxes(page).boxes
    assert [tag for tag, _ in boxes].count("table") == page.count("<table") >= 12
    assert [tag for tag, _ in boxes].count("svg") == page.count("<figure ")
    for tag, box in boxes:
        assert box.get("class") == "scroll", (tag, box)
        assert (box.get("tabindex"), box.get("role")) == ("0", "region")
        assert box.get("aria-label")
    labels = [box["aria-label"] for _, box in boxes]
    assert len(labels) == len(set(labels))


def test_the_page_is_dark_where_the_reader_wants_it_and_on_paper_light(report):
    page = report.read_text()
    style = page[page.index("<style>") : page.index("</style>")]
    assert style.count("@media screen and (prefers-color-scheme: dark)") == 1  # paper is no screen
    assert style.count("prefers-color-scheme") == 1


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
    "distributions.csv": "No distributions.csv in this folder",
    "accuracy.csv": "No accuracy.csv in this folder",
    "mapping.csv": "No mapping.csv in this folder",
    "provenance.json": "No provenance.json in this folder",
}


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.usefixtures("undrawn")
def test_a_missing_table_says_what_makes_it(name, run_dir):
    (run_dir / name).unlink()
    assert MISSING[name] in write_report(run_dir).read_text()


@pytest.mark.usefixtures("undrawn")
def test_bars_of_a_corner_hold_most_of_its_reads_where_a_distribution_tells_them(run_dir):
    with_bars = write_report(run_dir).read_text()
    told = "energy (mean) at every corner, for each programmed symbol. Bars: 5 to 95 % of the reads"
    assert with_bars.count(told) == 2  # of each cell
    assert "latching time (median) at every corner, for each programmed symbol.<" in with_bars  # only of energies
    (run_dir / "distributions.csv").unlink()
    assert "Bars: 5 to 95" not in write_report(run_dir).read_text()


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
        ("mapping.csv", "a,b\n1,2\n", TableError),
        ("energy.csv", "a,b\n1,2\n", TableError),
        ("ber.csv", "a,b\n1,2\n", TableError),
    ],
)
def test_damaged_files_are_told_and_no_report_is_written(name, content, error, run_dir):
    (run_dir / name).write_text(content)
    with pytest.raises(error, match=name.replace(".", r"\.")):
        write_report(run_dir)
    assert not (run_dir / "report.html").exists()
    assert not (run_dir / "figures").exists()


@pytest.mark.parametrize("rates", [(1e-3,), (1e-3, 1e-2)])
@pytest.mark.usefixtures("undrawn")
def test_a_ladder_may_have_few_rates(rates, run_dir):
    path = run_dir / ACCURACY.file
    frame = ACCURACY.read(path)
    kept = (frame["cell"] != "") | frame["rate"].isin((0.0, *rates))
    path.write_text(ACCURACY.text(frame[kept]))
    write_report(run_dir)  # matplotlib would warn of an axis without width, and warnings are errors
    assert (run_dir / "figures" / "accuracy_ber_read.svg").is_file()


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


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("probability", 0.7, "add up to 1.4; no more than 1 is allowed"),
        ("t_sense_s", 4e-8, "one sense time is allowed"),
    ],
)
def test_a_table_of_ones_own_that_contradicts_itself_is_refused(column, value, told, run_dir):
    """The sums of its rates would be cut at 1, and one of the times be said to be that of all."""
    path = run_dir / "ber.csv"
    table = pd.read_csv(path, dtype=str)
    rows = table.index[(table["cell"] == "ternary_2t2r") & (table["programmed"] == "0")]
    table.loc[rows, ["ci_low", "ci_high"]] = "0.0", "1.0"
    table.loc[rows[: 2 if column == "probability" else 1], column] = str(value)
    table.to_csv(path, index=False)
    with pytest.raises(TableError, match=rf"ber\.csv, row \d+, column {column}: .*{told}"):
        write_report(run_dir)


def parts(value, above=()):
    """Paths to everything in a structure; of a list to its first item."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from parts(item, (*above, key))


@pytest.mark.usefixtures("undrawn")
def test_a_provenance_of_any_other_form_is_shown_or_refused(run_dir, monkeypatch):
    monkeypatch.setattr("rramsim.report.html.FIGURES", dict.fromkeys(html.FIGURES, lambda _run: ()))
    whole = json.loads((run_dir / "provenance.json").read_text())
    for name in ("reads.csv", "waveforms.csv", "window.csv", "accuracy.csv", "reliability.csv"):  # to be quick
        (run_dir / name).unlink(missing_ok=True)
    refused, shown = [], 0
    for *above, last in parts(whole):
        for value in (3, None, "x", [], ...):
            data = copy.deepcopy(whole)
            place = functools.reduce(operator.getitem, above, data)
            if value is ...:
                del place[last]
            else:
                place[last] = value
            (run_dir / "provenance.json").write_text(json.dumps(data))
            try:
                write_report(run_dir)
                shown += 1
            except TableError as error:
                refused.append(str(error))
    assert min(len(refused), shown) > 50
    assert all(told.startswith(str(run_dir)) for told in refused)


@pytest.mark.parametrize("text", ["study = 3", 'study = "x"', "[[study]]", "[study]\nname = 3\ntitle = {a = 1}"])
@pytest.mark.usefixtures("undrawn")
def test_a_kept_study_of_any_other_form_is_shown(text, run_dir):
    (run_dir / "study.toml").write_text(text)
    assert "<svg" in write_report(run_dir).read_text()


@pytest.mark.usefixtures("undrawn")
def test_json_of_provenance_is_not_required_to_be_whole(run_dir):
    (run_dir / "provenance.json").write_text(json.dumps({"seed": 5}))
    assert "seed 5" in write_report(run_dir).read_text()


@pytest.mark.parametrize("log", [False, True])
def test_values_that_differ_by_rounding_alone_are_drawn(log):
    corners = [Corner(process=ProcessCorner.TT, vdd=vdd, temperature_c=27.0) for vdd in (1.1, 1.2)]
    series = [Series(label="weight +1", values=np.array([5.5, 5.5 * (1 + 4e-16)]))]
    assert "<svg" in corner_lines(corners, series, ylabel="time (ns)", name="n", log=log)


@pytest.mark.usefixtures("undrawn")
def test_a_reliability_table_without_rows_is_that_of_counted_rates(run_dir):
    """Of a study whose rates were all counted."""
    (run_dir / "reliability.csv").write_text(",".join(RELIABILITY.names) + "\n")
    page = write_report(run_dir).read_text()
    assert "Every misread lies below the floor, or was only counted." in page
    assert 'id="ber-table"' in page


def window_caption(run_dir, rows):
    """Caption of the window of rows of (supply, BL, BLb, latching time)."""
    point = {"process": "TT", "temperature_c": 27.0, "energy_j": 1e-13}
    names = ("vdd_v", "r_bl_ohm", "r_blb_ohm", "latching_time_s")
    frame = WINDOW.frame([point | dict(zip(names, row, strict=True)) for row in rows])
    (run_dir / "window.csv").write_text(WINDOW.text(frame))
    page = write_report(run_dir).read_text()
    figure = page[page.index('<figure id="window">') :]
    return figure[figure.index("<figcaption>") : figure.index("</figcaption>")]


@pytest.mark.usefixtures("undrawn")
def test_the_caption_of_the_window_tells_the_devices_of_the_run_and_what_they_do(run_dir):
    inf = float("inf")  # the decision is at 50 ns
    pairs = ((2e4, 6e4), (6e4, 6.6e4))
    caption = window_caption(run_dir, [(1.0, *pairs[0], 9e-9), (1.0, *pairs[1], 2e-7)])
    assert "time to latch of 20 kΩ / 60 kΩ and 60 kΩ / 66 kΩ (BL / BLb)" in caption
    assert "It stays open over the supplies shown." in caption
    rows = [(1.0, *pairs[0], inf), (1.0, *pairs[1], inf), (2.0, *pairs[0], 6e-8), (2.0, *pairs[1], 1e-7),
            (3.0, *pairs[0], 9e-9), (3.0, *pairs[1], 2.5e-8)]  # fmt: skip
    caption = window_caption(run_dir, rows)
    assert "Above 2.50 V the pair 60 kΩ / 66 kΩ latches before the decision: a zero is then read as ±1." in caption
    assert "At 1 to 2 V the pair 20 kΩ / 60 kΩ has not latched by the decision: it is then read as 0." in caption
    assert "stays open" not in caption
    caption = window_caption(run_dir, [(1.0, *pairs[0], 9e-9), (1.0, *pairs[1], 1e-8)])
    assert "At every supply shown the pair 60 kΩ / 66 kΩ latches before the decision" in caption


@pytest.mark.parametrize(
    ("mirrored", "sentence"),
    [
        ((True, True), "The mirrored misread has the mirrored factors."),
        ((True, False), "The mirrored misread has the mirrored factors at 1 of 2 corners."),
        ((False, False), None),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_mirrored_factors_are_claimed_where_rows_are_mirrored(run_dir, mirrored, sentence):
    rows = []
    for number, (vdd, image) in enumerate(zip((1.1, 1.2), mirrored, strict=True)):
        for programmed, read, is_image in (("+1", "0", False), ("-1", "0", image)):
            task = f"{number}" if programmed == "+1" or image else f"{number} apart"
            rows.append(
                {"cell": "ternary_2t2r", "process": "TT", "vdd_v": vdd, "temperature_c": 27.0, "t_sense_s": 5e-8,
                 "programmed": programmed, "read": read, "error_type": "2", "estimator": "line_sampling",
                 "reliability_index": 4.0, "below_floor": False, "design_point_distance": 4.0, "failure_regions": 1,
                 "notes": "", "task_id": task, "mirrored": is_image, "importance:r_bl": 0.7, "importance:r_blb": 0.3}
            )  # fmt: skip
    frame = RELIABILITY.frame(rows, ("importance:r_bl", "importance:r_blb"))
    (run_dir / "reliability.csv").write_text(RELIABILITY.text(frame))
    page = write_report(run_dir).read_text()
    assert page.count("mirrored factors") == (sentence is not None)
    assert sentence is None or sentence in page
    table = page[page.index('<table id="reliability-table">') :]
    assert table.count("<td>mirror image</td>") == sum(mirrored)


@pytest.mark.usefixtures("undrawn")
def test_what_causes_a_misread_is_called_by_its_name(run_dir):
    """Names of a kit's own random numbers have anything in them, also what rramsim calls a threshold."""
    sources = {"r_bl": 0.4, "vth:xsa.xmn1": 0.25, "mis_vth:xsa.xmn2": 0.2, "level": 0.15}
    names = tuple(f"importance:{name}" for name in sources)
    row = {
        "cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "t_sense_s": 5e-8,
        "programmed": "+1", "read": "0", "error_type": "2", "estimator": "line_sampling", "reliability_index": 4.0,
        "below_floor": False, "design_point_distance": 4.0, "failure_regions": 1, "notes": "", "task_id": "1",
        "mirrored": False, **dict(zip(names, sources.values(), strict=True)),
    }  # fmt: skip
    (run_dir / "reliability.csv").write_text(RELIABILITY.text(RELIABILITY.frame([row], names)))
    page = write_report(run_dir).read_text()
    assert "device on BL 40 %, threshold of xsa.xmn1 25 %, mis_vth of xsa.xmn2 20 %, level 15 %" in page
