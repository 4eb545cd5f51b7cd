"""Operating points and DC sweeps of the engine: closed forms, and what is not whole is an error."""

from dataclasses import replace

import numpy as np
import pytest

from rramsim.errors import ConvergenceError, InputError, MeasurementError
from rramsim.spice.analyses import Dc, Op, Tran
from rramsim.spice.engine import engine
from rramsim.spice.shared import Shared

pytestmark = pytest.mark.spice

UP = Dc(source="v1", start=-0.5, stop=1.0, step=0.25)


def divider(analysis, top="v1 a 0 2"):
    return f"* divider\n{top}\nr1 a b 1k\nr2 b 0 3k\n{analysis.card}\n.save v(b) i(v1)\n.end\n"


def unsolved(analysis):
    """No solution where v(a) is above 0.6 V."""
    loop = "b1 x 0 v = v(a) > 0.6 ? (v(x) > 0.5 ? 0 : 1) : 0\nr1 x 0 1k\nr2 a 0 1k"
    return f"* none\nv1 a 0 1\n{loop}\n{analysis.card}\n.save v(x)\n.end\n"


@pytest.fixture
def ngspice():
    return engine()


def test_an_operating_point_is_one_value_of_each_vector(ngspice):
    ngspice.load(divider(Op()))
    for resistance in (1e3, 3e3):
        ngspice.alter([("r2", resistance)])
        found = ngspice.run(Op(), ["b", "i(v1)"])
        assert list(found) == ["b", "i(v1)"]
        assert found["b"].shape == found["i(v1)"].shape == (1,)
        assert found["b"][0] == pytest.approx(2 * resistance / (resistance + 1e3), rel=1e-9)
        assert found["i(v1)"][0] == pytest.approx(-2 / (resistance + 1e3), rel=1e-9)


@pytest.mark.parametrize("sweep", [UP, Dc(source="v1", start=1.0, stop=-0.5, step=-0.1)], ids=["up", "down"])
def test_a_sweep_has_its_values_and_the_vectors_at_them(ngspice, sweep):
    ngspice.load(divider(sweep))
    found = ngspice.run(sweep, ["b", "i(v1)"])
    assert list(found) == ["v-sweep", "b", "i(v1)"]
    assert found["v-sweep"] == pytest.approx(sweep.values, abs=1e-12)
    assert found["b"] == pytest.approx(0.75 * sweep.values, abs=1e-12)


def test_a_swept_current(ngspice):
    sweep = Dc(source="i1", start=0.0, stop=1e-6, step=0.25e-6)
    ngspice.load(f"* current\ni1 0 a 0\nr1 a 0 2k\n{sweep.card}\n.save v(a)\n.end\n")
    found = ngspice.run(sweep, ["a"])
    assert found["i-sweep"] == pytest.approx([0, 0.25e-6, 0.5e-6, 0.75e-6, 1e-6], abs=1e-15)
    assert found["a"] == pytest.approx(2e3 * found["i-sweep"], abs=1e-12)


@pytest.mark.parametrize("analysis", [Op(), UP], ids=["op", "dc"])
def test_without_a_solution_it_does_not_converge(ngspice, analysis):
    ngspice.load(unsolved(analysis))
    with pytest.raises(ConvergenceError, match=f"the {analysis.name} did not converge"):
        ngspice.run(analysis, ["x"])
    ngspice.load(divider(Op()))
    assert ngspice.run(Op(), ["b"])["b"][0] == pytest.approx(1.5)


def test_a_sweep_that_stops_where_there_is_no_solution_is_no_result(ngspice):
    ngspice.load(unsolved(UP))
    with pytest.raises(ConvergenceError) as caught:
        ngspice.run(UP, ["x"])
    assert caught.value.state == "swept 5 values up to 0.5, not 7 up to 1"


@pytest.mark.parametrize("analysis", [Op(), UP, Tran(step=1e-9, stop=1e-8)], ids=["op", "dc", "tran"])
def test_a_missing_vector_is_an_error_and_never_a_number(ngspice, analysis):
    ngspice.load(divider(analysis))
    with pytest.raises(MeasurementError, match="no vector 'nowhere'"):
        ngspice.run(analysis, ["nowhere"])


@pytest.mark.parametrize(
    ("loaded", "asked", "message"),
    [
        (Op(), UP, "no vector 'v-sweep'"),
        (Op(), Tran(step=1e-9, stop=1e-8), "no vector 'time'"),
        (UP, Op(), "the operating point has 7 points, not 1"),
        (
            UP,
            Dc(source="v1", start=-0.5, stop=1.25, step=0.25),
            "the DC sweep swept 7 values up to 1, not 8 up to 1.25",
        ),
        (
            UP,
            Dc(source="v1", start=-0.25, stop=1.25, step=0.25),
            "the DC sweep swept 7 values up to 1, not 7 up to 1.25",
        ),
        (UP, replace(UP, source="i1"), "no vector 'i-sweep'"),
    ],
)
def test_another_analysis_than_the_decks_is_an_error(ngspice, loaded, asked, message):
    ngspice.load(divider(loaded))
    with pytest.raises(MeasurementError, match=message):
        ngspice.run(asked, ["b"])


def test_a_last_value_that_ngspice_rounds_away_is_noticed(ngspice):
    """ngspice adds up the steps: 10 000 of 0.01 V end above 100 V by more than it allows for."""
    sweep = Dc(source="v1", start=0.0, stop=100.0, step=0.01)
    ngspice.load(divider(sweep))
    with pytest.raises(MeasurementError, match=r"swept 10000 values up to 99\.99, not 10001 up to 100"):
        ngspice.run(sweep, ["b"])


def test_an_operating_point_needs_vectors(ngspice):
    ngspice.load(divider(Op()))
    with pytest.raises(InputError, match="needs the names of vectors"):
        ngspice.run(Op(), [])


def test_values_of_a_sweep_that_is_not_finite_are_an_error(ngspice, monkeypatch):
    ngspice.load(divider(UP))
    read = Shared.vector
    monkeypatch.setattr(Shared, "vector", lambda shared, name: read(shared, name) * (np.nan if name == "b" else 1))
    with pytest.raises(MeasurementError, match="'b' holds a value that is not finite"):
        ngspice.run(UP, ["b"])
