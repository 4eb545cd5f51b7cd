"""What ngspice makes of conditions, which decides what a library may hold in them."""

import pytest

from rramsim.spice.analyses import Op
from rramsim.spice.engine import engine

pytestmark = pytest.mark.spice

OP = Op()


def current(switch, first, second, rest):
    """Current of 1 V into what a condition selects [A]."""
    deck = (
        f"* condition\n.param s={switch}\n.if (s == 1)\n{first}\n.else\n{second}\n.endif\n{rest}\nv1 a 0 dc 1\n"
        f"{OP.card}\n.save i(v1)\n.end\n"
    )
    ngspice = engine()
    ngspice.load(deck)
    try:
        return -float(ngspice.run(OP, ("i(v1)",))["i(v1)"][0])
    finally:
        ngspice.unload()


@pytest.mark.parametrize(
    ("first", "second", "rest"),
    [("r1 a 0 1", "r1 a 0 2", ""), (".model m r r=1", ".model m r r=2", "r1 a 0 m")],
)
def test_elements_and_models_depend_on_a_condition(first, second, rest):
    assert [current(switch, first, second, rest) for switch in (1, 0)] == pytest.approx([1, 0.5])


@pytest.mark.parametrize(
    ("first", "second", "rest"),
    [
        (".param z=1", ".param z=2", "r1 a 0 {z}"),
        (".func f(x) {x}", ".func f(x) {2*x}", "r1 a 0 {f(1)}"),
        (".option temp=27", ".option temp=127", "r1 a 0 1 tc1=0.01"),
    ],
)
def test_parameters_functions_and_options_do_not(first, second, rest):
    """Were it otherwise, libraries could hold them in conditions."""
    assert [current(switch, first, second, rest) for switch in (1, 0)] == pytest.approx([0.5, 0.5])
