import re

import pytest

from rramsim.corners import (
    CORNER_COLUMNS,
    Corner,
    ProcessCorner,
    corner_of,
    parse_corner,
    parse_process,
    pvt_grid,
    typical_corner,
)
from rramsim.errors import InputError


@pytest.mark.parametrize(
    ("process", "vdd", "temperature_c", "expected"),
    [
        (ProcessCorner.TT, 1.2, 27, "tt_27c_1v2"),
        (ProcessCorner.SS, 1.08, -40, "ss_m40c_1v08"),
        (ProcessCorner.FF, 5, 125, "ff_125c_5v0"),
        (ProcessCorner.SF, 1.1, 27.5, "sf_27p5c_1v1"),
        (ProcessCorner.FS, 0.00001, -0.5, "fs_m0p5c_0v00001"),
    ],
)
def test_corner_id_is_readable_and_reads_back(process, vdd, temperature_c, expected):
    corner = Corner(process=process, vdd=vdd, temperature_c=temperature_c)
    assert corner.id == expected
    assert parse_corner(expected) == corner


@pytest.mark.parametrize("text", ["", "tt", "tt_27_1v2", "tt_27c_1.2", "tt_27c_1v", "TT 27 1.2", "tt_27c_1v2_x"])
def test_malformed_corner_says_what_is_allowed(text):
    with pytest.raises(InputError, match=re.escape("such as tt_27c_1v2")):
        parse_corner(text)


@pytest.mark.parametrize("name", ["", "1a", "a b", "a__b", "_a", "a_", "a.b", "ß", "a\n", "x" * 21])
def test_what_names_no_process_corner(name):
    with pytest.raises(InputError, match="a process corner is named by letters and digits"):
        parse_process(name)


@pytest.mark.parametrize("name", ["wafer", "ss_m40c", "A_27C", "tt_27c_1v2"])
def test_a_process_corner_of_a_kit_has_an_id_that_is_read_back(name):
    corner = Corner(process=name, vdd=1.08, temperature_c=-40)
    assert corner.process == name.upper()
    assert parse_corner(corner.id) == corner


def test_corners_of_a_kit_come_after_the_usual_ones():
    grid = pvt_grid(["wafer", "SF", "leak", "TT"], [1.2], [27])
    assert [corner.process for corner in grid] == ["TT", "SF", "LEAK", "WAFER"]


@pytest.mark.parametrize(
    ("vdd", "temperature_c", "message"),
    [
        (0, 27, "vdd must be above 0"),
        (-1.2, 27, "vdd must be above 0"),
        (float("nan"), 27, "vdd must be above 0"),
        (1.2, -300, "absolute|-273.15"),
        (1.2, float("inf"), "-273.15"),
    ],
)
def test_impossible_corner_is_refused(vdd, temperature_c, message):
    with pytest.raises(InputError, match=message):
        Corner(process=ProcessCorner.TT, vdd=vdd, temperature_c=temperature_c)


def test_grid_is_in_table_order_whatever_the_order_of_the_lists():
    forward = pvt_grid([ProcessCorner.TT, ProcessCorner.SS], [1.1, 1.2], [-40, 27])
    backward = pvt_grid([ProcessCorner.SS, ProcessCorner.TT], [1.2, 1.1], [27, -40])
    assert forward == backward
    assert [corner.id for corner in forward[:3]] == ["tt_m40c_1v1", "tt_27c_1v1", "tt_m40c_1v2"]
    assert len(forward) == 8


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (([], [1.2], [27]), "corner list process is empty"),
        (([ProcessCorner.TT], [], [27]), "corner list vdd is empty"),
        (([ProcessCorner.TT], [1.2, 1.2], [27]), "corner list vdd names 1.2 more than once"),
        (([ProcessCorner.TT], [1.2], [27, 27.0]), "corner list temperature_c names 27.0 more than once"),
        (([ProcessCorner.TT, ProcessCorner.TT], [1.2], [27]), "corner list process names TT more than once"),
    ],
)
def test_empty_and_repeated_axes_are_refused(axes, message):
    with pytest.raises(InputError, match=message):
        pvt_grid(*axes)


def test_the_typical_corner_is_in_the_middle_of_what_there_is():
    grid = pvt_grid(["SS", "TT", "FF"], [1.3, 1.1, 1.2], [-40, 25, 125])
    assert typical_corner(grid).id == "tt_25c_1v2"
    assert typical_corner(reversed(list(grid))).id == "tt_25c_1v2"
    assert typical_corner(pvt_grid(["SS"], [1.1, 1.2], [125])).id == "ss_125c_1v2"
    with pytest.raises(InputError, match="without corners"):
        typical_corner([])


def test_a_table_names_a_corner_and_gives_it_back():
    corner = Corner(process=ProcessCorner.SF, vdd=1.1, temperature_c=-40)
    assert tuple(corner.labels) == CORNER_COLUMNS
    assert corner_of(corner.labels) == corner
    for name, value in (("process", "X X"), ("vdd_v", -1.0), ("temperature_c", -300.0)):
        with pytest.raises(InputError):
            corner_of(corner.labels | {name: value})
