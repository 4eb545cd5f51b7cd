"""Random and damaged files of measured resistances: read right, or refused with the file's name."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rramsim.devices.measurements import UNITS, read_resistances
from rramsim.errors import InputError

PIECES = st.sampled_from(
    [
        "r_ohm",
        "g_us",
        "r",
        ",",
        "\n",
        "\r\n",
        "#",
        '"',
        ";",
        " ",
        "5e3",
        "1",
        "-2",
        "0",
        "nan",
        "inf",
        "1e999",
        "",
        "Ω",
        "\0",
    ]
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("measured") / "m.csv"


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40), st.sampled_from([None, "r_ohm"]))
def test_any_text_is_read_right_or_refused(path, text, column):
    path.write_text(text, encoding="utf-8", newline="")
    try:
        found = read_resistances(path, column=column, unit=None)
    except InputError as error:
        told = str(error)
    else:
        assert np.isfinite(found.logs).all()
        assert (np.diff(found.logs) >= 0).all()
        return
    assert "m.csv" in told


@given(
    st.lists(st.floats(1.0, 1e12), min_size=1, max_size=20), st.sampled_from(sorted(UNITS)), st.integers(0, 2),
    st.booleans(),
)  # fmt: skip
def test_written_resistances_come_back(path, ohms, unit, place, named):
    """Whatever the unit, the column's place and how the unit is told."""
    scale, conductance = UNITS[unit]
    values = [(1 / ohm if conductance else ohm) / scale for ohm in ohms]
    name = f"x_{unit}" if named else "x"
    headers = ["a", "b"]
    headers.insert(place, name)
    lines = [",".join(headers)]
    for value in values:
        cells = ["1", "2"]
        cells.insert(place, repr(value))
        lines.append(",".join(cells))
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        found = read_resistances(path, column=name, unit=None if named else unit)
    except InputError:  # the last digit of an end of what is allowed
        assert min(ohms) < 1.0 * (1 + 1e-12) or max(ohms) > 1e12 * (1 - 1e-12)
        return
    assert found.logs == pytest.approx(sorted(math.log(ohm) for ohm in ohms), abs=1e-9)
