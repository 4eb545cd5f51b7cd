import math

import numpy as np
import pytest
from scipy.stats import lognorm

from rramsim.devices.mismatch import threshold_sigma
from rramsim.devices.presets import PROVENANCES, load_preset, preset_names
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.errors import InputError, MissingResourceError

STATE = LognormalResistance(r_median=350e3, sigma_ln_d2d=0.6, sigma_ln_c2c=0.8)


def test_lognormal_against_scipy():
    law = lognorm(s=1.0, scale=350e3)
    for quantile in (0.001, 0.1, 0.5, 0.9, 0.999):
        assert STATE.cdf(law.ppf(quantile)) == pytest.approx(quantile, rel=1e-12)
    z = np.array([-2.0, 0.0, 1.5])
    assert STATE.resistance(z, np.zeros(3)) == pytest.approx(350e3 * np.exp(0.6 * z))
    assert STATE.sigma_ln == pytest.approx(1.0)


def test_no_spread_is_a_step():
    sharp = LognormalResistance(r_median=5e3, sigma_ln_d2d=0, sigma_ln_c2c=0)
    assert (sharp.cdf(4.9e3), sharp.cdf(5e3), sharp.cdf(5.1e3)) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [{"r_median": 0}, {"r_median": -1}, {"r_median": math.inf}, {"sigma_ln_d2d": -0.1}, {"sigma_ln_c2c": math.nan}],
)
def test_impossible_statistics(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        LognormalResistance(**({"r_median": 1e3, "sigma_ln_d2d": 0, "sigma_ln_c2c": 0} | wrong))


def test_states_must_be_in_order():
    with pytest.raises(InputError, match=r"median of hrs \(350000 Ω\) must be above the median of lrs \(350000 Ω\)"):
        DeviceStatistics(lrs=STATE, hrs=STATE)


@pytest.mark.parametrize("name", preset_names())
def test_presets_state_where_every_number_comes_from(name):
    preset = load_preset(name)
    assert {key for key, _, _ in preset.provenance} == {"medians", "spreads", "split"}
    assert len(preset.validity) > 10
    for _, status, source in preset.provenance:
        assert status in PROVENANCES
        assert len(source) > 30
    if any(status == "recalled" for _, status, _ in preset.provenance):
        assert "Recalled" in preset.description  # and is never told as a measurement


def test_unknown_preset():
    with pytest.raises(MissingResourceError, match=r"no device preset 'synapto'; did you mean 'synaptogen'\?"):
        load_preset("synapto")


def test_synaptogen_spread_is_that_of_the_samples():
    hrs = load_preset("synaptogen").statistics.hrs
    assert hrs.r_median == 75e3
    assert hrs.sigma_ln / math.log(10) == pytest.approx(0.197, rel=1e-3)


def test_pelgroms_law():
    sigma = threshold_sigma(a_vt=10e-9, width=2e-6, length=0.5e-6)
    assert sigma == pytest.approx(10e-3 / math.sqrt(2))  # 1 µm²: the pair's 10 mV, shared by two
    assert threshold_sigma(a_vt=10e-9, width=8e-6, length=0.5e-6) == pytest.approx(sigma / 2)
    for wrong in ({"a_vt": -1.0}, {"width": 0.0}, {"length": -1e-6}):
        with pytest.raises(InputError, match="must"):
            threshold_sigma(**({"a_vt": 1e-8, "width": 1e-6, "length": 1e-6} | wrong))
    with pytest.raises(InputError, match="no a_vt_v_m: its mismatch is the kit's own"):
        threshold_sigma(a_vt=None, width=1e-6, length=1e-6)


def test_presets_that_follow_from_a_rule():
    """Numbers of the files against the rules that their provenance tells."""
    milo, formed = load_preset("crosssim_rrammilo").statistics, load_preset("sky130_formed").statistics
    for state, conductance in ((milo.lrs, 225.0), (milo.hrs, 50.0)):
        assert state.r_median == pytest.approx(1e6 / conductance, rel=1e-4)
        assert state.sigma_ln == pytest.approx((-0.009107 * conductance + 4.782321) / conductance, rel=1e-3)
    assert formed.lrs.r_median == pytest.approx(1e6 / math.sqrt(30 * 120), rel=1e-4)
    assert formed.lrs.sigma_ln == pytest.approx(math.log(120 / 30) / 4, rel=1e-3)
