"""Circuit files: a user's circuit is the built-in one where it says the same, and what is wrong is told by key."""

import pickle

import pytest
import tomli_w

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.errors import InputError, MissingResourceError, StudyError
from rramsim.resources import netlist_path
from rramsim.study import load_study
from rramsim.weights import WeightKind


def circuit(**changes):
    """Contents of a file that says what the built-in circuit is; keys as ``amplifier__subcircuit``, None to remove."""
    data = {
        "name": "own",
        "weights": "ternary",
        "amplifier": {
            "netlists": ["sense/pcsa.cir"],
            "subcircuit": "pcsa",
            "connect": {"q": "q", "qb": "qb", "bl": "bl", "blb": "blb", "sl": "sl", "sen": "sen", "vdd": "vdd"}
            | {"vss": "0"},
        },
        "cell": {
            "netlists": ["cells/half_cell_1t1r.cir", "cells/cell_2t2r.cir"],
            "subcircuit": "cell_2t2r",
            "connect": {"bl": "bl", "blb": "blb", "wl": "wl", "sl": "sl", "vss": "0"},
        },
    }
    for key, value in changes.items():
        *parents, last = key.split("__")
        table = data
        for parent in parents:
            table = table[parent]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return data


@pytest.fixture
def load(tmp_path):
    def _load(netlists=(), **changes):
        for name, text in dict(netlists).items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "own.toml").write_text(tomli_w.dumps(circuit(**changes)))
        return load_cell("own.toml", relative_to=tmp_path)

    return _load


def deck(cell, **keys):
    corner, technology = parse_corner("tt_27c_1v2"), load_technology("generic_130nm_5v")
    return ReadDeck(cell=cell, corner=corner, technology=technology, **keys)


def test_the_built_in_circuit_as_a_file_gives_the_built_in_deck(load):
    own, built_in = deck(load()), deck(CELLS["ternary_2t2r"])
    assert own.text.replace("read of own at", "read of ternary_2t2r at") == built_in.text
    assert (own.transistors, own.resistance_handles) == (built_in.transistors, built_in.resistance_handles)
    assert "senb" not in own.text


PYSPICE = """
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.Netlist import SubCircuitFactory


class HalfCell(SubCircuitFactory):
    NAME = "half_cell_1t1r"
    NODES = ("bl", "wl", "sl", "vss")

    def __init__(self):
        super().__init__(r=5e3, w_select=6e-6, l_select=0.6e-6, dvt_mn1=0)
        self.R("mem", "bl", "d", "{r}")
        self.X("mn1", "nfet", "d", "wl", "sl", "vss", w="{w_select}", l="{l_select}", dvt="{dvt_mn1}")
"""


def test_a_netlist_may_be_a_class_of_pyspice(load):
    netlists = ["half.py:HalfCell", "cells/cell_2t2r.cir"]
    own, built_in = load({"half.py": PYSPICE}, cell__netlists=netlists), load()
    sizes = [{t.path: (t.kind, t.width, t.length) for t in cell.transistors()} for cell in (own, built_in)]
    assert sizes[0] == sizes[1]
    assert "\nrmem bl d {r}\n" in deck(own).text
    for change, message in (
        (("HalfCell", "Halfcell"), "has no class HalfCell; did you mean 'Halfcell'"),
        (('"{r}")', '"{r}", raw_spice="ic=1")'), "half.py:HalfCell"),
        (("SubCircuitFactory):", "object):"), "expected a SubCircuit or SubCircuitFactory"),
        (("import warnings", "import warnigns"), "half.py cannot be imported: ModuleNotFoundError"),
    ):
        with pytest.raises(StudyError, match=r"cell\.netlists\[0\]: ") as caught:
            load({"half.py": PYSPICE.replace(*change)}, cell__netlists=netlists)
        assert message in str(caught.value)


def test_both_codings_share_the_circuit(load):
    assert CELLS["binary_2t2r"].circuit == CELLS["ternary_2t2r"].circuit
    assert load(weights="binary").weights is WeightKind.BINARY


def test_cells_go_to_other_processes(load):
    cell = load()
    assert pickle.loads(pickle.dumps(cell)) == cell
    assert pickle.loads(pickle.dumps(deck(cell))).text == deck(cell).text


def test_ports_and_sub_circuits_ignore_case_and_line_ends(load):
    text = netlist_path("sense/pcsa.cir").read_text().upper().replace("\n", "\r\n")
    own = load({"PCSA.cir": text}, amplifier__netlists=["PCSA.cir"], amplifier__subcircuit="PCSA")
    assert own.transistors() == CELLS["ternary_2t2r"].transistors()
    assert "\r" not in deck(own).text


def test_a_file_beside_the_circuit_goes_before_a_built_in_netlist(load, tmp_path):
    (tmp_path / "sense").mkdir()
    text = netlist_path("sense/pcsa.cir").read_text().replace("w_foot=10e-6", "w_foot=5e-6")
    (tmp_path / "sense" / "pcsa.cir").write_text(text)
    assert {t.path: t.width for t in load().transistors()}["xsa.xmn3"] == 5e-6


PCSA = netlist_path("sense/pcsa.cir").read_text()
BAD = {
    "unknown key": ({"amplifier__ports": []}, ["amplifier.ports: unknown key"]),
    "no name": ({"name": None}, ["name: is required"]),
    "name with a path": ({"name": "../a"}, ["name: ", "pattern"]),
    "name of a built-in cell": ({"name": "binary_2t2r"}, ["name: is the name of a built-in cell"]),
    "unknown weights": ({"weights": "analog"}, ["weights: ", "'binary' or 'ternary'"]),
    "no netlists": ({"cell__netlists": []}, ["cell.netlists", "at least 1"]),
    "missing netlist": (
        {"amplifier__netlists": ["sense/pcsb.cir"]},
        ["amplifier.netlists[0]: no such file", "did you mean 'sense/pcsa.cir'?"],
    ),
    "netlist beyond a file name": (
        {"amplifier__netlists": ["x" * 500]},
        ["cannot be used as a path: File name too long"],
    ),
    "folder for a netlist": ({"amplifier__netlists": ["."]}, ["amplifier.netlists[0]: no such file"]),
    "unknown sub-circuit": ({"amplifier__subcircuit": "pcsb"}, ["amplifier.subcircuit: unknown sub-circuit; did you"]),
    "unknown net": (
        {"amplifier__connect__sen": "sense", "cell__connect__wl": "w"},
        ["amplifier.connect.sen: unknown net; did you mean 'sen'?", "cell.connect.wl: unknown net"],
    ),
    "unknown port": ({"cell__connect__g": "wl"}, ["cell.connect.g: must be a port of cell_2t2r, once"]),
    "port twice": ({"cell__connect__WL": "wl"}, ["cell.connect.WL: must be a port of cell_2t2r, once"]),
    "open port": ({"cell__connect__vss": None}, ["cell.connect.vss: port vss of cell_2t2r is not connected"]),
    "no output": (
        {"amplifier__connect__q": "qb", "cell__connect__blb": "bl"},
        ["amplifier.connect: no port is connected to q", "cell.connect: no port is connected to blb"],
    ),
    "missing sub-circuit inside": (
        {"cell__netlists": ["cells/cell_2t2r.cir"]},
        ["cell.subcircuit: ", "uses half_cell_1t1r, which is not among its netlists"],
    ),
    "no such memory device": ({"cell__r_bl": "xbl.rmen"}, ["cell.r_bl: must be the path", "did you mean 'xbl.rmem'?"]),
    "no resistor": ({"cell__r_blb": "cblb"}, ["cell.r_blb: must be the path of a resistor"]),
    "one memory device": ({"cell__r_blb": "xbl.rmem"}, ["cell.r_blb: must be another resistor"]),
    "transistor of its own": (
        {"netlists": {"n.cir": ".subckt nfet d g s b\nr1 d g 1\nr2 s b 1\n.ends\n"}, "cell__netlists": ["n.cir"]},
        ["cell.netlists[0]: defines nfet, which is the technology's"],
    ),
    "name defined twice": (
        {"netlists": {"n.cir": PCSA + "* other\n"}, "amplifier__netlists": ["n.cir", "sense/pcsa.cir"]},
        ["amplifier.netlists[1]: defines pcsa, as does "],
    ),
    "netlist that is not understood": (
        {"netlists": {"n.cir": PCSA.replace("xmn3", "mn3")}, "amplifier__netlists": ["n.cir"]},
        ["amplifier.netlists[0]: ", "n.cir, line 32: a transistor must be an instance of nfet or pfet"],
    ),
    "threshold of its own": (
        {"netlists": {"n.cir": PCSA.replace("dvt_mn3=0", "dvt_mn3=-0.3")}, "amplifier__netlists": ["n.cir"]},
        ["amplifier.netlists: dvt is drawn for each read: it must be 0 (got 'xsa.xmn3')"],
    ),
    "nets that nothing holds": (
        {
            "netlists": {
                "n.cir": PCSA.replace(".ends", "c8 q f1 1\nc9 f1 qb 1\nx9 vdd f2 q vss nfet w=1 l=1\nc7 f2 q 1\n.ends")
            },
            "amplifier__netlists": ["n.cir"],
        },
        [
            "amplifier.netlists: no direct current reaches this net",
            "(got 'xsa.f1')",
            "(got 'xsa.f2')",
        ],
    ),
    "netlist that is no text": (
        {"netlists": {"n.cir": b"\xff"}, "amplifier__netlists": ["n.cir"]},
        ["amplifier.netlists[0]: is not UTF-8 text"],
    ),
}


@pytest.mark.parametrize(("changes", "messages"), BAD.values(), ids=BAD)
def test_wrong_files(load, changes, messages):
    with pytest.raises(StudyError) as error:
        load(**changes)
    for message in messages:
        assert message in str(error.value)


def test_everything_wrong_is_told_at_once(load):
    with pytest.raises(StudyError) as error:
        load(name="ternary_2t2r", amplifier__netlists=["no.cir"], cell__connect__wl="word", amplifier__connect__q="Q")
    keys = [problem.key for problem in error.value.problems]
    assert set(keys) == {"name", "amplifier.netlists[0]", "cell.connect.wl", "amplifier.connect", "amplifier.connect.q"}


def test_unknown_cells(tmp_path):
    with pytest.raises(InputError, match=r"unknown cell 'ternary'; did you mean 'ternary_2t2r'\?"):
        load_cell("ternary")
    with pytest.raises(MissingResourceError, match="no file"):
        load_cell("no.toml", relative_to=tmp_path)


@pytest.fixture
def study(tmp_path, load):
    def _study(cells, text=""):
        load()
        path = tmp_path / "study.toml"
        path.write_text(f'[study]\nname = "s"\n[read]\ncells = {cells}\n{text}')
        return load_study(path)

    return _study


def test_a_study_names_a_circuit_file_beside_it(study, tmp_path):
    found = study('["own.toml", "binary_2t2r"]')
    assert [coding.name for coding in found.codings] == ["own", "binary_2t2r"]
    resolved = found.resolved()
    assert resolved["read"]["cells"] == [str(tmp_path / "own.toml"), "binary_2t2r"]
    elsewhere = tmp_path / "run" / "study.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(tomli_w.dumps(resolved))
    assert [bench.cells for bench in load_study(elsewhere).benches] == [bench.cells for bench in found.benches]


@pytest.mark.parametrize(
    ("cells", "text", "message"),
    [
        ('["no.toml"]', "", "read.cells[0]: no file"),
        ('["own.toml", "./own.toml"]', "", "read.cells[1]: another cell is called own, too"),
        (
            '["own.toml"]',
            "[read.geometry.psca]\nl = 1e-6",
            "read.geometry.psca: unknown sub-circuit; did you mean 'pcsa'",
        ),
        ('["own.toml"]', "[read.geometry.pcsa]\nw = 1e-6", "read.geometry.pcsa.w: unknown parameter"),
    ],
)
def test_studies_that_name_wrong_circuits(study, cells, text, message):
    with pytest.raises(StudyError) as error:
        study(cells, text)
    assert message in str(error.value)


def test_each_cell_takes_the_geometry_of_its_own_sub_circuits(load, tmp_path):
    load({"mine.cir": PCSA.replace("pcsa", "mine")}, amplifier__netlists=["mine.cir"], amplifier__subcircuit="mine")
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\nname = "s"\n[read]\ncells = ["own.toml", "binary_2t2r"]\n'
        '[read.geometry.mine]\nw_foot = "4 µm"\n[read.geometry.pcsa]\nw_foot = "3 µm"\n'
    )
    found = load_study(path)
    corner = found.corners.grid[0]
    feet = [{t.path: t.width for t in bench.deck(corner).transistors}["xsa.xmn3"] for bench in found.benches]
    assert feet == [4e-6, 3e-6]
