"""Read disturb by compact models: sign, exponential voltage, bounds, bad input."""

import math

import pytest
from scipy.integrate import quad

from rramsim.devices.compact.card import load_card
from rramsim.devices.disturb import resistances_after_reads
from rramsim.errors import InputError

DEVICE = load_card("stanford_1t1r").device
READ = 50e-9


def drift(resistance, voltage, reads):
    (after,) = resistances_after_reads(DEVICE, resistance, [reads], voltage=voltage, t_read=READ)
    return math.log(after / resistance)


def test_polarity():
    """Reads in the polarity of SET lower HRS; in that of RESET they raise LRS."""
    assert drift(300e3, 0.2, 1e6) < -1e-3
    assert drift(5e3, -0.2, 1e6) > 1e-3
    assert drift(300e3, 0.2, 0) == pytest.approx(0, abs=1e-12)


def test_disturb_grows_exponentially_with_the_voltage():
    """By exp(gamma (a0/tox) q dV/kT) for each dV, once the sine is an exponential; a few reads, so that gamma stays."""
    state = DEVICE.state_of(200e3)
    p = DEVICE.parameters
    per_volt = DEVICE.enhancement(state, 1.0) * p["a0"] / p["tox"] * 11604.518 / 300.15
    for voltage in (0.3, 0.4, 0.5):
        ratio = drift(200e3, voltage + 0.05, 100) / drift(200e3, voltage, 100)
        assert ratio == pytest.approx(math.exp(per_volt * 0.05), rel=0.01)


def test_few_reads_add_up():
    assert drift(300e3, 0.3, 2000) == pytest.approx(2 * drift(300e3, 0.3, 1000), rel=1e-3)


def test_many_reads_end_at_the_bound():
    found = resistances_after_reads(DEVICE, 300e3, [1e3, 1e6, 1e12, 1e15], voltage=0.4, t_read=READ)
    assert list(found) == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(DEVICE.range_ohm[0], rel=1e-6)


@pytest.mark.parametrize(
    ("resistance", "reads", "voltage", "t_read", "match"),
    [
        (1e3, [10], 0.1, READ, "1000 Ω is no state of stanford_1t1r"),
        (1e5, [], 0.1, READ, "numbers of reads"),
        (1e5, [10, 5], 0.1, READ, "numbers of reads"),
        (1e5, [-1], 0.1, READ, "numbers of reads"),
        (1e5, [10], math.nan, READ, "finite voltage"),
        (1e5, [10], 0.1, 0.0, "a time above 0 s"),
    ],
)
def test_bad_input(resistance, reads, voltage, t_read, match):
    with pytest.raises(InputError, match=match):
        resistances_after_reads(DEVICE, resistance, reads, voltage=voltage, t_read=t_read)


def test_the_bound_is_reached_when_the_integral_says():
    """The time is that of the integral of 1 over the rate, which changes by orders of magnitude on the way."""
    start, bound = DEVICE.state_of(300e3), DEVICE.bounds[0]
    seconds, _ = quad(lambda state: -1 / DEVICE.rate(state, 0.1, 27), bound, start, epsrel=1e-9, limit=500)
    before, after = resistances_after_reads(
        DEVICE, 300e3, [0.999 * seconds / READ, 1.001 * seconds / READ], voltage=0.1, t_read=READ
    )
    assert before > 1.002 * DEVICE.range_ohm[0]
    assert after == pytest.approx(DEVICE.range_ohm[0], rel=1e-9)
