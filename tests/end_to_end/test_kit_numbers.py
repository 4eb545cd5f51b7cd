"""A kit with random numbers of its own, a circuit as a netlist and a class of PySpice, and a bench: to the report."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.spice

HERE = Path(__file__).parent
STUDY = """
[study]
name = "numbers"
seed = 4
[technology]
card = "kit/numbers.toml"
[corners]
vdd_v = [1.5]
[read]
cells = ["circuits/latch.toml"]
geometry.latch_sa = { l = "1 um" }  # the edge of two bins
[[bench]]
name = "window"
use = "bench/comparator.py:Comparator"
settings.levels = [0.2, 0.48, 0.8]
[ber]
estimator = "monte_carlo"
max_trials = 20
[merit.offset]
programmed = ["+1", "middle"]
[merit.vmin]
target = { 1 = 0.3, 2 = 0.3 }
range_v = [1.2, 1.8]
tolerance_v = "0.15 V"
cells = ["latch_2t2r"]
"""
CELL = """
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.Netlist import SubCircuitFactory


class HalfCell(SubCircuitFactory):
    NAME = "half_cell_1t1r"
    NODES = ("bl", "wl", "sl", "vss")

    def __init__(self):
        super().__init__(r=5e3, w_select=5e-6, l_select=0.6e-6, dvt_mn1=0)
        self.R("mem", "bl", "d", "{r}")
        self.X("mn1", "nfet", "d", "wl", "sl", "vss", w="{w_select}", l="{l_select}", dvt="{dvt_mn1}")
"""


def test_the_kits_own_numbers_are_coordinates_in_every_table(rramsim, rramsim_here, tmp_path):
    shutil.copytree(HERE.parent / "spice" / "own_kit", tmp_path / "kit")
    shutil.copytree(HERE / "own_bench", tmp_path / "bench")
    shutil.copytree(HERE / "own_circuit", tmp_path / "circuits")
    (tmp_path / "circuits" / "half.py").write_text(CELL)
    circuit = tmp_path / "circuits" / "latch.toml"
    circuit.write_text(circuit.read_text().replace("cells/half_cell_1t1r.cir", "half.py:HalfCell"))
    study, run = tmp_path / "study.toml", tmp_path / "run"
    study.write_text(STUDY)
    done = rramsim_here("run", study, "--out", run)
    assert done.code == 0, done.err
    ber = pd.read_csv(run / "ber.csv")
    assert set(ber["cell"]) == {"latch_2t2r", "window"}
    assert set(ber["failed"]) == {0}
    assert list(pd.read_csv(run / "vmin.csv")["verdict"]) == ["met"]
    changes = pd.read_csv(run / "offset.csv").set_index("source")["change"]
    names = set(changes.index)
    assert abs(changes["mis_vth:xsa.xmn1"]) > 10 * abs(changes["mis_vth:xcell.xbl.xmn1"])
    assert {"mis_vth:xsa.xmn1", "mis_k:xcell.xbl.xmn1", "kit_pnormal:xsa.xmp2", "vth0:xdut.xmn2", "level"} <= names
    assert not {name for name in names if name.startswith("vth:")}
    page = (run / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]*>", " ", page)
    assert "the kit's mis_vth, mis_k, vth0" in text.replace("&#39;", "'")
    assert "mis_threshold" not in text
    assert "half_cell_1t1r" in text
    assert "switched by kit_mm = 1.0, of which standard normal ones: kit_pnormal." in text
    told = json.loads((run / "provenance.json").read_text())["technology"]
    assert told["mismatch"] == {"switches": {"kit_mm": 1.0}, "normals": ["kit_pnormal"]}
    assert "a_vt_v_m" not in told
    verified = rramsim_here("verify", run, "--rows", "1")
    assert verified.code == 0, verified.out + verified.err
    examined = rramsim_here("doctor", "--technology", tmp_path / "kit" / "numbers.toml")
    assert examined.code == 0, examined.out + examined.err
    assert "; its mismatch: the kit's mis_vth, mis_k, vth0\n" in examined.out
    deck = tmp_path / "read.cir"
    point = ("--corner", "tt_27c_1v5", "--cell", "latch_2t2r", "--programmed=+1", "--sample", "3")
    assert rramsim_here("deck", study, *point, "--out", deck).code == 0
    own = re.findall(r"^altermod (@xsa\.xmn1\.x1\.xcore:num__nmodel\.[01]\[vth0\]) = ", deck.read_text(), re.MULTILINE)
    assert len(own) == 1  # of the bin that this ngspice takes
    checked = rramsim("doctor", deck)  # in a process of its own
    assert checked.code == 0, checked.out + checked.err
    again = rramsim_here("sweep", study, "--out", run)
    assert re.search(r"sweep: (\d+)/\1 points, 0 s\n", again.err)  # all found finished
