"""Networks in arrays, as a user asks for them: before a sweep and after it, trained or not."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import rramsim as package
from rramsim.nn.storage import load_network
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING

pytestmark = pytest.mark.spice

MOBILENET = """
[study]
name = "m"
[[network]]
name = "mobilenet"
model = "mobilenet"
weights = "binary"
input_shape = [3, 224, 224]
classes = 1000
"""
SHAPE_ONLY = MOBILENET[MOBILENET.index("[[") :].replace("mobilenet", "mlp").replace("3, 224, 224", "20")


@pytest.fixture
def small(tiny_text, networks_text):
    """A study of one corner with two networks, and one that has no data."""
    text = tiny_text.replace('["TT", "SS"]', '["TT"]').replace("[1.1, 1.2]", "[1.2]").replace("= 20", "= 4")
    return text + networks_text + "[array]\nrows = 24\nspare_rows = 4\n" + SHAPE_ONLY


def test_a_network_without_data_is_mapped_with_neither_sweep_nor_torch(tmp_path):
    (tmp_path / "m.toml").write_text(MOBILENET)
    code = (
        "import sys\nfrom rramsim.cli.main import main\ntry: main(['map', 'm.toml'])\n"
        "except SystemExit as ended: print(ended.code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    line, where, ended = done.stdout.splitlines()
    assert "4,209,088 weights, 4,209,088 of them in" in line
    assert "all real 134,690,816 or 33,672,704" in line
    assert where == "mapping: runs/m/mapping.csv"
    assert ended == "0 False"
    folder = tmp_path / "runs" / "m"
    assert "<svg" in (folder / "figures" / "floor_plan_mobilenet.svg").read_text()
    mapping = MAPPING.read(folder / "mapping.csv")
    assert len(mapping) == 28
    assert mapping["plus"].isna().all()
    assert "mapped by shape" in done.stderr
    assert "no runs/m/reads.csv" in done.stderr
    assert not (folder / "energy.csv").exists()


def test_after_a_run_energies_are_those_of_the_very_weights(small, rramsim_here, tmp_path):
    path, folder = tmp_path / "s.toml", tmp_path / "run"
    path.write_text(small)
    done = rramsim_here("run", path, "--out", folder)
    assert done.code == 0, done.err
    assert "mapped alone, not trained and not measured: mlp" in done.err
    mapping, energy = MAPPING.read(folder / "mapping.csv"), ENERGY.read(folder / "energy.csv")
    assert set(pd.read_csv(folder / "accuracy.csv")["network"]) == {"ternary", "binary"}
    assert list(dict.fromkeys(mapping["network"])) == ["ternary", "binary", "mlp"]
    reads = pd.read_csv(folder / "reads.csv", dtype={"programmed": str})
    for name in ("ternary", "binary"):
        weights = np.concatenate([one.ravel() for one in load_network(folder / f"networks/{name}.safetensors").weights])
        rows = mapping[mapping["network"] == name]
        assert rows["plus"].sum() == (weights == 1).sum()
        assert (rows["array_rows"] - rows["spare_rows"] == 20).all()
        assert rows["row_tiles"].tolist() == [4, 1]  # 64 and 16 rows, 20 of them in an array
        mean = reads[reads["cell"] == f"{name}_2t2r"].set_index("programmed")["energy_mean_j"]
        wanted = sum(mean[f"{value:+d}" if value else "0"] for value in weights.tolist())
        found = energy[(energy["network"] == name) & (energy["reading"] == "held")]
        assert found["energy_j"].tolist() == [pytest.approx(wanted, rel=1e-9)]
        assert found["weights_known"].all()
    assert not energy.loc[energy["network"] == "mlp", "weights_known"].any()
    page = (folder / "report.html").read_text()
    for name in ("floor_plan_ternary", "floor_plan_mlp", "memory_accuracy"):
        assert f'<figure id="{name}"' in page
    assert 'id="energy-summary"' in page

    # Trained networks are found again; nothing changes.
    before = {name: (folder / name).read_bytes() for name in ("mapping.csv", "energy.csv")}
    figure = (folder / "figures" / "floor_plan_ternary.svg").read_bytes()
    assert rramsim_here("map", path, "--out", folder).code == 0
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert (folder / "figures" / "floor_plan_ternary.svg").read_bytes() == figure

    # Other arrays: accuracies are those of the ones before.
    path.write_text(small.replace("rows = 24", "rows = 36"))
    assert rramsim_here("map", path, "--out", folder).code == 0
    assert MAPPING.read(folder / "mapping.csv")["row_tiles"].tolist() == [2, 1, 2, 1, 1, 4]
    assert (folder / "energy.csv").read_bytes() == before["energy.csv"]  # the same reads, wherever the weights lie
    assert rramsim_here("report", folder).code == 0
    page = (folder / "report.html").read_text()
    assert "accuracy.csv was made for other networks or another injection than the study names" in page
    assert 'id="floor_plan_ternary"' in page
    assert 'id="memory_accuracy"' not in page


def test_only_networks_without_data_leave_accuracy_out(tiny, rramsim_here, tmp_path):
    tiny.write_text(tiny.read_text().replace("= 20", "= 2") + SHAPE_ONLY)
    for command in ("train", "inject"):
        done = rramsim_here(command, tiny, "--out", tmp_path / "run")
        assert (done.code, "no network has a dataset; what has an input_shape is mapped" in done.err) == (2, True)
        assert not (tmp_path / "run").exists()
    done = rramsim_here("run", tiny, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    assert "mapped alone, not trained and not measured: mlp" in done.err
    assert not (tmp_path / "run" / "accuracy.csv").exists()
    energy = package.open_run(tmp_path / "run").energy
    assert set(energy["cell"]) == {"binary_2t2r"}
    assert len(energy) == 2 * 2 * 2  # corners and ways to read
    assert 'id="floor_plan_mlp"' in (tmp_path / "run" / "report.html").read_text()


def test_a_table_of_reads_that_cannot_be_used_is_told_before_anything_is_written(small, rramsim_here, tmp_path):
    path, folder = tmp_path / "s.toml", tmp_path / "run"
    path.write_text(small)
    folder.mkdir()
    head = "cell,process,vdd_v,temperature_c,t_sense_s,programmed,reads,energy_mean_j,energy_std_j,task_id\n"
    row = "binary_2t2r,TT,1.2,27.0,{time},{value},10,{energy},1e-14,x\n"
    good = "".join(row.format(time=5e-8, value=value, energy="2e-13") for value in ("+1", "-1"))
    for wrong, message in (
        (good.replace("2e-13", "much"), "column energy_mean_j"),
        (good + row.format(time=6e-8, value="-1", energy="1e-13"), "several sense times of binary_2t2r at corner"),
    ):
        (folder / "reads.csv").write_text(head + wrong)
        done = rramsim_here("map", path, "--out", folder)
        assert (done.code, message in done.err) == (2, True), done.err
        assert [file.name for file in folder.iterdir()] == ["reads.csv"]
    # One of the user's own is used, and called so.
    (folder / "reads.csv").write_text(head + good)
    done = rramsim_here("map", path, "--out", folder)
    assert done.code == 0, done.err
    assert "is taken as a table of your own" in done.err
    assert "no energies of cell ternary_2t2r" in done.err
    found = ENERGY.read(folder / "energy.csv")
    untrained = found[(found["network"] == "mlp") & (found["reading"] == "held")].iloc[0]
    assert untrained["energy_j"] == pytest.approx(2e-13 * untrained["reads"])
