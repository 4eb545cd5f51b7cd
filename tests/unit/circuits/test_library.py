"""Model libraries: every file followed, nothing but definitions taken, and of these what is needed."""

import itertools

import pytest

from rramsim.circuits.technology import load_technology
from rramsim.circuits.technology.definitions import blocks, definitions, needed, usable
from rramsim.circuits.technology.library import LibraryFiles
from rramsim.errors import InputError
from rramsim.spice.needs import needed_osdi

CARD = """
name = "own"
library = "models.lib"
[sections]
TT = "tt"
[validity]
vdd_min_v = 0.6
vdd_max_v = 5.5
temperature_min_c = -40
temperature_max_c = 125
[nfet]
device = "nx"
kind = "primitive"
a_vt_v_m = 1e-8
[pfet]
device = "px"
kind = "primitive"
a_vt_v_m = 1e-8
"""
MODELS = ".model nx nmos level=14 vth0=0.6\n.model px pmos level=14 vth0=-0.6\n"


def library(text):
    return f".lib tt\n{text}.endl tt\n"


@pytest.fixture
def kit(tmp_path):
    """Write a technology with files beside it; its path."""

    def write(models=MODELS, *replacements, **files):
        card = CARD
        for old, new in replacements:
            assert old in card
            card = card.replace(old, new)
        (tmp_path / "own.toml").write_text(card)
        (tmp_path / "models.lib").write_text(library(models))
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_inc", ".inc")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return tmp_path / "own.toml"

    return write


def text(path, process="TT", **options):
    return load_technology(str(path)).models_text(process, **options)


def section(path, name="tt"):
    return "\n".join(statement.text for statement in LibraryFiles().section(path, name))


@pytest.mark.parametrize(
    "how", [".include mos.inc", ".INC 'mos.inc'", '.inc "mos.inc" $ models', ".include mos.inc ; x"]
)
def test_files_are_followed_from_the_one_that_names_them(kit, tmp_path, monkeypatch, how):
    path = kit(f"{how}\n", mos_inc=".include 'deep er/b.inc'\n", **{"deep er__b_inc": MODELS})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mos.inc").write_text(MODELS.replace("0.6", "0.1"))
    monkeypatch.chdir(elsewhere)  # ngspice itself would look here first
    found = text(path)
    assert "vth0=0.6" in found
    assert str(tmp_path) not in found
    assert "include" not in found.lower()


def test_a_change_in_any_file_changes_the_text_and_no_path_does(kit, tmp_path):
    path = kit(".include mos.inc\n", mos_inc=MODELS)
    before = text(path)
    (tmp_path / "mos.inc").write_text(MODELS.replace("vth0=0.6", "vth0=0.7"))
    assert text(path) != before
    (tmp_path / "mos.inc").write_text(MODELS)
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    tmp_path.rename(moved)
    assert text(moved / "own.toml") == before
    assert set(load_technology(str(moved / "own.toml")).hashes) == {"own.toml", "models.lib", "mos.inc"}


def test_sections_use_others_and_of_two_with_one_name_the_first_counts(tmp_path):
    (tmp_path / "core.lib").write_text(".lib Base\n.param b=1\n.endl\n.lib base\n.param b=2\n.endl\n")
    path = tmp_path / "models.lib"
    path.write_text(f"{library('.lib core.lib base' + chr(10))}.lib x\n.param x=1\n.endl\n")
    assert section(path) == ".param b=1"
    with pytest.raises(InputError, match="no section 'ts'; Known: tt, x"):
        section(path, "ts")


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (".include no.inc\n", r"models.lib, line 2: no file .*no.inc"),
        (".include ~/no.inc\n", "line 2: names of files are not expanded"),
        (".include $PDK/no.inc\n", "line 2: names of files are not expanded"),
        (f".include {'x' * 300}\n", "line 2: cannot be read"),
        (".include\n", "line 2: must be .include FILE"),
        (".include a b\n", "line 2: must be .include FILE"),
        (".lib models.lib tt\n", "section 'tt' uses itself"),
        (".lib other\n.endl\n", "is not ended|is not ended by .endl"),
        ("+ vth0=1\n", "line 2: continues no line"),
        (".param a=é\n", "line 2: only ASCII"),
        (".param a=\x0b1\n", "line 2: holds a control character"),
        (".tran 1n 10n\n", r"line 2: .tran is no definition; a library may hold"),
        (".meas tran x find v(q) at=1n\n", r"line 2: .meas is no definition"),
        (".control\nshell touch RAN\n.endc\n", "line 2: .control commands are not taken"),
        (".subckt s a b\n.control\n.endc\nr1 a b 1\n.ends\n", "line 3: .control commands are not taken"),
        (".if (1)\n.op\n.endif\n", "line 3: .op is no definition"),
        (".option scale=1u TEMP = 85\n", "line 2: option temp: the temperature is the study's"),
        (".option scale='1u*2'\n", "line 2: option scale: the value must be a number or a name"),
        (
            ".if (1)\n.option scale=1u\n.endif\n",
            "line 3: ngspice takes an option for .* not only inside .if",
        ),
        (
            ".if (1)\n.param a=1\n.else\n.param a=2\n.endif\n",
            "line 3: ngspice takes a .param whatever the",
        ),
        (".if (1)\n.func f(x) {x}\n.endif\n", "line 3: ngspice takes a .func whatever"),
        (".if (1)\n.subckt s a b\nr1 a b 1\n.ends\n.endif\n", "line 3: ngspice takes a .subckt whatever"),
        (".subckt s a b\n.if (1)\n.param x=1\n.endif\nr1 a b 1\n.ends\n", "line 4: ngspice takes a .param whatever"),
        (".subckt s a b\n.opt scale=1u\n.ends\n", "line 3: ngspice takes an option for the whole deck"),
        (".global vdd\n", "line 2: .global would connect nets"),
        (".temp 100\n", "line 2: .temp the temperature is the study's"),
        (".save all\n", "line 2: .save is no definition"),
        (".subckt s a b\na1 [a] [b] m\n.ends\n", "line 3: XSPICE code models are not loaded"),
        (".subckt s a b\nr1 a b 1\n", "line 2: is not ended"),
        (".subckt s a b\n.endif\n", "line 3: ends no .if"),
        (".ends\n", "line 2: ends no .subckt"),
        (".subckt\n.ends\n", "line 2: .subckt must name"),
        (".model nx\n", "line 2: .model must name"),
        ("#shell ls\n", "line 2: is no element"),
        (".param a=1\n; x\n\n+ b=2\n", "line 5: ngspice takes what follows a line that begins with ; "),
        ("r1 q 0 1k\n", "line 2: an element outside a sub-circuit"),
        ("param a=1\n", "line 2: an element outside a sub-circuit"),
    ],
)
def test_what_is_no_definition_is_refused_with_file_and_line(kit, models, message):
    with pytest.raises(InputError, match=message):
        load_technology(str(kit(MODELS.replace(".model", models + ".model", 1))))


def test_files_that_include_each_other_are_refused(kit):
    path = kit(".include a.inc\n", a_inc=".include b.inc\n", b_inc=".include a.inc\n")
    with pytest.raises(InputError, match=r"b.inc, line 1: .*a.inc includes itself"):
        load_technology(str(path))


def test_comments_do_not_come_into_a_deck(kit):
    commands = "*#shell touch RAN\n* ü\n; x\n$ y\n// z\n*ng_script\n"
    within = commands.replace("\n; x\n$ y\n// z", "")
    found = text(kit(f"{commands}{MODELS.replace('level', f'{chr(10)}{within}+ level')}"))
    assert "shell" not in found
    assert "ng_script" not in found
    assert "+ level=14" in found


def test_only_what_the_transistors_need_is_taken(kit):
    more = (
        ".param used=1 a=2\n.param unused=agauss(0,1,1)\n.func f(x) {x*used}\n.model other nmos level=1\n"
        ".subckt inner d g s b params: w=1 l=1\nm1 d g s b core w={f(w)} l={l}\n.ends\n"
        ".model core.0 nmos level=14 lmin=0\n.model core.1 nmos level=14 lmin=1\n.option scale=1u\n"
        ".subckt top d g s b w=1 l=1\n+ m=1\nxi d g s b inner w={w} l={l}\n.ends\n"
        ".subckt pcsa q qb\nr1 q qb 1\n.ends\n"
    )
    path = kit(more + MODELS, ('device = "nx"\nkind = "primitive"', 'device = "TOP"\nkind = "subcircuit"'))
    found = text(path)
    for wanted in ("used=1", ".func f", "core.0", "core.1", ".subckt inner", ".subckt top", "scale=1u", ".model px"):
        assert wanted in found
    for unwanted in ("unused", ".model other", ".model nx", "pcsa"):
        assert unwanted not in found
    assert ".model other" in text(path, also=["Other"])
    whole = text(kit(more + MODELS, ("[sections]", "inline = true\n[sections]")))
    assert all(line in whole for line in (more + MODELS).splitlines())
    with pytest.raises(InputError, match=r"do not define othr; did you mean 'other'\?"):
        text(path, also=["othr"])


def test_of_a_librarys_options_those_of_models_are_taken(kit):
    options = ".OPTION Scale = 1u, post=2\n+ interp gmin=1e-15 $ all\n.options list node\n.option tnom=25\n"
    path = kit(options + MODELS, ("[validity]", '[ngspice]\noptions = ["GMIN=1e-13"]\n[validity]'))
    assert [line for line in text(path).splitlines() if line.startswith(".option")] == [
        ".options GMIN=1e-13", ".options scale=1u", ".option tnom=25"
    ]  # fmt: skip
    first, second = (note.split(": ", 1)[1] for note in load_technology(str(path)).models("TT").notes)
    assert first.endswith("are left out: post=2, interp, gmin=1e-15")
    assert second.endswith("are left out: list, node")
    with pytest.raises(InputError, match="sets an option twice"):
        load_technology(str(kit(MODELS, ("[validity]", '[ngspice]\noptions = ["gmin=1", "Gmin=2"]\n[validity]'))))


def test_names_of_the_netlists_are_not_the_librarys(kit):
    """A library's own nfet, whatever it is, stands behind the nfet of the netlists and not in front of it."""
    own = ".subckt nfet d g s b w=1 l=1\nm1 d g s b nfet w={w} l={l}\n.ends nfet\n"
    path = kit(own + MODELS.replace("nx", "nfet"), ('"nx"\nkind = "primitive"', '"nfet"\nkind = "subcircuit"'))
    found = text(path)
    assert found.count(".subckt nfet ") == 1
    assert "x1 d gi s b library_nfet w=" in found
    assert ".subckt library_nfet d g s b w=1 l=1\nm1 d g s b library_nfet w={w}" in found
    assert ".model library_nfet nmos" in found
    unrelated = text(kit(own + MODELS))  # it asks for nx
    assert "m1 d gi s b nx" in unrelated
    assert "library" not in unrelated


def test_of_two_definitions_the_first_counts_and_is_told(tmp_path):
    path = tmp_path / "models.lib"
    twice = ".subckt s a b\nr1 a b 1\n.ends\n.SUBCKT S a b\nr1 a b 2\n.ends\n"
    path.write_text(library(f'{twice}{MODELS}{MODELS}include "x"\n'))
    kept, notes = usable(blocks(LibraryFiles().section(path, "tt")))
    assert [block.head.line.split()[1] for block in kept] == ["s", "nx", "px"]
    assert [note.split(": ", 1)[1] for note in notes] == [
        f"s is defined before, in {path}, line 2: ignored", "a line of Spectre's language is left out: 'include \"x\"'"
    ]  # fmt: skip


def test_formal_parameters_of_a_subcircuit_are_those_that_an_instance_can_set(tmp_path):
    path = tmp_path / "models.lib"
    path.write_text(
        library(
            ".subckt a d g s b params: w = 1 l={2*w}\n+ nf=1\n.param mult=1 z='w'\n.subckt in p q\n.param hidden=1\n"
            ".ends\n.model m nmos (level=1)\n.ends\n.model b.3 PMOS(level=1)\n"
        )
    )
    found = definitions(blocks(LibraryFiles().section(path, "tt")))
    assert found["a"].ports == ("d", "g", "s", "b")
    assert found["a"].parameters == ("l", "mult", "nf", "w", "z")
    assert (found["b"].kind, found["b"].type) == ("model", "pmos")
    assert set(found) == {"a", "b", "b.3"}


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        ([('"nx"', '"nz"')], "nfet.device: TT: the library defines no such device; Known: nx, px"),
        ([('"nx"', '"px"')], "nfet.device: TT: .*line 3 defines px of type pmos, not nmos"),
        ([('"nx"\nkind = "primitive"', '"nx"\nkind = "subcircuit"')], "as a model: kind must be 'primitive'"),
        ([('"nx"', '"s4"')], "as a subckt: kind must be 'subcircuit'"),
        ([('"nx"\nkind = "primitive"', '"s2"\nkind = "subcircuit"')], "with the ports a b, not four: d g s b"),
        ([('"nx"\nkind = "primitive"', '"s4"\nkind = "subcircuit"')], "width_parameter: .*no|without such a parameter"),
        (
            [('"nx"\nkind = "primitive"', '"s5"\nkind = "subcircuit"\nparameters = "nff=1"')],
            r"nfet.parameters: TT: .*line 10 defines s5 without such a parameter; it has l, nf, w \(got 'nff'\)",
        ),
        ([("[sections]", "[parameters]\nmc_switch = 0\n[sections]")], "parameters.mc_switch: nothing in the models"),
        ([("[sections]", "[parameters]\nvth0 = 0\n[sections]")], "parameters.vth0: nothing in the models"),
        ([("[sections]", "[parameters]\nnf = 2\n[sections]")], "parameters.nf: .* is set under parameters of .nfet."),
        ([("[sections]", '[ngspice]\ncompatibility = "ltps"\n[sections]')], "these include none: write 'ltpsa'"),
        ([('kind = "primitive"', 'kind = "primitive"\nparameters = "M=2"')], "parameters sets M: a transistor's size"),
        ([("[sections]", '[ngspice]\noptions = ["reltoll=3"]\n[sections]')], "did you mean 'reltol'"),
        ([("[sections]", '[ngspice]\noptions = ["temp=3"]\n[sections]')], "'temp=3' is no option=value"),
        ([("[sections]", '[ngspice]\ncompatibility = "hspice"\n[sections]')], "must be made of a, hs, ps"),
        ([('kind = "primitive"', 'kind = "primitive"\nparameters = "W=1u"')], "parameters sets W, the drawn size"),
        ([('kind = "primitive"', 'kind = "primitive"\nparameters = "nf=1 NF=2"')], "gives a parameter twice"),
        ([('kind = "primitive"', 'kind = "primitive"\nparameters = "nf=1; shell ls"')], "must be name=value"),
        ([('kind = "primitive"', 'kind = "primitive"\nparameters = "nf=`ls`"')], "must be name=value"),
    ],
)  # fmt: skip
def test_a_binding_that_the_library_does_not_have_is_refused(kit, replacements, message):
    more = (
        ".subckt s2 a b w=1 l=1\nr1 a b 1\n.ends\n.subckt s4 a b c d\nr1 a b 1\n.ends\n"
        ".subckt s5 a b c d w=1 l=1 nf=1\nr1 a b 1\n.ends\n"
    )
    with pytest.raises(InputError, match=message):
        load_technology(str(kit(MODELS + more, *replacements)))


def test_a_kits_own_corners_files_and_switches(kit, tmp_path, monkeypatch):
    monkeypatch.setenv("OWN_KIT", str(tmp_path))
    path = kit(
        MODELS.replace("0.6", "{0.6+shift*switch}"),
        ('library = "models.lib"', 'library = "${OWN_KIT}/models.lib"\nbefore = ["$OWN_KIT/design.inc"]'),
        ('TT = "tt"', 'TT = ["tt", "res"]\nwafer_1 = "tt"'),
        ("[validity]", '[parameters]\nswitch = 0\n[ngspice]\ncompatibility = "hsa"\noptions = ["scale=1"]\n[validity]'),
        design_inc=".param shift=0.1\n.param switch=1\n",
    )
    (tmp_path / "models.lib").write_text((tmp_path / "models.lib").read_text() + ".lib res\n.param r=1\n.endl\n")
    technology = load_technology(str(path))
    assert technology.file.processes == ("TT", "WAFER_1")
    lines = technology.models_text("WAFER_1").splitlines()
    assert lines[1] == "* needs ngbehavior=hsa"
    assert lines.index(".param shift=0.1") < lines.index(".param switch=0.0")
    assert lines.index(".param switch=1") < lines.index(".param switch=0.0")  # the later one counts
    assert ".options scale=1" in lines
    assert {"own.toml", "models.lib", "design.inc"} == set(technology.hashes)


def test_a_compiled_model_is_looked_for_where_the_user_says_and_is_part_of_the_text(kit, tmp_path, monkeypatch):
    path = kit(MODELS, ("[validity]", '[ngspice]\nosdi = ["psp.osdi"]\n[validity]'))
    (tmp_path / "psp.osdi").write_bytes(b"code")  # beside the kit: not where the user trusts it
    monkeypatch.delenv("RRAMSIM_OSDI", raising=False)
    with pytest.raises(InputError, match=r"no compiled model psp.osdi: .* RRAMSIM_OSDI names \(which is not set\)"):
        load_technology(str(path))
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    monkeypatch.setenv("RRAMSIM_OSDI", f"/nowhere:{trusted}")
    (trusted / "psp.osdi").write_bytes(b"code")
    line = text(path).splitlines()[1]
    assert line.startswith("* needs osdi=psp.osdi sha256=5694d08a2e53ffca")
    (trusted / "psp.osdi").write_bytes(b"other")
    with pytest.raises(InputError, match="is not the one that the deck was made with"):
        needed_osdi(f"* title\n{line}\n")
    assert text(path).splitlines()[1] != line
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "psp.osdi").write_bytes(b"code")
    monkeypatch.setenv("RRAMSIM_OSDI", str(tmp_path / "a b"))
    with pytest.raises(InputError, match="must be of letters, digits"):
        load_technology(str(path))
    with pytest.raises(InputError, match=r"ngspice\.osdi"):
        load_technology(str(kit(MODELS, ("[validity]", '[ngspice]\nosdi = ["../psp.osdi"]\n[validity]'))))


def test_what_is_needed_follows_every_name():
    class Fake:
        def __init__(self, name, *words, always=False):
            self.defines, self.words, self.always = frozenset({name}), frozenset(words), always

    chain = [Fake(str(number), str(number + 1)) for number in range(50)]
    assert len(needed(chain, ["0"])) == 50
    assert len(needed(chain, ["49"])) == 1
    assert [b.defines for b in needed([*chain, Fake("x", "48", always=True)], [])][-1] == {"x"}
    ring = [Fake(a, b) for a, b in itertools.pairwise("abca")]
    assert len(needed(ring, ["b"])) == 3
