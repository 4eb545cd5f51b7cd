"""Two devices a bit against one: an amplifier without offset errs as closed forms say.

log R of both states normal, Δ between their means: one device against the reference of equal error errs at
Φ(−Δ/(σL+σH)), a differential pair at Φ(−Δ/√(σL²+σH²)).
"""

import math

import pytest
from scipy.stats import norm

import rramsim

pytestmark = pytest.mark.spice

DEVICES = {
    "lrs": {"r_median_ohm": 10e3, "sigma_ln_d2d": 0.3, "sigma_ln_c2c": 0.4},
    "hrs": {"r_median_ohm": 60e3, "sigma_ln_d2d": 0.6, "sigma_ln_c2c": 0.8},
}
SIGMAS, DISTANCE = (0.5, 1.0), math.log(6)
IDEAL = {"mismatch": False, "t_sense_s": "200 ns"}


@pytest.fixture(scope="module")
def rates(tmp_path_factory):
    study = rramsim.build_study(
        name="ideal",
        devices=DEVICES,
        corners={"vdd_v": [2.5]},
        read={"cells": ["binary_2t2r"], **IDEAL},
        bench=[{"name": "one", "use": "reference_read", "settings": IDEAL}],
        # No more simulations for the unresolved reads, which nobody asks for here.
        ber={"relative_precision": 0.03, "max_trials": 200, "max_simulations": 1000},
    )
    table = rramsim.sweep(study, out=tmp_path_factory.mktemp("ideal") / "out", workers=1).ber
    return table[table["error_type"] == "1"].set_index(["cell", "programmed"])


def test_one_device_errs_at_the_sum_of_spreads_in_either_state(rates):
    expected = norm.cdf(-DISTANCE / sum(SIGMAS))
    for programmed in ("+1", "-1"):
        assert rates.loc[("one", programmed), "probability"] == pytest.approx(expected, rel=0.03)


def test_a_pair_errs_at_the_root_of_squares(rates):
    expected = norm.cdf(-DISTANCE / math.hypot(*SIGMAS))
    assert rates.loc[("binary_2t2r", "+1"), "probability"] == pytest.approx(expected, rel=0.05)
    assert expected < norm.cdf(-DISTANCE / sum(SIGMAS)) / 2
