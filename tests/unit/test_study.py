"""The study file: what is accepted, and that every kind of bad input names key, value and what is allowed."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args, get_origin

import pytest
import tomli_w

from rramsim.corners import ProcessCorner
from rramsim.devices.presets import load_preset
from rramsim.errors import MissingResourceError, StudyError
from rramsim.study import Study, build_study, load_study
from rramsim.validation import Section
from rramsim.weights import WeightKind

QUICKSTART = Path(__file__).resolve().parents[2] / "reports" / "quickstart" / "study.toml"


@pytest.fixture
def write(tmp_path):
    def _write(text: str) -> Path:
        path = tmp_path / "study.toml"
        path.write_text('[study]\nname = "s"\n' + text, encoding="utf-8")
        return path

    return _write


def test_the_least_study_has_a_name_only(write):
    study = load_study(write(""))
    assert study.study.name == "s"
    assert [corner.id for corner in study.corners.grid] == ["tt_27c_1v2"]
    assert study.network == ()


def test_quickstart_covers_three_of_each_axis():
    study = load_study(QUICKSTART)
    assert len(study.corners.grid) == 27
    assert study.network_cells == {f"digits-{kind}": (f"{kind}_2t2r",) for kind in WeightKind}
    assert study.injected == {f"{kind}_2t2r": kind for kind in WeightKind}
    assert len(study.benches) == 1  # one circuit for both
    assert {corner.process for corner in study.corners.grid} == {ProcessCorner.TT, ProcessCorner.FF, ProcessCorner.SS}


def test_a_resolved_study_reads_back_as_itself(tmp_path):
    study = load_study(QUICKSTART)
    copy = tmp_path / "study.toml"
    copy.write_text(tomli_w.dumps(study.resolved()), encoding="utf-8")
    assert load_study(copy).resolved() == study.resolved()
    assert set(tomllib.loads(copy.read_text())) == set(study.resolved())


def test_quantities_may_be_texts_with_units(write):
    study = load_study(write('[read]\nt_sense_s = "40 ns"\n[read.geometry.pcsa]\nc_q = "80 fF"\nw_latch_n = "3 µm"'))
    assert study.read.t_sense_s == 40e-9
    assert study.read.conditions.geometry == (("pcsa", (("c_q", 80e-15), ("w_latch_n", 3e-6))),)


CORRELATION = '[[devices.correlation]]\nbetween = ["{0}", "{1}"]\ncoefficient = {2}\n'
BAD = {
    "correlation of an unknown source": (
        CORRELATION.format("r_bl", "vth:xsa.mn1", 0.5),
        ["devices.correlation", "'vth:xsa.mn1': no such source; did you mean 'vth:xsa.xmn1'?"],
    ),
    "correlation of one": (
        CORRELATION.format("r_bl", "r_blb", 1),
        ["devices.correlation[0].coefficient", "less than 1"],
    ),
    "correlations that cannot be": (
        CORRELATION.format("r_bl", "r_blb", 0.9)
        + CORRELATION.format("r_blb", "vth:xsa.xmn1", 0.9)
        + CORRELATION.format("r_bl", "vth:xsa.xmn1", -0.9),
        ["devices.correlation", "contradict each other"],
    ),
    "unknown section": ('[corner]\nprocess = ["TT"]', ["corner: unknown key; did you mean 'corners'?"]),
    "unknown key": ("[corners]\nvdd = [1.2]", ["corners.vdd: unknown key; did you mean 'vdd_v'?", "(got [1.2])"]),
    "unknown key in array": (
        '[read]\ncells=["ternary_2t2r"]\n[[network]]\nname="n"\nepoch = 3',
        ["network[0].epoch: unknown key; did you mean 'epochs'?"],
    ),
    "internal field": ('folder = "/tmp"', ["unknown key"]),
    "text for a number": ('[ber]\nmax_trials = "many"', ["ber.max_trials", "valid integer", "'many'"]),
    "fraction for a count": ("[ber]\nmax_trials = 12.5", ["ber.max_trials", "valid integer", "12.5"]),
    "number for a text": ("[devices]\npreset = 3", ["devices.preset", "valid string", "3"]),
    "text for a plain number": (
        '[devices.lrs]\nsigma_ln_d2d = "0.1"',
        ["devices.lrs.sigma_ln_d2d", "expected a number"],
    ),
    "truth value for a number": ("[corners]\nvdd_v = [true]", ["corners.vdd_v[0]", "expected a number"]),
    "wrong unit": ('[read]\nt_sense_s = "50 mV"', ["read.t_sense_s: the unit must be s", "'50 mV'"]),
    "missing unit prefix": ("[read]\nt_sense_s = 50", ["read.t_sense_s", "less than or equal to 0.001", "50"]),
    "negative resistance": ("[devices.hrs]\nr_median_ohm = -5e3", ["devices.hrs.r_median_ohm", "greater than 0"]),
    "negative sigma": (
        "[devices.hrs]\nsigma_ln_c2c = -0.1",
        ["devices.hrs.sigma_ln_c2c", "greater than or equal to 0"],
    ),
    "not a number": ("[devices.hrs]\nr_median_ohm = nan", ["devices.hrs.r_median_ohm", "must be finite"]),
    "hrs below lrs": ("[devices.hrs]\nr_median_ohm = 1e3", ["devices", "the median of hrs (1000 Ω) must be above"]),
    "no corners": ("[corners]\nprocess = []", ["corners", "corner list process is empty"]),
    "no supplies": ("[corners]\nvdd_v = []", ["corner list vdd is empty"]),
    "corner twice": ("[corners]\ntemperature_c = [27, 27.0]", ["corner list temperature_c names 27.0 more than once"]),
    "unknown process": (
        '[corners]\nprocess = ["XX"]',
        ["corners.process: generic_130nm_5v has no such process corner; Known: FF, FS, SF, SS, TT (got 'XX')"],
    ),
    "unknown cell": ('[read]\ncells = ["ternary"]', ["unknown cell 'ternary'; did you mean 'ternary_2t2r'?"]),
    "cell twice": ('[read]\ncells = ["ternary_2t2r", "ternary_2t2r"]', ["a cell is named more than once"]),
    "no cells": ("[read]\ncells = []", ["read.cells", "at least 1"]),
    "unknown preset": ('[devices]\npreset = "hfo"', ["no device preset 'hfo'", "synaptogen"]),
    "unknown technology": (
        '[technology]\ncard = "generic_130"',
        ["technology.card: no technology 'generic_130'", "did you mean 'generic_130nm_5v'?"],
    ),
    "missing technology file": ('[technology]\ncard = "my.toml"', ["technology.card", "my.toml"]),
    "supply beyond validity": (
        "[corners]\nvdd_v = [1.2, 6]",
        ["corners.vdd_v: is beyond the validity of generic_130nm_5v: 0.6 to 5.5 V (got 6.0)"],
    ),
    "temperature beyond validity": ("[corners]\ntemperature_c = [150]", ["corners.temperature_c: is beyond", "125 °C"]),
    "word line beyond validity": ("[read]\nv_word_line_v = 9", ["read.v_word_line_v: is beyond the validity", "5.5"]),
    "step longer than the read": ("[read]\nmax_step_s = 1e-6", ["read.max_step_s: must not exceed t_sense_s"]),
    "unknown sub-circuit": (
        "[read.geometry.psca]\nc_q = 1e-13",
        ["read.geometry.psca: unknown sub-circuit; did you mean 'pcsa'?"],
    ),
    "unknown geometry": (
        "[read.geometry.pcsa]\nw_latch = 1e-6",
        ["read.geometry.pcsa.w_latch: unknown parameter; did you mean 'w_latch_"],
    ),
    "sampled value as geometry": ("[read.geometry.cell_2t2r]\nr_bl = 5e3", ["cell_2t2r.r_bl: unknown parameter"]),
    "negative geometry": ("[read.geometry.pcsa]\nc_q = -1e-15", ["pcsa.c_q: must be above 0"]),
    "wrong geometry unit": ('[read.geometry.pcsa]\nc_q = "3 um"', ["pcsa.c_q = '3 um': the unit must be F"]),
    "geometry without a table": ("[read]\ngeometry = 3", ["expected tables of sub-circuit parameters"]),
    "unknown estimator": ('[ber]\nestimator = "magic"', ["ber.estimator", "'monte_carlo'", "'magic'"]),
    "more counted than one rate may cost": (
        "[ber]\nmax_trials = 1001\nmax_simulations = 1000",
        ["ber.max_trials", "1001", "at most ber.max_simulations, 1000"],
    ),
    "a limit that pays for no estimate": (
        '[ber]\nestimator = "subset_simulation"\nmax_simulations = 1999',
        ["ber.max_simulations", "1999", "at least 2000", "the 11 variables of ternary_2t2r"],
    ),
    "no trials": ("[ber]\nmax_trials = 0", ["ber.max_trials", "greater than 0"]),
    "precision of one": ("[ber]\nrelative_precision = 1.0", ["ber.relative_precision", "less than 1"]),
    "rate above one": ("[injection]\nladder = [0.1, 1.5]", ["injection.ladder[1]", "less than or equal to 1"]),
    "network twice": (
        '[[network]]\nname = "a"\n[[network]]\nname = "a"',
        ["network[1].name: is used twice (got 'a')"],
    ),
    "network without a cell": (
        '[[network]]\nname = "a"\nweights = "binary"',
        ["network[0].weights: no cell in read.cells stores binary weights"],
    ),
    "unknown weights": (
        '[[network]]\nname = "a"\nweights = "analog"',
        ["network[0].weights", "'binary', 'ternary' or 'real'"],
    ),
    "name with a path": ('[[network]]\nname = "../a"', ["network[0].name", "pattern"]),
    "negative seed": ("", ["study.seed"]),
    "integer beyond 64 bits": (f"[ber]\nmax_trials = {10**400}", ["ber.max_trials: an integer must fit into 64 bits"]),
    "integer of thousands of digits": (f"[ber]\nmax_trials = {'9' * 5000}", ["not TOML: it holds an integer of thous"]),
    "nested too deeply": (f"[a{'.a' * 2000}]", ["is nested too deeply"]),
    "key with brackets": ('[ber]\n"a[0]" = 1', ['ber."a[0]": unknown key']),
    "key with a dot and a line end": ('"ber.\\n" = 1', ['"ber.\\n": unknown key']),
    "text beyond all floats": ('[corners]\nvdd_v = ["1e999 V"]', ["corners.vdd_v[0]: must be finite"]),
    "exponent of thousands of digits": (f'[corners]\nvdd_v = ["1e{"9" * 5000} V"]', ["expected a number in V"]),
    "digits of another script": ('[corners]\nvdd_v = ["١ V"]', ["expected a number in V"]),
    "letter whose upper case is SS": (
        '[corners]\nprocess = ["ß"]',
        ["corners.process[0]: a process corner is named by", "got 'ß'"],
    ),
    "technology with a NUL": ('[technology]\ncard = "a\\u0000.toml"', ["technology.card", "pattern"]),
    "technology beyond a file name": (f'[technology]\ncard = "{"x" * 300}"', ["technology.card: no technology"]),
    "network file with a NUL": ('[[network]]\nname = "a"\nfile = "\\u0000"', ["network[0].file", "pattern"]),
    "name beyond a file name": (f'[[network]]\nname = "{"x" * 300}"', ["network[0].name", "at most 100"]),
    "step of nothing": ("[read]\nmax_step_s = 1e-300", ["read.max_step_s", "greater than or equal to 0.000000000001"]),
    "read within the edge": (
        '[read]\nt_sense_s = "0.1 ns"\nmax_step_s = "10 ps"',
        ["read.t_sense_s: must be longer than the edge of sense enable, 2e-10 s"],
    ),
    "no modes": ("[injection]\nmodes = []", ["injection.modes", "at least 1"]),
    "mode twice": ('[injection]\nmodes = ["read", "read"]', ["injection: a mode is named more than once"]),
    "value of thousands of letters": (f'[ber]\nestimator = "{"x" * 9000}"', ["ber.estimator", "xxx … xxx"]),
    "lone carriage return": ("# a comment\r[ber]\n", ["is not TOML"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_names_key_value_and_what_is_allowed(name, write, tmp_path):
    text, expected = BAD[name]
    path = write(text)
    if name == "lone carriage return":
        path.write_bytes(text.encode())
    if name == "negative seed":
        path.write_text('[study]\nname = "s"\nseed = -1\n')
    if name == "internal field":
        path.write_text('folder = "/tmp"\n[study]\nname = "s"\n')
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert str(caught.value).startswith(f"{path} cannot be used:")
    for part in expected:
        assert part in str(caught.value)


def test_all_problems_are_told_at_once(write):
    with pytest.raises(StudyError) as caught:
        load_study(write('[corners]\nvdd = [1]\n[ber]\nmax_trials = -1\n[read]\nt_sense_s = "x"'))
    assert {problem.key for problem in caught.value.problems} == {"corners.vdd", "ber.max_trials", "read.t_sense_s"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        (b"[study\n", "is not TOML"),
        (b"a = 1\na = 2\n", "is not TOML"),
        (b"", "required"),
    ],
)
def test_a_mangled_file_says_so(content, message, tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=message):
        load_study(path)


def test_a_file_of_a_windows_editor_is_read(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(b'\xef\xbb\xbf[study]\r\nname = "s"\r\n')
    assert load_study(path).study.name == "s"


def test_minus_zero_is_zero(write):
    # It would make another task of the same point.
    study = load_study(write("[corners]\ntemperature_c = [-0.0]\n[devices.lrs]\nsigma_ln_c2c = -0.0"))
    assert [str(corner.temperature_c) for corner in study.corners.grid] == ["0.0"]
    assert str(study.devices.lrs.sigma_ln_c2c) == "0.0"


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(MissingResourceError, match="no file"):
        load_study(tmp_path / "none.toml")
    with pytest.raises(StudyError, match="cannot be read"):
        load_study(tmp_path)


def test_a_section_study_does_not_stand_in_place_of_a_seed_that_is_given():
    with pytest.raises(TypeError, match="study"):
        build_study(name="s", seed=5, study={"name": "t"})


def networks(*sections, **more):
    benches = [{"name": "late", "use": "pcsa_read", "settings": {"t_sense_s": 40e-9}}]
    return build_study(name="s", read={}, bench=benches, network=list(sections), **more)


def test_a_network_gets_the_errors_of_every_cell_that_stores_its_weights():
    late = networks().alphabets.keys() - {"ternary_2t2r"}
    study = networks({"name": "t"}, {"name": "one", "cells": [*late]}, {"name": "own", "cells": ["mine", *late]})
    assert study.network_cells == {"t": ("ternary_2t2r", *late), "one": (*late,), "own": ("mine", *late)}
    assert study.injected == dict.fromkeys(("ternary_2t2r", *late, "mine"), WeightKind.TERNARY)
    copy = build_study(**study.resolved().pop("study"), **{k: v for k, v in study.resolved().items() if k != "study"})
    assert copy.network_cells == study.network_cells


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            [{"name": "b", "weights": "binary", "cells": ["ternary_2t2r"]}],
            r"network\[0\]\.cells: does not store b",
        ),
        (
            [{"name": "t", "cells": ["mine"]}, {"name": "b", "weights": "binary", "cells": ["mine"]}],
            r"network\[1\]\.cells: does not store binary weights \(got 'mine'\)",
        ),
        ([{"name": "t", "cells": []}], r"network\[0\]\.cells: "),
        ([{"name": "t", "cells": ["mine", "mine"]}], r"network\[0\]\.cells: a cell is named more than once"),
        ([{"name": "t", "cells": ["../mine"]}], r"network\[0\]\.cells\[0\]: "),
        ([{"name": "b", "weights": "binary"}], r"network\[0\]\.weights: no cell in read\.cells stores binary"),
    ],
)
def test_cells_that_cannot_store_a_network_are_refused(sections, message):
    with pytest.raises(StudyError, match=message):
        networks(*sections)


def sequences(section, *above):
    """Every key of a schema whose value is a list: its place, and whether it lists tables."""
    for name, field in section.model_fields.items():
        inner = section_class(field.annotation)
        if get_origin(field.annotation) is tuple:
            yield (*above, name), inner is not None
        elif inner is not None:
            yield from sequences(inner, *above, name)


def section_class(annotation):
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for item in get_args(annotation) if (found := section_class(item))), None)


LISTS = sorted(sequences(Study))


def test_the_lists_of_a_study_are_found():
    assert {("corners", "vdd_v"), ("read", "cells"), ("injection", "ladder"), ("network",)} <= {at for at, _ in LISTS}


@pytest.mark.parametrize(("place", "tables"), LISTS)
@pytest.mark.parametrize("value", ["1.2", '"a \\"b\\""', "true", "3", "inf"])
def test_a_value_in_place_of_a_list_is_told_how_to_write_one(value, place, tables, tmp_path):
    path = tmp_path / "study.toml"
    text = tomli_w.dumps({"study": {"name": "s"}})
    key = ".".join(place)
    path.write_text(f"{key} = {value}\n{text}")
    expected = f"write a table for each, headed [[{key}]]" if tables else f"write a list, as [{value}]"
    with pytest.raises(StudyError) as caught:
        load_study(path)
    (problem,) = (one for one in caught.value.problems if one.message != "is required")  # keys beside it
    assert (problem.key, problem.message) == (key, expected)


def test_what_a_list_problem_says_to_write_is_taken(write):
    with pytest.raises(StudyError, match=r"corners\.vdd_v: write a list, as \[1\.1\] \(got 1\.1\)"):
        load_study(write("[corners]\nvdd_v = 1.1"))
    assert [corner.vdd for corner in load_study(write("[corners]\nvdd_v = [1.1]")).corners.grid] == [1.1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("corners = 3", "corners: write a table, headed [corners] (got 3)"),
        ("network = [3]", "network[0]: write a table, headed [[network]] (got 3)"),
        ("[network]\nname = 3", "network: write a table for each, headed [[network]] (got {'name': 3})"),
        ("[corners.vdd_v]\na = 3", "corners.vdd_v: write a list (got {'a': 3})"),
        ("[devices]\nlrs = 3", "devices.lrs: write a table, headed [devices.lrs] (got 3)"),
    ],
)
def test_a_value_in_place_of_a_table_is_told_how_to_write_one(text, message, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(f'{text}\n[study]\nname = "s"\n')
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert f"\n  {message}" in str(caught.value)


def test_a_copy_with_other_values_is_a_study_of_these_values(write):
    study = load_study(write("[ber]\nfloor = 1e-8\n"))
    others = "[ber]\nfloor = 1e-9\n[read]\nt_sense_s = 2e-8\n[devices]\npreset = 'hfo2_130nm_strong'\n"
    asked = load_study(write(others))
    assert study.identity != asked.identity
    assert study.read.conditions != asked.read.conditions  # all that is worked out once is worked out by now
    read = study.read.model_copy(update={"t_sense_s": 2e-8})
    copy = study.model_copy(update={"ber": asked.ber, "read": read, "devices": asked.devices})
    assert read.conditions == asked.read.conditions
    assert copy.identity == asked.identity
    assert study.model_copy().identity == study.identity == study.model_copy(deep=True).identity


def test_a_copy_with_a_value_of_no_field_is_refused(write):
    with pytest.raises(TypeError, match="Study has no 'devcies'; did you mean 'devices'"):
        load_study(write("")).model_copy(update={"devcies": None})


def test_a_study_with_networks_is_read_without_what_trains_them(write):
    """So that a mistake in it is told at once."""
    path = write('[[network]]\nname = "n"\nmodel = "vgg"\n')
    code = f"import sys; from rramsim.study import load_study; load_study({str(path)!r})\n"
    heavy = ["torch", "numba", "sklearn", "safetensors"]
    code += f"print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_devices_under_several_conditions_are_read_under_each():
    study = build_study(
        name="s",
        devices={
            "hrs": {"r_median_ohm": 9e4},
            "condition": [
                {"name": "weak", "hrs": {"sigma_ln_c2c": 0.9}},
                {"name": "strong", "preset": "hfo2_130nm_strong", "lrs": {"r_median_ohm": 4e3}},
            ],
        },
        read={"cells": ["binary_2t2r"]},
        bench=[{"name": "one", "use": "reference_read"}],
        network=[{"name": "n", "weights": "binary"}],
    )
    names = ["weak_binary_2t2r", "weak_one", "strong_binary_2t2r", "strong_one"]
    assert [coding.name for coding in study.codings] == names
    assert study.network_cells == {"n": tuple(names)}
    weak, _, strong, _ = (bench.environment.devices for bench in study.benches)
    assert (weak.hrs.r_median, weak.hrs.sigma_ln_c2c) == (9e4, 0.9)  # of [devices], but for what the condition sets
    assert (strong.lrs.r_median, strong.hrs) == (4e3, load_preset("hfo2_130nm_strong").statistics.hrs)
    decks = [deck.name for deck in study.sweep.decks()]
    assert len(set(decks)) == len(decks)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([{"name": "a"}, {"name": "a"}], "two conditions have one name: a, a"),
        ([{"name": "a", "hrs": {"r_median_ohm": 100.0}}], "must be above the median of lrs"),
        ([{"preset": "hfo2_130nm"}], "devices.condition[0].name"),
        ([{"name": "a", "preset": "none"}], "devices.condition[0].preset"),
        ([{"name": "a", "energy": 1.0}], "devices.condition[0].energy"),
        ([{"name": "a b"}], "devices.condition[0].name"),
    ],
)
def test_conditions_that_cannot_be_are_refused(conditions, message):
    with pytest.raises(StudyError, match=re.escape(message)):
        build_study(name="s", devices={"condition": conditions})
