"""Mismatch by a kit's own random numbers: each is a coordinate; together they are the kit's own Monte Carlo."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.benches.pair.spread import mirror_of, threshold_sources
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.simulation import Simulation
from rramsim.circuits.technology import load_technology
from rramsim.circuits.technology.examination import examine_devices
from rramsim.circuits.technology.formula import Linear, evaluate
from rramsim.corners import parse_corner
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import InputError, SimulationError
from rramsim.spice.analyses import Op
from rramsim.spice.engine import engine
from rramsim.study import load_study

pytestmark = pytest.mark.spice

KIT = Path(__file__).with_name("own_kit")
WIDTH, LENGTH = 2e-6, 0.6e-6
COUNT = 1000  # transistors of a deck
# One number of each transistor for both uses, as the kit means it: what Spectre's vary draws, in ngspice's words.
ONCE = (".subckt num__pfet d g s b w=1u l=1u", ".param kit_draw='agauss(0, 1, 1)'\n+ kit_pnormal='kit_draw*1'")


@pytest.fixture
def kit(tmp_path):
    """Load the kit after replacements in its files, (file, old, new) each."""

    def load(*changes):
        folder = tmp_path / "kit"
        shutil.copytree(KIT, folder)
        for file, old, new in changes:
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new))
        return load_technology(str(folder / "numbers.toml"))

    return load


@pytest.fixture(scope="module")
def technology():
    return load_technology(str(KIT / "numbers.toml"))


def currents(models, instances, kind, alterations=()):
    """Drain currents of transistors near their threshold, each with its own source [A]."""
    sign = 1 if kind == "nfet" else -1
    lines = ["* transistors", models, f"vg g 0 {0.8 * sign}"]
    for number, instance in enumerate(instances):
        lines += [f"vd{number} d{number} 0 {1.5 * sign}", f"x{number} d{number} g 0 0 {instance}"]
    names = tuple(f"i(vd{number})" for number in range(len(instances)))
    lines += [".op", *(f".save {name}" for name in names), ".end"]
    engine().load("\n".join(lines) + "\n")
    try:
        engine().alter(alterations)
        found = engine().run(Op(), names)
        return np.array([-sign * found[name][0] for name in names])
    finally:
        engine().unload()


def ours(technology, kind, z, width=WIDTH, length=LENGTH):
    """Currents of transistors whose numbers are rows of z."""
    variation = technology.variation("TT", kind, width, length)
    changes = [change for n, row in enumerate(z) for change in variation.alterations(f"x{n}", row)]
    return currents(technology.models_text("TT"), [f"{kind} w={width} l={length}"] * len(z), kind, changes)


@pytest.mark.parametrize("kind", ["nfet", "pfet"])
def test_the_distribution_is_that_of_the_kits_own_monte_carlo(technology, kind, tmp_path):
    """ngspice reads the files and draws; nothing of rramsim's reader is in its deck."""
    folder = tmp_path / "kit"
    shutil.copytree(KIT, folder)
    cells = folder / "cells" / "numbers.spice"
    cells.write_text(cells.read_text().replace(ONCE[0], "\n".join(ONCE)))
    models = f".lib '{folder / 'models' / 'numbers.lib.spice'}' typical\n.param kit_mm=1"
    engine().command("setseed 5")
    theirs = currents(models, [f"num__{kind} w={WIDTH} l={LENGTH}"] * COUNT, kind)
    dimension = len(technology.variation("TT", kind, WIDTH, LENGTH).names)
    drawn = ours(technology, kind, np.random.default_rng(6).standard_normal((COUNT, dimension)))
    low, high = f_distribution.interval(0.999, COUNT - 1, COUNT - 1)
    assert low < np.var(np.log(drawn), ddof=1) / np.var(np.log(theirs), ddof=1) < high
    error = math.sqrt((np.var(np.log(drawn)) + np.var(np.log(theirs))) / COUNT)
    assert abs(np.mean(np.log(drawn)) - np.mean(np.log(theirs))) < 3.3 * error
    assert np.std(np.log(theirs)) > 0.03  # there is something to compare


def test_each_number_does_what_the_kit_says(technology):
    """Slopes by the kit's own formulas, on the size that is drawn."""
    area = math.sqrt(WIDTH * LENGTH)
    nfet = technology.variation("TT", "nfet", WIDTH, LENGTH)
    assert nfet.names == ("mis_vth", "mis_k", "vth0")
    assert nfet.sigmas == (1.0, 1.0, 1.0)
    found = {target.handle: (target.typical, *target.slopes) for target in nfet.targets}
    assert found == {
        "@m.{path}.x1.xcore.mcore[delvto]": pytest.approx((0, 0.7071 * 15e-9 / area, 0, 0)),
        "@m.{path}.x1.xcore.mcore[mulu0]": pytest.approx((1, 0, 0.03, 0)),
        "@{path}.x1.xcore:num__nmodel.0[vth0]": pytest.approx((0.6, 0, 0, 8e-9 / area)),
    }
    longer = technology.variation("TT", "nfet", WIDTH, 2e-6).targets[-1]
    assert longer.handle == "@{path}.x1.xcore:num__nmodel.1[vth0]"
    assert longer.slopes[-1] == pytest.approx(80e-9 / math.sqrt(WIDTH * 2e-6))
    pfet = technology.variation("TT", "pfet", WIDTH, LENGTH)
    # ngspice draws a .param that draws anew wherever it is used; one that the file calls normal is one number.
    assert pfet.names == ("kit_shared", "kit_shared_2", "kit_pnormal")
    assert [target.slopes for target in pfet.targets] == [
        pytest.approx((0.006, 0, 0)), pytest.approx((0, 0.02, 0)), pytest.approx((0, 0, 0.02 * 7e-9)),
        pytest.approx((0, 0, -9e-9 / area)),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["nfet", "pfet"])
@pytest.mark.parametrize("length", [LENGTH, 1e-6, 2e-6])
def test_what_is_altered_is_what_would_be_read(technology, kind, length):
    """At the edge of two bins as well, where ngspice takes the first."""
    dimension = len(technology.variation("TT", kind, WIDTH, length).names)
    for number in (-2.0, 1.0):
        read = currents(technology.models("TT", drawn=number).text, [f"{kind} w={WIDTH} l={length}"], kind)
        altered = ours(technology, kind, [[number] * dimension], length=length)
        assert altered == pytest.approx(read, rel=1e-9)
        assert altered != pytest.approx(ours(technology, kind, [[0.0] * dimension], length=length), rel=1e-3)


def read_deck(technology):
    return ReadDeck(cell=CELLS["ternary_2t2r"], corner=parse_corner("tt_27c_1v8"), technology=technology)


def test_a_read_has_a_coordinate_for_each_number_and_is_mirrored(technology):
    deck = read_deck(technology)
    sources = threshold_sources(deck)
    assert len(sources) == 3 * len(deck.transistors)
    assert {"mis_k:xsa.xmn1", "kit_shared_2:xsa.xmp1", "vth0:xcell.xbl.xmn1"} <= {source.name for source in sources}
    images = mirror_of(deck)
    assert images["mis_vth:xsa.xmn1"] == "mis_vth:xsa.xmn2"
    space = SpreadSpace(sources=sources)
    z = np.random.default_rng(1).standard_normal(space.dimension)
    reader = Reader(engine(), deck)
    crossed = {name: image for name, image in images.items() if not name.startswith("r_")}
    one = reader.read(ReadSample(r_bl=5e3, r_blb=60e3, threshold_shifts=tuple(space.values(z))))
    image = reader.read(ReadSample(r_bl=60e3, r_blb=5e3, threshold_shifts=tuple(space.image(z, crossed))))
    assert image.weight is one.weight.opposite
    assert image.latching_time == pytest.approx(one.latching_time, rel=1e-4)
    typical = reader.read(ReadSample(r_bl=5e3, r_blb=60e3))
    assert typical.latching_time != pytest.approx(one.latching_time, rel=1e-3)
    with pytest.raises(InputError, match="is 27 numbers, given were 9"):
        reader.read(ReadSample(r_bl=5e3, r_blb=60e3, threshold_shifts=(0.0,) * 9))


PULSE = """
[study]
name = "pulse"
[technology]
card = "kit/numbers.toml"
[[bench]]
name = "set"
use = "program_set"
settings.v_bl_v = 1.5
"""


def test_a_pulse_has_the_numbers_of_its_select_transistor(kit, tmp_path):
    kit()
    (tmp_path / "study.toml").write_text(PULSE)
    study = load_study(tmp_path / "study.toml")
    (bench,), corner = study.benches, study.corners.grid[0]
    space = bench.spread(corner, bench.alphabet.programmed[0])
    assert space.names[:4] == ("mis_vth:xsel", "mis_k:xsel", "vth0:xsel", "current")
    found = []
    for number in (0.0, 2.0):
        values = [number] * 3 + space.typical[3:]
        changes = bench.alterations(corner, bench.alphabet.programmed[0], values)
        assert dict(changes)["@m.xsel.x1.xcore.mcore[mulu0]"] == pytest.approx(1 + 0.03 * number)
        waves = Simulation(engine(), bench.deck(corner)).run(changes)
        found.append(bench.judged(corner, waves).quantities["peak_current"])
    assert found[1] < 0.99 * found[0]  # a higher threshold of the select transistor


def test_decks_draw_nothing_and_say_what_is_drawn(technology):
    models = technology.models("TT")
    assert models.random == ()
    assert "((0)+0.0*(sigma_vth)/(1))" in models.text
    assert [report.kind for report in examine_devices(technology, "TT", engine())] == ["nfet", "pfet"]


CARD, CELL, LIB = "numbers.toml", "cells/numbers.spice", "models/numbers.lib.spice"
DRAWN = "mis_vth=agauss(0,sigma_vth,1)"
CORE = "Mcore d g s b num__nmodel w={w} l={l} delvto={dv} mulu0={k}"
MISMATCH = '[mismatch]\nswitches = { kit_mm = 1 }\nnormals = ["kit_pnormal"]\n'


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (CELL, DRAWN, "mis_vth=aunif(0,sigma_vth)", "line 3: .*aunif .*is not known: .*agauss"),
        (CELL, DRAWN, "mis_vth=agauss(0,sigma_vth)", "line 3: .*agauss needs a mean"),
        (CELL, DRAWN, "mis_vth=agauss(0,sigma_vth*-area,1)", "line 3: .*a sign after an operator"),
        (CELL, "delvto={dv}", "delvto={dv*dv}", "line 10: .*may be added and multiplied by constants"),
        (CELL, "delvto={dv}", "delvto={exp(dv)}", "line 10: .*may be added and multiplied by constants"),
        (CELL, "delvto={dv}", "delvto={1/dv}", "line 10: .*may be added and multiplied by constants"),
        (CELL, "delvto={dv}", "delvto={dv + 1mil}", "line 10: .*mil"),
        (CELL, "delvto={dv}", "delvto={dv/0}", "line 10: .*has no finite value"),
        (CELL, "delvto={dv}", "delvto={dv*nosuch}", "line 10: .*no parameter nosuch is known"),
        (CELL, "sigma_vth='0.7071", "sigma_vth='sigma_vth*0.7071", "line 3: .*sigma_vth depends on itself"),
        (CELL, CORE, f"{CORE}\nR1 d s {{1k + dv}}", "line 11: .*a random number reaches r1; .* of a transistor"),
        (CELL, CORE, f".if (dv > 0)\n{CORE}\n.endif", "line 10: .*may be added and multiplied by constants"),
        (CELL, CORE, f".if (dv)\n{CORE}\n.endif", "line 10: .*a random number decides a condition"),
        (CELL, "num__nfet_core w={w}", "num__nosuch w={w}", "line 7: .*num__nosuch is not in the library"),
        (CELL, "num__nfet_core w={w}", "num__nfet w={w}", "line 2: is inside itself"),
        (CELL, " dv=0 k=1", " dv=agauss(0,1,1) k=1", "line 9: .*may not be a default"),
        (CELL, " sqrt(area)'", " sqrt(area)' extra", "line 3: cannot be read at 'extra'"),
        (CELL, "u0=0.012", "u0=0.012 agauss(0,1,1)", "line 19: .*drawn outside of name=value"),
        (LIB, "kit_pnormal = 0.0", "kit_pnormal = 0.5", "line 5: .*normals names kit_pnormal, which must be 0"),
        (LIB, "kit_pnormal = 0.0", "kit_pnormal = 'kit_mm'", "line 5: .*normals names kit_pnormal, which must be 0"),
        (CARD, "kit_mm = 1", "kit_mm = 0", "no random number of the library reaches num__nfet"),
        (CARD, "kit_pnormal", "kit_pnormal2", "mismatch.normals.kit_pnormal2: nothing in the models"),
        (CARD, "kit_mm = 1", "kit_mm = 1, kit_no = 1", "mismatch.switches.kit_no: nothing in the models"),
        (CARD, '"kit_pnormal"', '"KIT_mm"', "mismatch: names a parameter twice"),
        (CARD, '"kit_pnormal"', '"area"', "mismatch.normals.area: nothing in the models"),
        (CARD, "[nfet]", "[parameters]\nKIT_MM = 1\n[nfet]", "both name kit_mm"),
        (CARD, "[nfet]\n", "[nfet]\na_vt_v_m = 1e-8\n", "nfet.a_vt_v_m and .mismatch. are two mismatches"),
        (CARD, MISMATCH, "", "nfet.a_vt_v_m is missing; or .mismatch."),
        (CARD, '"num__nfet"\nkind = "subcircuit"', '"num__nfet"\nkind = "primitive"', "nfet.kind is 'primitive'"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(kit, file, old, new, told):
    with pytest.raises(
        InputError, match=rf"(?s)numbers.toml.*{Path(file).name}.*{told}" if file != CARD else told
    ) as raised:
        kit((file, old, new))
    assert CARD in str(raised.value)


def test_a_number_that_all_transistors_share_is_refused(kit):
    once = (LIB, ".param kit_pnormal = 0.0", ".param kit_pnormal = 0.0\n.param kit_once='kit_shared*1'")
    used = (CELL, "delvto={dv}", "delvto={dv + kit_once}")
    with pytest.raises(InputError, match=r"numbers.lib.spice, line 6: mismatch: kit_shared is drawn here for all"):
        kit(once, used)


def test_of_a_condition_the_branch_that_holds_counts(kit, technology):
    """As in ngspice, for the size of each transistor; also one in another."""
    branches = [
        f".if (w >= 2u)\n.if (l < 0.5u)\n{CORE.replace('{dv}', '{3*dv}')}\n.else\n{CORE}\n.endif",
        f".elseif (w >= 1u)\n{CORE.replace('{dv}', '{2*dv}')}\n.else\n{CORE.replace('{dv}', '{4*dv}')}\n.endif",
    ]
    own = kit((CELL, CORE, "\n".join(branches)))
    for width, length, factor in ((2e-6, 0.6e-6, 1), (2e-6, 0.4e-6, 3), (1.5e-6, 0.4e-6, 2), (0.6e-6, 0.6e-6, 4)):
        found, plain = (one.variation("TT", "nfet", width, length).targets[0] for one in (own, technology))
        assert found.slopes == pytest.approx([factor * slope for slope in plain.slopes])
        read = currents(own.models("TT", drawn=1.0).text, [f"nfet w={width} l={length}"], "nfet")
        assert ours(own, "nfet", [[1.0] * 3], width, length) == pytest.approx(read, rel=1e-9)


def test_a_number_that_only_others_share_is_refused_by_its_name(kit):
    own = (
        LIB,
        ".param kit_pnormal = 0.0",
        ".param kit_pnormal = 0.0\n.param kit_own=agauss(0,1,1)\n.param kit_once='kit_own*1'",
    )
    used = (CELL, "delvto={dv}", "delvto={dv + kit_once}")
    with pytest.raises(InputError, match=r"numbers.lib.spice, line \d+: mismatch: kit_once is drawn once for all"):
        kit(own, used)


def test_a_model_outside_the_sub_circuit_is_refused(kit):
    moved = [
        (CELL, ".model num__pmodel pmos", ".ends num__pfet\n.model num__pmodel pmos"),
        (CELL, "u0=0.012\n.ends num__pfet", "u0=0.012"),
        (CELL, "kit_pnormal*9n/sqrt(l*w)", "kit_pnormal*9n"),
    ]
    with pytest.raises(InputError, match=r"numbers.spice, line \d+: .*is one for all transistors"):
        kit(*moved)


@pytest.mark.parametrize("name", ["a`touch RAN`", "a$run", "a&b", "a|b", "a(b", "a>RAN"])
def test_names_of_a_kit_are_no_commands(kit, tmp_path, monkeypatch, name):
    """Those of models go to ngspice's interpreter."""
    monkeypatch.chdir(tmp_path)
    try:
        own = kit((CELL, "num__nmodel", name))
        examine_devices(own, "TT", engine())
    except (InputError, SimulationError):
        pass
    else:
        pytest.fail("a name that is none was taken")
    assert not [path for path in tmp_path.rglob("*") if path.name == "RAN"]


def test_a_circuit_has_one_of_several_bins(technology):
    lines = ["* a transistor", technology.models_text("TT"), "vd d 0 1", "xt d d 0 0 nfet w=2e-6 l=3e-6", ".op", ".end"]
    engine().load("\n".join(lines) + "\n")
    try:
        there, not_there = (f"@xt.x1.xcore:num__nmodel.{number}[vth0]" for number in (1, 0))
        pairs = [(f"?{not_there}", 0.5), (f"?{there}", 0.6), ("vd", 5.0)]
        for _ in range(2):
            assert engine().present.among(pairs) == [(there, 0.6), ("vd", 5.0)]
        with pytest.raises(SimulationError, match=r"has no bin of @xt.x1.xcore:num__nmodel\[vth0\]"):
            engine().alter(pairs[:1])
        with pytest.raises(InputError, match="no name of an element"):
            engine().alter([("?@xt;shell ls", 0.5)])
    finally:
        engine().unload()


EXPRESSIONS = (
    "-2**2+100", "2^3^2", "2**-1", "log(10)", "ln(10)", "log10(100)", "a>2 ? 5 : 6", "(a==3 && a<4) ? 1+1 : 7",
    "int(2.7)+floor(2.7)+ceil(2.2)", "pwr(2,3)+pow(2,3)", "min(2,3)*max(2,5)", "1u*1e6+0.5k", "6/2*3", "10-2-3",
    "1 ? -3+10 : 2", "10*-2+3", "10--2-3", "max(-a+10,2)+1", "(-a+10)*2", "-(a+1)*2+20", "-sqrt(16)*2+20",
    "a!=3 || 0 ? 1 : 2", "a<>4 ? 1 : 2", "abs(-4)+sqrt(16)+exp(0)", "!0+1", "(-2)^2+1", "1+2 > 2 ? 4 : 9",
    "0 ? 1 : 1 ? 2 : 3", "2*3^2", "-a^2+20", "1meg/1e6+1t/1e12+1g/1e9+2k/1e3+1p*1e12+1f*1e15+5n*1e9+3m", ".5+1.",
    "4>=4 ? 2 : 1",
)  # fmt: skip


class Known:
    """Names of the expressions."""

    def lookup(self, name):
        assert name == "a"
        return Linear(3.0)


def test_expressions_are_read_as_ngspice_reads_them():
    lines = [f"r{number} 1 0 {{{text}}}" for number, text in enumerate(EXPRESSIONS)]
    engine().load("\n".join(["* expressions", ".param a=3", *lines, "v1 1 0 1", ".op", ".save v(1)", ".end"]) + "\n")
    try:
        engine().command("set numdgt=12")
        for number, text in enumerate(EXPRESSIONS):
            (line,) = engine().command(f"print @r{number}[resistance]")
            assert evaluate(text, Known()).constant == pytest.approx(float(line.split("=")[1]), rel=1e-9), text
    finally:
        engine().command("unset numdgt")
        engine().unload()
