"""PySpice sub-circuits as text: values, names, and what is refused. tests/spice/test_subcircuits.py simulates them."""

import warnings

import pytest

from rramsim.errors import InputError
from rramsim.spice.subcircuits import subcircuit_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.Netlist import SubCircuit, SubCircuitFactory
    from PySpice.Unit import u_A, u_F, u_GOhm, u_kOhm, u_MOhm, u_mOhm, u_nF, u_nm, u_Ohm, u_uA, u_uF, u_um, u_V


class Filter(SubCircuitFactory):
    """RC low pass."""

    NAME = "Filter"
    NODES = ("In", "Out", "Vss")

    def __init__(self, load=1 @ u_nF):
        super().__init__(load=load)
        self.R("Series", "In", "Out", 2 @ u_MOhm)
        self.C(1, "Out", "Vss", "{Load}")
        self.C(2, "Out", "Vss", 7 @ u_uF)


FILTER = """\
* filter, from PySpice
.subckt filter in out vss load=1e-09
rseries in out 2000000.0
c1 out vss {load}
c2 out vss 7e-06
.ends filter
"""


def of(*nodes, name="part", **parameters):
    return SubCircuit(name, *(nodes or ("a", "b")), **parameters)


def resistor(value):
    circuit = of()
    circuit.R(1, "a", "b", value)
    return subcircuit_text(circuit).splitlines()[2]


def test_a_class_and_its_instance_are_the_same_text():
    assert subcircuit_text(Filter) == subcircuit_text(Filter()) == FILTER
    assert subcircuit_text(Filter(load=3 @ u_uF)) == FILTER.replace("load=1e-09", "load=3e-06")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 @ u_kOhm, "1000.0"),
        (1 @ u_MOhm, "1000000.0"),
        (1 @ u_mOhm, "0.001"),
        (2.5 @ u_GOhm, "2500000000.0"),
        (3.3 @ u_Ohm, "3.3"),
        (4700, "4700.0"),
        (1e-20, "1e-20"),
        ("5MEG", "5000000.0"),
        ("5Megohm", "5000000.0"),
        ("5m", "0.005"),
        ("2.2k", "2200.0"),
        ("1e3", "1000.0"),
        ("{2*R_Load + 1k}", "{2*r_load + 1k}"),
        ("{w_1M*2}", "{w_1m*2}"),  # digits of a name are no number
    ],
)
def test_values_are_written_without_units(value, text):
    assert resistor(value) == f"r1 a b {text}"


@pytest.mark.parametrize("digits", range(1, 10))
@pytest.mark.parametrize(("unit", "exponent"), [(u_uF, -6), (u_nF, -9), (u_F, 0)])
def test_quantities_are_exact_to_the_last_bit(digits, unit, exponent):
    circuit = of()
    circuit.C(1, "a", "b", digits @ unit)
    assert float(subcircuit_text(circuit).split()[-3]) == float(f"{digits}e{exponent}")


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        ("1M", r"'1M' is 0\.001 to SPICE"),
        ("1MOhm", r"'1MOhm' is 0\.001"),
        ("1F", "'1F' is 1e-15"),
        ("2A", "'2A' is 2e-18"),
        ("1farad", "'1farad' is 1e-15"),
        ("3P", "'3P' is 3e-12"),
        ("{2 * 1M}", r"'1M' is 0\.001"),
        ("1 kOhm", "neither a number nor an expression in braces"),
        ("r_load", "neither a number nor an expression in braces"),
        ("{a", "neither a number nor an expression in braces"),
        ("1k\nr2 a b 1k", "neither a number nor an expression in braces"),
        ("", "neither a number nor an expression in braces"),
        (float("nan"), "not finite"),
        (float("inf") @ u_Ohm, "not finite"),
        (1j, "expected a number, a quantity of PySpice or an expression in braces, got 1j"),
    ],
)
def test_a_value_without_a_sure_meaning_is_refused(value, reading):
    with pytest.raises(InputError, match=f"PySpice sub-circuit part, element R1: .*{reading}"):
        resistor(value)


def test_devices_sources_and_models():
    circuit = of("D", "G", "S", "B")
    circuit.MOSFET(1, "D", "G", "S", "B", model="NCH", width=1 @ u_um, length=130 @ u_nm)
    circuit.V("bias", "G", "S", 1.2 @ u_V)
    circuit.I("load", "D", "S", 3 @ u_uA)
    circuit.VCVS(1, "x", circuit.gnd, "G", "S", voltage_gain=2)
    circuit.R(1, "x", "S", 1e3)
    circuit.R(2, "x", "S", 1e3).enabled = False
    circuit.model("NCH", "NMOS", VTO=0.5 @ u_V, kp=100 @ u_uA)
    assert subcircuit_text(circuit).splitlines()[1:] == [
        ".subckt part d g s b",
        "m1 d g s b nch l=1.3e-07 w=1e-06",
        "vbias g s 1.2",
        "iload d s 3e-06",
        "e1 x 0 g s 2.0",
        "r1 x s 1000.0",
        ".model nch nmos (vto=0.5 kp=0.0001)",
        ".ends part",
    ]


def with_part(add):
    circuit = of()
    add(circuit)
    return circuit


def raw(circuit):
    circuit.raw_spice = "Rraw a b 5"


REFUSED = {
    "raw text": (raw, "part: raw_spice is not read"),
    "raw text of an element": (lambda c: c.R(1, "a", "b", 1, raw_spice="tc1=1"), "element R1: raw_spice is not read"),
    "inner circuit": (
        lambda c: c.subcircuit(Filter()),
        r"sub-circuits in it must be given on their own \(got \['Filter'\]",
    ),
    "pulse": (
        lambda c: c.PulseVoltageSource(1, "a", "b", initial_value=0, pulsed_value=1, pulse_width=1, period=2),
        "element V1: a PulseVoltageSource varies with time",
    ),
    "pulse as text": (lambda c: c.V(1, "a", "b", "PULSE(0 1 0 1n 1n 1u 2u)"), "element V1: .* neither a number"),
    "behavioural": (
        lambda c: c.BehavioralSource(1, "a", "b", v="V(a)"),
        "r c l v i e g d m x can be turned into text, not 'b'",
    ),
    "no value": (lambda c: c.R(1, "a", "b"), "element R1: it has no value"),
    "nodes alike": (lambda c: c.R(1, "a", "A", 1), "part: nodes 'a' and 'A' are the same to SPICE"),
    "elements alike": (
        lambda c: (c.R("x", "a", "b", 1), c.R("X", "a", "b", 1)),
        "part: elements 'Rx' and 'RX' are the same to SPICE",
    ),
    "node": (lambda c: c.R(1, "a", "b c", 1), "a node must be a name of ASCII letters, digits and _ # !, got 'b c'"),
    "element name": (lambda c: c.R("ü", "a", "b", 1), "a name must be of ASCII letters, digits and _, got 'Rü'"),
    "model": (lambda c: c.X(1, "n fet", "a", "b"), "element X1: a name must be of .* got 'n fet'"),
    "parameter": (lambda c: c.X(1, "nfet", "a", "b", w="1M"), r"element X1, w: '1M' is 0\.001"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_turned_is_refused(name):
    add, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        subcircuit_text(with_part(add))


class NeedsMore(SubCircuitFactory):
    NAME, NODES = "more", ("a",)

    def __init__(self, size):
        super().__init__(size=size)


class Nameless(SubCircuitFactory):
    NODES = ("a",)


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (NeedsMore, "NeedsMore cannot be made without arguments: TypeError: .*size"),
        (SubCircuitFactory, "SubCircuitFactory: NAME is not given"),
        (SubCircuit, "SubCircuit cannot be made without arguments"),
        (Nameless, "Nameless: NAME is not given"),
        (of("a", "0"), "a port cannot be ground"),
        (of("a", "GND"), "a port cannot be ground"),
        (of("a", "A"), "nodes 'a' and 'A' are the same"),
        (of(name="2 parts"), "a name must be of ASCII letters, digits and _, got '2 parts'"),
        (of(w=1, W=2), "parameters 'w' and 'W' are the same"),
        (of(size="1 MOhm"), r"part, size: '1 MOhm' is neither"),
        (str, "expected a SubCircuit or SubCircuitFactory of PySpice, or a class of them, got <class 'str'>"),
        (FILTER, "expected a SubCircuit or SubCircuitFactory"),
        (1 @ u_A, "expected a SubCircuit or SubCircuitFactory"),
    ],
)
def test_what_is_no_circuit_is_refused(circuit, message):
    with pytest.raises(InputError, match=message):
        subcircuit_text(circuit)
