"""Free states and gradients against those of the authors' code, which was run once: eqprop_authors.json says how."""

import json
from pathlib import Path

import pytest

from rramsim.eqprop.estimators.catalog import ESTIMATORS
from tests.golden.eqprop_cases import CASES, numbers

KEPT = json.loads(Path(__file__).with_name("eqprop_authors.json").read_text())["cases"]


def test_every_case_is_kept():
    assert list(KEPT) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_states_and_gradients_are_those_of_the_authors_code(name):
    asked, settings, estimator = CASES[name]()
    found = ESTIMATORS[estimator]().estimate(asked, settings)
    assert found.gradients.keys() == KEPT[name]["gradients"].keys()
    for state, wanted in zip(found.free, KEPT[name]["free"], strict=True):
        assert numbers(state) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    for key, wanted in KEPT[name]["gradients"].items():
        length = max(wanted[0], 1e-6)  # rounding of the states, over β
        assert numbers(found.gradients[key]) == pytest.approx(wanted, rel=1e-7, abs=1e-7 * length), key
