"""Whole folders of every kind through the command line.

Exit 0 with the value that another reading of the same files gives, or exit 2 with nothing written; 1 where a simulation
failed. Never a traceback, never a file of the user's that is changed. ``RRAMSIM_FUZZ`` multiplies the examples.
"""

import csv
import io
import os
import shutil
import sys
import tempfile
import tomllib
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.circuits.technology import load_technology
from rramsim.cli.main import main
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.dense import Dense
from rramsim.nn.storage import save_network
from rramsim.spice import executors
from rramsim.spice import workers as local
from rramsim.weights import WeightKind
from tests.property.independent import as_ngspice_reads

pytestmark = pytest.mark.spice
FUZZ = settings.get_profile("files")
TIMES = float(os.environ.get("RRAMSIM_FUZZ", "0.3"))

MODELS = load_technology("generic_130nm_5v").models_text("TT")
MODELS = MODELS[MODELS.index(".model nmos_5v") :]
BINDING = 'kind = "primitive"\nthreshold_handle = "@m.{path}.m1[delvto]"\na_vt_v_m = 1e-8\n'
FILES = {
    "study.toml": '[study]\nname = "s"\nseed = 1\n[technology]\ncard = "kit/own.toml"\n[corners]\nprocess = ["TT"]\n'
    'vdd_v = [1.2]\ntemperature_c = [27]\n[read]\ncells = ["binary_2t2r"]\nt_sense_s = 5e-8\n'
    '[ber]\nestimator = "monte_carlo"\nmax_trials = 2\n[[network]]\nname = "n"\nweights = "binary"\n'
    'file = "network.safetensors"\n[injection]\nmodes = ["static"]\nrepeats = 2\n',
    "kit/own.toml": 'name = "own"\nlibrary = "models.lib"\n[sections]\nTT = "tt"\n[validity]\nvdd_min_v = 0.6\n'
    f'vdd_max_v = 5.5\ntemperature_min_c = -40\ntemperature_max_c = 125\n[nfet]\ndevice = "nmos_5v"\n{BINDING}'
    f'[pfet]\ndevice = "pmos_5v"\n{BINDING}',
    "kit/models.lib": ".lib base\n.param n_dvth=0 n_mu=1 n_tox=1\n.param p_dvth=0 p_mu=1 p_tox=1\n.endl\n.lib tt\n"
    ".lib models.lib base\n.include 'mos.inc'\n.endl tt\n",
    "kit/mos.inc": MODELS,
}  # fmt: skip
LINES = [
    ".param n_mu=2", ".param n_mu=agauss(1,0.5,1)", ".include mos.inc", ".lib models.lib tt", ".control", ".endc",
    ".tran 1n 9n", "*#shell touch RAN", "shell touch RAN", ".end", ".endl", ".model nmos_5v nmos level=1",
    ".subckt nfet d g s b w=1 l=1\nm1 d g s b nmos_5v w=1u l=1u\n.ends", ".option gmin=1e-6", ".temp 100",
    ".global q qb", "r1 q 0 1", ".include '../study.toml'", ".if (n_mu > 1)\n.param z=1\n.endif", ".func f(x) {x}",
    "+ vth0=0.3", "* \xb5", "; x", ".save all", ".ic v(q)=0",
]  # fmt: skip
VALUES = st.one_of(
    st.booleans(), st.integers(-(10**6), 10**6), st.floats(allow_nan=True), st.just({}), st.just([]),
    st.sampled_from(
        ["", "\0", "a\nb", "x" * 300, "/", "..", "../x", "TT", "tt", "nfet", "nmos_5v", "1.2 V", "5 ns", "models.lib",
         "mos.inc", "kit/own.toml", "network.safetensors", "n", "@m.{path}.m1[delvto];shell touch RAN", "gate_source",
         "m=2", "w=1u", "subcircuit", "monte_carlo", "line_sampling", "ternary", "binary_2t2r", "ternary_2t2r", [1.2],
         ["TT", "SS"], [27, 85]]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def workers():
    """Two worker processes for all commands: a process for each would take most of the time."""
    with local.local_workers(2) as executor, pytest.MonkeyPatch.context() as patch:
        for module in (executors, local):
            patch.setattr(module, "local_workers", lambda *_arguments, **_options: nullcontext(executor))
        yield executor


@pytest.fixture(scope="module")
def tree(tmp_path_factory, workers):
    """A whole folder: study, kit, network, a table of the user's own, and a finished run."""
    root = tmp_path_factory.mktemp("tree")
    (root / "kit").mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    weights = np.where(np.random.default_rng(0).random((10, 64)) < 0.5, -1, 1).astype(np.int8)
    norm = Affine(scale=np.ones(10, np.float32), shift=np.zeros(10, np.float32))
    nodes = chain([Dense(weights=weights, kind=WeightKind.BINARY), norm])
    network = StoredNetwork(name="n", dataset="digits", input_shape=(64,), nodes=nodes)
    save_network(root / "network.safetensors", network)
    assert command("run", root / "study.toml", "--out", root / "run")[0] == 0
    (deck,) = (root / "run" / "decks").iterdir()
    assert workers.submit(as_ngspice_reads, deck.read_text(), str(root / "kit" / "models.lib")).result() == "the same"
    (root / "own").mkdir()
    shutil.copy(root / "run" / "ber.csv", root / "own")
    return root


def command(*arguments):
    """Exit code and standard error of a command."""
    streams = (sys.stdout, sys.stderr)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in streams)
    try:
        main(list(map(str, arguments)))
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        told = sys.stderr.buffer.getvalue().decode()
        sys.stdout, sys.stderr = streams
    return code, told


def rows_of(table):
    return list(csv.DictReader(io.StringIO(table)))


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check(folder, out, *arguments):
    """Run a command on a folder, and hold it to what every command promises."""
    before = contents(folder)
    code, told = command(*arguments)
    after = contents(folder)
    assert code in (0, 1, 2), told
    assert "Traceback" not in told
    assert "ended unexpectedly" not in told
    assert len(told) < 50_000
    # ngspice writes names in lower case, and workers are where the tests are.
    assert not [path for path in (*folder.rglob("*"), *Path().iterdir()) if path.name.lower() == "ran"]
    if code == 2:
        assert after == before, told
    theirs = {name: content for name, content in before.items() if not name.startswith(f"{out}/")}
    assert {name: after.get(name) for name in theirs} == theirs  # nothing of the user's is touched
    assert all(name in theirs or name.startswith(f"{out}/") for name in after)
    return code, told


@st.composite
def edited(draw, name, content):
    """A file as a user might have it: another value at a key, or another line."""
    if not name.endswith(".toml"):
        lines = content.decode().split("\n")
        at = draw(st.integers(0, len(lines)))
        return "\n".join([*lines[:at], draw(st.sampled_from(LINES)), *lines[at:]]).encode()
    data = tomllib.loads(content.decode())
    tables = [data, *(table for table in data.values() if isinstance(table, dict))]
    table = draw(st.sampled_from(tables))
    table[draw(st.sampled_from(sorted(table)))] = draw(VALUES)
    return tomli_w.dumps(data).encode()


def changed(data, mangled, folder, names):
    for _ in range(data.draw(st.integers(1, 2))):
        path = folder / data.draw(st.sampled_from(names))
        content = path.read_bytes()
        text = path.suffix in (".toml", ".lib", ".inc")
        how = edited(path.name, content) if text and data.draw(st.booleans()) else mangled(content)
        try:
            path.write_bytes(data.draw(how))
        except (ValueError, UnicodeDecodeError):  # a file that was mangled before cannot be edited
            path.write_bytes(data.draw(mangled(content)))


def examples(count):
    return settings(FUZZ, max_examples=int(count * TIMES))


@examples(120)
@given(st.data())
def test_a_study_and_its_kit(tree, workers, mangled, data):
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(tree, Path(name) / "f", ignore=shutil.ignore_patterns("run", "own"))
        changed(data, mangled, folder, sorted(FILES))
        where = data.draw(st.sampled_from(["new", "new/deep"]))
        code, _ = check(folder, "new", "sweep", folder / "study.toml", "--out", folder / where)
        if code != 0:
            return
        study = tomllib.loads((folder / "study.toml").read_bytes().decode("utf-8-sig"))
        found = rows_of((folder / where / "ber.csv").read_text())
        for key, column in (("vdd_v", "vdd_v"), ("temperature_c", "temperature_c")):
            wanted = study.get("corners", {}).get(key)
            if wanted is not None and not any(isinstance(value, str) for value in wanted):
                assert {float(row[column]) for row in found} == {float(value) for value in wanted}
        card = study.get("technology", {}).get("card")
        # ngspice itself takes a byte-order mark for a part of the first word.
        texts = [(folder / name).read_bytes() for name in ("kit/models.lib", "kit/mos.inc")]
        marked = any(text.startswith(b"\xef\xbb\xbf") or b"RAN" in text for text in texts)  # and it runs commands
        if (folder / "kit/own.toml").read_text() == FILES["kit/own.toml"] and card == "kit/own.toml" and not marked:
            library = str(folder / "kit" / "models.lib")
            for deck in (folder / where / "decks").iterdir():
                assert workers.submit(as_ngspice_reads, deck.read_text(), library).result() != "differs"


@examples(120)
@given(st.data())
def test_a_table_and_a_network_of_ones_own(tree, workers, mangled, data):
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(tree, Path(name) / "f", ignore=shutil.ignore_patterns("run"))
        changed(data, mangled, folder, ["own/ber.csv", "network.safetensors", "study.toml"])
        code, _ = check(folder, "own", "inject", folder / "study.toml", "--out", folder / "own")
        table = (folder / "own" / "ber.csv").read_text(encoding="utf-8-sig") if code == 0 else ""
        if code == 0:
            cells = {row["cell"] for row in rows_of(table)}
            rows = rows_of((folder / "own" / "accuracy.csv").read_text())
            assert rows
            assert {row["cell"] for row in rows} <= cells | {""}
            assert all(
                0 <= float(row["ci_low"]) <= float(row["accuracy"]) <= float(row["ci_high"]) <= 1 for row in rows
            )


@examples(120)
@given(st.data())
def test_a_run_folder_in_any_state(tree, workers, mangled, data):
    """Report, verify and going on, of a folder whose files are damaged or gone."""
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(tree, Path(name) / "f", ignore=shutil.ignore_patterns("own"))
        files = sorted(path.relative_to(folder).as_posix() for path in (folder / "run").rglob("*") if path.is_file())
        changed(data, mangled, folder, files)
        if data.draw(st.booleans()):
            (folder / data.draw(st.sampled_from(files))).unlink()
        asked = data.draw(st.sampled_from(["report", "verify", "sweep", "inject"]))
        if asked in ("report", "verify"):
            arguments = [asked, folder / "run", *(["--rows", "2", "--workers", "1"] if asked == "verify" else [])]
        else:
            arguments = [asked, folder / "study.toml", "--out", folder / "run"]
        before = contents(folder)
        code, _ = check(folder, "run", *arguments)
        if asked == "verify":
            assert contents(folder) == before
        elif asked == "sweep" and code == 0:
            assert (folder / "run" / "reads.csv").read_bytes() == (tree / "run" / "reads.csv").read_bytes()
