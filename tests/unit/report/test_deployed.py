"""The report on networks of equilibrium propagation: the table of their deployment, and figures."""

import numpy as np
import pytest

from rramsim.errors import TableError
from rramsim.report.html import write_report
from rramsim.report.run_data import load_run
from rramsim.report.sections.deployed import deployed_figures, deployed_rows
from rramsim.tables.deployed import DEPLOYED, LEARNING


def row(**keys):
    return {
        "network": "n.1", "dataset": "digits", "estimator": "symmetric", "stage": "corner", "weights": "ternary",
        "mode": "static", "cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "rate": 0.05,
        "repeats": 20, "accuracy": 0.7, "ci_low": 0.6, "ci_high": 0.8, "images": 300, "chip_std": 0.01,
        "set_low": 0.65, "set_high": 0.75, "residual": 1e-6, "restless": 0.0, "task_id": "ab" * 32,
    } | keys  # fmt: skip


NOWHERE = {"cell": "", "process": "", "vdd_v": np.nan, "temperature_c": np.nan, "mode": "none", "rate": 0.0,
           "repeats": 1}  # fmt: skip
ROWS = [
    row(stage="learnt", weights="real", **NOWHERE, accuracy=0.95, ci_low=0.95, ci_high=0.95, set_low=0.9,
        set_high=0.97),
    row(stage="stored", **NOWHERE, accuracy=0.8, ci_low=0.8, ci_high=0.8, set_low=0.75, set_high=0.84, restless=0.5,
        residual=0.3),
    row(),
    row(vdd_v=1.1, accuracy=0.65),
    row(vdd_v=1.3, accuracy=0.66),
    row(mode="read", accuracy=0.75),
]  # fmt: skip
EPOCHS = [
    {"network": network, "estimator": "symmetric", "epoch": epoch, "loss": 1 / epoch, "train_correct": 50 + epoch,
     "train_images": 100, "correct": 30 + epoch, "images": 60, "free_residual": 1e-5}
    for network in ("n.1", "m") for epoch in (1, 2)
]  # fmt: skip


@pytest.fixture
def settled_run(run_dir):
    (run_dir / DEPLOYED.file).write_text(DEPLOYED.text(DEPLOYED.frame(ROWS)))
    (run_dir / LEARNING.file).write_text(LEARNING.text(LEARNING.frame(EPOCHS)))
    return run_dir


def test_rows_are_stages_then_the_best_and_the_worst_corner(settled_run):
    rows = deployed_rows(load_run(settled_run))
    assert [one["told"] for one in rows] == [
        "as it learnt, real weights", "stored, without errors", "best corner, TT, 1.2 V, 27 °C",
        "worst corner, TT, 1.1 V, 27 °C", "corner, TT, 1.2 V, 27 °C",
    ]  # fmt: skip
    assert [(one["low"], one["high"]) for one in rows[:3]] == [(0.9, 0.97), (0.75, 0.84), (0.6, 0.8)]


def test_the_page_has_the_table_and_the_figures(settled_run):
    page = write_report(settled_run).read_text()
    names = [figure.name for figure in deployed_figures(load_run(settled_run))]
    assert names == ["deployed", "learning_n.1", "learning_m"]
    for name in names:
        assert f'<figure id="{name}"' in page
        assert (settled_run / "figures" / f"{name}.svg").is_file()
    table = page[page.index('id="deployed-table"') :].partition("</table>")[0]
    assert table.count("<tr>") == 6
    for text in ("95.00 %", "90.00 % … 97.00 %", "0.3 (does not come to rest)", "EP-trained, RRAM-deployed"):
        assert text in table


def test_without_such_networks_there_is_no_such_section(run_dir, undrawn):
    assert "deployed-networks" not in write_report(run_dir).read_text()


@pytest.mark.parametrize(("keys", "told"), [
    ({"accuracy": 1.2}, "ci_low <= accuracy"),
    ({"set_low": 0.9}, "set_low <= accuracy <= set_high"),
    ({"residual": -1.0}, "outside its bounds: residual"),
    ({"stage": "stored"}, "column cell: a row of stage corner names one"),
    ({"stage": "programmed"}, "column stage"),
])  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(keys, told, tmp_path):
    path = tmp_path / DEPLOYED.file
    path.write_text(DEPLOYED.text(DEPLOYED.frame([row(**keys)])))
    with pytest.raises(TableError, match=told):
        DEPLOYED.read(path)
