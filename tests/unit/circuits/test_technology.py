"""Technology files: checks, and how a library of another kind is bound."""

import pytest

from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.corners import Corner, ProcessCorner, parse_corner
from rramsim.errors import InputError, MissingResourceError
from rramsim.resources import data_root
from rramsim.spice.engine import engine
from rramsim.weights import Weight

CMOS = data_root("device_models") / "cmos"
CARD = (CMOS / "generic_130nm_5v.toml").read_text()
MODELS = load_technology("generic_130nm_5v").models_text("TT").split("\n", 1)[1]


def test_validity_is_told_by_axis():
    technology = load_technology("generic_130nm_5v")
    corner = Corner(process=ProcessCorner.TT, vdd=6, temperature_c=150)
    assert [(key, value) for key, value, _ in technology.outside_validity(corner)] == [
        ("vdd_v", 6.0), ("temperature_c", 150.0),
    ]  # fmt: skip
    assert technology.outside_validity(parse_corner("ss_m40c_0v6")) == []


@pytest.fixture
def card(tmp_path):
    """Write a technology file beside a library, after replacements."""

    def write(*replacements, library=None):
        text = CARD
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "own.toml"
        path.write_text(text)
        (tmp_path / "generic_130nm_5v.lib").write_text(
            (CMOS / "generic_130nm_5v.lib").read_text() if library is None else library
        )
        return str(path)

    return write


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        (("a_vt_v_m = 11.5e-9", "a_vt = 1"), "nfet.a_vt: unknown key; did you mean 'a_vt_v_m'"),
        (("a_vt_v_m = 11.5e-9", "a_vt_v_m = -1.0"), "nfet.a_vt_v_m: .*greater than or equal to 0"),
        (('kind = "native" #', 'kind = "magic" #'), "nfet.kind: .*'native', 'primitive' or 'subcircuit'"),
        (('TT = "tt"', '"T T" = "tt"'), r'sections."T T": a process corner is named'),
        (('FF = "ff"', 'tt = "ff"'), "sections names a process corner twice"),
        (('TT = "tt"', 'TT = "typical"'), "sections.TT: .*generic_130nm_5v.lib has no such section"),
        (('TT = "tt"', 'TT = ["tt", "typical"]'), "sections.TT: .*has no such section.*'typical'"),
        (('TT = "tt"', "TT = []"), "sections.TT: .*at least 1"),
        (('name = "generic_130nm_5v"', 'name = "a\\n.control"'), "name: .*pattern"),
        (("{path}.m1[delvto]", "{path}.m1[delvto];shell ls"), "nfet.threshold_handle: must be"),
        (("{path}.m1[delvto]", "{path}.m1[délvto]"), "nfet.threshold_handle: must be"),
        (("a_vt_v_m = 12e-9", 'a_vt_v_m = 12e-9\nparameters = "m=2"'), "parameters means nothing"),
        (("inline = true", 'inline = true\nbefore = ["no.sp"]'), "before.*no.sp does not exist"),
        (("inline = true", 'inline = true\nbefore = ["$NOT_SET_ANYWHERE/a"]'), "NOT_SET_ANYWHERE .* is not set"),
        (("vdd_min_v = 0.6", "vdd_min_v = 9"), "each minimum must be below its maximum"),
        (('status = "recalled"', 'status = "sure"'), "provenance.a_vt.status"),
        (('library = "generic', 'library = "missing'), "library .* does not exist"),
        (("vdd_min_v = 0.6", "vdd_min_v = true"), "validity.vdd_min_v: expected a number"),
        (("temperature_max_c = 125", "temperature_max_c = nan"), "validity.temperature_max_c: must be finite"),
        (("a_vt_v_m = 12e-9", "a_vt_v_m = 12e-9\nunit_m = inf"), "pfet.unit_m: must be finite"),
        (("{path}", "{kind}"), r"nfet.threshold_handle: must be 'gate_source', or a name of .* with \{path\}"),
        (("{path}", "{path.x}"), "nfet.threshold_handle: must be"),
        (("{path}", "{path:>999999999}"), "nfet.threshold_handle: must be"),
        (('"@m.{path}.m1[delvto]"', '"gate_source"'), "threshold_handle must be a name .* where kind is 'native'"),
        (('device = "nfet"', 'device = "pfet"'), "nfet.device must be 'nfet' where kind is 'native', got 'pfet'"),
        (('device = "nfet"', 'device = "nfet\\n.end"'), "nfet.device: .*pattern"),
        (("a_vt_v_m = 12e-9", 'a_vt_v_m = 12e-9\nlength_parameter = "W"'), "width_parameter and length_parameter are"),
        (('library = "generic', 'library = "\\u0000'), "library: .*pattern"),
        (('library = "generic', f'library = "{"x" * 300}'), "library 'xxx.* cannot be read"),
    ],
)
def test_wrong_technology_files(card, replacement, message):
    with pytest.raises(InputError, match=message):
        load_technology(card(replacement))


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        (("generic_130nm_5v.lib devices", "generic_130nm_5v.lib tt"), "section 'tt' uses itself"),
        (("generic_130nm_5v.lib devices", "other.lib devices"), r"5v.lib, line \d+: no file .*other.lib"),
        (
            ("generic_130nm_5v.lib devices", "generic_130nm_5v.lib device"),
            r"no section 'device'; did you mean 'devices'\?",
        ),
        ((".endl devices\n", ""), "section 'devices' is not ended by .endl"),
        ((".endl tt\n", ""), "section 'tt' is not ended by .endl"),
        (("toxm=1.15e-8", "toxm=\0"), r"line \d+: holds a control character"),
    ],
)
def test_wrong_libraries(card, replacement, message):
    library = (CMOS / "generic_130nm_5v.lib").read_text()
    assert replacement[0] in library
    with pytest.raises(InputError, match=message):
        load_technology(card(library=library.replace(*replacement)))


def test_a_process_without_a_section_is_told(card):
    technology = load_technology(card(('FS = "fs"\nSF = "sf"\n', "")))
    ((key, value, message),) = technology.outside_validity(parse_corner("fs_27c_1v2"))
    assert (key, value) == ("process", "FS")
    assert "Known: FF, SS, TT" in message


def test_an_unreadable_library(card, tmp_path):
    path = card()
    (tmp_path / "generic_130nm_5v.lib").unlink()
    (tmp_path / "generic_130nm_5v.lib").mkdir()
    with pytest.raises(MissingResourceError, match="does not exist"):
        load_technology(path)


def primitive(handle):
    """The generic models bound as plain .model cards, sizes in micrometres, under another name."""
    lines = []
    for fet, model in (("nfet", "nmos_5v"), ("pfet", "pmos_5v")):
        lines.append(
            f'[{fet}]\ndevice = "{model}"\nkind = "primitive"\nparameters = "ad={{w*0.5e-6}} as={{w*0.5e-6}} '
            f'pd={{w+1e-6}} ps={{w+1e-6}}"\nthreshold_handle = "{handle}"\na_vt_v_m = 1e-8\n'
        )
    head = CARD[: CARD.index("[nfet]")].replace("inline = true", "inline = false")
    return head + "\n".join(lines)


@pytest.mark.spice
@pytest.mark.parametrize("handle", ["gate_source", "@m.{path}.m1[delvto]"])
def test_a_library_of_plain_models_reads_as_the_built_in_one(handle, tmp_path):
    (tmp_path / "own.toml").write_text(primitive(handle))
    models = MODELS[MODELS.index(".model nmos_5v") :]
    sections = "\n".join(
        f".lib {name}\n{MODELS[: MODELS.index('.subckt nfet')]}{models}.endl {name}"
        for name in ("tt", "ff", "ss", "fs", "sf")
    )
    (tmp_path / "generic_130nm_5v.lib").write_text(f"* own\n{sections}\n")
    own, built_in = load_technology(str(tmp_path / "own.toml")), load_technology("generic_130nm_5v")
    shifts = (0.0, 0.03, 0.0, -0.02, 0.04, 0.0, 0.01, 0.02, 0.0)
    samples = [
        ReadSample(r_bl=5e3, r_blb=350e3, threshold_shifts=shifts),
        ReadSample(r_bl=60e3, r_blb=60e3, threshold_shifts=shifts),
        ReadSample(r_bl=60e3, r_blb=60e3, threshold_shifts=tuple(-s for s in shifts)),
    ]
    outcomes = []
    for technology in (built_in, own):
        deck = ReadDeck(
            cell=CELLS["ternary_2t2r"], corner=parse_corner("tt_27c_1v2"), technology=technology,
            conditions=ReadConditions(t_window=100e-9),
        )  # fmt: skip
        bench = Reader(engine(), deck)
        outcomes.append([bench.read(sample) for sample in samples])
    assert [o.weight for o in outcomes[0]][1:] == [Weight.MINUS, Weight.PLUS]
    for ours, theirs in zip(*outcomes, strict=True):
        assert theirs.weight is ours.weight
        # A source before the gate also shifts its capacitances a little.
        assert theirs.latching_time == pytest.approx(ours.latching_time, rel=0.02)
