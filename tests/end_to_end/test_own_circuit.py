"""A sense amplifier of the user's own, from its netlist to the report."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.spice

OWN = Path(__file__).with_name("own_circuit")
STUDY = """
[study]
name = "own"
seed = 3
[read]
cells = ["circuits/latch.toml"]
[read.geometry.latch_sa]
w_eq = "1.5 µm"
[ber]
max_trials = 20
floor = 1e-4
relative_precision = 0.4
"""
# In the order of the netlist's lines: task ids and random numbers depend on it.
TRANSISTORS = [
    *(f"xsa.xmp{number}" for number in range(1, 7)),
    *(f"xsa.xmn{number}" for number in (1, 2, 5, 6, 3, 4, 7)),
    "xcell.xbl.xmn1",
    "xcell.xblb.xmn1",
]


def test_from_netlist_to_report(rramsim, tmp_path):
    shutil.copytree(OWN, tmp_path / "circuits")
    study, run = tmp_path / "study.toml", tmp_path / "run"
    study.write_text(STUDY, encoding="utf-8")

    swept = rramsim("sweep", "study.toml", "--out", run)
    assert swept.code == 0, swept.err
    ber, reads = pd.read_csv(run / "ber.csv"), pd.read_csv(run / "reads.csv")
    assert set(ber["cell"]) == set(reads["cell"]) == {"latch_2t2r"}
    assert set(ber["failed"]) == {0}
    # 15 devices of its own, and the amplifier works: weights are read right, an undecided pair as 0 most often.
    programmed = ber[ber["programmed"] != 0]
    assert (programmed["ci_high"] <= 1e-3).all()
    zeros = ber[ber["programmed"] == 0]
    assert zeros["probability"].between(0.05, 0.4).all()
    reliability = pd.read_csv(run / "reliability.csv")
    factors = [name for name in reliability.columns if name.startswith("importance:")]
    assert [name.removeprefix("importance:vth:") for name in factors[2:]] == TRANSISTORS
    assert reliability["importance:vth:xsa.xmn1"].max() > 1e-3
    assert reliability[factors].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-6)
    (deck,) = (run / "decks").glob("latch_2t2r_*.cir")
    assert "\nvsenb senb 0 dc 1.2 pulse(1.2 0 " in deck.read_text()
    assert "\nxsa q qb bl blb sl sen senb vdd 0 latch_sa w_eq=1.5e-06\n" in deck.read_text()

    tables = {path: path.read_bytes() for path in run.glob("*.csv")}
    times = {path: path.stat().st_mtime_ns for path in (run / "tasks").iterdir()}
    again = rramsim("sweep", "study.toml", "--out", run)
    assert again.code == 0, again.err
    told = [line for line in again.err.splitlines() if line.startswith("sweep:")]
    assert "3/3 points" in told[0]  # all are finished from the start
    assert {path: path.stat().st_mtime_ns for path in (run / "tasks").iterdir()} == times
    assert {path: path.read_bytes() for path in run.glob("*.csv")} == tables

    verified = rramsim("verify", run)
    assert verified.code == 0, verified.err
    assert len(re.findall(r"\(latch_2t2r, .*: ok$", verified.out, re.MULTILINE)) == 5

    reported = rramsim("report", run)
    assert reported.code == 0, reported.err
    page = (run / "report.html").read_text(encoding="utf-8")
    for name in ("xsa.xmp5", "xsa.xmn7", "latch_2t2r", "latch_sa.c_q"):
        assert name in page

    wave = rramsim("wave", "study.toml", "--out", run, "--corner", "tt_27c_1v2", "--weight", "0")
    assert wave.code == 0, wave.err


def test_a_wrong_netlist_is_told_before_anything_is_written(rramsim, tmp_path):
    shutil.copytree(OWN, tmp_path / "circuits")
    netlist = tmp_path / "circuits" / "latch_sa.cir"
    text = netlist.read_text().replace("Xmn2 qb q sqb vss nfet", "Mn2 qb q sqb vss nfet")
    netlist.write_text(text)
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    done = rramsim("sweep", "study.toml", "--out", tmp_path / "run")
    assert done.code == 2
    for part in ("study.toml", "read.cells[0]", "latch.toml", "amplifier.netlists[0]", "latch_sa.cir, line 16",
                 "an instance of nfet or pfet"):  # fmt: skip
        assert part in done.err.replace("\n", " ")
    assert not (tmp_path / "run").exists()
