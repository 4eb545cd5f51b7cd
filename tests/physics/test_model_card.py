"""The generic card: static curves at -40, 27 and 125 °C against what a 5 V class device must be.

Curves come from slow ramps (1 ms over the range: displacement currents stay below a picoampere) through the same engine
as the reads.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from rramsim.circuits.technology import load_technology
from rramsim.corners import ProcessCorner
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine

pytestmark = pytest.mark.spice

TECHNOLOGY = load_technology("generic_130nm_5v")
WIDTH, LENGTH = 2e-6, 0.6e-6
TEMPERATURES = (-40.0, 27.0, 125.0)
FETS = ("nfet", "pfet")


@dataclass(frozen=True)
class Curve:
    """Swept voltage and drain current, both positive for either type."""

    voltage: np.ndarray
    current: np.ndarray

    def at(self, current):
        """Voltage where the current is reached."""
        return float(np.interp(np.log(current), np.log(np.maximum(self.current, 1e-15)), self.voltage))


def sweep(fet, *, vd=None, vg=None, temperature=27.0, process=ProcessCorner.TT, dvt=0.0, length=LENGTH, end=5.0):
    """I_D against V_G at a drain voltage, or against V_D at a gate voltage."""
    sign = 1 if fet == "nfet" else -1
    ramp = f"pwl(0 0 1m {sign * end})"
    gate, drain = (ramp, f"dc {sign * vd}") if vg is None else (f"dc {sign * vg}", ramp)
    engine().load(
        f"* curve\n{TECHNOLOGY.models_text(process)}vg g 0 {gate}\nvd d 0 {drain}\n"
        f"x1 d g 0 0 {fet} w={WIDTH} l={length} dvt={dvt}\n.options gmin=1e-15\n.temp {temperature}\n"
        ".tran 2u 1m 0 2u\n.save v(g) v(d) i(vd)\n.end\n"
    )
    waves = engine().run(Tran(step=1e-5, stop=1e-3), ["g", "d", "i(vd)"])
    return Curve(voltage=sign * waves["g" if vg is None else "d"], current=-sign * waves["i(vd)"])


def threshold(fet, **options):
    """Constant-current threshold: 100 nA × W/L at a low drain voltage."""
    length = options.get("length", LENGTH)
    return sweep(fet, vd=options.pop("vd", 0.05), **options).at(1e-7 * WIDTH / length)


@pytest.mark.parametrize("fet", FETS)
def test_threshold_puts_1v2_near_it(fet):
    assert 0.6 < threshold(fet) < 0.8


@pytest.mark.parametrize("fet", FETS)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_subthreshold_slope_is_that_of_the_doping_and_scales_with_temperature(fet, temperature):
    curve = sweep(fet, vd=1.2, temperature=temperature)
    slope = curve.at(1e-9) - curve.at(1e-10)
    thermal = 1.380649e-23 * (temperature + 273.15) / 1.602177e-19 * np.log(10)
    # Slope factor 1 + C_dep/C_ox + C_it/C_ox of this oxide and doping: 1.5 to 1.7.
    assert 1.45 < slope / thermal < 1.75
    if temperature == 27.0:
        assert slope == pytest.approx(0.095, abs=0.005)


@pytest.mark.parametrize("fet", FETS)
def test_threshold_falls_with_temperature(fet):
    cold, warm, hot = (threshold(fet, temperature=t) for t in TEMPERATURES)
    for difference, span in ((warm - cold, 67), (hot - warm, 98)):
        assert -1.6e-3 < difference / span < -0.6e-3  # about -1 mV/K


@pytest.mark.parametrize("fet", FETS)
def test_drain_lowers_the_barrier_little(fet):
    dibl = (threshold(fet) - threshold(fet, vd=5.0)) / 4.95
    assert 0 < dibl < 20e-3


@pytest.mark.parametrize(("fet", "low", "high"), [("nfet", 400, 600), ("pfet", 150, 250)])
def test_drive_current_is_that_of_the_class_and_falls_with_temperature(fet, low, high):
    drive = [sweep(fet, vd=5.0, temperature=t).current[-1] / WIDTH for t in TEMPERATURES]  # µA/µm = A/m
    assert low < drive[1] < high
    assert drive[0] > drive[1] > drive[2]


@pytest.mark.parametrize("fet", FETS)
def test_a_gate_voltage_exists_where_temperature_does_not_matter(fet):
    cold, hot = (sweep(fet, vd=1.2, temperature=t) for t in (-40.0, 125.0))
    grid = np.linspace(0.5, 5.0, 200)
    ratio = np.interp(grid, hot.voltage, hot.current) / np.interp(grid, cold.voltage, cold.current)
    assert ratio[0] > 10  # leakage grows
    assert ratio[-1] < 0.9  # mobility falls
    assert np.count_nonzero(np.diff(np.sign(ratio - 1))) == 1


@pytest.mark.parametrize("fet", FETS)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_output_curves_rise_and_saturate(fet, temperature):
    for vg in (0.8, 1.2, 3.0, 5.0):
        curve = sweep(fet, vg=vg, temperature=temperature)
        beyond = curve.voltage > 0.01
        assert (np.diff(curve.current[beyond]) > -1e-12).all()
        linear = np.interp(0.05, curve.voltage, curve.current) / 0.05
        final = (curve.current[-1] - np.interp(4.5, curve.voltage, curve.current)) / 0.5
        assert 0 < final < 0.1 * linear


@pytest.mark.parametrize("fet", FETS)
def test_corners_are_in_order(fet):
    current = {
        process: float(np.interp(1.2, *_curve(sweep(fet, vd=1.2, process=process, end=1.3))))
        for process in ProcessCorner
    }
    thresholds = {process: threshold(fet, process=process, end=2.0) for process in ProcessCorner}
    fast, slow = (ProcessCorner.FS, ProcessCorner.SF) if fet == "nfet" else (ProcessCorner.SF, ProcessCorner.FS)
    order = [ProcessCorner.FF, fast, ProcessCorner.TT, slow, ProcessCorner.SS]
    assert sorted(ProcessCorner, key=current.get, reverse=True) == order
    assert sorted(ProcessCorner, key=thresholds.get) == order
    for quick, late in itertools.pairwise(order):
        assert current[quick] / current[late] > 1.02


def _curve(curve):
    return curve.voltage, curve.current


@pytest.mark.parametrize(("fet", "sign"), [("nfet", 1), ("pfet", -1)])
def test_a_threshold_shift_is_added_to_the_signed_threshold(fet, sign):
    nominal = threshold(fet, end=2.0)
    for shift in (-0.03, 0.02):
        # |V_TH| of a PMOS falls where its signed threshold rises.
        assert threshold(fet, dvt=shift, end=2.0) - nominal == pytest.approx(
            sign * shift, abs=1e-3
        )  # of the constant-current reading


@pytest.mark.parametrize("fet", FETS)
def test_longer_channels_carry_less(fet):
    short, long = (sweep(fet, vd=1.2, length=length).current[-1] for length in (0.6e-6, 2e-6))
    assert 2.0 < short / long < 2 / 0.56 * 1.4
