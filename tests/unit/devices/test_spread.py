"""The space of spread: distributions of its values, correlations, importance factors and mirror images."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rramsim.devices.marginals import Lognormal, Normal
from rramsim.devices.spread import Level, Source, SpreadSpace
from rramsim.errors import InputError

READ = ((Level.READ, 1.0),)
FALSE_ALARM = 1e-6


def space(correlations=(), sigmas=(0.5, 1.5)):
    first = Source(name="r_bl", marginal=Lognormal(median=5e3, sigma_ln=sigmas[0]), levels=READ)
    second = Source(name="r_blb", marginal=Lognormal(median=5e3, sigma_ln=sigmas[0]), levels=READ)
    third = Source(name="vth:m1", marginal=Normal(sigma=sigmas[1]), levels=((Level.COLUMN, 1.0),))
    return SpreadSpace(sources=(first, second, third), correlations=tuple(correlations))


def test_values_have_their_distributions():
    values = space().values(np.random.default_rng(1).standard_normal((20_000, 3)))
    assert stats.kstest(np.log(values[:, 0] / 5e3) / 0.5, "norm").pvalue > FALSE_ALARM
    assert stats.kstest(values[:, 2] / 1.5, "norm").pvalue > FALSE_ALARM


def test_the_origin_is_the_median():
    assert space().values(np.zeros(3)).tolist() == [5e3, 5e3, 0.0]


@pytest.mark.parametrize("coefficient", [-0.9, 0.3, 0.99])
def test_correlations_are_those_of_the_standard_normal_values(coefficient):
    count = 20_000
    correlated = space([("r_bl", "vth:m1", coefficient)])
    z = correlated.standard(np.random.default_rng(2).standard_normal((count, 3)))
    found = np.corrcoef(z.T)
    # Fisher's transformation of a correlation has the standard deviation 1/sqrt(n - 3).
    limit = stats.norm.isf(FALSE_ALARM / 2) / math.sqrt(count - 3)
    assert abs(np.arctanh(found[0, 2]) - np.arctanh(coefficient)) < limit
    assert abs(np.arctanh(found[0, 1])) < limit
    assert stats.kstest(z[:, 2], "norm").pvalue > FALSE_ALARM


def test_importance_of_independent_sources_are_squared_cosines():
    direction = np.array([0.6, 0.0, -0.8])
    assert space().importance(direction) == pytest.approx((0.36, 0.0, 0.64))


def test_importance_of_correlated_sources_does_not_depend_on_their_order():
    """A limit state a z1 + b z3 has the factors a², b² whatever the correlation: its coefficients back in z."""
    correlated = space([("r_bl", "vth:m1", 0.8)])
    weights = np.array([2.0, 0.0, 1.0])
    # In the coordinates u, where z = standard(u), the same limit state has the gradient L^T w.
    gradient = np.array([weights @ correlated.standard(unit) for unit in np.eye(3)])
    found = correlated.importance(gradient / np.linalg.norm(gradient))
    assert found == pytest.approx((0.8, 0.0, 0.2))


@given(st.floats(-0.95, 0.95), st.lists(st.floats(-4, 4), min_size=3, max_size=3))
def test_the_image_of_a_point_has_exchanged_values_and_is_as_far_away(coefficient, point):
    symmetric = space([("r_bl", "r_blb", coefficient)])
    names = {"r_bl": "r_blb", "r_blb": "r_bl"}
    assert symmetric.mirrored(names).identity == symmetric.identity
    u = np.array(point)
    image = symmetric.image(u, names)
    assert symmetric.values(image) == pytest.approx(symmetric.values(u)[[1, 0, 2]], rel=1e-9)
    assert np.linalg.norm(image) == pytest.approx(np.linalg.norm(u), abs=1e-9)
    assert symmetric.image(image, names) == pytest.approx(u, abs=1e-9)


def test_a_mirror_image_of_another_spread_is_told_by_its_identity():
    names = {"r_bl": "vth:m1", "vth:m1": "r_bl"}
    assert space().mirrored(names).identity != space().identity
    lopsided = space([("r_bl", "vth:m1", 0.5)])
    assert lopsided.mirrored({"r_bl": "r_blb", "r_blb": "r_bl"}).identity != lopsided.identity
    with pytest.raises(InputError, match="each of one"):
        space().mirrored({"r_bl": "r_blb"})


def test_levels_do_not_change_what_is_drawn_and_numbers_do():
    other = space(sigmas=(0.5, 1.4))
    assert other.identity != space().identity
    source = Source(name="a", marginal=Normal(sigma=1.0), levels=((Level.CELL, 0.5), (Level.READ, 0.5)))
    again = Source(name="a", marginal=Normal(sigma=1.0), levels=READ)
    assert SpreadSpace(sources=(source,)).identity == SpreadSpace(sources=(again,)).identity


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        ([("r_bl", "vth", 0.1)], "did you mean 'vth:m1'"),
        ([("r_bl", "r_bl", 0.1)], "two sources"),
        ([("r_bl", "r_blb", 0.1), ("r_blb", "r_bl", 0.2)], "told once"),
        ([("r_bl", "r_blb", 1.0)], "between -1 and 1"),
        ([("r_bl", "r_blb", math.nan)], "between -1 and 1"),
        ([("r_bl", "r_blb", 0.9), ("r_blb", "vth:m1", 0.9), ("r_bl", "vth:m1", -0.9)], "contradict each other"),
    ],
)
def test_impossible_correlations_are_refused(correlations, message):
    with pytest.raises(InputError, match=message):
        space(correlations)


@pytest.mark.parametrize(
    "levels",
    [(), ((Level.CHIP, 0.5),), ((Level.CHIP, 0.5), (Level.CHIP, 0.5)), ((Level.CHIP, 1.5), (Level.READ, -0.5))],
)
def test_levels_must_share_out_the_variance(levels):
    with pytest.raises(InputError, match="add up to 1"):
        Source(name="a", marginal=Normal(sigma=1.0), levels=levels)


def test_shares_of_levels_are_told_unless_correlated_sources_differ_in_them():
    once = dict.fromkeys(Level, 0.0)
    alone = space().shares
    assert alone == {
        "r_bl": once | {Level.READ: 1.0}, "r_blb": once | {Level.READ: 1.0}, "vth:m1": once | {Level.COLUMN: 1.0}
    }  # fmt: skip
    assert space([("r_bl", "r_blb", 0.5)]).shares == alone
    mixed = space([("r_blb", "vth:m1", 0.5)]).shares
    assert mixed["r_bl"] == alone["r_bl"]
    assert all(math.isnan(share) for name in ("r_blb", "vth:m1") for share in mixed[name].values())
    chained = space([("r_bl", "r_blb", 0.5), ("r_blb", "vth:m1", 0.5)]).shares
    assert all(math.isnan(share) for shares in chained.values() for share in shares.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(sigma=-1.0),
        lambda: Normal(sigma=math.inf),
        lambda: Lognormal(median=0.0, sigma_ln=1.0),
        lambda: Lognormal(median=1.0, sigma_ln=math.nan),
    ],
)
def test_impossible_marginals_are_refused(make):
    with pytest.raises(InputError, match="got"):
        make()


def test_a_space_may_be_empty():
    empty = SpreadSpace(sources=())
    assert empty.values(np.zeros((4, 0))).shape == (4, 0)
