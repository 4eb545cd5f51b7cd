"""Sub-circuits of memory devices in ngspice, against the closed forms and against what a memory device must do."""

import numpy as np
import pytest
from scipy.integrate import quad

from rramsim.circuits.netlist_lines import without_comments
from rramsim.circuits.simulation import Deck, Simulation
from rramsim.devices.compact.card import load_card
from rramsim.devices.disturb import resistances_after_reads
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine
from rramsim.units import format_number

pytestmark = pytest.mark.spice
CARDS = ("stanford", "stanford_1t1r", "sky130_reram")


def simulated(card, wave, *, stop, state, step=None, temperature_c=27.0):
    """Waveforms of a device between a source and ground: ``wave`` is text of the source, ``state`` in nm."""
    device = load_card(card).device
    analysis = Tran(step=step or stop / 200, stop=stop, max_step=step or stop / 200, uic=True)
    parameters = {**device.parameters, f"{device.state}_initial": state}
    given = " ".join(f"{key}={format_number(value)}" for key, value in parameters.items())
    lines = [
        f"* {card}", without_comments(device.text), f"vte te 0 dc 0 {wave}",
        f"xd te 0 state {device.subcircuit} {given}", ".options noinit", f".temp {temperature_c}", analysis.card,
        ".save v(te) v(state) i(vte)", ".end",
    ]  # fmt: skip
    deck = Deck(name="device", text="\n".join(lines) + "\n", analysis=analysis, vectors=("te", "state", "i(vte)"))
    return device, Simulation(engine(), deck).run([])


def held(voltage, stop):
    return f"pwl(0 0 {stop * 1e-3:g} {voltage:g} {stop:g} {voltage:g})"


@pytest.mark.parametrize("card", CARDS)
def test_resistance_at_low_voltage_is_the_closed_form(card):
    low, high = load_card(card).device.bounds
    for share in (0.0, 0.3, 0.7, 1.0):
        state = low + share * (high - low)
        device, waves = simulated(card, held(1e-3, 1e-9), stop=1e-9, state=state)
        assert -waves["te"][-1] / waves["i(vte)"][-1] == pytest.approx(device.resistance(state), rel=1e-3)


@pytest.mark.parametrize("card", CARDS)
def test_current_at_any_voltage_is_the_closed_form(card):
    low, high = load_card(card).device.bounds
    state = (low + high) / 2
    for voltage in (0.4, -0.8):
        device, waves = simulated(card, held(voltage, 1e-12), stop=1e-12, state=state)
        assert waves["state"][-1] == pytest.approx(state, abs=1e-4)
        assert -waves["i(vte)"][-1] == pytest.approx(device.current(state, voltage), rel=1e-3)


@pytest.mark.parametrize("card", CARDS)
def test_butterfly(card):
    """SET on the positive branch, RESET on the negative one, so that a loop is gone through on either side."""
    device = load_card(card).device
    high = device.state_of(device.range_ohm[1] * 0.1)
    period, top = 4e-6, 1.8
    wave = f"pwl(0 0 {period / 4:g} {top} {3 * period / 4:g} {-top} {period:g} 0)"
    device, waves = simulated(card, wave, stop=period, state=high)
    time, current = waves["time"], -waves["i(vte)"]

    def resistance(at):
        return device.resistance(float(np.interp(at * period, time, waves["state"])))

    def size(at):
        return abs(float(np.interp(at * period, time, current)))

    start, middle, end = resistance(0.01), resistance(0.5), resistance(0.99)
    assert middle < start / 3
    assert end > 3 * middle
    # The same voltage twice: after the SET more current than before, after the RESET less.
    assert size(0.25 + 0.15) > 3 * size(0.10)
    assert size(0.75 + 0.15) < size(0.50 + 0.10) / 3


@pytest.mark.parametrize(
    ("card", "state", "voltage"), [("stanford", 1.5, 1.1), ("stanford_1t1r", 1.2, 0.9), ("sky130_reram", 4.0, 1.3)]
)
def test_switching_time_falls_exponentially_with_voltage(card, state, voltage):
    """By the factor that the closed form gives for 0.1 V more: time is traded for voltage."""
    towards = 0.1  # nm, to either side
    times = []
    device = load_card(card).device
    for applied in (voltage, voltage + 0.1):
        rate = device.rate(state, applied, 27)
        end = state + np.copysign(towards, rate)
        expected, _ = quad(lambda x, v=applied: 1 / device.rate(x, v, 27), state, end)
        _, waves = simulated(card, held(applied, 2 * expected), stop=2 * expected, state=state)
        moved = np.abs(waves["state"] - state)
        # The source takes a thousandth of the time to rise.
        times.append(float(np.interp(towards, moved, waves["time"])))
        assert times[-1] == pytest.approx(expected, rel=0.01)
    assert times[0] / times[1] > 2.5
    assert times[0] / times[1] < 60


def test_heat_of_the_surroundings_reaches_the_device():
    device, cold = simulated("stanford", held(0.5, 1e-6), stop=1e-6, state=1.0, temperature_c=0)
    _, hot = simulated("stanford", held(0.5, 1e-6), stop=1e-6, state=1.0, temperature_c=85)
    slow, fast = (abs(waves["state"][-1] - 1.0) for waves in (cold, hot))
    assert fast / slow == pytest.approx(device.rate(1.0, 0.5, 85) / device.rate(1.0, 0.5, 0), rel=0.02)


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("voltage", [2.5, -3.0])
def test_a_violent_pulse_ends_at_a_bound(card, voltage):
    """Nothing overflows, and the state stays physical."""
    low, high = load_card(card).device.bounds
    device, waves = simulated(card, held(voltage, 1e-7), stop=1e-7, state=(low + high) / 2)
    bound = device.state_of(device.range_ohm[0 if voltage > 0 else 1])
    assert waves["state"][-1] == pytest.approx(bound, abs=0.05)  # RESET limits itself


def reads_of(voltage, count, t_read):
    """Pulses of a voltage with sharp edges, as text of a source."""
    edge, period = t_read / 1000, 2 * t_read
    corners = [(0.0, 0.0)]
    for number in range(count):
        start = (number + 0.25) * period
        corners += [(start, 0.0), (start + edge, voltage), (start + t_read, voltage), (start + t_read + edge, 0.0)]
    return "pwl(" + " ".join(f"{time:.12g} {value:g}" for time, value in corners) + ")", count * period


@pytest.mark.parametrize(
    ("card", "resistance", "voltage"),
    [
        ("stanford", 150e3, 0.8), ("stanford", 2e3, -0.6), ("stanford_1t1r", 200e3, 0.7),
        ("stanford_1t1r", 5e3, -0.4), ("sky130_reram", 100e3, 1.1),
    ],
)  # fmt: skip
def test_reads_one_by_one_drift_as_the_closed_form_says(card, resistance, voltage):
    """10, 30 and 100 reads of 50 ns, simulated pulse by pulse, against the integral of the rate."""
    t_read, counts = 50e-9, (10, 30, 100)
    device = load_card(card).device
    start = device.state_of(resistance)
    wave, stop = reads_of(voltage, counts[-1], t_read)
    device, waves = simulated(card, wave, stop=stop, state=start, step=10e-9)
    expected = resistances_after_reads(device, resistance, counts, voltage=voltage, t_read=t_read)
    for count, end in zip(counts, expected, strict=True):
        moved = np.interp(count * 2 * t_read, waves["time"], waves["state"]) - start
        drift = np.log(device.resistance(start + moved) / resistance)
        assert drift == pytest.approx(np.log(end / resistance), rel=0.02)
        assert np.sign(drift) == -np.sign(voltage)  # SET polarity lowers HRS, RESET polarity raises LRS
