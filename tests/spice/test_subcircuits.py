"""Text made of PySpice sub-circuits, in ngspice: closed forms, and the same bits as a netlist file's."""

import warnings

import pytest

from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.circuits.netlist import load_subcircuit, parse_subcircuit
from rramsim.circuits.netlist_lines import without_comments
from rramsim.spice.analyses import Dc, Op
from rramsim.spice.engine import engine
from rramsim.spice.subcircuits import subcircuit_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.Netlist import SubCircuit, SubCircuitFactory
    from PySpice.Unit import u_MOhm, u_mOhm, u_nm, u_uA, u_um

pytestmark = pytest.mark.spice


class Divider(SubCircuitFactory):
    """Resistors whose units SPICE would read otherwise."""

    NAME = "Divider"
    NODES = ("Top", "Out", "Bottom")

    def __init__(self, load=3 @ u_MOhm):
        super().__init__(Load=load)
        self.R(1, "Top", "Out", 1 @ u_MOhm)
        self.R(2, "Out", "Bottom", "{Load}")
        self.R("wire", "Bottom", self.gnd, 1 @ u_mOhm)


class Latch(SubCircuitFactory):
    """The transistors of netlists/sense/pcsa.cir."""

    NAME = "pcsa"
    NODES = ("q", "qb", "bl", "blb", "sl", "sen", "vdd", "vss")

    def __init__(self, **sizes):
        shifts = {f"dvt_{name}": 0 for name in ("mp1", "mp2", "mp3", "mp4", "mn1", "mn2", "mn3")}
        defaults = {"w_latch_n": 2 @ u_um, "w_latch_p": 1 @ u_um, "w_precharge": 6 @ u_um, "w_foot": 10 @ u_um}
        super().__init__(**defaults | {"l": 600 @ u_nm, "c_q": 100e-15} | sizes | shifts)
        for name, nodes, kind, width in (
            ("mp1", ("q", "qb", "vdd", "vdd"), "pfet", "w_latch_p"),
            ("mp2", ("qb", "q", "vdd", "vdd"), "pfet", "w_latch_p"),
            ("mp3", ("q", "sen", "vdd", "vdd"), "pfet", "w_precharge"),
            ("mp4", ("qb", "sen", "vdd", "vdd"), "pfet", "w_precharge"),
            ("mn1", ("q", "qb", "bl", "vss"), "nfet", "w_latch_n"),
            ("mn2", ("qb", "q", "blb", "vss"), "nfet", "w_latch_n"),
            ("mn3", ("sl", "sen", "vss", "vss"), "nfet", "w_foot"),
        ):
            self.X(name, kind, *nodes, w=f"{{{width}}}", l="{l}", dvt=f"{{dvt_{name}}}")
        self.C("q", "q", "vss", "{c_q}")
        self.C("qb", "qb", "vss", "{c_q}")


def test_a_divider_of_megohms():
    sweep = Dc(source="v1", start=0.0, stop=4.0, step=1.0)
    engine().load(
        f"* divider\n{subcircuit_text(Divider)}v1 in 0 1\nx1 in out b divider\nx2 in half b divider load=1e6\n"
        f"{sweep.card}\n.save v(out) v(half) i(v1)\n.end\n"
    )
    found = engine().run(sweep, ["out", "half", "i(v1)"])
    assert found["out"] == pytest.approx(0.75 * found["v-sweep"], rel=1e-6)
    assert found["half"] == pytest.approx(0.5 * found["v-sweep"], rel=1e-6)
    assert found["i(v1)"] == pytest.approx(-0.75e-6 * found["v-sweep"], rel=1e-5)


def test_a_controlled_source_keeps_the_order_of_its_nodes():
    amplifier = SubCircuit("amplifier", "Plus", "Minus", "Out")
    amplifier.VCVS(1, "Out", amplifier.gnd, "Plus", "Minus", voltage_gain=10)
    amplifier.I("leak", "Out", amplifier.gnd, 1 @ u_uA)
    engine().load(
        f"* amplifier\n{subcircuit_text(amplifier)}v1 a 0 0.3\nv2 b 0 0.1\nx1 a b out amplifier\nr1 out 0 {1e3}\n"
        f"{Op().card}\n.save v(out)\n.end\n"
    )
    assert engine().run(Op(), ["out"])["out"][0] == pytest.approx(2.0, rel=1e-9)


def test_the_latch_is_that_of_the_netlist_file():
    ours, theirs = parse_subcircuit(subcircuit_text(Latch), source="Latch"), load_subcircuit("sense/pcsa.cir")
    assert (ours.name, ours.ports, dict(ours.parameters)) == (theirs.name, theirs.ports, dict(theirs.parameters))

    def plain(circuit):
        return [
            (e.kind, e.name, e.nodes, e.model, e.value, {k: v.text for k, v in e.parameters.items()})
            for e in circuit.elements
        ]

    assert sorted(plain(ours), key=str) == sorted(plain(theirs), key=str)


def test_a_read_with_the_latch_from_pyspice_has_the_same_bits(bench):
    reads = bench()
    sample = ReadSample(r_bl=5e3, r_blb=350e3)
    expected = reads.waveforms(sample)
    old, new = without_comments(load_subcircuit("sense/pcsa.cir").text), subcircuit_text(Latch).rstrip()
    deck = reads.deck
    assert old in deck.text
    engine().load(deck.text.replace(old, new))
    engine().alter(zip(deck.resistance_handles, (sample.r_bl, sample.r_blb), strict=True))
    found = engine().run(deck.conditions.analysis, deck.vectors)
    assert all(found[name].tobytes() == values.tobytes() for name, values in expected.items())
