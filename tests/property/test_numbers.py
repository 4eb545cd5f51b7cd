"""Round trips of numbers and geometry through their texts."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.netlist import parse_subcircuit
from rramsim.circuits.technology import load_technology
from rramsim.corners import Corner, ProcessCorner, parse_corner
from rramsim.units import format_number, quantity, spice_number

TECHNOLOGY = load_technology("generic_130nm_5v")
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_what_a_deck_writes_reads_back_exactly(value):
    assert spice_number(format_number(value)) == value


@given(st.decimals(min_value="0.001", max_value=999, places=3), st.sampled_from("afpnumkMGT"))
def test_a_quantity_is_its_decimal_text(number, prefix):
    exponent = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12}[prefix]
    assert quantity(f"{number} {prefix}V", "V") == float(f"{number}e{exponent}")


@given(st.sampled_from(ProcessCorner), st.floats(1e-3, 100), st.floats(-273, 1000))
def test_corner_ids_are_unique_names(process, vdd, temperature):
    assume(temperature > -273.15)
    corner = Corner(process=process, vdd=vdd, temperature_c=temperature)
    back = parse_corner(corner.id)
    assert back.process == process
    assert back.vdd == vdd
    assert math.isclose(back.temperature_c, temperature, rel_tol=0, abs_tol=0)


@given(st.floats(1e-7, 1e-4), st.floats(1e-16, 1e-12), st.floats(1e-7, 1e-5))
def test_geometry_goes_into_the_deck_exactly(width, capacitance, length):
    geometry = (("cell_2t2r", (("w_select", width),)), ("pcsa", (("c_q", capacitance), ("l", length))))
    deck = ReadDeck(
        cell=CELLS["ternary_2t2r"], corner=parse_corner("tt_27c_1v2"), technology=TECHNOLOGY,
        conditions=ReadConditions(geometry=geometry),
    )  # fmt: skip
    lines = {line.split()[0]: line for line in deck.text.splitlines() if line.startswith(("xsa ", "xcell "))}
    ports = "q qb wl sen vdd"
    read = parse_subcircuit(
        f".subckt t {ports}\n{lines['xsa']}\n{lines['xcell']}\n.ends\n", source="deck"
    )  # the line as the netlist reader sees it
    values = {e.name: {k: v.evaluate({}) for k, v in e.parameters.items()} for e in read.elements}
    assert values == {"xsa": {"c_q": capacitance, "l": length}, "xcell": {"w_select": width}}
    assert {t.path: t.width for t in deck.transistors}["xcell.xbl.xmn1"] == width
