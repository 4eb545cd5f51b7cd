"""A model library of the user's own through the command line: taken right, or refused before anything is written."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from rramsim.circuits.technology import load_technology

MODELS = load_technology("generic_130nm_5v").models_text("TT")
MODELS = MODELS[MODELS.index(".model nmos_5v") :].replace("n_dvth", "0").replace("p_dvth", "0")
MODELS = MODELS.replace("*n_mu", "").replace("*p_mu", "").replace("*n_tox", "").replace("*p_tox", "")
CARD = """
name = "own kit, 5 V"
library = "models.lib"
[sections]
TT = "tt"
[validity]
vdd_min_v = 0.6
vdd_max_v = 5.5
temperature_min_c = -40
temperature_max_c = 125
[nfet]
device = "nmos_5v"
kind = "primitive"
threshold_handle = "@m.{path}.m1[delvto]"
a_vt_v_m = 11.5e-9
[pfet]
device = "pmos_5v"
kind = "primitive"
threshold_handle = "@m.{path}.m1[delvto]"
a_vt_v_m = 12e-9
"""
STUDY = """
[study]
name = "own"
seed = 5
[technology]
card = "own.toml"
[corners]
temperature_c = [27, 85]
[ber]
estimator = "monte_carlo"
max_trials = 20
"""


@pytest.fixture
def kit(tmp_path, rramsim, rramsim_here):
    """Write a kit and a study, and sweep it: how that ended, and the run folder.

    In a process of its own where an environment is given.
    """

    def sweep(models=MODELS, *replacements, folder="kit", out="run", cwd=None, environment=None, **files):
        where = tmp_path / folder
        where.mkdir(exist_ok=True)
        card = CARD
        for old, new in replacements:
            assert old in card
            card = card.replace(old, new)
        (where / "own.toml").write_text(card)
        (where / "study.toml").write_text(STUDY)
        (where / "models.lib").write_text(f".lib tt\n{models}\n.endl\n")
        for name, text in files.items():
            (where / name.replace("_", ".")).write_text(text)
        run = tmp_path / out
        arguments = ("sweep", where / "study.toml", "--out", run)
        if environment is None:
            return rramsim_here(*arguments, cwd=cwd or where), run
        return rramsim(*arguments, cwd=cwd or where, **environment), run

    return sweep


def tables(run):
    return {name: (run / name).read_bytes() for name in ("ber.csv", "reads.csv", "waveforms.csv")}


def refused(done, run, *told):
    assert done.code == 2, done.err
    assert not run.exists()
    for text in told:
        assert text in done.err
    assert "Traceback" not in done.err


def test_randomness_of_a_kit_is_refused_by_its_name_unless_it_is_switched_off(kit):
    random = MODELS.replace("vth0={0.68+0}", "vth0={0.68+dv}")
    assert random != MODELS
    switched = f".param dv='sw*agauss(0, 0.05, 1)'\n{random}"
    done, run = kit(f".param sw=1\n{switched}")
    refused(done, run, "two simulations of the same deck differ", "dv in ", "models.lib, line 3", "[parameters]")
    done, run = kit(f".param sw=1\n{switched}", ("[validity]", "[parameters]\nsw = 0\n[validity]"))
    assert done.code == 0, done.err
    off = {name: text for name, text in tables(run).items() if name != "ber.csv"}
    plain, other = kit(out="plain")
    assert plain.code == 0
    # But for the ids and what is drawn by them.
    assert off["waveforms.csv"] == tables(other)["waveforms.csv"]


@pytest.mark.parametrize("drawn", ["gauss(1, 0.05, 1)", "aunif(0, 0.05)", "unif(0.5, 0.1)", "limit(0, 0.05)"])
def test_every_kind_of_randomness_is_found(kit, drawn):
    done, run = kit(f".param dv={{{drawn}}}\n{MODELS.replace('vth0={0.68+0}', 'vth0={0.65+0.01*dv}')}")
    refused(done, run, "two simulations of the same deck differ", "dv in ")


def test_noise_that_is_drawn_in_each_simulation_is_found(kit):
    noisy = (
        ".subckt noisy d g s b w=1u l=1u\nm1 d gi s b nmos_5v w={w} l={l}\nvn g gi dc 0 trnoise(10m 0.1n 0 0)\n.ends\n"
    )
    done, run = kit(
        noisy + MODELS,
        ('"nmos_5v"\nkind = "primitive"\nthreshold_handle = "@m.{path}.m1[delvto]"', '"noisy"\nkind = "subcircuit"'),
    )
    refused(done, run, "two simulations of the same deck differ")


def test_settings_files_of_ngspice_change_nothing(kit, tmp_path):
    done, run = kit(environment={})
    assert done.code == 0, done.err
    home = tmp_path / "home"
    (home / "scripts").mkdir(parents=True)
    text = "option gmin=1e-6 reltol=0.1 method=gear\nset ngbehavior=hsa\nset interp\nshell touch RAN\n"
    for path in (home / ".spiceinit", home / "scripts" / "spinit", tmp_path / "kit" / ".spiceinit"):
        path.write_text(text)
    names = ("HOME", "SPICE_LIB_DIR", "SPICE_USERINIT_DIR")
    environment = dict.fromkeys(names, str(home)) | {"SPICE_SCRIPTS": str(home / "scripts")}
    done, other = kit(out="other", environment=environment)
    assert done.code == 0, done.err
    assert tables(other) == tables(run)
    assert not [path for path in (*tmp_path.rglob("*"), *Path().iterdir()) if path.name.lower() == "ran"]


def test_what_is_behind_an_include_is_noticed(kit):
    done, run = kit(".include mos.inc", mos_inc=MODELS)
    assert done.code == 0, done.err
    before = tables(run)
    done, run = kit(".include mos.inc", mos_inc=MODELS)
    assert "sweep: 4/4 points, 0 s\n" in done.err  # all found finished
    done, run = kit(".include mos.inc", mos_inc=MODELS.replace("vth0={0.68+0}", "vth0={0.60+0}"))
    assert done.code == 0, done.err
    assert tables(run)["reads.csv"] != before["reads.csv"]
    sent = json.loads((run / "provenance.json").read_text())["technology"]["files"]
    assert set(sent) == {"own.toml", "models.lib", "mos.inc"}


def test_a_moved_kit_gives_the_same_digits_and_finds_what_is_finished(kit, tmp_path):
    done, run = kit(".include mos.inc", mos_inc=MODELS)
    other = "another folder $x 'y'"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mos.inc").write_text(MODELS.replace("0.68", "0.10"))  # where the command is typed
    done, moved = kit(".include mos.inc", folder=other, out="moved", cwd=elsewhere, mos_inc=MODELS)
    assert done.code == 0, done.err
    assert tables(moved) == tables(run)
    shutil.rmtree(tmp_path / "kit")
    done, again = kit(".include mos.inc", folder=other, out="run", cwd=elsewhere, mos_inc=MODELS)
    assert "sweep: 4/4 points, 0 s\n" in done.err
    assert tables(again) == tables(moved)


def test_names_of_rramsim_in_a_kit_are_the_kits_own(kit):
    """A kit whose nfet is something else, asked for as such or not at all."""
    half = ".subckt {} d g s b w=1u l=1u dvt=0\nm1 d g s b {} w={{w/2}} l={{l}} delvto={{dvt}}\n.ends\n"
    done, expected = kit(half.format("half", "nmos_5v") + MODELS, *asked("half"), out="expected")
    assert done.code == 0, done.err
    clash = half.format("nfet", "nmos_5v") + half.format("pfet", "pmos_5v") + half.format("pcsa", "nmos_5v") + MODELS
    done, run = kit(clash, *asked("nfet"), out="clash")
    assert done.code == 0, done.err
    assert tables(run)["waveforms.csv"] == tables(expected)["waveforms.csv"]
    done, plain = kit(out="plain")
    done, beside = kit(clash, out="beside")
    assert tables(beside) == tables(plain)  # what is not asked for is not there


def asked(device):
    old = 'device = "nmos_5v"\nkind = "primitive"\nthreshold_handle = "@m.{path}.m1[delvto]"'
    return [(old, f'device = "{device}"\nkind = "subcircuit"\nthreshold_handle = "@m.{{path}}.x1.m1[delvto]"')]


@pytest.mark.parametrize(
    ("handle", "told"),
    [
        ("@m.{path}.m1[nosuch]", "cannot be simulated"),
        ("@m.{path}.m2[delvto]", "cannot be simulated"),
        ("@m.{path}.m1[nrd]", "nfet.threshold_handle shifts"),
        ("@m.{path}.m1[delvto];shell touch RAN", "must be 'gate_source', or a name"),
    ],
)
def test_a_threshold_handle_that_does_nothing_is_refused(kit, tmp_path, handle, told):
    done, run = kit(MODELS, ("@m.{path}.m1[delvto]", handle))
    refused(done, run, told)
    assert not [path for path in (*tmp_path.rglob("*"), *Path().iterdir()) if path.name.lower() == "ran"]


def test_a_misspelt_model_parameter_is_told_once_and_kept(kit):
    wrong = MODELS.replace("level=14", "vthh0=1 level=14", 1)
    done, run = kit(wrong)
    assert done.code == 0, done.err
    assert done.err.count("unrecognized parameter (vthh0)") == 1
    assert "unrecognized parameter (vthh0)" in (run / "warnings.txt").read_text()
    done, run = kit()
    assert done.code == 0, done.err
    assert not (run / "warnings.txt").exists()


def test_models_that_are_odd_are_told_once_and_kept(kit):
    models = ".model nmos_5v nmos level=1 vto=-0.7 kp=1e-4\n.model pmos_5v pmos level=1 vto=-0.7 kp=4e-5 tox=10n\n"
    done, run = kit(models, ('"@m.{path}.m1[delvto]"', '"gate_source"'))
    assert done.code == 0, done.err
    kept = (run / "warnings.txt").read_text()
    for told in ("nfet of TT has no gate capacitance", "nfet of TT carries 0.036 of its current with its gate at"):
        assert done.err.count(told) == 1
        assert told in kept
    assert "pfet of TT" not in kept


@pytest.mark.parametrize(
    "text",
    [
        "*#shell touch RAN\n", "* x\n*# shell touch RAN\n", "*ng_script\nshell touch RAN\n",
        ".control\nshell touch RAN\n.endc\n",
        ".subckt x a b\n*#shell touch RAN\nr1 a b 1\n.ends\n", ".exec shell touch RAN\n", "shell touch RAN\n",
        ".csparam x=1\n.control\nshell touch RAN\n.endc\n", ".option x='`touch RAN`'\n",
        ".model cmd d_process(process_file=\"touch\" process_params=[\"RAN\"])\n.subckt c a b\na1 [a] [b] cmd\n.ends\n",
    ],
)  # fmt: skip
def test_nothing_in_a_library_is_run(kit, tmp_path, text):
    done, run = kit(text + MODELS)
    assert done.code in (0, 2), done.err
    assert "Traceback" not in done.err
    assert done.code == 0 or not run.exists()
    assert not [path for path in (*tmp_path.rglob("*"), *Path().iterdir()) if path.name.lower() == "ran"]


def test_an_exported_deck_opens_alone(kit, tmp_path):
    program = shutil.which("ngspice")
    if program is None:
        pytest.skip("the program of ngspice is not installed, only its library")
    done, run = kit(
        ".include mos.inc", ("[validity]", '[ngspice]\noptions = ["gmin=1e-13"]\n[validity]'), mos_inc=MODELS
    )
    assert done.code == 0, done.err
    deck = next((run / "decks").iterdir())
    shutil.rmtree(tmp_path / "kit")
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(deck, alone)
    ended = subprocess.run([program, "-b", deck.name, "-r", "out.raw"], cwd=alone, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (alone / "out.raw").stat().st_size > 1000
    assert str(tmp_path) not in deck.read_text()


def test_doctor_tells_what_a_kit_is_like(kit, rramsim_here, tmp_path):
    kit(MODELS, ('TT = "tt"', 'TT = "tt"\nwafer = ["tt", "tt"]'))
    done = rramsim_here("doctor", "--technology", tmp_path / "kit" / "own.toml")
    assert done.code == 0, done.err
    assert "WAFER (sections tt, tt): 1 files, 2 devices defined" in done.out
    assert done.out.count("nfet, 2 µm by 0.6 µm, at 3.05 V and 27 °C: 0.00043") == 2
    assert "; its mismatch: 7.42 mV of threshold" in done.out
    assert "nothing wrong was found" in done.out
    kit(MODELS, ("@m.{path}.m1[delvto]", "@m.{path}.m1[nrd]"))
    done = rramsim_here("doctor", "--technology", tmp_path / "kit" / "own.toml")
    assert done.code == 2
    assert "WRONG: " in done.out
    assert "nfet.threshold_handle shifts" in done.err


def test_a_corner_of_the_kits_own_goes_through_all_tables(kit, rramsim_here, tmp_path):
    kit(MODELS, ('TT = "tt"', 'TT = "tt"\nwafer_1 = "tt"'), out="plain")
    study = tmp_path / "kit" / "study.toml"
    study.write_text(STUDY.replace("[corners]", '[corners]\nprocess = ["wafer_1", "TT"]'))
    done = rramsim_here("run", study, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    rows = (tmp_path / "run" / "ber.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["TT"] * (len(rows) // 2) + ["WAFER_1"] * (len(rows) // 2)
    assert "WAFER_1" in (tmp_path / "run" / "report.html").read_text()
    assert rramsim_here("verify", tmp_path / "run", "--rows", "20").code == 0
