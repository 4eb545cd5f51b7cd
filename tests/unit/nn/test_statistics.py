"""Intervals of accuracies: of chips and of images apart, as narrow as asked, and paired along a ladder of rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.data.dataset import Split
from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod, binomial_interval, share_interval
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.faults.independent import Faultless, ReadFaults, StaticFaults
from rramsim.nn.faults.misreads import draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.inference import Accuracy, accuracy
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.dense import Dense
from rramsim.nn.tolerance import tolerance
from rramsim.weights import ErrorType, Weight, WeightKind

TERNARY = WeightKind.TERNARY


def signs(rate):
    return ReadErrorRates.of_type(TERNARY, ErrorType.SIGN, rate)


@given(st.integers(0, 2**62), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0), st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_a_weight_that_is_misread_at_one_rate_is_so_at_any_higher_one(seed, one, other, size):
    weights = np.random.default_rng(0).integers(-1, 2, size).astype(np.int8)
    low, high = (draw_misreads(weights, signs(rate), seed) for rate in sorted((one, other)))
    where = np.isin(high.positions, low.positions)
    assert where.sum() == low.count
    assert (high.values[where] == low.values).all()


def test_what_a_weight_is_misread_as_stays_as_long_as_the_ways_keep_their_proportions():
    weights = np.zeros(100_000, np.int8)
    low, high = (draw_misreads(weights, ReadErrorRates.of_type(TERNARY, ErrorType.FROM_ZERO, rate), 3)
                 for rate in (0.02, 0.5))  # fmt: skip
    assert (high.values[np.isin(high.positions, low.positions)] == low.values).all()


@pytest.mark.parametrize("model", [StaticFaults, ReadFaults])
def test_chips_of_the_same_number_are_paired_whatever_the_rate(model):
    weights = [np.ones((50, 40), np.int8), np.ones(3000, np.int8)]
    reads = [model(signs(rate)).chip(weights, np.random.default_rng([7, 2])) for rate in (0.01, 0.3)]
    for _ in range(3):  # each read, too
        for few, many in zip(*(read() for read in reads), strict=True):
            assert np.isin(few.positions, many.positions).all()


def constant(rights, classes=2):
    """Accuracy of chips of whose images those are classified rightly, shape (chips, images)."""
    rights = np.array(rights)
    wrong = int((~rights).sum())
    confusion = np.zeros((classes, classes), int)
    confusion[0] = int(rights.sum()), wrong
    return Accuracy(
        images=rights.shape[1], correct=tuple(rights.sum(axis=1).tolist()),
        confusion=tuple(map(tuple, confusion.tolist())), image_variance=float(np.var(rights.mean(axis=0), ddof=1)),
    )  # fmt: skip


def test_one_chip_has_the_interval_of_its_images_alone():
    found = constant([[True] * 90 + [False] * 10])
    assert found.ci_low == found.mean == found.ci_high == 0.9
    assert found.set_interval == pytest.approx(binomial_interval(90, 100, IntervalMethod.WILSON), rel=0.01)
    assert constant([[True] * 100]).set_interval == pytest.approx((share_interval(1.0, 100)[0], 1.0))
    assert share_interval(1.0, 100)[0] < 0.97


def test_chips_that_are_alike_are_not_certain():
    """As many as could have been missed are taken to differ by an image."""
    alike = constant([[True] * 90 + [False] * 10] * 20)
    missed = 1 - 0.025 ** (1 / 20)  # a share that 20 chips do not show once in 40 times
    assert (1 - missed) ** 20 == pytest.approx(0.025)
    assert (alike.ci_low, alike.ci_high) == pytest.approx((0.9 - missed / 100, 0.9 + missed / 100))
    assert constant([[True] * 100] * 5).ci_high == 1.0
    one = [[True] * 89 + [False] * 11]
    assert constant([[True] * 90 + [False] * 10] * 19 + one).half_width > alike.half_width / 2


def test_both_uncertainties_cover_what_they_are_of():
    """Images differ by how hard they are, chips by how good: the intervals cover the means over the others."""
    generator = np.random.default_rng(5)
    covered = {"chips": 0, "images": 0}
    trials, chips, images = 400, 12, 250
    for _ in range(trials):
        hard = generator.beta(4, 1, images)  # of each image, the probability that a chip classifies it rightly
        found = constant(generator.random((chips, images)) < hard)
        covered["chips"] += found.ci_low <= hard.mean() <= found.ci_high
        covered["images"] += found.set_interval[0] <= 0.8 <= found.set_interval[1]
    for name, count in covered.items():
        # 95 % nominal; the interval of the images does not hold the chips' randomness, which is small here.
        assert 0.92 * trials <= count <= 0.99 * trials, (name, count)


class Coins(AbstractEngine):
    """Classifies an image rightly where few of the weights of its chip are misread."""

    def scores(self, images, misreads=None):
        right = misreads[0].count < images[:, 0] * 100
        return np.stack([right, ~right], axis=1).astype(np.float32)


def experiment():
    network = StoredNetwork(
        name="n", dataset="d", input_shape=(1,),
        nodes=chain([Dense(weights=np.ones((2, 1), np.int8), kind=TERNARY)]),
    )  # fmt: skip
    images = np.linspace(0, 1, 200, dtype=np.float32)[:, np.newaxis]
    return network, Split(images=images, labels=np.zeros(200, np.int64))


class Uneven(StaticFaults):
    """A chip of some number of misreads, from 0 to 100."""

    def chip(self, weights, generator):
        misreads = draw_misreads(np.ones(100, np.int8), signs(float(generator.random())), 0)
        return lambda: [misreads]


def test_more_chips_are_programmed_until_the_interval_is_as_narrow_as_asked():
    network, split = experiment()

    def measured(**options):
        return accuracy(network, split, Uneven(signs(0.1)), seed=3, engine=Coins(), **options)

    few = measured(repeats=8)
    assert few.chips == 8
    narrow = measured(repeats=8, precision=0.02, max_repeats=10_000)
    assert narrow.half_width <= 0.02 < few.half_width
    assert narrow.correct[:8] == few.correct  # the same chips, and more
    assert narrow.chips < 4 * (few.half_width / 0.02) ** 2 * 8
    assert measured(repeats=8, precision=1e-6, max_repeats=50).chips == 50
    assert measured(repeats=8, precision=0.9, max_repeats=50).chips == 10  # fewer may be alike by chance
    assert measured(repeats=2, precision=0.9, max_repeats=50).chips == 10
    assert measured(repeats=2, precision=0.9, max_repeats=5).chips == 5
    assert measured(repeats=12, precision=0.9, max_repeats=50).chips == 12
    with pytest.raises(InputError, match="at least 2"):
        measured(repeats=1, precision=0.1)


def test_intervals_of_a_precision_that_was_asked_for_cover():
    """Stopping when it is narrow enough costs little coverage."""
    network, split = experiment()
    truth = accuracy(network, split, Uneven(signs(0.1)), seed=1, engine=Coins(), repeats=4000).mean
    covered = 0
    for seed in range(2, 202):
        found = accuracy(
            network, split, Uneven(signs(0.1)), seed=seed, engine=Coins(), repeats=10, precision=0.04, max_repeats=500
        )
        covered += found.ci_low <= truth <= found.ci_high
    assert covered >= 0.90 * 200


def test_confusion_counts_every_image_of_every_chip():
    network, split = experiment()
    found = accuracy(network, split, Faultless(), seed=0, repeats=3, engine=None)
    assert sum(map(sum, found.confusion)) == 600
    assert found.confusion[1] == (0, 0)
    with pytest.raises(ValueError, match="impossible accuracy"):
        Accuracy(images=200, correct=(201,), confusion=((201, 0), (0, 0)), image_variance=0.0)
    with pytest.raises(ValueError, match="impossible accuracy"):
        Accuracy(images=200, correct=(100,), confusion=((100, 0), (0, 0)), image_variance=0.0)


LADDER = np.array([1e-4, 1e-3, 1e-2, 1e-1])


def test_the_tolerated_rate_lies_where_the_loss_is_what_is_allowed():
    # A loss of 0, 0.002, 0.032, 0.5: between the second and the third it rises as a power of log10(16) = 1.2.
    chips = np.tile(0.9 - np.array([0, 0.002, 0.032, 0.5]), (5, 1))
    found = tolerance(LADDER, chips, 0.9, 0.008, seed=0)
    assert found.rate == pytest.approx(10**-2.5)
    # All chips are alike: what is left is that it may be linear in the rate, 0.006 of 0.03 from there.
    assert (found.ci_low, found.ci_high, found.limit) == (pytest.approx(2.8e-3), found.rate, "")


@pytest.mark.parametrize("exponent", [1.0, 1.4, 2.0])
@pytest.mark.parametrize("steps", [2, 4, 12, 40])
def test_the_interval_holds_the_rate_however_coarse_the_ladder_is(exponent, steps):
    rates = np.geomspace(1e-3, 0.3, steps)
    truth = 0.05 * (0.01 / 0.03) ** (1 / exponent)  # a loss of 0.03 at a rate of 0.05
    chips = np.tile(0.9 - 0.03 * (rates / 0.05) ** exponent, (20, 1))
    found = tolerance(rates, chips, 0.9, 0.01, seed=0)
    assert found.rate == pytest.approx(truth)
    assert found.ci_low <= truth * 1.000001
    assert found.ci_high >= truth / 1.000001


@pytest.mark.parametrize(("losses", "expected"), [
    ((-0.001, -0.002, 0.04, 0.5), 1e-2 * (0.01 / 0.04) ** 0.5),  # a gain before the step: as steep as is taken
    ((0.0, 0.009, 0.011, 0.5), 1e-3 * 10 ** (np.log(10 / 9) / np.log(11 / 9))),  # hardly any slope
    ((0.0, 0.0, 2.0, 2.0), 1e-3 + 9e-3 * 0.005),  # steeper than is taken: linear
])  # fmt: skip
def test_a_step_of_any_shape_gives_a_rate_inside_it(losses, expected):
    found = tolerance(LADDER, np.tile(0.9 - np.array(losses), (3, 1)), 0.9, 0.01, seed=0)
    assert found.rate == pytest.approx(expected)
    assert 1e-3 <= found.ci_low <= found.rate <= found.ci_high <= 1e-2


@pytest.mark.parametrize(("accuracies", "expected"), [
    (np.full((3, 4), 0.9), (0.1, 0.1, 1.0, "above")),
    (np.full((3, 4), 0.5), (1e-4, 0.0, 1e-4, "below")),
])  # fmt: skip
def test_a_rate_beyond_the_ladder_is_told_as_such(accuracies, expected):
    found = tolerance(LADDER, accuracies, 0.9, 0.01, seed=0)
    assert (found.rate, found.ci_low, found.ci_high, found.limit) == expected


def test_the_interval_of_a_tolerated_rate_covers_it():
    """Chips whose loss is rate · a, with a spread from chip to chip."""
    rates = np.geomspace(1e-4, 0.3, 12)
    truth, covered = 0.01 / 2.0, 0
    generator = np.random.default_rng(4)
    for trial in range(200):
        factors = generator.gamma(4, 0.5, (15, 1))  # of mean 2
        found = tolerance(rates, 0.95 - factors * rates, 0.95, 0.01, seed=trial)
        covered += found.ci_low <= truth * 1.02 and found.ci_high >= truth / 1.02  # the curve is interpolated
    assert covered >= 0.88 * 200


@pytest.mark.parametrize("chips", [2, 3, 5])
def test_the_interval_of_few_chips_covers_too(chips):
    rates = np.geomspace(1e-4, 0.3, 12)
    generator = np.random.default_rng(6)
    covered = 0
    for trial in range(150):
        factors = generator.gamma(4, 0.5, (chips, 1))
        found = tolerance(rates, 0.95 - factors * rates, 0.95, 0.01, seed=trial)
        covered += found.ci_low <= 0.005 <= found.ci_high
    assert covered >= 0.87 * 150


@pytest.mark.parametrize(("rates", "chips", "message"), [
    ([0.0, 0.1], 2, "rise from above 0"), ([0.1, 0.1], 2, "rise"), ([], 2, "rise"), ([0.1, 0.2], 1, "2 chips"),
])  # fmt: skip
def test_no_ladder_no_tolerated_rate(rates, chips, message):
    with pytest.raises(InputError, match=message):
        tolerance(np.array(rates), np.ones((chips, len(rates))), 1.0, 0.01, seed=0)


def test_rates_of_the_bounds_share_the_chips_of_the_estimate():
    one = ReadErrorRates(kind=TERNARY, rates=((Weight.PLUS, Weight.ZERO, 0.1),))
    other = ReadErrorRates(kind=TERNARY, rates=((Weight.PLUS, Weight.ZERO, 0.2),))
    weights = np.ones(10_000, np.int8)
    assert set(draw_misreads(weights, one, 1).positions) <= set(draw_misreads(weights, other, 1).positions)
