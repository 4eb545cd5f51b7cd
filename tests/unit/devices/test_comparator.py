"""Closed forms of an ideal comparator, and its reference."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from rramsim.devices.comparator import equal_error_reference, pair_error, single_device_error
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance


def statistics(low, high, ratio):
    lrs = LognormalResistance(r_median=5e3, sigma_ln_d2d=low, sigma_ln_c2c=0.0)
    hrs = LognormalResistance(r_median=5e3 * ratio, sigma_ln_d2d=0.0, sigma_ln_c2c=high)
    return DeviceStatistics(lrs=lrs, hrs=hrs)


# Rate of one device, and of a pair where LRS spreads as much as HRS, half and a fifth as much.
@pytest.mark.parametrize(
    ("single", "pairs"),
    [(1e-2, (5.0e-4, 9.0e-4, 3.1e-3)), (1e-3, (6.2e-6, 1.7e-5, 1.4e-4)), (1e-4, (7.2e-8, 3.0e-7, 6.0e-6))],
)
def test_pairs_against_single_devices(single, pairs):
    for part, expected in zip((1.0, 0.5, 0.2), pairs, strict=True):
        devices = statistics(0.5 * part, 0.5, math.exp(-ndtri(single) * 0.5 * (1 + part)))
        assert single_device_error(devices) == pytest.approx(single)
        assert pair_error(devices) == pytest.approx(expected, rel=0.03)  # two digits are given


def test_drawn_devices_err_as_the_closed_forms_say():
    devices, generator, count = statistics(0.4, 0.9, 8.0), np.random.default_rng(1), 400_000
    low, high = (
        state.resistance(generator.standard_normal(count), generator.standard_normal(count))
        for state in (devices.lrs, devices.hrs)
    )
    reference = equal_error_reference(devices)
    assert np.mean(low > reference) == pytest.approx(single_device_error(devices), rel=0.05)
    assert np.mean(high < reference) == pytest.approx(single_device_error(devices), rel=0.05)
    assert np.mean(low > high) == pytest.approx(pair_error(devices), rel=0.05)
    offset = np.exp(0.6 * generator.standard_normal(count))
    assert np.mean(low > high * offset) == pytest.approx(pair_error(devices, sigma_offset=0.6), rel=0.05)


def test_devices_that_do_not_vary_are_never_misread():
    assert single_device_error(statistics(0.0, 0.0, 2.0)) == pair_error(statistics(0.0, 0.0, 2.0)) == 0.0


@pytest.mark.parametrize(
    ("low", "high"), [((0.1, 0.2), (0.5, 0.3)), ((0.3, 0.0), (0.3, 0.0)), ((0.0, 0.0), (0.2, 0.0))]
)
def test_the_reference_of_equal_error_is_as_far_from_both_states(low, high):
    states = [
        LognormalResistance(r_median=median, sigma_ln_d2d=d2d, sigma_ln_c2c=c2c)
        for median, (d2d, c2c) in ((5e3, low), (90e3, high))
    ]
    lrs, hrs = states
    found = equal_error_reference(DeviceStatistics(lrs=lrs, hrs=hrs))
    assert math.log(found / 5e3) * hrs.sigma_ln == pytest.approx(math.log(90e3 / found) * lrs.sigma_ln)


def test_devices_that_do_not_vary_are_told_apart_half_way():
    states = [LognormalResistance(r_median=median, sigma_ln_d2d=0, sigma_ln_c2c=0) for median in (1e3, 1e5)]
    assert equal_error_reference(DeviceStatistics(lrs=states[0], hrs=states[1])) == pytest.approx(1e4)
