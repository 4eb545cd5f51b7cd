"""Memory devices as Verilog-A, compiled by OpenVAF's front end, against the equations in Python."""

import math
import random

import pytest

from rramsim.devices.compact.card import load_card
from rramsim.resources import data_root

openvaf_py = pytest.importorskip(
    "openvaf_py", reason="OpenVAF's front end, openvaf-py, has no wheel for every Python and is not installed"
)
CARDS = ("stanford", "stanford_1t1r", "sky130_reram")
EDGE, BACK = 0.01, 1e-9  # nm, s: the defaults of the bounds
HOTTEST = 5000  # K above the surroundings, where the form of SKY130's cell for a simulator ends
POINTS = 500


def compiled(card):
    device = load_card(card).device
    source = data_root("device_models") / "rram" / device.netlist.replace(".cir", ".va")
    (module,) = openvaf_py.compile_va(str(source))
    assert module.name == device.subcircuit
    return device, module


def drawn(device, points, beyond):
    """Instances of a device at drawn states, up to ``beyond`` nm outside the bounds, voltages and temperatures."""
    draw, (low, high) = random.Random(7), device.bounds
    current, barriers, gamma = {
        "gap": ("i0", ("ea",), "gamma0"), "filament": ("i_k1", ("eg", "er"), "gamma_k0"),
    }[device.state]  # fmt: skip
    while points:
        instance = {
            "n_current": draw.uniform(0.5, 2),
            "d_barrier": draw.gauss(0, 0.02),
            "n_gamma": draw.uniform(1, 1.1),
        }
        p = dict(device.parameters)
        p[current] *= instance["n_current"]
        p[gamma] *= instance["n_gamma"]
        p |= {barrier: p[barrier] + instance["d_barrier"] for barrier in barriers}
        one = type(device)(card=device.card, parameters=p)
        state, voltage = draw.uniform(low - beyond, high + beyond), draw.choice((-1, 1)) * draw.uniform(1e-3, 2.5)
        inside = min(max(state, low), high)
        heat = abs(voltage * one.current(inside, voltage)) * p.get("tau_th", 0) / p.get("c_th", 1)
        if heat < HOTTEST:
            points -= 1
            yield one, instance, state, inside, voltage, draw.uniform(-40, 125), heat


def residuals(device, module, instance, state, voltage, temperature_c, heat):
    """Currents that leave each node, the parts that are derived by time apart."""
    start = 1.1 * device.bounds[0]
    given = {
        **module.get_param_defaults(), **device.parameters, **instance, f"{device.state}_initial": start,
        "V(te,be)": voltage, "V(moved)": state - start, f"V({device.state})": 0.0, f"I({device.state})": 0.0,
        "V(heat)": heat, "$temperature": temperature_c + 273.15, "mfactor": 1.0,
    }  # fmt: skip
    names = [node["name"] for node in module.get_osdi_descriptor()["nodes"]]
    values, _ = module.run_init_eval(given)
    return dict(zip(names, values, strict=True)), start


@pytest.mark.parametrize("beyond", [0.0, 0.05])
@pytest.mark.parametrize("card", CARDS)
def test_current_and_rate_are_those_of_python(card, beyond):
    device, module = compiled(card)
    low, high = device.bounds
    for one, instance, state, inside, voltage, temperature_c, heat in drawn(device, POINTS, beyond):
        found, start = residuals(device, module, instance, state, voltage, temperature_c, heat)
        current = one.current(inside, voltage)
        assert found["te"][0] == pytest.approx(current, rel=1e-9)
        assert found["be"][0] == pytest.approx(-current, rel=1e-9)
        rate = one.rate(inside, voltage, temperature_c)
        room = max(high - state if rate > 0 else state - low, 0)
        back = (state - inside) / BACK
        expected = rate * math.tanh(room / EDGE) - back
        # The start is taken off and added again, which rounds the last digit of the way to a bound.
        rounding = (abs(rate) / EDGE + 1 / BACK) * 1e-15
        assert -found["moved"][0] == pytest.approx(expected, rel=1e-9, abs=rounding)
        assert found["moved"][1] == pytest.approx(state - start, rel=1e-9, abs=1e-15)
        if "heat" in found:
            assert found["heat"][0] == pytest.approx(0, abs=1e-9 * heat)
            assert found["heat"][1] == pytest.approx(device.parameters["tau_th"] * heat, rel=1e-9)


@pytest.mark.parametrize("card", CARDS)
def test_the_state_is_what_the_third_terminal_shows(card):
    device, module = compiled(card)
    state = sum(device.bounds) / 2
    found, _ = residuals(device, module, {}, state, 0.5, 27.0, 0.0)
    # The equation of a voltage source: what it should be less what the terminal is.
    assert abs(found[f"flow({device.state})"][0]) == pytest.approx(state, rel=1e-12)
    assert found[device.state] == (0.0, 0.0)
