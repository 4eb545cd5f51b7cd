"""Forms of a memory device: which files are refused as its compiled model, and what of one is in a task's identity."""

import re

import pytest

from rramsim.circuits.plain_deck import plain_deck
from rramsim.corners import parse_corner
from rramsim.devices.compact.card import MODELS, load_card
from rramsim.errors import StudyError
from rramsim.resources import data_root
from rramsim.study import build_study

CARDS = ("stanford", "sky130_reram")
TT = parse_corner("tt_27c_1v2")


def library(card="stanford", without=(), more=b""):
    """Bytes that begin as a library does and have the names of a compiled model: no code."""
    device = load_card(card).device
    names = ["OSDI_DESCRIPTORS", device.subcircuit, *device.names, f"{device.state}_initial"]
    names = [name for name in (*names, "n_current", "d_barrier", "n_gamma") if name not in without]
    return b"\x7fELF\0" + b"".join(name.encode() + b"\0" for name in names) + more


def study(folder=None, **settings):
    section = {"name": "b", "use": "program_set", "settings": settings}
    return build_study(name="s", bench=[section], **({"folder": folder} if folder else {}))


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """Write a file into a folder that the user trusts."""
    monkeypatch.setenv("RRAMSIM_OSDI", str(tmp_path))

    def write(content, name="stanford.osdi"):
        (tmp_path / name).write_bytes(content)
        return name

    return write


@pytest.mark.parametrize("card", CARDS)
def test_verilog_has_the_name_parameters_and_defaults_of_the_sub_circuit(card):
    device = load_card(card).device
    (name, ports) = re.search(r"^module (\w+)\((.*)\);$", device.verilog, re.MULTILINE).groups()
    assert (name, ports) == (device.subcircuit, f"te, be, {device.state}")
    found = dict(re.findall(r"parameter real (\w+) = (\S+?)(?: from \S+)?;", device.verilog))
    found["edge"] = found.pop("fade")  # a word of the language
    instance = {name: found.pop(name) for name in ("n_current", "d_barrier", "n_gamma")}
    assert instance == {"n_current": "1", "d_barrier": "0", "n_gamma": "1"}
    head = re.search(r"^\.subckt .* params:(.*)$", device.text.replace("\n+", " "), re.MULTILINE)[1]
    assert found == dict(re.findall(r"(\w+)=(\S+)", head))


def test_every_model_has_its_verilog():
    files = {path.stem for path in (data_root("device_models") / "rram").glob("*.va")}
    assert files == {model.netlist.removesuffix(".cir") for model in MODELS.values()}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no compiled model"),
        (b"`include <disciplines.vams>\nmodule rram_stanford(te, be, gap);", "is no compiled model"),
        (b"\x7fELF\0 of something else", "is no compiled model: a shared library with OSDI's table of models"),
        (library("sky130_reram"), "has no module rram_stanford"),
        (library(without=("beta_reset",)), "has no parameter beta_reset"),
        (library(without=("n_gamma",)), "has no parameter n_gamma"),
        (library(without=("gap_initial",)), "has no parameter gap_initial"),
    ],
)
def test_a_file_that_cannot_hold_the_model_is_refused_when_the_study_is_read(trusted, content, told):
    with pytest.raises(StudyError, match=rf"bench\[0\]\.settings\.osdi: .*stanford\.osdi.*{told}"):
        study(osdi=trusted(content))


def test_a_file_is_looked_for_where_the_user_says(trusted, tmp_path, monkeypatch):
    with pytest.raises(StudyError, match=rf"settings\.osdi: .*no compiled model none\.osdi.*{tmp_path}"):
        study(osdi="none.osdi")
    trusted(library())
    monkeypatch.delenv("RRAMSIM_OSDI")
    with pytest.raises(StudyError, match=r"settings\.osdi: .*RRAMSIM_OSDI names \(which is not set\)"):
        study(folder=tmp_path, osdi="stanford.osdi")  # beside the study: not where the user trusts it


@pytest.mark.parametrize("name", ["../stanford.osdi", "/tmp/stanford.osdi", "stanford.so", "a b.osdi", ""])
def test_a_name_is_no_path(trusted, name):
    trusted(library())
    with pytest.raises(StudyError, match=r"settings\.osdi"):
        study(osdi=name)


def test_identity_is_the_content_of_the_compiled_model(trusted, tmp_path, monkeypatch):
    def ids(**settings):
        return [task.id for task in study(**settings).sweep.tasks(ngspice="46")]

    first = ids(osdi=trusted(library()))
    assert first != ids()
    assert ids(osdi=trusted(library())) == first
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "stanford.osdi").rename(moved / "stanford.osdi")
    monkeypatch.setenv("RRAMSIM_OSDI", str(moved))
    assert ids(osdi="stanford.osdi") == first
    (moved / "stanford.osdi").write_bytes(library(more=b"another compiler"))
    assert ids(osdi="stanford.osdi") != first


def test_a_deck_and_its_reader_are_told_the_form(trusted):
    (plain,) = study().benches
    (bench,) = study(osdi=trusted(library())).benches
    deck = bench.deck(TT)
    assert re.search(r"^\* needs osdi=stanford\.osdi sha256=[0-9a-f]{64}$", deck.text, re.MULTILINE)
    assert "rram_stanford" in deck.text
    assert ".subckt rram_stanford" not in deck.text
    assert bench.about(TT)["netlists"] == {"rram_stanford": load_card("stanford").device.verilog}
    assert "compiled Verilog-A, stanford.osdi" in bench.about(TT)["text"]
    assert "compiled" not in plain.about(TT)["text"]
    assert "osdi" not in plain.deck(TT).text
    alone = plain_deck(deck, [], verdict=(), options=(), about=(), expected={})
    assert re.search(r"^\.control\npre_osdi /\S+/stanford\.osdi$", alone, re.MULTILINE)
    assert deck.handles == ("@nmem[n_current]", "@nmem[d_barrier]", "@nmem[n_gamma]", "@nmem[gap_initial]")
