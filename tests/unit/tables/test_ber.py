import pandas as pd
import pytest

from rramsim.alphabets import Alphabet
from rramsim.corners import parse_corner
from rramsim.errors import MissingResourceError, TableError
from rramsim.tables.ber import BER
from rramsim.tables.points import corner_rows, read_points

ROW = {
    "cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "t_sense_s": 5e-08,
    "programmed": "+1", "read": "-1", "error_type": "1", "probability": 0.1, "ci_low": 0.05, "ci_high": 0.2,
    "estimator": "monte_carlo", "simulations": 100, "failed": 0, "task_id": "ab",
}  # fmt: skip


def write(path, *rows, columns=BER.names):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False, float_format=lambda value: repr(float(value)))
    return path


def test_columns_are_the_stable_format():
    text = BER.text(BER.frame([ROW | {"mirrored": False}]))
    assert text.splitlines() == [
        "cell,process,vdd_v,temperature_c,t_sense_s,programmed,read,error_type,probability,ci_low,ci_high,estimator,"
        "simulations,failed,task_id,mirrored",
        "ternary_2t2r,TT,1.2,27.0,5e-08,+1,-1,1,0.1,0.05,0.2,monte_carlo,100,0,ab,False",
    ]


def test_weights_stay_texts_and_floats_exact(tmp_path):
    third = ROW | {"programmed": "0", "read": "+1", "error_type": "3", "probability": 1 / 7, "ci_low": 1e-17}
    frame = read_points(BER, write(tmp_path / "ber.csv", ROW, third))
    assert list(frame["programmed"]) == ["+1", "0"]
    assert list(frame["error_type"]) == ["1", "3"]
    assert frame["probability"][1] == 1 / 7
    assert BER.text(frame.drop(columns="mirrored")) == (tmp_path / "ber.csv").read_text()


def test_corner_rows(tmp_path):
    other = ROW | {"process": "SS"}
    frame = read_points(BER, write(tmp_path / "ber.csv", ROW, other))
    assert len(corner_rows(frame, cell="ternary_2t2r", corner=parse_corner("ss_27c_1v2"))) == 1
    with pytest.raises(TableError, match="no rows for cell 'ternary_2t2r' at corner ff_27c_1v2"):
        corner_rows(frame, cell="ternary_2t2r", corner=parse_corner("ff_27c_1v2"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"programmed": "2"}, "column programmed: '2' is not one of"),
        ({"read": "1"}, "column read: '1' is not one of"),
        ({"error_type": "9"}, "column error_type"),
        ({"probability": 0.3}, "row 2: needs 0 <= ci_low <= probability <= ci_high <= 1"),
        ({"ci_high": 1.5}, "row 2: needs"),
        ({"ci_low": -0.1}, "row 2: needs"),
        ({"probability": float("nan")}, "row 2, column probability: '' is not a number that is finite"),
        ({"probability": "nan"}, "row 2, column probability: 'nan' is not a number"),
        ({"probability": "high"}, "row 2, column probability: 'high' is not a number"),
        ({"probability": "True"}, "row 2, column probability: 'True' is not a number"),
        ({"probability": "0_1"}, "row 2, column probability: '0_1' is not a number"),
        ({"vdd_v": "inf"}, "row 2, column vdd_v: 'inf' is not a number that is finite"),
        ({"vdd_v": "1e999"}, "row 2, column vdd_v: '1e999' is not a number that is finite"),
        ({"vdd_v": -1.2}, "row 2: vdd must be above 0 V, got -1.2"),
        ({"temperature_c": -300}, "row 2: temperature_c must be above"),
        ({"t_sense_s": 0.0}, "row 2, column t_sense_s: 0.0 is not above 0"),
        ({"process": "x"}, "row 2, column process: 'x' is not in upper case"),
        ({"programmed": "?"}, r"column programmed: '\?' is not one of \+1, 0, -1"),
        ({"read": "+1"}, r"row 2: programmed \+1, read \+1, error_type 1: a right read is not in the table"),
        ({"read": "0"}, "row 2: .*: for that read error_type must be 2"),
        ({"simulations": 1.5}, "row 2, column simulations: '1.5' is not a whole number from 0"),
        ({"simulations": -1}, "column simulations: '-1' is not a whole number"),
        ({"simulations": 10**30}, "column simulations: '10+' is not a whole number"),
        ({"failed": 101}, "row 2: failed 101, simulations 100: no more can have failed"),
    ],
)
def test_impossible_values_name_column_or_row(change, message, tmp_path):
    path = write(tmp_path / "ber.csv", ROW | change)
    with pytest.raises(TableError, match=message):
        read_points(BER, path)


def test_a_point_is_there_once(tmp_path):
    path = write(tmp_path / "ber.csv", ROW, ROW | {"vdd_v": 1.3}, ROW | {"probability": 0.15})
    with pytest.raises(TableError, match=r"row 4: cell ternary_2t2r, .*, read -1 is there twice"):
        read_points(BER, path)


def test_rows_are_as_long_as_the_header(tmp_path):
    path = write(tmp_path / "ber.csv", ROW)
    whole = path.read_text()
    for wrong, count in ((whole.replace(",ab", ""), 14), (whole.replace("ternary_2t2r,", "ternary_2t2r,1,"), 16)):
        path.write_text(wrong)
        with pytest.raises(TableError, match=f"row 2: has {count} values, needs 15"):
            read_points(BER, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace(",", ";").replace(".", ","),
            "its columns are separated by ';'; write commas .* point",
        ),
        (lambda text: text.replace(",", ";"), "its columns are separated by ';'"),
        (lambda text: text.replace(",", "\t"), "its columns are separated by tabs"),
        (lambda text: "sep=;\n" + text.replace(",", ";"), "its first line is 'sep=;'; leave it out"),
        (lambda text: text.replace(".", ","), "row 2: has 20 values, needs 15.*; numbers have decimal points"),
        (lambda text: text.replace("0.05", '"0,05"'), "row 2, column ci_low: '0,05' is not a number .* decimal point"),
        (lambda _text: "", "ber.csv is not a BER table: it is empty"),
        (lambda _text: "\n\n", "it is empty"),
        (lambda text: text.encode("utf-16"), "it is UTF-16 text; save it as UTF-8"),
        (lambda text: text.encode("utf-16-le"), "it is UTF-16 text"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_table_is_told(change, message, tmp_path):
    path = write(tmp_path / "ber.csv", ROW)
    content = change(path.read_text())
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TableError, match=message):
        read_points(BER, path)


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path):
    path = write(tmp_path / "ber.csv", ROW)
    whole = read_points(BER, path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    pd.testing.assert_frame_equal(read_points(BER, path), whole)


def test_missing_column_and_file(tmp_path):
    path = write(tmp_path / "ber.csv", ROW, columns=[c for c in BER.names if c != "ci_low"])
    with pytest.raises(TableError, match="column ci_low missing"):
        read_points(BER, path)
    with pytest.raises(MissingResourceError, match="make one with: rramsim sweep"):
        read_points(BER, tmp_path / "none.csv")


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b'"unclosed', b"a,b\n1,2\n3,4,5,6,7\n"])
def test_a_mangled_file_is_not_a_table(content, tmp_path):
    path = tmp_path / "ber.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match="is not a BER table"):
        read_points(BER, path)


def test_a_table_of_ones_own_need_not_say_what_is_mirrored(tmp_path):
    path = write(tmp_path / "ber.csv", ROW)
    assert read_points(BER, path)["mirrored"].tolist() == [False]
    path.write_text(BER.text(BER.frame([ROW | {"mirrored": True}])))
    assert read_points(BER, path)["mirrored"].tolist() == [True]
    path.write_text(path.read_text().replace("True", "maybe"))
    with pytest.raises(TableError, match="row 2, column mirrored: 'maybe' is not one of True, False"):
        read_points(BER, path)


def test_other_cells_have_other_alphabets_and_need_no_sense_time(tmp_path):
    own = ROW | {
        "cell": "comparator", "t_sense_s": "", "programmed": "above", "read": "between", "error_type": "error"
    }  # fmt: skip
    path = write(tmp_path / "ber.csv", ROW, own)
    with pytest.raises(TableError, match=r"row 3, column programmed: 'above' is not one of \+1, 0, -1"):
        read_points(BER, path)
    alphabet = Alphabet.of({"above": "high", "below": "low"}, ["high", "between", "low"])
    frame = read_points(BER, path, {"comparator": alphabet})
    assert frame["read"].tolist() == ["-1", "between"]
    assert frame["t_sense_s"].isna().tolist() == [False, True]
    for change, message in (
        ({"read": "0"}, "row 2, column read: '0' is not one of high, between, low"),
        ({"read": "high"}, "row 2: programmed above, read high, error_type error: a right read is not in the table"),
        ({"error_type": "1"}, "row 2, column error_type: '1' is not one of error"),
    ):
        with pytest.raises(TableError, match=message):
            read_points(BER, write(path, own | change), {"comparator": alphabet})


def test_what_is_written_has_the_columns_of_the_table():
    frame = BER.frame([ROW])
    with pytest.raises(TableError, match="a BER table has the columns cell, process"):
        BER.text(frame.drop(columns="probability"))
    with pytest.raises(TableError, match="a BER table has the columns cell, process"):
        BER.text(frame.assign(mine=1))
