import math

import pytest

from rramsim.errors import MissingResourceError, TableError
from rramsim.tables.accuracy import ACCURACY

CORNER = {
    "network": "t", "dataset": "digits", "split": "test", "weights": "ternary", "activations": "ternary",
    "cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "error_type": "all", "rate": 0.01,
    "repeats": 20, "accuracy": 0.96, "ci_low": 0.94, "ci_high": 0.97, "baseline": 0.98, "task_id": "cd", "mode": "read",
    "images": 300, "chip_std": 0.01, "set_low": 0.93, "set_high": 0.98,
}  # fmt: skip
LADDER = CORNER | {"cell": "", "process": "", "vdd_v": math.nan, "temperature_c": math.nan, "error_type": "2"}


def write(path, *rows):
    path.write_text(ACCURACY.text(ACCURACY.frame(rows)))
    return path


def test_rows_of_corners_and_of_the_ladder_are_read_back(tmp_path):
    path = write(tmp_path / "accuracy.csv", CORNER, LADDER)
    frame = ACCURACY.read(path)
    assert frame["process"].tolist() == ["TT", ""]
    assert frame["vdd_v"].isna().tolist() == [False, True]
    assert frame["error_type"].tolist() == ["all", "2"]
    assert ACCURACY.text(frame) == path.read_text()


@pytest.mark.parametrize(
    ("row", "change", "message"),
    [
        (CORNER, {"ci_low": 0.965}, "row 2: needs 0 <= ci_low <= accuracy <= ci_high <= 1"),
        (CORNER, {"accuracy": math.nan}, "row 2, column accuracy: '' is not a number that is finite"),
        (CORNER, {"baseline": 1.5}, "row 2, column baseline: 1.5 is not in 0..1"),
        (CORNER, {"rate": -0.1}, "row 2, column rate: -0.1 is not in 0..1"),
        (CORNER, {"repeats": 1.5}, "row 2, column repeats: '1.5' is not a whole number"),
        (CORNER, {"weights": "quaternary"}, "row 2, column weights: 'quaternary' is not one of binary, ternary"),
        (CORNER, {"error_type": "9"}, "row 2, column error_type: '9' is not one of all, none, 1"),
        (CORNER, {"process": ""}, "row 2: a process corner is named by"),
        (CORNER, {"vdd_v": math.nan}, "row 2: vdd must be above 0 V, got nan"),
        (CORNER, {"error_type": "2"}, "row 2, column error_type: a row at a corner is under all errors"),
        (LADDER, {"process": "TT"}, "row 2, column cell: a row at a corner names the cell"),
        (LADDER, {"vdd_v": 1.2}, "row 2, column cell: a row at a corner names the cell"),
        (CORNER, {"chip_std": -0.1}, "row 2, column chip_std: -0.1 is not in 0..1"),
        (CORNER, {"set_low": 0.97}, "row 2: needs 0 <= set_low <= accuracy <= set_high <= 1"),
    ],
)
def test_impossible_values_are_told_with_their_row(row, change, message, tmp_path):
    path = write(tmp_path / "accuracy.csv", row | change)
    with pytest.raises(TableError, match=message):
        ACCURACY.read(path)


def test_a_table_of_before_the_images_were_told_is_read(tmp_path):
    path = write(tmp_path / "accuracy.csv", CORNER)
    path.write_text("\n".join(",".join(line.split(",")[:-4]) for line in path.read_text().splitlines()) + "\n")
    (row,) = ACCURACY.read(path).to_dict("records")
    assert row["images"] == 0
    assert math.isnan(row["chip_std"])


@pytest.mark.parametrize("row", [CORNER, LADDER])
def test_a_row_is_there_once(row, tmp_path):
    path = write(tmp_path / "accuracy.csv", row, row | {"accuracy": 0.95})
    with pytest.raises(TableError, match=r"row 3: .* is there twice"):
        ACCURACY.read(path)


def test_no_table(tmp_path):
    with pytest.raises(MissingResourceError, match="make one with: rramsim inject"):
        ACCURACY.read(tmp_path / "none.csv")
    (tmp_path / "accuracy.csv").write_text("a,b\n1,2\n")
    with pytest.raises(TableError, match="column network"):
        ACCURACY.read(tmp_path / "accuracy.csv")
