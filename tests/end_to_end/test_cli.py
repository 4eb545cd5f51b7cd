"""Exit codes and messages of the command, as a user meets them."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rramsim as package
from rramsim.cli.main import main
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.dense import Dense
from rramsim.nn.storage import save_network
from rramsim.tables.ber import BER
from rramsim.weights import WeightKind

pytestmark = pytest.mark.spice

ROOT = Path(__file__).resolve().parents[2]


def run_main(capsys, *arguments):
    """Run in this process; exit code and standard error."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0, capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "sweep",
        "inject",
        "train",
        "map",
        "report",
        "verify",
        "wave",
        "doctor",
        "eqprop train",
        "eqprop diagnose",
        "eqprop tune",
        "eqprop test",
    ],
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert not ended.value.code
    assert "Usage" in capsys.readouterr().out


def test_help_is_quick_because_nothing_heavy_is_imported():
    heavy = {"torch", "numpy", "pandas", "scipy", "matplotlib", "PySpice", "pydantic"}
    code = (
        "import sys\nfrom rramsim.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


BAD_STUDIES = {
    "unknown key": ("[corners]\nvdd = [1.2]", "corners.vdd: unknown key; did you mean 'vdd_v'?"),
    "unit": ('[read]\nt_sense_s = "50 V"', "read.t_sense_s: the unit must be s"),
    "resistance": ("[devices.lrs]\nr_median_ohm = -1", "devices.lrs.r_median_ohm"),
    "sigma": ("[devices.lrs]\nsigma_ln_d2d = -1", "devices.lrs.sigma_ln_d2d"),
    "no corners": ("[corners]\nvdd_v = []", "corner list vdd is empty"),
    "corner twice": ("[corners]\nvdd_v = [1.2, 1.2]", "names 1.2 more than once"),
    "process": (
        '[corners]\nprocess = ["TX"]',
        "corners.process: generic_130nm_5v has no such process corner; Known: FF",
    ),
    "cell": ('[read]\ncells = ["3t3r"]', "unknown cell '3t3r'"),
    "preset": ('[devices]\npreset = "none"', "no device preset 'none'"),
    "technology": ('[technology]\ncard = "none"', "no technology 'none'"),
    "model file": ('[technology]\ncard = "none.toml"', "no file"),
    "supply": ("[corners]\nvdd_v = [7]", "beyond the validity of generic_130nm_5v"),
    "not TOML": ("[[[", "is not TOML"),
}


@pytest.mark.parametrize("name", BAD_STUDIES)
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_bad_input_ends_with_2_and_writes_nothing(command, name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, message = BAD_STUDIES[name]
    (tmp_path / "study.toml").write_text(f'[study]\nname = "s"\n{text}')
    code, err = run_main(capsys, command, "study.toml", "--out", "out")
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["study.toml"]


def test_a_missing_study_and_a_wrong_option_end_with_2(tmp_path, capsys):
    code, err = run_main(capsys, "run", tmp_path / "none.toml")
    assert (code, "no file" in err) == (2, True)
    code, _ = run_main(capsys, "run", tmp_path / "none.toml", "--workers", "0")
    assert code == 2
    code, _ = run_main(capsys, "no-such-command")
    assert code == 2


@pytest.mark.parametrize("command", ["run", "sweep", "inject", "train", "map", "wave"])
def test_an_empty_output_folder_is_not_the_current_one(command, tiny, networks_text, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny.write_text(tiny.read_text() + networks_text)
    options = ["--corner", "tt_27c_1v2", "--weight", "0"] if command == "wave" else []
    code, err = run_main(capsys, command, tiny, "--out", "", *options)
    assert (code, "the run folder's path is empty" in err) == (2, True)
    assert os.listdir(tmp_path) == [tiny.name]


@pytest.mark.parametrize("count", [10_001, 10**9, 10**30])
def test_more_workers_than_can_be_are_refused(count, tiny, tmp_path, capsys):
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "out", "--workers", count)
    assert (code, f"{count} workers are too many" in err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_model_files_that_are_missing_or_lack_a_section(tiny, tmp_path, capsys):
    source = ROOT / "device_models" / "cmos"
    card = (source / "generic_130nm_5v.toml").read_text()
    (tmp_path / "own.toml").write_text(card)
    tiny.write_text(tiny.read_text() + '\n[technology]\ncard = "own.toml"\n')
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "out")
    assert code == 2
    assert re.search(r"technology\.card: .*own\.toml: library .*generic_130nm_5v\.lib does not exist", err)

    (tmp_path / "generic_130nm_5v.lib").write_text(".lib tt\n.endl\n")
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "out")
    assert code == 2
    assert re.search(r"sections\.FF: .*generic_130nm_5v\.lib has no such section", err)

    (tmp_path / "own.toml").write_text(card.replace("licence", "license", 1))
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "out")
    assert code == 2
    assert "license: unknown key; did you mean 'licence'?" in err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_written_is_refused_at_once(tiny, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "file" / "run")
    assert code == 2
    assert "cannot make the output folder" in err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write")
def test_a_read_only_output_folder_is_refused_at_once(tiny, capsys):
    code, err = run_main(capsys, "sweep", tiny, "--out", "/proc/run")
    assert code == 2
    assert "cannot make the output folder /proc/run" in err


def test_another_studys_results_are_not_overwritten(tiny, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "study.toml").write_text('[study]\nname = "precious"\n')
    code, err = run_main(capsys, "sweep", tiny, "--out", tmp_path / "run")
    assert code == 2
    assert "holds the results of another study ('precious')" in err
    assert os.listdir(tmp_path / "run") == ["study.toml"]


def test_a_missing_ngspice_ends_with_1_and_says_how_to_install_it(tiny, rramsim):
    done = rramsim("sweep", tiny, NGSPICE_LIBRARY_PATH="/nowhere/libngspice.so")
    assert done.code == 1
    assert "NGSPICE_LIBRARY_PATH is '/nowhere/libngspice.so', which is not a file" in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_no_ngspice_ends_with_1(tiny, rramsim, tmp_path):
    (tmp_path / "libngspice.so").write_bytes(b"not a library")
    done = rramsim("doctor", NGSPICE_LIBRARY_PATH=str(tmp_path / "libngspice.so"))
    assert done.code == 1
    assert "cannot be loaded" in done.err
    assert "apt-get install ngspice libngspice0" in done.err
    assert "Traceback" not in done.err


def test_doctor_tells_what_it_found(rramsim):
    done = rramsim("doctor")
    assert done.code == 0, done.err
    assert re.search(r"^ngspice library +\S*libngspice\S*, version \d+", done.out, re.MULTILINE)
    assert re.search(r"^one read +[\d.]+ ms", done.out, re.MULTILINE)
    assert "ternary_2t2r: +1 read as +1" in done.out


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"rramsim {package.__version__}\n"


def test_sweep_writes_the_run_folder_and_plain_progress(tiny, rramsim, tmp_path):
    done = rramsim("sweep", tiny, "--workers", "2")
    assert done.code == 0, done.err
    folder = tmp_path / "runs" / "tiny"
    assert done.out == "BER table: runs/tiny/ber.csv\n"
    assert {path.name for path in folder.iterdir()} == {
        "study.toml", "ber.csv", "reads.csv", "waveforms.csv", "window.csv", "provenance.json", "stamps.json", "tasks",
        "decks", "distributions.csv",
    }  # fmt: skip
    assert re.search(r"^sweep: 8/8 points, \d+ s, [\d.]+ points/s$", done.err, re.MULTILINE)
    assert "\x1b" not in done.err
    resolved = tomllib.loads((folder / "study.toml").read_text())
    assert resolved["read"]["t_sense_s"] == 50e-9
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["seed"] == 3
    assert [len(bench["transistors"]) for bench in provenance["benches"]] == [9]
    assert str(ROOT) not in json.dumps(provenance)

    again = rramsim("sweep", tiny)
    assert re.search(r"^sweep: 8/8 points, \d+ s$", again.err, re.MULTILINE), "finished points ran again"
    fresh = rramsim("sweep", tiny, "--fresh")
    assert re.search(r"^sweep: 0/8 points", fresh.err, re.MULTILINE)


def test_the_folder_of_the_study_itself_can_be_the_run_folder(tiny, rramsim, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    own = folder / "study.toml"
    own.write_text(tiny.read_text().replace("max_trials = 20", "max_trials = 2  # a comment that stays"))
    done = rramsim("sweep", own, "--out", folder)
    assert done.code == 0, done.err
    assert "a comment that stays" in own.read_text()


def test_wave_writes_plot_and_csv(tiny, rramsim, tmp_path):
    done = rramsim("wave", tiny, "--corner", "ff_125c_1v3", "--weight", "-1", "--out", tmp_path / "w")
    assert done.code == 0, done.err
    stem = tmp_path / "w" / "wave_ternary_2t2r_ff_125c_1v3_minus"
    assert done.out.split() == [f"{stem}.svg", f"{stem}.csv"]
    assert stem.with_suffix(".svg").read_text().lstrip().startswith("<?xml")
    frame = pd.read_csv(f"{stem}.csv")
    end = frame[frame["time_s"].between(55e-9, 60e-9)]
    # Weight -1 has its low resistance on blb: qb falls, q stays.
    assert (end["qb_v"] < 0.1).all()
    assert (end["q_v"] > 1.1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--corner", "tt", "--weight", "0"), "such as tt_27c_1v2"),
        (("--corner", "tt_27c_9v0", "--weight", "0"), "beyond the validity"),
        (("--corner", "tt_27c_1v2", "--weight", "2"), "allowed: +1, 0, -1"),
        (("--corner", "tt_27c_1v2", "--weight", "0", "--cell", "binary_2t2r"), "is not a weight of binary_2t2r"),
        (("--corner", "tt_27c_1v2", "--weight", "0", "--cell", "x"), "Known: binary_2t2r, ternary_2t2r"),
    ],
)
def test_wave_refuses_what_is_not_there(options, message, tiny, tmp_path, capsys):
    code, err = run_main(capsys, "wave", tiny, *options, "--out", tmp_path / "w")
    assert code == 2
    assert message in err
    assert not (tmp_path / "w").exists()


def test_main_job_from_study_to_report(tiny, networks_text, rramsim, tmp_path):
    tiny.write_text(tiny.read_text() + networks_text)
    done = rramsim("run", tiny, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    assert done.out == f"report: {tmp_path / 'run' / 'report.html'}\n"
    report = (tmp_path / "run" / "report.html").read_text()
    assert "<svg" in report
    accuracy = pd.read_csv(tmp_path / "run" / "accuracy.csv")
    # 2 networks x (without errors, and 4 corners x 2 modes), and 2 rates x (3 ternary + 2 binary error types) x 2 modes
    assert len(accuracy) == 2 * (1 + 4 * 2) + 2 * (3 + 2) * 2
    assert ((accuracy["ci_low"] <= accuracy["accuracy"]) & (accuracy["accuracy"] <= accuracy["ci_high"])).all()
    for name in ("ber.csv", "accuracy.csv", "report.html"):
        before = (tmp_path / "run" / name).read_bytes()
        if name == "ber.csv":
            again = rramsim("run", tiny, "--out", tmp_path / "run")
            assert again.code == 0, again.err
        assert (tmp_path / "run" / name).read_bytes() == before


def test_inject_needs_a_table_or_a_ladder(tiny, networks_text, tmp_path, capsys):
    tiny.write_text(tiny.read_text() + networks_text.replace("ladder = [0.01, 0.1]", ""))
    code, err = run_main(capsys, "inject", tiny, "--out", tmp_path / "run")
    assert code == 2
    assert "no BER table" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["run", "inject", "train"])
def test_a_network_file_with_other_weights_is_refused_before_anything_is_written(command, tiny, tmp_path, capsys):
    nodes = chain([Dense(weights=np.ones((10, 64), np.int8), kind=WeightKind.BINARY)])
    network = StoredNetwork(name="n", dataset="digits", input_shape=(64,), nodes=nodes)
    save_network(tmp_path / "n.safetensors", network)
    tiny.write_text(tiny.read_text() + '[[network]]\nname = "n"\nfile = "n.safetensors"\n')
    code, err = run_main(capsys, command, tiny, "--out", tmp_path / "run")
    assert code == 2
    assert "n.safetensors: kind is binary, the study says ternary" in err
    assert not (tmp_path / "run").exists()


def test_a_table_that_does_not_fit_the_study_is_refused_before_training(tiny, networks_text, tmp_path, capsys):
    tiny.write_text((tiny.read_text() + networks_text).replace(', "binary_2t2r"', ""))
    folder = tmp_path / "run"
    folder.mkdir()
    point = "ternary_2t2r,TT,1.2,27.0,5e-08"
    table = folder / "ber.csv"
    table.write_text(f"{','.join(BER.names)}\n{point},+1,0,2,0.7,0.5,0.9,measured,10,0,x\n")
    code, err = run_main(capsys, "inject", tiny, "--out", folder)
    assert code == 2
    assert f"{table} lacks " in err
    assert "ternary_2t2r at tt_27c_1v1; " in err
    table.write_text(f"{table.read_text()}{point},+1,-1,1,0.6,0.5,0.9,measured,10,0,x\n")
    code, err = run_main(capsys, "inject", tiny, "--out", folder)
    assert code == 2
    assert f"{table}, row 3, column probability: with it the misreads of +1" in err
    assert "train" not in err
    assert os.listdir(folder) == ["ber.csv"]


def test_a_cell_that_is_nowhere_is_refused(tiny, tmp_path, capsys):
    tiny.write_text(tiny.read_text() + '[[network]]\nname = "n"\ncells = ["my_array"]\n[injection]\nladder = [0.1]\n')
    code, err = run_main(capsys, "run", tiny, "--out", tmp_path / "run")
    assert (code, "network 'n': cells names 'my_array', no cell of the study" in err) == (2, True)
    code, err = run_main(capsys, "inject", tiny, "--out", tmp_path / "run")
    assert (code, "no BER table" in err) == (2, True)  # the ladder alone would leave the cell out in silence
    assert not (tmp_path / "run").exists()


def test_inject_and_train_need_a_network(tiny, tmp_path, capsys):
    for command in ("inject", "train", "map"):
        code, err = run_main(capsys, command, tiny, "--out", tmp_path / "run")
        assert code == 2
        assert "names no network; add a [[network]] table" in err


def test_report_of_a_folder_that_is_none(tmp_path, capsys):
    code, err = run_main(capsys, "report", tmp_path / "none")
    assert code == 2
    assert "none" in err


def two_states(tmp_path, tiny_text, networks_text):
    """Two studies of one name: the second has no networks."""
    text = tiny_text.replace(', "binary_2t2r"', "").replace('["TT", "SS"]', '["TT"]')
    for name, supply, more in (
        ("first", "1.2", networks_text.split('[[network]]\nname = "binary"')[0]),
        ("second", "2.5", ""),
    ):
        (tmp_path / f"{name}.toml").write_text(text.replace("[1.1, 1.2]", f"[{supply}]") + more)
    return tmp_path / "first.toml", tmp_path / "second.toml"


def test_a_folder_that_gets_a_second_study_never_joins_the_two(tiny_text, networks_text, tmp_path, capsys, caplog):
    first, second = two_states(tmp_path, tiny_text, networks_text)
    folder = tmp_path / "run"
    assert run_main(capsys, "run", first, "--out", folder, "--workers", "1")[0] == 0
    before = (folder / "accuracy.csv").read_bytes()
    assert run_main(capsys, "run", second, "--out", folder, "--workers", "1")[0] == 0
    line = "accuracy.csv was made from another ber.csv: run rramsim inject again"
    assert line in caplog.text
    page = (folder / "report.html").read_text()
    assert line in page
    assert 'id="accuracy' not in page.replace('<h2 id="accuracy">', "")
    assert 'id="ber_ternary_2t2r_type1"' in page
    # The rates are those of the second study: the first study's networks cannot have them.
    code, err = run_main(capsys, "inject", first, "--out", folder)
    assert code == 2
    assert f"{folder / 'ber.csv'} was made for another study than {first}" in err
    assert f"rramsim sweep {first} --out {folder}" in err
    assert (folder / "accuracy.csv").read_bytes() == before
    # An edited one is the user's own, and taken as such.
    assert run_main(capsys, "sweep", first, "--out", folder, "--workers", "1")[0] == 0
    table = folder / "ber.csv"
    table.write_text(table.read_text().replace("monte_carlo", "measured"))
    assert run_main(capsys, "inject", first, "--out", folder, "--workers", "1")[0] == 0
    assert f"{table} is taken as a table of your own" in caplog.text


def test_a_sweep_that_is_killed_has_marked_what_was_there_before(tiny_text, networks_text, rramsim, tmp_path):
    first, second = two_states(tmp_path, tiny_text, networks_text)
    folder = tmp_path / "run"
    assert rramsim("run", first, "--out", folder, "--workers", "1").code == 0
    second.write_text(second.read_text().replace("max_trials = 20", "max_trials = 1000000"))
    command = "from rramsim.cli.main import main; main()"
    arguments = [sys.executable, "-c", command, "sweep", str(second), "--out", str(folder), "--workers", "1"]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert any(line.startswith("sweep: 0/") for line in process.stderr)
            refused = rramsim("train", first, "--out", folder)
        finally:
            process.kill()
    assert refused.code == 2
    assert f"another rramsim is writing into {folder} (process {process.pid})" in refused.err
    done = rramsim("report", folder)
    assert done.code == 0, done.err
    assert "ber.csv was made for another study than the one in this folder: run rramsim sweep again" in done.err
    page = (folder / "report.html").read_text()
    assert "<figure " not in page
    assert 'id="accuracy-table"' not in page


# Each takes some tenths of a second to import, on a slow machine seconds.
HEAVY = {"scipy", "pandas", "PySpice", "openturns", "pebble", "torch", "matplotlib", "distributed", "sklearn"}


@pytest.mark.parametrize("text", ["[corners]\nvdd = [1.2]", "[corners]\nvdd_v = [7]", "[ber]\nmax_trials = 0", "[[["])
@pytest.mark.parametrize("command", ["run", "sweep", "inject", "train", "map", "wave"])
def test_a_wrong_study_is_refused_before_anything_heavy_is_imported(command, text, tmp_path):
    (tmp_path / "study.toml").write_text(f'[study]\nname = "s"\n{text}')
    options = ["--corner", "tt_27c_1v2", "--weight", "0"] if command == "wave" else []
    code = (
        f"import sys\nfrom rramsim.cli.main import main\ntry: main({[command, 'study.toml', *options]})\n"
        f"except SystemExit as ended: print(ended.code, sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"


def test_a_sweep_of_more_than_a_day_asks_first(tiny, tmp_path, rramsim):
    tiny.write_text(tiny.read_text().replace("max_trials = 20", "max_trials = 1_000_000_000"))
    done = rramsim("sweep", tiny, "--out", tmp_path / "out", "--workers", "1")
    assert done.code == 2
    assert re.search(
        r"expected: 20 points, up to about 12,000,000,000 simulations, [\d,]+ days, more than 1 days: say", done.err
    )
    assert not (tmp_path / "out").exists()


def test_more_corners_than_fit_into_memory_are_refused(tiny, tmp_path, rramsim):
    values = ", ".join(str(1 + number * 1e-5) for number in range(10_000))
    text = tiny.read_text().replace("[1.1, 1.2]", f"[{values}]").replace("[27]", f"[{values}]")
    tiny.write_text(text)
    done = rramsim("sweep", tiny, "--out", tmp_path / "out")
    assert done.code == 2
    assert "corners: 200,000,000 corners are more than fit into the" in done.err
    assert not (tmp_path / "out").exists()


def test_a_file_of_ones_own_is_never_written_over(tiny, networks_text, tmp_path, rramsim_here, caplog):
    """Put there, or made of what rramsim wrote."""
    tiny.write_text(tiny.read_text().replace('["TT", "SS"]', '["TT"]') + networks_text)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "ber.csv").write_text("mine")
    edited = [
        "ber.csv",
        "reads.csv",
        "waveforms.csv",
        "accuracy.csv",
        "figures/window.svg",
        "networks/binary.safetensors",
    ]
    for command in ("run", "run"):
        done = rramsim_here(command, tiny, "--out", folder)
        assert done.code == 0, done.err
        for name in edited:
            with (folder / name).open("a") as file:
                file.write(" mine")
    owns = [folder / "ber.csv.own1", folder / "ber.csv.own2", *(folder / f"{name}.own1" for name in edited[1:])]
    assert sorted(folder.rglob("*.own*")) == sorted(owns)
    assert all(path.read_bytes().endswith(b"mine") for path in owns)
    assert all(f"a file of your own is now called {path}" in caplog.text for path in owns)


def test_a_network_in_the_run_folder_is_loaded_and_left_as_it_is(tiny, networks_text, tmp_path, rramsim_here):
    tiny.write_text(tiny.read_text() + networks_text)
    folder = tmp_path / "out"
    assert rramsim_here("train", tiny, "--out", folder).code == 0
    network = folder / "networks" / "binary.safetensors"
    before = network.read_bytes()
    text = tiny.read_text()
    at = text.index('name = "binary"')
    tiny.write_text(text[:at] + text[at:].replace("settings.hidden = [16]\nepochs = 3", f'file = "{network}"', 1))
    assert rramsim_here("train", tiny, "--out", folder).code == 0
    assert network.read_bytes() == before
    assert not list(folder.rglob("*.own*"))


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_damaged_table_that_would_be_left_is_refused_before_anything_is_written(
    command, tiny, tmp_path, rramsim_here
):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "accuracy.csv").write_text("oetwork\n")
    done = rramsim_here(command, tiny, "--out", folder)
    assert done.code == 2
    assert "accuracy.csv is not an accuracy table: column network, dataset" in done.err
    assert [path.name for path in folder.iterdir()] == ["accuracy.csv"]


@pytest.mark.parametrize("command", ["run", "sweep", "inject", "train", "map", "wave", "report"])
def test_what_lies_in_the_place_of_a_result_is_refused_before_any_work(
    command, tiny, networks_text, tmp_path, rramsim_here
):
    tiny.write_text(tiny.read_text() + networks_text)
    folder = tmp_path / "out"
    (folder / "figures" / "window.svg").mkdir(parents=True)
    options = ["--corner", "tt_27c_1v2", "--weight", "0"] if command == "wave" else []
    done = rramsim_here(command, *([folder] if command == "report" else [tiny, "--out", folder]), *options)
    assert done.code == 2
    assert f"{folder / 'figures' / 'window.svg'} is a folder, where a file may have to be written" in done.err
    assert sorted(folder.rglob("*")) == [folder / "figures", folder / "figures" / "window.svg"]
