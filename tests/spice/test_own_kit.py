"""A small kit with what real ones have, all at once, against the same transistors in metres and without any of it."""

import shutil
from pathlib import Path

import pytest

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.circuits.technology.examination import examine_devices
from rramsim.corners import parse_corner
from rramsim.errors import SimulationError, StudyError
from rramsim.spice.analyses import Op
from rramsim.spice.engine import engine
from rramsim.study import load_study

pytestmark = pytest.mark.spice

KIT = Path(__file__).with_name("own_kit")
# The same transistors, in metres, one model each: of the bins that the reads use.
FLAT = """.lib tt
.model nflat nmos level=14 version=4.8 toxe=7n vth0={0.60 + dvth} u0=0.04 cgso=0.2n cgdo=0.2n
.model pflat pmos level=14 version=4.8 toxe=7n vth0={-0.60 - dvth} u0=0.012 cgso=0.2n cgdo=0.2n
.endl
"""
FLAT_CARD = """
name = "flat"
library = "flat.lib"
sections = { TT = "tt" }
[validity]
vdd_min_v = 0.6
vdd_max_v = 3.6
temperature_min_c = -40
temperature_max_c = 125
[nfet]
device = "nflat"
kind = "primitive"
parameters = "mulu0=1.04"
threshold_handle = "@m.{path}.m1[delvto]"
a_vt_v_m = 5e-9
[pfet]
device = "pflat"
kind = "primitive"
a_vt_v_m = 5e-9
"""


@pytest.fixture
def kit(tmp_path):
    """Load the kit after replacements in its files."""

    def load(*changes, file="kit.toml"):
        folder = tmp_path / "kit"
        shutil.copytree(KIT, folder, dirs_exist_ok=True)
        text = (folder / file).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / file).write_text(text)
        return load_technology(str(folder / "kit.toml"))

    return load


@pytest.fixture
def flat(tmp_path):
    def load(dvth=0.0, n=0.60):
        (tmp_path / "flat.lib").write_text(FLAT.replace("dvth", str(dvth)).replace("0.60 +", f"{n} +", 1))
        (tmp_path / "flat.toml").write_text(FLAT_CARD)
        return load_technology(str(tmp_path / "flat.toml"))

    return load


def current(technology, kind, width, length, *, process="TT", shift=0.0):
    """Drain current of a transistor that is on, its threshold shifted by the handle that a sweep alters [A]."""
    sign = 1 if kind == "nfet" else -1
    text = f"""* one transistor
{technology.models_text(process)}
vd d 0 {2 * sign}
vg g 0 {1.2 * sign}
xm d g 0 0 {kind} w={width} l={length} dvt=0
.op
.save i(vd)
.end
"""
    engine().load(text)
    engine().alter([(technology.binding(kind).handle("xm", kind), shift)])
    try:
        return -sign * engine().run(Op(), ("i(vd)",))["i(vd)"][0]
    finally:
        engine().unload()


@pytest.mark.parametrize("shift", [0.0, 0.03, -0.03])
def test_currents_and_shifts_are_those_of_the_same_transistors_in_metres(kit, flat, shift):
    for kind in ("nfet", "pfet"):
        expected = current(flat(), kind, 2e-6, 0.6e-6, shift=shift)
        assert current(kit(), kind, 2e-6, 0.6e-6, shift=shift) == pytest.approx(expected, rel=1e-6)
        unshifted = current(flat(), kind, 2e-6, 0.6e-6)
        assert (expected > unshifted) == ((shift < 0) == (kind == "nfet")) or not shift


def test_bins_sections_and_parameters_do_what_they_say(kit, flat):
    own = kit()
    assert current(own, "nfet", 2e-6, 2e-6) == pytest.approx(current(flat(n=0.50), "nfet", 2e-6, 2e-6), rel=1e-6)
    slow = current(flat(dvth=0.05), "nfet", 2e-6, 0.6e-6)
    assert current(own, "nfet", 2e-6, 0.6e-6, process="SS") == pytest.approx(slow, rel=1e-6)
    thick = kit(("kit_mismatch = 0", "kit_mismatch = 0\nkit_tox = 8e-9"))
    assert current(thick, "nfet", 2e-6, 0.6e-6) < 0.95 * current(own, "nfet", 2e-6, 0.6e-6)


def test_a_whole_read_is_the_same(kit, flat):
    def read(technology):
        deck = ReadDeck(cell=CELLS["ternary_2t2r"], corner=parse_corner("tt_27c_1v8"), technology=technology)
        shifts = tuple(0.01 * (-1) ** n for n in range(len(deck.transistors)))
        return Reader(engine(), deck).read(ReadSample(r_bl=5e3, r_blb=60e3, threshold_shifts=shifts))

    one, other = read(kit()), read(flat())
    assert one.weight is other.weight
    assert one.latching_time == pytest.approx(other.latching_time, rel=1e-4)
    assert one.energy == pytest.approx(other.energy, rel=1e-3)


def test_what_the_file_says_wrong_is_found(kit):
    assert [report.kind for report in examine_devices(kit(), "TT", engine())] == ["nfet", "pfet"]
    wrong = {
        # No such element: ngspice has the sub-circuit's path in it.
        ("x1.xcore.mcore", "x1.mcore"): (SimulationError, "mcore"),
        ("unit_m = 1e-6\nparameters", "unit_m = 1\nparameters"): (SimulationError, "valid modelname"),
        ('parameters = "stress=1"\n', 'parameters = "stres=1"\n'): (StudyError, "nfet.parameters: .* stress"),
    }
    for change, (error, told) in wrong.items():
        with pytest.raises(error, match=told):
            examine_devices(kit(change), "TT", engine())
    with pytest.raises(SimulationError, match="valid modelname"):
        examine_devices(kit((".option scale=1.0u\n", ""), file="models/all.spice"), "TT", engine())


def test_a_compiled_model_that_is_not_here_is_told_as_such(kit):
    changes = [("Mcore", "Ncore"), ("kit__nfet_model.0 nmos level=14", "kit__nfet_model psp103va level=103")]
    psp = kit(*changes, file="cells/nfet.spice")
    with pytest.raises(SimulationError, match=r"is it a compiled model \(OSDI\)\? .* OpenVAF, .* RRAMSIM_OSDI") as told:
        examine_devices(psp, "TT", engine())
    assert 'osdi = ["NAME.osdi"] under [ngspice] of the technology file' in str(told.value)


def test_the_kits_own_mismatch_is_off_or_named(kit):
    (place,) = kit().models("TT").random
    assert place.startswith("kit_dmm in ")
    on = kit(("kit_mismatch = 0", "kit_mismatch = 1"))
    assert current(on, "nfet", 2e-6, 0.6e-6) != current(on, "nfet", 2e-6, 0.6e-6)
    off = kit()
    assert current(off, "nfet", 2e-6, 0.6e-6) == current(off, "nfet", 2e-6, 0.6e-6)


STUDY = """
[study]
name = "own"
[technology]
card = "kit/kit.toml"
[corners]
vdd_v = [1.8]
[read]
geometry.pcsa = { SIZE }
"""


@pytest.mark.parametrize(
    ("size", "card", "told"),
    [
        ('w_latch_p = "0.4 um"', (), "xsa.xmp1 is 4e-07 m wide and 6e-07 m long, in no bin of kit__pfet of own_kit"),
        ('w_precharge = "0.2 mm"', (), "xsa.xmp3 .* which has of this length widths of 5e-07 to 0.0001 m"),
        ('l = "0.2 um"', (), "xsa.xmp1 is 2e-07 m long, beyond the validity of own_kit: at least 3e-07 m"),
        ('l = "1.5 um"', (), "xsa.xmp1 is 1e-06 m wide and 1.5e-06 m long, .* which has lengths of 3e-07 to 1e-06 m"),
        (
            'w_foot = "10 um"',
            [("length_min_m", "width_max_m = 9e-6\nlength_min_m")],
            "xsa.xmn3 is 1e-05 m wide, beyond",
        ),
        ('l = "0.9 um"', [("length_min_m", "length_max_m = 8e-7\nlength_min_m")], "9e-07 m long, .* at most 8e-07 m"),
    ],
)
def test_sizes_that_there_are_no_models_for(kit, tmp_path, size, card, told):
    assert kit(*card).size_problem("pfet", 8e-6, 0.6e-6) == ""
    path = tmp_path / "study.toml"
    path.write_text(STUDY.replace("SIZE", size))
    with pytest.raises(StudyError, match=rf"(?s)study.toml.*read.cells\[0\]: .*{told}"):
        load_study(path)
