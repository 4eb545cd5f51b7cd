"""Errors by position: each weight is misread as often as its row in the array says."""

import numpy as np
import pytest

from rramsim.corners import parse_corner
from rramsim.errors import InputError
from rramsim.nn.cases import Errors, find_cases
from rramsim.nn.faults.model import CornerErrors
from rramsim.nn.faults.position import PositionFaults, PositionSettings
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.injection_settings import InjectionSection
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.dense import Dense
from rramsim.tables.ber import BER
from rramsim.weights import ErrorType, WeightKind

CORNER = parse_corner("tt_27c_1v2")
KNOWN = {"near": 0.02, "far": 0.3}


def rates_of(rate):
    return ReadErrorRates.of_type(WeightKind.BINARY, ErrorType.SIGN, rate)


def model(at, rows=4):
    errors = CornerErrors(
        rates=rates_of(0.5), mean=0.5, causes=None, rows=rows, other=lambda name: rates_of(KNOWN[name])
    )
    return PositionFaults.at_corner(errors, PositionSettings.model_validate({"at": at})), errors


def binary(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), size=shape)


def test_rates_lie_between_those_of_known_rows_and_end_at_the_nearest():
    found, _ = model([{"row": 3, "cell": "far"}, {"row": 1, "cell": "near"}], rows=6)
    wrong = [rates.error_probability(rates.kind.programmed[0]) for rates in found.rates]
    assert wrong == pytest.approx([0.02, 0.02, 0.16, 0.3, 0.3, 0.3])


def test_weights_are_misread_as_their_row_says():
    """Inputs 0, 4, 8, … lie in row 0; of a kernel, its places one after the other."""
    found, errors = model([{"row": 0, "cell": "near"}, {"row": 3, "cell": "far"}])
    layers = [binary((3000, 10)), binary((2000, 2, 3))]
    misreads = found.chip(layers, np.random.default_rng(5))()
    for layer, misread in zip(layers, misreads, strict=True):
        inputs = int(np.prod(layer.shape[1:]))
        wrong = (misread.applied(layer) != layer).reshape(-1, inputs)
        assert np.array_equal(misread.positions, np.flatnonzero(wrong))
        for row, rate in enumerate((0.02, 0.02 + 0.28 / 3, 0.02 + 0.56 / 3, 0.3)):
            seen = wrong[:, row::4]
            # Six standard deviations: one false alarm in 10^8.
            assert abs(seen.mean() - rate) < 6 * (rate * (1 - rate) / seen.size) ** 0.5
    total = sum(misread.positions.size for misread in misreads) / sum(layer.size for layer in layers)
    assert found.misread_rate(errors, layers) == pytest.approx(total, abs=0.01)


def test_the_mean_rate_counts_rows_as_often_as_they_hold_weights():
    found, errors = model([{"row": 0, "cell": "near"}, {"row": 1, "cell": "far"}], rows=2)
    # Three inputs: two of them in row 0.
    assert found.misread_rate(errors, [binary((5, 3))]) == pytest.approx((2 * 0.02 + 0.3) / 3)


def test_a_chip_is_of_its_stream():
    found, _ = model([{"row": 0, "cell": "far"}])
    layer = [binary((50, 20))]
    one, same, other = (found.chip(layer, np.random.default_rng(seed))()[0].positions for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_row_outside_the_array_is_refused():
    with pytest.raises(InputError, match="row 4 is outside the array, whose weights lie in rows 0 to 3"):
        model([{"row": 4, "cell": "near"}])


def cases(at):
    """Cases of a network under a BER table of two cells."""
    rows = [
        {"cell": cell, **CORNER.labels, "t_sense_s": 5e-8, "programmed": programmed, "read": read,
         "error_type": "1" if read != "?" else "?", "probability": rate / 2, "ci_low": rate / 4, "ci_high": rate,
         "estimator": "monte_carlo", "simulations": 10, "failed": 0, "task_id": "", "mirrored": False}
        for cell, rate in KNOWN.items() for programmed in ("+1", "-1") for read in ("+1", "-1", "?")
        if read != programmed
    ]  # fmt: skip
    dense = Dense(weights=binary((10, 64)), kind=WeightKind.BINARY)
    nodes = chain([Activate(to="binary"), dense])
    network = StoredNetwork(name="n", dataset="digits", input_shape=(64,), nodes=nodes)
    injection = InjectionSection(modes=("position",), settings={"position": {"at": at}})
    errors = Errors(ber=BER.frame(rows), causes=None, rows=2)
    return list(find_cases(network, errors, injection, cells=["near"], seed=0))


def test_a_network_gets_the_rates_and_intervals_of_its_rows_from_the_ber_table():
    _, case = cases([{"row": 0, "cell": "near"}, {"row": 1, "cell": "far"}])
    low, high = case.task.bounds
    for model_of, part in ((case.task.faults, 1.0), (low, 0.5), (high, 2.0)):
        wrong = [rates.error_probability(rates.kind.programmed[0]) for rates in model_of.rates]
        assert wrong == pytest.approx([0.02 * part, 0.3 * part])
    assert (case.mode, case.cell, case.rate) == ("position", "near", pytest.approx(0.16))


def test_a_cell_that_the_table_does_not_have_is_refused():
    with pytest.raises(InputError, match=r"injection.modes: position: .*no rows for cell 'middle'"):
        cases([{"row": 0, "cell": "near"}, {"row": 1, "cell": "middle"}])


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ([], "at least 1"),
        ([{"row": -1, "cell": "near"}], "greater than or equal to 0"),
        ([{"row": 1, "cell": "near"}, {"row": 1, "cell": "far"}], "more than once"),
    ],
)
def test_rows_that_cannot_be_are_refused(at, message):
    with pytest.raises(ValueError, match=message):
        PositionSettings.model_validate({"at": at})
