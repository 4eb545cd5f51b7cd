"""A damaged table is refused with its row, or every value in it is one that the format allows."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.corners import parse_process
from rramsim.errors import RramsimError, TableError
from rramsim.intervals import IntervalMethod
from rramsim.rare.estimate import Estimate
from rramsim.tables.ber import BER
from rramsim.tables.directions import COSINE, DIRECTIONS
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.points import read_points
from rramsim.tables.reliability import IMPORTANCE, RELIABILITY
from rramsim.weights import Weight, WeightKind, error_type

FUZZ = settings.get_profile("files")
COUNTS = (0, 3, 17, 60, 1, 9)


@pytest.fixture(scope="module")
def whole():
    """Content of a table: a ternary cell at two corners."""
    kind = WeightKind.TERNARY
    pairs = [(p, r) for p in kind.programmed for r in kind.read if p is not r]
    rows = []
    for vdd in (1.1, 1.2):
        for (programmed, read), errors in zip(pairs, COUNTS, strict=True):
            estimate = Estimate.from_counts(errors=errors, trials=140)
            low, high = estimate.interval(IntervalMethod.CLOPPER_PEARSON)
            values = (
                "ternary_2t2r", "SS", vdd, -40.0, 5e-8, programmed.value, read.value,
                error_type(programmed, read).value, estimate.probability, low, high, "monte_carlo", 140, 0, "0123abcd",
            )  # fmt: skip
            rows.append(dict(zip(BER.names, values, strict=True)))
    return BER.text(pd.DataFrame(rows)).encode()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("table") / "ber.csv"


def check(path, content):
    path.write_bytes(content)
    try:
        frame = read_points(BER, path)
    except RramsimError as error:
        check_error(error, path)
        return
    assert tuple(frame.columns) == (*BER.names, "mirrored")
    numbers = frame[["vdd_v", "temperature_c", "t_sense_s", "probability", "ci_low", "ci_high"]]
    assert set(map(str, numbers.dtypes)) == {"float64"}
    assert np.isfinite(numbers.to_numpy()).all()
    assert set(map(str, frame[["simulations", "failed"]].dtypes)) == {"int64"}
    assert (frame["vdd_v"] > 0).all()
    assert (frame["t_sense_s"] > 0).all()
    assert (frame["temperature_c"] > -273.15).all()
    assert ((frame["ci_low"] >= 0) & (frame["ci_high"] <= 1)).all()
    assert ((frame["ci_low"] <= frame["probability"]) & (frame["probability"] <= frame["ci_high"])).all()
    assert ((frame["failed"] >= 0) & (frame["failed"] <= frame["simulations"])).all()
    assert all(parse_process(name) == name for name in frame["process"])
    for programmed, read, kind in frame[["programmed", "read", "error_type"]].itertuples(index=False):
        assert error_type(Weight(programmed), Weight(read)) == kind
    assert not frame.duplicated(["cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read"]).any()
    if b'"' not in content:  # the values are those of the text
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        header = lines[0].split(",")
        for row, line in zip(frame.to_dict("records"), [line for line in lines[1:] if line], strict=True):
            for name, text in zip(header, line.split(","), strict=True):
                value = row.get(name, text)
                assert value == (text if isinstance(value, str) else float(text))


def check_error(error, path):
    assert error.exit_code == 2
    assert str(path) in str(error)
    assert len(str(error)) < 20_000


@settings(FUZZ, max_examples=250)
@given(st.data())
def test_damaged_bytes(path, mangled, whole, data):
    check(path, data.draw(mangled(whole)))


@settings(FUZZ, max_examples=150)
@given(
    st.integers(1, 12), st.sampled_from(BER.names),
    st.one_of(
        st.floats().map(repr), st.integers().map(str), st.text(st.characters(codec="utf-8"), max_size=5),
        st.sampled_from(["", "nan", "inf", "1e999", "TRUE", "?", "+1", "0", "-0", "1_0", " 1", "٣", "\0", "FF", '"']),
    ),
)  # fmt: skip
def test_any_value_in_any_column(path, whole, row, column, value):
    lines = [line.split(",") for line in whole.decode().split("\n")]
    lines[row][BER.names.index(column)] = value
    check(path, "\n".join(map(",".join, lines)).encode())


def test_what_is_not_damaged_is_read(path, whole):
    check(path, whole)
    frame = read_points(BER, path)
    assert len(frame) == 12
    assert math.isclose(frame["probability"].sum(), 2 * sum(COUNTS) / 140)


FACTOR = IMPORTANCE + "r_bl"
WHOLE = "".join(
    f"{line}\n"
    for line in (
        ",".join([*RELIABILITY.names[:-1], FACTOR, "task_id"]),
        "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,0,2,line_sampling,4.9,False,4.95,1,,0.25,0123abcd",
        "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,-1,1,line_sampling,8.4,True,,0,not met,,0123abcd",
    )
).encode()


def check_reliability(path, content):
    path.write_bytes(content)
    try:
        frame = read_points(RELIABILITY, path)
    except RramsimError as error:
        check_error(error, path)
        return
    assert set(RELIABILITY.names) <= set(frame.columns)
    assert frame["below_floor"].dtype == bool
    assert all(math.isfinite(value) for value in frame["reliability_index"])
    assert not frame.duplicated(["cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read"]).any()


@settings(FUZZ, max_examples=150)
@given(st.data())
def test_a_damaged_reliability_table(path, mangled, data):
    check_reliability(path, data.draw(mangled(WHOLE)))


@pytest.mark.parametrize(
    ("found", "damaged"),
    [
        ("SS", "maybe"), ("1.1", "-5"), ("4.9,", "nan,"), ("4.9,", ","), ("False", "0"), ("False", ""),
        (",1,,", ",-1,,"), ("0.25", "much"), ("+1,-1,1", "+1,0,2"), ("+1,-1,1", "+1,-1,2"), (",0123abcd\n", "\n"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_reliability_table_is_told_with_its_row(path, found, damaged):
    path.write_bytes(WHOLE.replace(found.encode(), damaged.encode()))
    with pytest.raises(TableError, match=r"row [23]"):
        read_points(RELIABILITY, path)


def test_a_whole_reliability_table_and_one_without_rows_are_read(path):
    path.write_bytes(WHOLE)
    frame = read_points(RELIABILITY, path)
    assert frame["below_floor"].tolist() == [False, True]
    assert frame[FACTOR].tolist()[0] == 0.25
    assert frame[["design_point_distance", FACTOR]].iloc[1].isna().all()
    path.write_bytes(WHOLE.splitlines(keepends=True)[0])
    empty = read_points(RELIABILITY, path)
    assert empty[empty["below_floor"]].empty


CAUSES = {
    DIRECTIONS: "".join(
        f"{line}\n"
        for line in (
            ",".join([*DIRECTIONS.names[:-1], f"{COSINE}r_bl", f"{COSINE}r_blb", f"{COSINE}offset", "task_id"]),
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,0,2,1,0.6,-0.8,,0123abcd",
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,0,2,2,1.0,0.0,,0123abcd",
        )
    ).encode(),
    LEVELS: "".join(
        f"{line}\n"
        for line in (
            ",".join(LEVELS.names),
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,r_bl,0.0,0.25,0.5,0.25,0123abcd",
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,r_blb,,,,,0123abcd",
        )
    ).encode(),
    DISTRIBUTIONS: "".join(
        f"{line}\n"
        for line in (
            ",".join(DISTRIBUTIONS.names),
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,energy_j,0.25,2e-13,1.9e-13,2.1e-13,200,0123abcd",
            "ternary_2t2r,SS,1.1,-40.0,5e-08,+1,energy_j,0.5,3e-13,2.9e-13,3.1e-13,200,0123abcd",
        )
    ).encode(),
}


@settings(FUZZ, max_examples=150)
@given(st.data())
def test_a_damaged_table_of_causes(path, mangled, data):
    table = data.draw(st.sampled_from(list(CAUSES)))
    path.write_bytes(data.draw(mangled(CAUSES[table])))
    try:
        frame = read_points(table, path)
    except RramsimError as error:
        check_error(error, path)
        return
    assert set(table.names) <= set(frame.columns)
    assert not frame.duplicated(list(table.key)).any()


@pytest.mark.parametrize(
    ("table", "found", "damaged", "told"),
    [
        (DIRECTIONS, "0.6,-0.8", "0.6,-0.7", "row 2: the squares of the columns cosine:… add up to 0.85, not to 1"),
        (DIRECTIONS, "0.6,-0.8,", ",,", "row 2: the squares of the columns cosine:… add up to 0, not to 1"),
        (DIRECTIONS, ",2,1,0.6", ",2,0,0.6", "row 2: region 0: regions are counted from 1"),
        (DIRECTIONS, ",2,2,1.0", ",2,1,1.0", "row 3: .* is there twice"),
        (
            LEVELS,
            "0.25,0.5",
            "0.25,0.6",
            "row 2: the shares must not be negative and add up to 1, or all be blank; got",
        ),
        (LEVELS, "0.0,0.25,0.5", "-0.25,0.5,0.5", "row 2: the shares must not be negative"),
        (LEVELS, "0.0,0.25,0.5", ",0.25,0.75", "row 2: the shares must not be negative"),
        (LEVELS, "r_blb", "r_bl", "row 3: .* source r_bl is there twice"),
        (
            DISTRIBUTIONS,
            "2e-13,1.9e-13",
            "2e-13,2.05e-13",
            "row 2: needs .* ci_low <= value <= ci_high",
        ),
        (DISTRIBUTIONS, ",0.25,", ",1.0,", "row 2: needs 0 < quantile < 1"),
        (DISTRIBUTIONS, ",0.5,", ",0.25,", "row 3: .* quantile 0.25 is there twice"),
    ],
)
def test_what_is_wrong_with_a_table_of_causes_is_told_with_its_row(path, table, found, damaged, told):
    path.write_bytes(CAUSES[table].replace(found.encode(), damaged.encode(), 1))
    with pytest.raises(TableError, match=told):
        read_points(table, path)


def test_whole_tables_of_causes_are_read(path):
    path.write_bytes(CAUSES[DIRECTIONS])
    frame = read_points(DIRECTIONS, path)
    assert frame[f"{COSINE}r_blb"].tolist() == [-0.8, 0.0]
    assert frame[f"{COSINE}offset"].isna().all()
    path.write_bytes(CAUSES[LEVELS])
    assert read_points(LEVELS, path)["share_cell"].tolist()[0] == 0.5
