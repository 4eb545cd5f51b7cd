"""Columns and arrays: places of cells, text of wires, patterns, and what a study may ask for."""

from dataclasses import replace

import pytest

from rramsim.circuits.circuit import Part
from rramsim.circuits.crossbar.column import lumped_column, whole_column
from rramsim.circuits.crossbar.lines import ladder, several
from rramsim.circuits.crossbar.pattern import PATTERNS, named_pattern, read_pattern, write_pattern
from rramsim.circuits.crossbar.wires import Wires
from rramsim.corners import parse_corner
from rramsim.errors import InputError, StudyError
from rramsim.study import build_study
from rramsim.weights import WeightKind

CORNER = parse_corner("tt_27c_1v2")


def study(folder=".", cells=("ternary_2t2r",), **settings):
    given = {"rows": 4, "columns": 3, **settings}
    bench = {"name": "b", "use": "column_read", "settings": {"cells": list(cells), **given}}
    return build_study(name="s", folder=folder, bench=[bench])


def test_a_lumped_column_keeps_count_weight_and_first_moment():
    weights = (1, 0, -1, 1, 1, 0, -1, -1, 0, 1)
    for selected in range(len(weights)):
        whole, lumps = whole_column(weights), lumped_column(weights, selected)
        for weight in (-1, 0, 1):
            for side in (range(selected), range(selected + 1, len(weights))):
                cells = [site for site in whole if site.row in side and site.weight == weight]
                near = [
                    site for site in lumps
                    if site.row is None and site.weight == weight
                    and (site.distance < selected + 1) == (side.start == 0 and side.stop == selected)
                ]  # fmt: skip
                assert sum(site.count for site in near) == len(cells)
                moment = sum(site.distance for site in cells)
                assert sum(site.distance * site.count for site in near) == pytest.approx(moment)
        (read,) = [site for site in lumps if site.row == selected]
        assert (read.distance, read.weight, read.count) == (selected + 1.0, weights[selected], 1)


def test_the_resistance_of_a_line_is_that_of_its_cells():
    lines, nets = ladder("bl", "w", [4.0, 1.0, 2.5, 2.5], 2.0)
    assert lines == ["rw_1 bl w_1 2.0", "rw_2 w_1 w_2 3.0", "rw_3 w_2 w_3 3.0"]
    assert nets == {1.0: "w_1", 2.5: "w_2", 4.0: "w_3"}


def test_an_ideal_line_is_one_net():
    assert ladder("bl", "w", [1.0, 2.0], 0.0) == ([], {1.0: "bl", 2.0: "bl"})


def test_a_site_of_several_cells_draws_the_currents_of_the_others_from_its_lines():
    part = Part(instance="xc", subcircuit="cell", nets=("a", "b", "0"))
    assert several(part, (), 1, ("a", "b")) == ["xc a b 0 cell"]
    assert several(part, (), 5, ("a",)) == ["xc xc_t0 b 0 cell", "vxc_t0 a xc_t0 dc 0", "fxc_t0 a 0 vxc_t0 4"]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_comes_back_from_its_file(name, tmp_path):
    pattern = named_pattern(name, (5, 3), kind=WeightKind.TERNARY, seed=4)
    write_pattern(pattern, tmp_path / "p.csv")
    assert read_pattern(tmp_path / "p.csv") == pattern
    assert (len(pattern), {len(row) for row in pattern}) == (5, {3})


def test_a_random_pattern_is_of_its_seed_and_of_weights_that_the_cell_stores():
    one, same, other = (named_pattern("random", (8, 8), kind=WeightKind.TERNARY, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert {value for row in one for value in row} == {-1, 0, 1}
    binary = named_pattern("random", (8, 8), kind=WeightKind.BINARY, seed=1)
    assert {value for row in binary for value in row} == {-1, 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,0\n1,2\n", "line 2: '2' is no weight; allowed are +1, 0, -1"),
        ("1,0\n1\n", "every row must have as many columns"),
        ("", "every row must have as many columns"),
        ("1,0\n\n1,0\n", "line 2: '' is no weight"),
        ("1,\n", "line 1: '' is no weight"),
    ],
)
def test_a_file_that_is_no_pattern_is_refused(text, message, tmp_path):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_pattern(tmp_path / "p.csv")
    assert message in str(caught.value)
    assert "p.csv" in str(caught.value)


@pytest.mark.parametrize("name", list(Wires.__dataclass_fields__))
@pytest.mark.parametrize("value", [-1e-18, float("nan"), float("inf")])
def test_wires_that_no_metal_has_are_refused(name, value):
    with pytest.raises(InputError, match=name):
        Wires(**{name: value})


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        ({"r_bl_ohm": -1}, "r_bl_ohm", "greater than or equal to 0"),
        ({"c_wl_f": "-1 fF"}, "c_wl_f", "greater than or equal to 0"),
        ({"c_bl_f": "1 ohm"}, "c_bl_f", ""),
        ({"rows": 0}, "rows", ""),
        ({"pattern": "stripes"}, "pattern", "unknown pattern 'stripes'; Known: checkerboard"),
        ({"pattern": "none.csv"}, "pattern", "none.csv cannot be read"),
        ({"pattern": "narrow.csv"}, "pattern", "has 4 rows and 2 columns; the array has rows = 4 and columns = 3"),
        ({"pattern": [[1, 0, 0]]}, "pattern", "has 1 rows and 3 columns"),
        ({"pattern": [[1, 2, 0]] * 4}, "pattern", "row 0: 2 is no weight"),
        ({"pattern": [[1, True, 0]] * 4}, "pattern", "row 0: True is no weight"),
        ({"pattern": 3}, "pattern", "must be the name of a pattern"),
        ({"positions": [[4, 0]]}, "positions[0]", "is outside the array: row 0 to 3, column 0 to 2"),
        ({"positions": [[0, 3]]}, "positions[0]", "is outside the array"),
        ({"positions": [[0, 1], [0, 1]]}, "positions", "more than once"),
        ({"positions": [[0, -1]]}, "positions[0][1]", ""),
        ({"t_word_line_s": "11 ns"}, "t_word_line_s", "must not exceed t_precharge_s"),
        ({"model": "none"}, "model", "'lumped' or 'array'"),
        ({"solver": "none"}, "solver", "'sparse' or 'klu'"),
        ({"geometry": {"cell_2t2r": {"c_bl": "1 fF"}}}, "geometry.cell_2t2r.c_bl", "set c_bl_f and c_sl_f"),
    ],
)  # fmt: skip
def test_an_array_that_cannot_be_is_refused(settings, key, message, tmp_path):
    (tmp_path / "narrow.csv").write_text("1,0\n" * 4)
    with pytest.raises(StudyError) as caught:
        study(tmp_path, **settings)
    (problem,) = caught.value.problems
    assert problem.key == f"bench[0].settings.{key}"
    assert message in problem.message


def test_a_circuit_whose_cell_has_no_wires_is_refused(tmp_path):
    half = "netlists = ['cells/half_cell_1t1r.cir', 'own.cir']\nsubcircuit = 'own'\n"
    (tmp_path / "own.cir").write_text(
        ".subckt own bl blb wl sl vss params: r_bl=5e3 r_blb=350e3\n"
        "xbl bl wl sl vss half_cell_1t1r r={r_bl}\nxblb blb wl sl vss half_cell_1t1r r={r_blb}\n.ends own\n"
    )
    nets = "{ q = 'q', qb = 'qb', bl = 'bl', blb = 'blb', sl = 'sl', sen = 'sen', vdd = 'vdd', vss = '0' }"
    (tmp_path / "own.toml").write_text(
        f"name = 'own'\nweights = 'binary'\n[amplifier]\nnetlists = ['sense/pcsa.cir']\nsubcircuit = 'pcsa'\n"
        f"connect = {nets}\n[cell]\n{half}connect = {{ bl = 'bl', blb = 'blb', wl = 'wl', sl = 'sl', vss = '0' }}\n"
    )
    with pytest.raises(StudyError) as caught:
        study(tmp_path, cells=["own.toml"])
    (problem,) = caught.value.problems
    assert problem.key == "bench[0].settings.cells[0]"
    assert "its cell own lacks the parameters c_bl, c_sl" in problem.message


def test_each_position_is_a_bench_of_its_own():
    found = study(positions=[[0, 0], [3, 1]], cells=["binary_2t2r", "ternary_2t2r"])
    assert [bench.name for bench in found.benches] == ["b_r0_c0_ternary_2t2r", "b_r3_c1_ternary_2t2r"]
    assert list(found.alphabets) == [
        f"b_{position}_{cell}" for position in ("r0_c0", "r3_c1") for cell in ("binary_2t2r", "ternary_2t2r")
    ]
    near, far = (bench.deck(CORNER) for bench in found.benches)
    assert near.name != far.name
    assert near.text != far.text
    (corner,) = study().benches
    assert (corner.row, corner.column) == (3, 2)


def test_a_side_with_more_load_than_the_other_is_no_image_of_it():
    assert study(pattern="zeros").benches[0].mirror(CORNER) is not None
    assert study(pattern="plus").benches[0].mirror(CORNER) is None
    # What the selected cell would store is altered at each read: it does not matter, nor do other columns.
    other = [[0, 0, 0]] * 3 + [[1, 1, 1]]
    assert study(pattern=other).benches[0].mirror(CORNER) is not None
    assert study(pattern=[[1, 1, 0]] * 4).benches[0].mirror(CORNER) is not None


def test_what_is_simulated_is_what_a_task_is_of(tmp_path):
    def ids(folder=tmp_path, **settings):
        return {task.id for task in study(folder, **{"pattern": "minus", **settings}).sweep.tasks(ngspice="39")}

    plain = ids()
    for settings in (
        {"pattern": "plus"}, {"rows": 5}, {"positions": [[0, 0]]}, {"r_bl_ohm": 2}, {"r_sl_ohm": 2}, {"r_wl_ohm": 2},
        {"c_bl_f": 1e-15}, {"c_sl_f": 1e-15}, {"c_wl_f": 1e-15}, {"t_word_line_s": 1e-9}, {"model": "array"},
        {"solver": "klu"},
    ):  # fmt: skip
        assert not ids(**settings) & plain, settings
    (tmp_path / "p.csv").write_text("-1,-1,-1\n" * 4)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "q.csv").write_text("-1,-1,-1\n" * 4)
    # The same pattern from any file is the same study; other positions change nothing.
    assert ids(pattern="p.csv") == ids(tmp_path / "deep", pattern="q.csv") == ids(pattern=[[-1, -1, -1]] * 4) == plain
    assert plain < ids(positions=[[0, 0], [3, 2]])


def test_the_report_tells_wires_and_whether_they_are_assumed():
    (bench,) = study(r_bl_ohm=3).benches
    told = bench.about(CORNER)
    conditions = {one["name"]: (one["value"], one["unit"]) for one in told["conditions"]}
    assert conditions["r_bl of a cell"] == (3.0, "Ω")
    assert conditions["c_bl of a cell, assumed"] == (Wires().c_bl_f, "F")
    assert (conditions["rows"], conditions["column"]) == ((4, ""), (2, ""))
    assert not {"cell_2t2r.c_bl", "cell_2t2r.c_sl"} & {one["name"] for one in told["capacitors"]}


def test_the_whole_array_has_every_cell_once():
    (bench,) = study(model="array", pattern="random").benches
    deck = bench.deck(CORNER)
    cells = [line for line in deck.text.splitlines() if " cell_2t2r " in line and line.startswith("x")]
    amplifiers = [line for line in deck.text.splitlines() if line.startswith("xsa")]
    assert (len(cells), len(amplifiers)) == (12, 3)
    assert sum(line.startswith("rwl_w") for line in deck.text.splitlines()) == 12
    # An instance each, whichever is selected.
    moved = replace(deck, row=0, column=0)
    assert sum(line.startswith("xcell ") for line in moved.text.splitlines()) == 1
