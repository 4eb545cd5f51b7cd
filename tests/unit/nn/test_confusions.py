"""A BER table of the user's own is taken whole, or refused with file, row, cell and corner before any work."""

import numpy as np
import pytest

from rramsim.corners import parse_corner
from rramsim.errors import TableError
from rramsim.nn.confusions import read_confusions
from rramsim.tables.ber import BER
from rramsim.weights import WeightKind

CORNERS = (parse_corner("tt_27c_1v1"), parse_corner("tt_27c_1v2"))
CELLS = {f"{kind}_2t2r": kind for kind in WeightKind}
KNOWN = {cell: kind.alphabet for cell, kind in CELLS.items()}


def rows(cell="ternary_2t2r", kind=WeightKind.TERNARY, corners=CORNERS, **changes):
    return [
        {
            "cell": cell, **corner.labels, "t_sense_s": 5e-8, "programmed": programmed, "read": read,
            "error_type": error, "probability": 0.1, "ci_low": 0.05, "ci_high": 0.9, "estimator": "measured",
            "simulations": 1000, "failed": 0, "task_id": "mine",
        } | changes
        for corner in corners
        for programmed, read, error in kind.alphabet.confusions
    ]  # fmt: skip


def read(folder, table, cells=("ternary_2t2r",), known=KNOWN, own=True):
    path = folder / "ber.csv"
    path.write_text(BER.text(BER.frame(table).drop(columns="mirrored")))
    cells = {cell: CELLS.get(cell, WeightKind.TERNARY) for cell in cells}
    return read_confusions(path, known=known, corners=CORNERS, cells=cells, own=own)


def test_a_whole_table_is_taken_in_any_order(tmp_path):
    table = rows() + rows("binary_2t2r", WeightKind.BINARY)
    assert len(read(tmp_path, table[::-1], CELLS)) == len(table)
    assert len(read(tmp_path, rows(t_sense_s=""))) == len(rows())
    # Cells that no network gets its errors from need not be whole.
    assert len(read(tmp_path, rows() + rows("binary_2t2r", WeightKind.BINARY)[:1])) == len(rows()) + 1


def test_a_cell_of_ones_own_is_taken_where_a_network_names_it(tmp_path):
    assert set(read(tmp_path, rows("my_array"), ("my_array",))["cell"]) == {"my_array"}
    with pytest.raises(TableError, match=r"ber\.csv, row 2, column cell: 'my_array' is no cell .* Known: binary_2t2r"):
        read(tmp_path, rows("my_array"))
    with pytest.raises(TableError, match=r"row 2, column cell: 'ternary_2t2' .* did you mean 'ternary_2t2r'\?"):
        read(tmp_path, rows("ternary_2t2") + rows())
    with pytest.raises(TableError, match=r"lacks the cell my_array \(cells that it has: ternary_2t2r\)"):
        read(tmp_path, rows(), ("my_array",))
    with pytest.raises(TableError, match=r"row 2, column read: '.*' is not one of"):
        read_confusions(
            tmp_path / "ber.csv",
            known={"ternary_2t2r": WeightKind.BINARY.alphabet},
            corners=CORNERS,
            cells={},
            own=True,
        )


def changed(index, **changes):
    table = rows()
    table[index] |= changes
    return table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], "ber.csv has no rows; each misread"),
        (rows(corners=CORNERS[:1]), "ber.csv lacks ternary_2t2r at tt_27c_1v2: a network needs"),
        (rows()[:-1], r"ber\.csv lacks ternary_2t2r at tt_27c_1v2: .* read as .*: a network needs each misread"),
        (rows()[3:6], r"lacks ternary_2t2r at tt_27c_1v1: \+1 read as 0; .*; ternary_2t2r at tt_27c_1v2: a network"),
        (changed(7, vdd_v=1.3), r"row 9: the corner tt_27c_1v3 is none of the study's \[corners\]: tt_27c_1v1"),
        (changed(7, process="FF"), "row 9: the corner ff_27c_1v2 is none"),
        (changed(4, t_sense_s=2e-8), "row 6, column t_sense_s: 2e-08, but 5e-08 in rows before it of cell"),
        (rows() + rows(t_sense_s=2e-8), "row 14, column t_sense_s: 2e-08, but 5e-08 .* at tt_27c_1v1; one sense time"),
        (changed(4, t_sense_s=np.nan), "row 6, column t_sense_s: nan, but 5e-08"),
        (rows(probability=0.6), r"row 3, column probability: .* misreads of \+1 .* at tt_27c_1v1 add up to 1.2;"),
        (rows(probability=0.50001), "add up to 1.00002"),
        (rows(probability=0.6, ci_low=0.55, estimator="line_sampling"), "add up to 1.2"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(table, message, tmp_path):
    with pytest.raises(TableError, match=message) as caught:
        read(tmp_path, table)
    assert str(tmp_path / "ber.csv") in str(caught.value)


def test_rates_that_were_estimated_apart_may_add_up_to_a_little_more(tmp_path):
    table = rows(probability=0.51, ci_low=0.45, estimator="line_sampling")
    assert len(read(tmp_path, table, own=False)) == len(rows())
    with pytest.raises(TableError, match=r"add up to 1\.02"):
        read(tmp_path, table)
    with pytest.raises(TableError, match=r"add up to 1\.02"):
        read(tmp_path, rows(probability=0.51, ci_low=0.505, estimator="line_sampling"), own=False)
    assert len(read(tmp_path, rows(probability=0.5))) == len(rows())
