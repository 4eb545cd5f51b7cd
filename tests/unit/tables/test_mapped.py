import math

import pytest

from rramsim.errors import MissingResourceError, TableError
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING

LAYER = {
    "network": "n", "layer": 1, "type": "dense", "shape": "40x64", "kind": "ternary", "weights": 2560, "plus": 1000,
    "zero": 1060, "minus": 500, "matrix_rows": 64, "matrix_columns": 40, "arrays": 4, "row_tiles": 2, "column_tiles": 2,
    "array_rows": 32, "array_columns": 32, "spare_rows": 0, "utilisation": 0.625, "devices": 8192, "devices_used": 5120,
    "stored_bits": 5120, "real_32_bits": 81920, "real_8_bits": 20480, "reads": 2560, "reads_held": 2560,
}  # fmt: skip
ENERGIES = {
    "network": "n", "cell": "c", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "reading": "held", "reads": 2560,
    "energy_j": 2e-10, "ci_low_j": 1e-10, "ci_high_j": 3e-10, "weights_known": True,
}  # fmt: skip


def write(path, table, *rows):
    lines = [",".join(table.names), *(",".join(str(row[name]) for name in table.names) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_is_not_known_is_blank_and_read_back(tmp_path):
    unknown = LAYER | {"layer": 2, "plus": "", "zero": "", "minus": ""}
    real = LAYER | {"layer": 3, "kind": "real", "plus": "", "zero": "", "minus": "", "utilisation": ""}
    frame = MAPPING.read(write(tmp_path / "mapping.csv", MAPPING, LAYER, unknown, real))
    assert frame["plus"].isna().tolist() == [False, True, True]
    assert frame.loc[0, ["plus", "zero", "minus"]].tolist() == [1000, 1060, 500]
    assert MAPPING.text(frame) == (tmp_path / "mapping.csv").read_text()


def test_energies_are_read_back(tmp_path):
    blank = ENERGIES | {"reading": "each_use", "ci_low_j": "", "ci_high_j": "", "weights_known": False}
    frame = ENERGY.read(write(tmp_path / "energy.csv", ENERGY, ENERGIES, blank))
    assert frame["ci_low_j"].isna().tolist() == [False, True]
    assert ENERGY.text(frame) == (tmp_path / "energy.csv").read_text()


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (MAPPING, {"kind": "quaternary"}, "row 2, column kind: 'quaternary' is not one of binary, ternary, real"),
        (MAPPING, {"plus": 999}, "row 2: .*plus 999.*: the counts must add up to the weights"),
        (MAPPING, {"zero": ""}, "row 2: .*: the counts must add up to the weights"),
        (MAPPING, {"minus": "1.0"}, "row 2, column minus: '1.0' is not a whole number"),
        (MAPPING, {"matrix_rows": 63}, "row 2: weights 2560, .*: the matrix must have as many"),
        (MAPPING, {"row_tiles": 3}, "row 2: arrays 4, row_tiles 3, column_tiles 2: there is an array a tile"),
        (MAPPING, {"spare_rows": 32}, "row 2: array_rows 32, spare_rows 32: some rows must store weights"),
        (MAPPING, {"devices_used": 9000}, "row 2: devices 8192, devices_used 9000: no more can be used"),
        (MAPPING, {"utilisation": 1.5}, "row 2, column utilisation: 1.5 is not in 0..1"),
        (MAPPING, {"utilisation": math.inf}, "row 2, column utilisation: 'inf' is not a number"),
        (ENERGY, {"reading": "often"}, "row 2, column reading: 'often' is not one of each_use, held"),
        (ENERGY, {"ci_low_j": 2.5e-10}, "row 2: needs ci_low_j <= energy_j <= ci_high_j"),
        (ENERGY, {"energy_j": ""}, "row 2, column energy_j: '' is not a number"),
        (ENERGY, {"vdd_v": 0}, "row 2: vdd must be above 0 V"),
        (ENERGY, {"process": "tt"}, "row 2, column process: 'tt' is not in upper case"),
        (ENERGY, {"weights_known": "yes"}, "row 2, column weights_known: 'yes' is not one of True, False"),
    ],
)
def test_impossible_values_are_told_with_their_row(table, change, message, tmp_path):
    row = {MAPPING: LAYER, ENERGY: ENERGIES}[table] | change
    with pytest.raises(TableError, match=message):
        table.read(write(tmp_path / table.file, table, row))


@pytest.mark.parametrize(("table", "row"), [(MAPPING, LAYER), (ENERGY, ENERGIES)])
def test_a_row_is_there_once_and_a_missing_table_says_what_makes_it(table, row, tmp_path):
    with pytest.raises(TableError, match=r"row 3: .* is there twice"):
        table.read(write(tmp_path / table.file, table, row, row))
    with pytest.raises(MissingResourceError, match="make one with: rramsim map"):
        table.read(tmp_path / "none.csv")
