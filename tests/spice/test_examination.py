"""Nominal devices of a kit: what a technology file says wrong of its library, and currents alone do not tell."""

import pytest

from rramsim.circuits.technology import load_technology
from rramsim.circuits.technology.examination import examine_devices
from rramsim.errors import InputError, SimulationError
from rramsim.spice.engine import engine

pytestmark = pytest.mark.spice

CARD = """
name = "own"
library = "models.lib"
[sections]
TT = "tt"
[validity]
vdd_min_v = 0.6
vdd_max_v = 3.6
temperature_min_c = -40
temperature_max_c = 125
[nfet]
device = "nx"
kind = "subcircuit"
threshold_handle = "@m.{path}.x1.m1[delvto]"
a_vt_v_m = 1e-8
[pfet]
device = "px"
kind = "subcircuit"
threshold_handle = "@m.{path}.x1.m1[delvto]"
a_vt_v_m = 1e-8
"""
MODELS = """.lib tt
.subckt nx d g s b w=1u l=1u off=0
m1 d g s b nch w={w} l={l} delvto={off}
.ends
.subckt px d g s b w=1u l=1u off=0
m1 d g s b pch w={w} l={l} delvto={-off}
.ends
.model nch nmos level=14 version=4.8 toxe=7n vth0=0.6
.model pch pmos level=14 version=4.8 toxe=7n vth0=-0.6
.endl
"""


@pytest.fixture
def examined(tmp_path):
    """Examine a kit after replacements in its technology file and its library."""

    def examine(card=(), library=()):
        for name, text, replacements in (("own.toml", CARD, card), ("models.lib", MODELS, library)):
            for old, new in replacements:
                assert old in text
                text = text.replace(old, new)
            (tmp_path / name).write_text(text)
        return examine_devices(load_technology(str(tmp_path / "own.toml")), "TT", engine())

    return examine


def test_a_kit_that_is_right(examined):
    nfet, pfet = examined()
    assert nfet.shifted < nfet.current
    assert pfet.shifted > pfet.current
    # An oxide of 7 nm has 4.9 mF/m²; depletion takes some of it, overlap adds.
    assert nfet.capacitance / (nfet.width * nfet.length) == pytest.approx(4.9e-3, rel=0.4)
    by_source = examined([("@m.{path}.x1.m1[delvto]", "gate_source")], [("off=0", "off=0.02")])
    assert by_source[0].current < nfet.current


def test_sizes_in_another_unit_are_refused_though_the_currents_are_right(examined):
    with pytest.raises(InputError, match=r"nfet of TT.*F/m² of what is drawn.* is nfet.unit_m the unit"):
        examined([("threshold_handle", "unit_m = 1e-6\nthreshold_handle")])
    micrometres = [("w={w} l={l}", "w={w*1u} l={l*1u}")]
    right = examined([("threshold_handle", "unit_m = 1e-6\nthreshold_handle")], micrometres)
    assert right[0].current == pytest.approx(examined()[0].current, rel=1e-9)


def test_exchanged_width_and_length_are_refused(examined):
    with pytest.raises(InputError, match=r"with half the width .* are nfet.width_parameter and nfet.length_parameter"):
        examined([("threshold_handle", 'width_parameter = "l"\nlength_parameter = "w"\nthreshold_handle')])


@pytest.mark.parametrize("shift", [0.001, -0.001, 0.2])
def test_a_threshold_shift_of_the_librarys_own_is_not_replaced(examined, shift):
    with pytest.raises(InputError, match=r"fet.threshold_handle has a value of the library's .*use 'gate_source'"):
        examined(library=[("off=0", f"off={shift}")])
    with pytest.raises(InputError, match=r"fet.threshold_handle has a value of the library's or of .fet.parameters"):
        examined([("threshold_handle", f'parameters = "off={shift}"\nthreshold_handle')])


@pytest.mark.parametrize(
    ("library", "message"),
    [
        # One of two devices in parallel.
        ([("delvto={off}", "\nm2 d g s b nch w={w} l={l}")], "another amount than it is given, or a part"),
        ([("nx d g s b", "nx d g b s")], "raise its drain current .* in the order d g s b"),
        ([("nx d g s b", "nx g d s b")], "its drain current is"),
        ([("b nch", "b pchx"), ("b pch w", "b nch w"), ("pchx", "pch")], "nfet.device is not of that type"),
    ],
)
def test_what_is_no_transistor_of_that_type_is_refused(examined, library, message):
    with pytest.raises(InputError, match=message):
        examined(library=library)


def test_bins_that_lack_the_usual_length_are_examined_at_another(examined):
    bins = [("nch nmos", "nch.1 nmos lmin=0.1u lmax=0.4u wmin=0.1u wmax=9u"), ("off=0", "off=0.1")]
    with pytest.raises(InputError, match=r"2e-06 m by 3e-07 m .*nfet.threshold_handle has a value"):
        examined(library=bins)
    with pytest.raises(SimulationError, match="could not find a valid modelname"):
        examined(library=[("nch nmos", "nch.1 nmos lmin=3u lmax=4u wmin=0.1u wmax=9u")])
