"""The netlist files: what the reader reads, and that every file says what it holds and opens in ngspice alone."""

import contextlib
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rramsim.circuits.catalog import CELLS
from rramsim.circuits.expression import parse_expression
from rramsim.circuits.flatten import flatten, transistors_among
from rramsim.circuits.netlist import load_subcircuit, parse_subcircuit
from rramsim.errors import InputError
from rramsim.resources import data_root

NETLISTS = sorted(path.relative_to(data_root("netlists")).as_posix() for path in data_root("netlists").rglob("*.cir"))
HERE = Path("test.cir")


def read(body, head=".subckt two a b params: r=1k w=2u", end=".ends"):
    return parse_subcircuit(f"* title\n{head}\n{body}\n{end}\n", source=HERE)


def flat(text, *others, **values):
    top = parse_subcircuit(text, source=HERE)
    library = {s.name: s for s in (top, *(parse_subcircuit(other, source=HERE) for other in others))}
    return flatten(top, path="x1", nodes=top.ports, values=values, library=library)


def test_reader_joins_lines_skips_comments_and_reads_values():
    found = parse_subcircuit(
        "* title\n.subckt two a b params: r=1k\n+ w_n=2u\n* comment\nxr a b other value={r} n=3\nrx a b 5\n.ends two\n",
        source=HERE,
    )
    assert (found.name, found.ports, dict(found.parameters)) == ("two", ("a", "b"), {"r": 1e3, "w_n": 2e-6})
    instance, resistor = found.elements
    assert (instance.kind, instance.name, instance.model, instance.line) == ("x", "xr", "other", 5)
    assert {key: value.evaluate(found.parameters) for key, value in instance.parameters.items()} == {
        "value": 1e3,
        "n": 3,
    }
    assert (resistor.nodes, resistor.value.evaluate({})) == (("a", "b"), 5)


@pytest.mark.parametrize(
    "text",
    [
        ".subckt sa q qb w=1u c=2f\nr1 q qb 5\nc1 q qb {c}\n.ends\n",
        ".subckt sa q qb params: w=1u c=2f\nr1 q qb 5\nc1 q qb {c}\n.ends\n",
        ".SUBCKT SA Q QB PARAMS: W = 1U\r\n+ C=2F\r\n\r\nR1 Q QB 5 ; c\r\nC1 Q QB { C } $ c\r\n.ENDS SA\r\n",
        "* t\n.subckt\tsa\tq\tqb\n*\n\n+\tparams:w=1u c= 2f\n  * c\n\tr1 q qb r=5\n  c1 q\n+ qb\n* c\n+ {c}\n.ends sa",
    ],
)
def test_spellings_that_ngspice_takes_read_alike(text):
    found = parse_subcircuit(text, source=HERE)
    assert (found.name, found.ports, dict(found.parameters)) == ("sa", ("q", "qb"), {"w": 1e-6, "c": 2e-15})
    resistor, capacitor = found.elements
    assert (resistor.kind, resistor.name, resistor.nodes, resistor.value.evaluate({})) == ("r", "r1", ("q", "qb"), 5)
    assert (capacitor.nodes, capacitor.value.evaluate(found.parameters)) == (("q", "qb"), 2e-15)


@pytest.mark.parametrize(
    ("line", "nodes", "model", "value"),
    [
        ("l1 a b 1n", ("a", "b"), "", 1e-9),
        ("v1 a b dc 0.5", ("a", "b"), "", 0.5),
        ("i1 a gnd {-r}", ("a", "0"), "", -1e3),
        ("e1 a 0 b 0 2", ("a", "0", "b", "0"), "", 2),
        ("g1 a 0 b 0 1m", ("a", "0", "b", "0"), "", 1e-3),
        ("d1 a b dio area=2", ("a", "b"), "dio", None),
        ("x1 a b b 0 nfet w={w*2} l=1u", ("a", "b", "b", "0"), "nfet", None),
    ],
)
def test_elements(line, nodes, model, value):
    (element, _) = read(f"{line}\nr9 a b 1").elements
    assert (element.kind, element.nodes, element.model) == (line[0], nodes, model)
    assert (element.value.evaluate({"r": 1e3, "w": 2e-6}) if element.value else None) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("5k", 5e3), ("{2*(w + 1u)/2}", 3e-6), ("{-w/4--1}", 1 - 5e-7), ("{1e-3*in}", 4e-3), ("{+.5meg}", 5e5)],
)
def test_expressions(text, value):
    assert parse_expression(text).evaluate({"w": 2e-6, "in": 4}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["w", "{", "{}", "{w", "{w**2}", "{w//2}", "{w w}", "{f(2)}", "{w if w}", "{w.real}", "{'a'}", "{(w}", "{w,}",
     "{1e999}", "1e999", "{w;w}", "{__import__}(1)", "{" + "(" * 5000 + "w" + ")" * 5000 + "}"],
)  # fmt: skip
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ValueError, match=r"a value is a number, or|not finite"):
        parse_expression(text)


@pytest.mark.parametrize("text", ["{1/r}", "{1e300*1e300}", "{w/(r-r)}"])
def test_expressions_without_a_finite_value(text):
    with pytest.raises(ValueError, match="has no finite value"):
        parse_expression(text).evaluate({"r": 0.0, "w": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "exactly one .subckt"),
        (".subckt a b\n.ends\n.subckt c d\n.ends\n", "found 2"),
        (".subckt a b\nr1 a b 1\n", "exactly one .subckt"),
        (".subckt a b params: r={x}\n.ends\n", "a parameter default of a must be a number"),
        (".subckt a b r=1k r=2k\n.ends\n", "parameter 'r' is given twice"),
        (".subckt a b b\n.ends\n", "port 'b' is named twice"),
        (".subckt a b gnd\n.ends\n", "port 'gnd' must be .* not ground"),
        (".subckt a b\n.ends c\n", "line 2: .ends must name a, or nothing"),
        (".subckt a b\n.ends\n", "line 1: port 'b' is not connected"),
        (".include x.cir\n.subckt a b\nr1 b 0 1\n.ends\n", "line 1: stands outside the sub-circuit"),
        (".subckt a b\nr1 b 0 1\n.ends\n.end\n", "line 4: stands outside the sub-circuit"),
        ("+ a\n.subckt a b\n", "line 1: continues no line"),
        (".subckt\n.ends\n", "must be followed by a name"),
    ],
)
def test_files_of_another_style_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_subcircuit(text, source=HERE)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "m2 a b 0 0 nmos w=1u l=1u",
            r"test.cir, line 4: a transistor must be an instance of nfet or pfet .* \(got 'm2",
        ),
        ("m2 a b", "process corner and its mismatch"),
        ("b1 a b v=1", "behavioural sources are not allowed"),
        (".include 'x.cir'", ".include is not allowed in a sub-circuit file; allowed are"),
        (".lib x tt", ".lib is not allowed"),
        (".param x=1", ".param is not allowed"),
        (".model n nmos", ".model is not allowed"),
        (".control", ".control is not allowed"),
        (".tran 1n 2n", ".tran is not allowed"),
        ("f1 a b v1 2", "f1 is not allowed"),
        ("q1 a b 0 npn", "q1 is not allowed in a sub-circuit file"),
        ("1a b", "1a is not allowed"),
        ("r1 a b", "expected r<name> node node value"),
        ("r1 a b 5 6", "expected r<name> node node value"),
        ("r1 a b five", "'five' is not a SPICE number"),
        ("r1 a b 5 ac=3", "unknown parameter 'ac'; Known: tc1, tc2"),
        ("r1 a b {q}", r"\{q\} uses 'q', no parameter of the sub-circuit; Known: r, w"),
        ("r1 a b {r", "a brace is not closed"),
        ("r1 a b 5 $x", "expected r<name>"),
        ("r1 a, b 5", "the node 'a,' must be a name"),
        ("r1 a b =5", "expected"),
        ("r=5", "expected r<name>"),
        ("x=5", "expected x<name>"),
        ("v1 a b pulse(0 1 1n)", "expected v<name>"),
        ("e1 a b 2", "expected e<name> node node control control gain"),
        ("x1 a b nfet w=1u l=1u", "a transistor has the four nodes d g s b, found 2"),
        ("x1 a b 0 0 nfet w=1u", "drawn size l="),
        ("x1 a b 0 0 nfet w=1u l=1u width=3", "unknown parameter 'width'; Known: dvt, l, w"),
        ("x1 a b 0 0 nfet w=1u l=1u dvt={dvtx}", "uses 'dvtx'"),
        ("x1 a b 0 0 nfet w=1u 3 l=1u", "expected name=value from '3' on"),
        ("x1 a b 0 0 nfet w=1u l=", "expected name=value from 'l' on"),
        ("x.1 a b other", "the name 'x.1' must be"),
        ("x1", "expected x<name>"),
        ("r9 a b 4", "the name 'r9' is used twice"),
        ("r1 a c 5", "the node 'c' is connected to nothing else"),
        ("r1 a b 5\u2028m1 a b 0 0 n", "holds a control character"),
        ("* comment\rm1 a b 0 0 n", "holds a control character"),
        ("r1 a b\u212a 5", "only ASCII"),
    ],
)
def test_lines_that_are_not_understood_are_refused(line, message):
    with pytest.raises(InputError, match=message):
        read(f"r9 a b 1\n{line}")


WORDS = st.sampled_from(
    ["r1", "x1", "m1", "c", "v1", "a", "b", "0", "gnd", "nfet", "w", "l", "=", "w=1u", "l=1u", "{w*2}", "{", "}", "5",
     "1k", "params:", "+", "*", ";", "$", ".ends", ".subckt", ".model", "\n", "\n", "\r\n", "\t", "é", "\0", "r=5"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=25), st.booleans())
def test_any_text_is_read_or_refused(words, inside):
    text = " ".join(words)
    with contextlib.suppress(InputError):
        found = parse_subcircuit(f".subckt t a b w=1u\n{text}\n.ends\n" if inside else text, source=HERE)
        assert all(element.kind in "rclviegdx" for element in found.elements)


def test_flattened_elements_have_ngspice_names_and_evaluated_values():
    inner = ".subckt half bl wl r=1k w=1u\nrm bl d {r}\nx1 d wl 0 0 nfet w={2*w} l=1u\n.ends\n"
    found = flat(".subckt top a b c w=3u\nxa a c half r=5 w={w}\nxb b c half\nc1 a b {w}\n.ends\n", inner, w=4e-6)
    assert [e.handle for e in found] == ["r.x1.xa.rm", "x1.xa.x1", "r.x1.xb.rm", "x1.xb.x1", "c.x1.c1"]
    assert [e.value for e in found] == [5, None, 1e3, None, 4e-6]
    assert found[0].nodes == ("a", "x1.xa.d")
    assert found[1].nodes == ("x1.xa.d", "c", "0", "0")
    assert [t.width for t in transistors_among(found)] == [8e-6, 2e-6]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("xa a half", "line 2: xa of sub-circuit top: half has the ports bl wl, found 1 nodes"),
        ("xa a a half width=1", "half has no parameter 'width'; Known: r, w"),
        ("xa a a hlaf", "uses hlaf, which is not among its netlists; did you mean 'half'"),
        ("xa a top", "sub-circuit top is inside itself"),
        ("xa a a half r={1/(z-z)}", "has no finite value"),
        ("xa a a half w=-1u", "w must be above 0, it is -1e-06"),
        ("xa a a half r=0", "rm of sub-circuit half: a resistance must be above 0, it is 0"),
        ("c1 a 0 {-z}", "c1 of sub-circuit top: the value must not be negative, it is -1"),
    ],
)
def test_instances_that_do_not_fit_are_refused(line, message):
    inner = ".subckt half bl wl r=1k w=1u\nrm bl d {r}\nx1 d wl 0 0 nfet w={w} l=1u\n.ends\n"
    with pytest.raises(InputError, match=re.escape(message) if "(" not in message else message):
        flat(f".subckt top a z=1\n{line}\n.ends\n", inner)


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


ODD = """* every spelling at once
.SUBCKT Odd A b	gnd1 W=1U l = 0.5u r=2K
+ c = 10f ; a comment
  * another
X1 a b GND1 gnd NFET w={2*(w+1u)/3} L={l} $ a third
R1 A b { r*2-1k/4 }

+ tc1 = 1e-3
c1 b gnd1 c={c*3}
XB a b
* between
+ gnd1 inner wp={W*-2+8u}
.ENDS
"""
INNER = ".subckt inner a b c wp=1u\nr1 a n 1meg\nx1 n b c c pfet w={wp} l=1u\nl1 n b 1n\n.ends inner\n"


@pytest.mark.spice
def test_ngspice_has_the_same_elements_with_the_same_values(tmp_path):
    library = {s.name: s for s in (parse_subcircuit(text, source=HERE) for text in (ODD, INNER))}
    found = flatten(library["odd"], path="xtop", nodes=("p", "q", "0"), values={"w": 3e-6}, library=library)
    names = {"r": "resistance", "c": "capacitance", "l": "inductance"}
    asked = {f"@{e.handle}[{names[e.kind]}]": e.value for e in found if e.kind in names}
    for transistor in transistors_among(found):
        asked |= {f"@m.{transistor.path}.m1[w]": transistor.width, f"@m.{transistor.path}.m1[l]": transistor.length}
    assert len(asked) == 8
    deck = tmp_path / "odd.cir"
    deck.write_text(
        f"* odd\n.lib '{data_root('device_models')}/cmos/generic_130nm_5v.lib' tt\n{ODD}{INNER}"
        "vp p 0 1\nvq q 0 1\nxtop p q 0 odd w=3e-6\n.control\nset numdgt=10\nop\n"
        + "".join(f"print {name}\n" for name in asked)
        + "quit 0\n.endc\n.end\n"
    )
    done = subprocess.run(["ngspice", "-b", deck], capture_output=True, text=True, check=False)
    values = dict(re.findall(r"^(@\S+) = (\S+)$", done.stdout, re.MULTILINE))
    assert {name: float(value) for name, value in values.items()} == pytest.approx(asked, rel=1e-9), done.stderr
