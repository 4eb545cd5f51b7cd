import math

import numpy as np
import pytest

from rramsim.errors import InputError
from rramsim.spice.analyses import Dc, Op, Tran

CARDS = {
    ".tran 1e-09 1e-06": Tran(step=1e-9, stop=1e-6),
    ".tran 1e-09 1e-06 uic": Tran(step=1e-9, stop=1e-6, uic=True),
    ".tran 1e-09 1e-06 0 2e-09": Tran(step=1e-9, stop=1e-6, max_step=2e-9),
    ".tran 1e-09 1e-06 5e-07": Tran(step=1e-9, stop=1e-6, start=5e-7),
    ".tran 1e-09 1e-06 5e-07 2e-09 uic": Tran(step=1e-9, stop=1e-6, start=5e-7, max_step=2e-9, uic=True),
    ".dc vdd 0.0 1.2 0.1": Dc(source="vdd", start=0.0, stop=1.2, step=0.1),
    ".dc i1 1e-06 -1e-06 -1e-07": Dc(source="i1", start=1e-6, stop=-1e-6, step=-1e-7),
    ".op": Op(),
}


@pytest.mark.parametrize("card", CARDS)
def test_card(card):
    assert CARDS[card].card == card


def test_scales():
    assert [CARDS[card].scale for card in (".op", ".tran 1e-09 1e-06", ".dc vdd 0.0 1.2 0.1")] == [
        "",
        "time",
        "v-sweep",
    ]
    assert CARDS[".dc i1 1e-06 -1e-06 -1e-07"].scale == "i-sweep"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"step": 0.0}, "step of a transient must be above 0 s, got 0.0"),
        ({"step": math.nan}, "step of a transient must be above 0 s, got nan"),
        ({"max_step": -1.0}, "max_step of a transient must be above 0 s, got -1.0"),
        ({"max_step": math.inf}, "max_step of a transient must be above 0 s, got inf"),
        ({"start": -1e-9}, "must stop after its start, which is not negative, got start -1e-09 s"),
        ({"start": 1e-6}, "must stop after its start"),
        ({"stop": 0.0}, "must stop after its start"),
        ({"stop": math.inf}, "must stop after its start"),
    ],
)
def test_a_transient_out_of_range_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Tran(**{"step": 1e-9, "stop": 1e-6} | values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"source": "r1"}, r"needs the name of a source, v… or i… in lower case, got 'r1'"),
        ({"source": "V1"}, "got 'V1'"),
        ({"source": "v1 0 1 2"}, "got 'v1 0 1 2'"),
        ({"step": 0.0}, "must lead from start to stop, got start 0.0, stop 1.0 and step 0.0"),
        ({"step": -0.1}, "must lead from start to stop"),
        ({"stop": 0.0}, "must lead from start to stop"),
        ({"stop": math.inf}, "stop of a DC sweep must be finite, got inf"),
    ],
)
def test_a_sweep_out_of_range_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Dc(**{"source": "v1", "start": 0.0, "stop": 1.0, "step": 0.1} | values)


@pytest.mark.parametrize(
    ("start", "stop", "step", "values"),
    [
        (0.0, 0.3, 0.1, [0, 0.1, 0.2, 0.3]),  # 0.3 / 0.1 is below 3 in floats
        (0.0, 1.0, 0.3, [0, 0.3, 0.6, 0.9]),
        (1.0, 0.0, -0.5, [1, 0.5, 0]),
        (0.0, 1.0, 2.0, [0]),
    ],
)
def test_swept_values(start, stop, step, values):
    assert Dc(source="v1", start=start, stop=stop, step=step).values == pytest.approx(values, abs=1e-15)


def test_what_is_not_whole_is_told():
    tran, sweep = Tran(step=1e-9, stop=1e-6), Dc(source="v1", start=0.0, stop=1.0, step=0.5)
    assert tran.shortfall(np.array([0, 1e-6])) == tran.shortfall(np.array([0, 1e-6 * (1 - 1e-10)])) == ""
    assert tran.shortfall(np.array([0, 0.9e-6])) == "stopped at 9e-07 s of 1e-06 s"
    assert tran.shortfall(np.array([])) == "stopped at 0 s of 1e-06 s"
    assert sweep.shortfall(np.array([0, 0.5, 1 + 1e-12])) == ""
    assert sweep.shortfall(np.array([0, 0.5])) == "swept 2 values up to 0.5, not 3 up to 1"
    assert sweep.shortfall(np.array([0, 0.4, 1])) == "swept 3 values up to 1, not 3 up to 1"
    assert sweep.shortfall(np.array([])) == "swept 0 values up to nothing, not 3 up to 1"
    assert Op().shortfall(np.array([1.0])) == ""
    assert Op().shortfall(np.array([1.0, 2.0])) == "has 2 points, not 1"
