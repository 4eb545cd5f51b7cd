"""The netlist files: what the reader reads, and that every file says what it holds and opens in ngspice alone."""

import re
import subprocess
from pathlib import Path

import pytest

from rramsim.circuits.cells import CELLS
from rramsim.circuits.netlist import load_subcircuit, parse_subcircuit
from rramsim.errors import InputError
from rramsim.resources import data_root

NETLISTS = sorted(path.relative_to(data_root("netlists")).as_posix() for path in data_root("netlists").rglob("*.cir"))
HERE = Path("test.cir")


def test_reader_joins_lines_skips_comments_and_reads_values():
    read = parse_subcircuit(
        "* title\n.subckt two a b params: r=1k\n+ w_n=2u\n* comment\nxr a b other value={r} n=3\nrx a b 5\n.ends two\n",
        source=HERE,
    )
    assert (read.name, read.ports, dict(read.parameters)) == ("two", ("a", "b"), {"r": 1e3, "w_n": 2e-6})
    (instance,) = read.instances
    assert (instance.name, instance.device, dict(instance.values)) == ("xr", "other", {"value": "{r}", "n": "3"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "exactly one .subckt"),
        (".subckt a b\n.ends\n.subckt c d\n.ends\n", "found 2"),
        (".subckt a b\nr1 a b 1\n", "exactly one .subckt"),
        (".subckt a b params: r={x}\n.ends\n", "a parameter default of a must be a number"),
    ],
)
def test_files_of_another_style_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_subcircuit(text, source=HERE)


def test_every_transistor_of_a_cell_is_found_with_its_size():
    cell = CELLS["ternary_2t2r"]
    found = {t.path: (t.kind, t.width, t.length) for t in cell.transistors(())}
    assert len(found) == 9
    assert found["xsa.xmp3"] == ("pfet", 6e-6, 0.6e-6)
    assert found["xcell.xblb.xmn1"] == ("nfet", 6e-6, 0.6e-6)
    wider = {
        t.path: t.width for t in cell.transistors((("cell_2t2r", (("w_select", 9e-6),)), ("pcsa", (("w_foot", 2e-5),))))
    }
    assert wider["xcell.xbl.xmn1"] == 9e-6
    assert wider["xsa.xmn3"] == 2e-5
    assert wider["xsa.xmn1"] == 2e-6


@pytest.mark.parametrize("name", NETLISTS)
def test_header_names_every_port_and_parameter(name):
    subcircuit = load_subcircuit(name)
    header = "\n".join(line for line in subcircuit.text.splitlines() if line.startswith("*"))
    for section in ("* Ports", "* Parameters", "* Needs: ", "* Source: ", "Licence:"):
        assert section in header, f"{name} lacks {section!r}"
    ports = header[header.index("* Ports") : header.index("* Parameters")]
    for port in subcircuit.ports:
        assert re.search(rf"\b{port}\b", ports), f"{name}: port {port} is not described"
    parameters = header[header.index("* Parameters") : header.index("* Needs")]
    for parameter in subcircuit.parameters:
        stated = re.search(rf"\b{parameter}\b", parameters) or re.search(r"dvt_\w+ \.\.\. dvt_\w+", parameters)
        assert stated, f"{name}: parameter {parameter} is not described"
    assert subcircuit.name == Path(name).stem
    assert not re.search(r"^\.(lib|include|tran|dc|ac|option)", subcircuit.text, re.MULTILINE | re.IGNORECASE)


@pytest.mark.spice
@pytest.mark.parametrize("section", ["tt", "ff", "ss", "fs", "sf"])
def test_every_netlist_opens_in_ngspice_alone_with_the_library(section, tmp_path):
    includes = "\n".join(f".include '{data_root('netlists') / name}'" for name in NETLISTS)
    deck = tmp_path / "alone.cir"
    deck.write_text(
        f"* alone\n.lib '{data_root('device_models')}/cmos/generic_130nm_5v.lib' {section}\n{includes}\n"
        "vdd vdd 0 1.2\nvsen sen 0 0\nvwl wl 0 3.3\nxsa q qb bl blb sl sen vdd 0 pcsa\nxcell bl blb wl sl 0 cell_2t2r\n"
        "xout q qb plus resolved vdd 0 output_stage\n.control\nop\nprint v(q) v(resolved)\nquit 0\n.endc\n.end\n"
    )
    done = subprocess.run(["ngspice", "-b", deck], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stdout + done.stderr
    voltages = dict(re.findall(r"^v\((q|resolved)\) = (\S+)$", done.stdout, re.MULTILINE))
    assert float(voltages["q"]) == pytest.approx(1.2, abs=0.01)
    assert float(voltages["resolved"]) == pytest.approx(0.0, abs=0.05)
