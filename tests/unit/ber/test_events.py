"""Which estimator a misread gets, on a response that is known in closed form."""

import itertools
import math
from collections import Counter
from types import MappingProxyType

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2

from rramsim.ber.event import EventResult
from rramsim.ber.events import estimate_events
from rramsim.ber.monte_carlo import CountedRecord
from rramsim.errors import InputError
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Event
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.rare.reasons import Note, Reason, ran_out
from rramsim.weights import Weight


class Plane:
    """Reads of +1 that are nominally ``beta`` standard deviations from a sign reversal; 1/100 of one is undecided."""

    dimension = 4
    last_error = None
    events = MappingProxyType(
        {Weight.PLUS: Event(low=0.01), Weight.MINUS: Event(high=0.0), Weight.ZERO: Event(low=0.0, high=0.01)}
    )

    def __init__(self, beta):
        self.beta = beta
        self.calls = 0

    def __call__(self, z):
        self.calls += 1
        return self.beta - float(z[1])

    def steepest(self, _weight):
        return None


def stream(purpose, index):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(5, spawn_key=(purpose, index))))


def estimated(
    response,
    counts,
    *,
    more=(),
    method=None,
    guidance=None,
    paused=None,
    wanted=(Weight.ZERO, Weight.MINUS),
    **precision,
):
    record = CountedRecord(right=frozenset({Weight.PLUS}), counts=Counter(counts), quantities={}, failed=0)
    return estimate_events(
        response, record, Precision(**precision), dict.fromkeys(wanted, stream), method=method, more=iter(more),
        guidance=guidance, paused=paused,
    )  # fmt: skip


def covers(event, probability):
    low, high = event.estimate.interval()
    return low <= probability <= high


def test_a_rare_misread_is_found_by_lines_and_the_typical_one_is_none():
    found = estimated(Plane(5.0), {Weight.PLUS: 200})
    assert set(found) == {Weight.MINUS, Weight.ZERO}
    assert {event.method for event in found.values()} == {Method.LINE_SAMPLING}
    assert covers(found[Weight.MINUS], float(ndtr(-5)))
    assert covers(found[Weight.ZERO], float(ndtr(-4.99) - ndtr(-5)))
    # One set of lines does for both: what does not resolve lies before the sign reversal.
    assert Note(reason=Reason.SHARED_LINES) in found[Weight.MINUS].notes
    assert found[Weight.MINUS].estimate.simulations < 20 < found[Weight.ZERO].estimate.simulations
    assert np.abs(found[Weight.MINUS].directions[0]) == pytest.approx((0, 1, 0, 0), abs=1e-3)
    assert found[Weight.MINUS].reliability_index == pytest.approx(5, abs=0.02)


def test_what_is_counted_well_enough_costs_no_more_than_its_direction():
    response = Plane(0.0)
    found = estimated(response, {Weight.PLUS: 1000, Weight.MINUS: 1000, Weight.ZERO: 1000})
    assert {event.method for event in found.values()} == {Method.MONTE_CARLO}
    assert found[Weight.MINUS].reliability_index is None
    # A star, and two gradients at most with what lies between them; both events share what was simulated.
    assert response.calls <= 2 * response.dimension + 1 + 2 * (response.dimension + 3)
    # All are charged but that of typical devices.
    assert response.calls == 1 + sum(event.estimate.simulations - 3000 for event in found.values())
    assert found[Weight.MINUS].directions[0] == pytest.approx((0, 1, 0, 0), abs=1e-6)
    # Typical devices lie in the band of what is undecided, at its far end: it is entered from there.
    assert found[Weight.ZERO].directions[0] == pytest.approx((0, -1, 0, 0), abs=1e-6)


@pytest.mark.parametrize("beta", [-2.5, -1.0, 0.5])
def test_the_direction_of_a_frequent_misread_leads_into_it(beta):
    """Also where typical devices are misread, and from the count's rate alone no search would begin."""
    share = round(10_000 * float(ndtr(-beta)))
    found = estimated(Plane(beta), {Weight.PLUS: 10_000 - share, Weight.MINUS: share}, wanted=(Weight.MINUS,))
    event = found[Weight.MINUS]
    assert event.method is Method.MONTE_CARLO
    assert event.beta is None
    assert event.estimate.simulations <= 10_000 + 20 * Plane.dimension
    assert event.directions[0] == pytest.approx((0, 1, 0, 0), abs=1e-6)


def test_a_misread_without_any_slope_has_no_direction():
    class Flat(Plane):
        def __call__(self, z):
            self.calls += 1
            return -1.0

    found = estimated(Flat(0.0), {Weight.MINUS: 1000}, wanted=(Weight.MINUS,))[Weight.MINUS]
    assert found.directions == ()
    assert found.estimate.probability == 1


def test_counted_reads_overrule_an_estimate_that_they_contradict():
    more = itertools.cycle(([Weight.PLUS] * 9 + [Weight.MINUS]) * 50 + [None])
    found = estimated(Plane(5.0), {Weight.PLUS: 180, Weight.MINUS: 20}, more=more)[Weight.MINUS]
    assert found.method is Method.MONTE_CARLO
    assert Note(reason=Reason.COUNTS_CONTRADICT) in found.notes
    assert found.estimate.probability == pytest.approx(0.1, abs=0.01)
    assert found.estimate.failed > 0
    assert found.estimate.simulations > found.estimate.trials + found.estimate.failed  # those of the lines as well


def test_counts_that_agree_leave_the_estimate_alone():
    rate = float(ndtr(-1.5))
    found = estimated(Plane(1.5), {Weight.PLUS: 187, Weight.MINUS: 13})[Weight.MINUS]
    assert found.method is Method.LINE_SAMPLING
    assert covers(found, rate)


def test_guidance_saves_simulations_and_changes_no_truth():
    alone, guided = Plane(5.0), Plane(5.2)
    alone.dimension = guided.dimension = 11  # as of a read: looking around takes two simulations a dimension
    first = estimated(alone, {Weight.PLUS: 200})
    second = estimated(guided, {Weight.PLUS: 200}, guidance=first)
    assert guided.calls < alone.calls
    assert covers(second[Weight.MINUS], float(ndtr(-5.2)))


def test_below_the_floor_there_is_a_lower_bound_of_the_index():
    found = estimated(Plane(9.0), {Weight.PLUS: 200})[Weight.MINUS]
    assert found.below(1e-15)
    assert found.reliability_index == pytest.approx(9, abs=0.02)
    lost = estimated(Plane(12.0), {Weight.PLUS: 200})[Weight.MINUS]
    assert lost.below(1e-15)
    assert lost.estimate.trials == 0
    assert lost.reliability_index == lost.beta > 10.9
    assert lost.directions == ()


def test_an_estimate_under_the_floor_keeps_its_index():
    found = estimated(Plane(5.0), {Weight.PLUS: 200}, floor=1e-6)[Weight.MINUS]
    assert found.below(1e-6)
    assert not found.below(1e-9)
    assert found.reliability_index == pytest.approx(5, abs=0.1)


def test_a_counted_rate_is_never_below_the_floor():
    counted = EventResult(method=Method.MONTE_CARLO, estimate=Estimate.from_counts(errors=0, trials=10**6, failed=0))
    assert not counted.below(1e-3)


def test_an_event_that_waits_is_told():
    found = estimated(Plane(5.0), {Weight.PLUS: 200}, relative=1e-4, pause=100)[Weight.MINUS]
    assert found.paused(Precision(relative=1e-4, pause=100))
    assert not found.paused(Precision(relative=0.1, pause=100))
    assert not found.paused(Precision(relative=1e-4))
    assert found.estimate.simulations < 1000


def test_a_response_that_never_answers_is_an_error():
    class Silent(Plane):
        last_error = InputError("no read")

        def __call__(self, _z):
            return math.nan

    with pytest.raises(InputError, match="no read"):
        estimated(Silent(5.0), {Weight.PLUS: 200})


def test_json_holds_every_digit():
    event = estimated(Plane(5.0), {Weight.PLUS: 200})[Weight.MINUS]
    assert EventResult.from_json(event.to_json()) == event


class Wall(Plane):
    """Two signs of a sign reversal, in two directions, which take more than lines."""

    def __call__(self, z):
        self.calls += 1
        return self.beta - abs(float(z[1]))


@pytest.mark.parametrize("limit", [300, 1000])
@pytest.mark.parametrize("beta", [0.5, 1.5, 2.5, 5.0])
@pytest.mark.parametrize("method", [None, Method.LINE_SAMPLING, Method.SUBSET_SIMULATION])
def test_no_rate_costs_more_than_is_allowed(limit, beta, method):
    share = 2 * float(ndtr(-beta))
    reads = np.where(np.random.default_rng(7).random(10_000) < share, Weight.MINUS, Weight.PLUS).tolist()
    counts, more = Counter(reads[:200]), itertools.cycle(reads[200:])
    response = Wall(beta)
    found = estimated(response, counts, more=more, method=method, max_simulations=limit)
    assert response.calls <= 2 * limit + 1  # of both misreads, and the one at typical devices
    for read, rate in ((Weight.MINUS, share), (Weight.ZERO, 2 * float(ndtr(0.01 - beta)) - share)):
        event = found[read]
        assert event.estimate.simulations <= limit
        low, high = event.estimate.interval()
        assert low * 0.5 <= rate <= high * 1.5
        if ran_out(event.notes):
            assert not event.below(1e-15)
            assert not event.paused(Precision(max_simulations=limit, pause=100))  # to begin anew is of no use
            assert event.beta is not None  # so that the table of reliabilities has a row with the note
            assert math.isfinite(event.reliability_index)
            assert high - low <= 0.2  # the counts say as much


def test_a_rate_that_was_counted_for_another_one_is_charged_as_far_as_the_limit_goes():
    reads = [Weight.PLUS] * 8 + [Weight.MINUS, Weight.ZERO]
    found = estimated(Plane(5.0), {Weight.PLUS: 160, Weight.MINUS: 20, Weight.ZERO: 20}, more=itertools.cycle(reads),
                      max_simulations=1000)  # fmt: skip
    for event in found.values():
        assert event.method is Method.MONTE_CARLO  # both rates are far from what lines find
        assert event.estimate.simulations == 1000
        assert Note(reason=Reason.SIMULATIONS_SPENT) in event.notes
        assert event.estimate.probability == pytest.approx(0.1, abs=0.001)


class Bowl(Plane):
    """A surface that bends away, so that lines differ."""

    def __call__(self, z):
        self.calls += 1
        return self.beta - float(z[1]) + 0.4 * float(z[0] ** 2 + z[2] ** 2 + z[3] ** 2)


def bowl_rate(beta):
    """Φ(-(beta + 0.4 χ²)), averaged over χ² of three degrees of freedom."""
    return quad(lambda s: float(ndtr(-beta - 0.4 * s)) * float(chi2.pdf(s, 3)), 0, 60)[0]


@pytest.mark.parametrize("limit", [600, 900, 2000, 20_000])
def test_a_rate_that_paused_is_charged_for_both_its_searches(limit):
    asked = {"relative": 0.05, "max_simulations": limit, "wanted": (Weight.MINUS,)}
    response = Bowl(4.0)
    first = estimated(response, {Weight.PLUS: 200}, pause=500, **asked)
    assert first[Weight.MINUS].paused(Precision(relative=0.05, pause=500, max_simulations=limit))
    made = first[Weight.MINUS].estimate.simulations
    assert 500 <= made < 600
    found = estimated(response, {Weight.PLUS: 200}, guidance=first, paused=first, **asked)
    assert set(found) == {Weight.MINUS}
    event = found[Weight.MINUS]
    assert made < event.estimate.simulations <= limit
    assert event.estimate.simulations <= response.calls <= event.estimate.simulations + 2
    assert event.estimate.relative_width <= first[Weight.MINUS].estimate.relative_width
    low, high = event.estimate.interval()
    assert low * 0.97 <= bowl_rate(4.0) <= high * 1.03
    if limit == 600:  # too little was left: the first search says more than the second
        assert ran_out(event.notes)
        assert event.estimate.trials == first[Weight.MINUS].estimate.trials
    if limit == 20_000:
        assert event.estimate.relative_width <= 0.05
        assert not ran_out(event.notes)
