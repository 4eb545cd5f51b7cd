"""Technology files and model libraries of every kind: read right, or an error that names the file."""

import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.circuits.technology import load_technology
from rramsim.corners import ProcessCorner
from rramsim.errors import RramsimError
from rramsim.resources import data_root

KIT = Path(__file__).parents[1] / "spice" / "own_kit"
CMOS = data_root("device_models") / "cmos"
CARD = (CMOS / "generic_130nm_5v.toml").read_bytes()
LIBRARY = (CMOS / "generic_130nm_5v.lib").read_bytes()
FUZZ = settings.get_profile("files")
VALUES = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.just({}), st.just([]), st.just(10**400),
    st.sampled_from(
        ["", "\0", "a\nb", "x" * 300, "x" * 5000, "/", "loop.lib", "loop.toml", "nfet", "pfet", "w", "l", "native",
         "primitive", "subcircuit", "gate_source", "@m.{kind}[delvto]", "{path}", "{path.x}", "{path[0]}", "{path!r}",
         "{path:>999999999}", "{", "{}", "{0}", "{path}{kind}", "a b", "v.{path};shell ls", "m=2", "a'b", "tt",
         "TT", "devices", "0.6"]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("technology")
    (path / "loop.lib").symlink_to(path / "loop.lib")
    return path


def check_error(error, folder):
    assert error.exit_code == 2
    assert str(folder) in str(error)
    assert len(str(error)) < 20_000


def check(folder, card, library):
    """A technology that is accepted says what its file says, and its decks hold lines of the library alone."""
    path = folder / "own.toml"
    path.write_bytes(card)
    (folder / "generic_130nm_5v.lib").write_bytes(library)
    try:
        technology = load_technology(str(path))
        models = {process: technology.models_text(process) for process in technology.file.sections}
    except RramsimError as error:
        check_error(error, folder)
        return None
    said = tomllib.loads(card.decode("utf-8-sig"))
    for section in ("validity", "nfet", "pfet"):
        found = getattr(technology.file, section).model_dump()
        for key, value in said[section].items():
            assert found[key] == value
            assert isinstance(found[key], str) == isinstance(value, str)
            assert not isinstance(value, bool)
    for kind in ("nfet", "pfet"):
        binding = technology.binding(kind)
        assert "xsa.xmp1" in binding.handle("xsa.xmp1", kind)
        assert binding.handle("xsa.xmp1", kind) != binding.handle("xsa.xmp2", kind)
    if technology.file.inline:
        lines = set(library.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        own = {line for kind in ("nfet", "pfet") for line in technology.binding(kind).wrapper(kind).split("\n")}
        lines |= {line.strip() for line in lines}
        for text in models.values():
            head, *rest = text.split("\n")
            assert head.startswith(f"* {technology.name}, ")
            assert {*rest} <= lines | own | {""}
            assert "\0" not in text
    return models


def test_what_is_not_damaged_is_read(folder):
    assert set(check(folder, CARD, LIBRARY)) == set(ProcessCorner)


@settings(FUZZ, max_examples=150)
@given(st.data())
def test_a_damaged_technology_file(folder, mangled, data):
    check(folder, data.draw(mangled(CARD)), LIBRARY)


@settings(FUZZ, max_examples=150)
@given(st.data())
def test_a_damaged_library(folder, mangled, data):
    check(folder, CARD, data.draw(mangled(LIBRARY)))


@settings(FUZZ, max_examples=200)
@given(st.data())
def test_any_value_at_any_key_of_a_technology_file(folder, data):
    card = tomllib.loads(CARD.decode())
    for _ in range(data.draw(st.integers(1, 2))):
        table = data.draw(st.sampled_from([card, card["sections"], card["validity"], card["nfet"], card["pfet"]]))
        optional = st.sampled_from(["unit_m", "width_parameter", "length_parameter", "parameters"])
        table[data.draw(st.sampled_from(sorted(table)) | optional)] = data.draw(VALUES)
        if not all(isinstance(card[key], dict) for key in ("sections", "validity", "nfet", "pfet")):
            break
    check(folder, tomli_w.dumps(card).encode(), LIBRARY)


@settings(FUZZ, max_examples=150)
@given(st.data())
def test_a_damaged_kit_with_random_numbers_of_its_own(folder, mangled, data):
    """What its numbers change is found, or an error names a file."""
    kit = folder / "kit"
    shutil.copytree(KIT, kit, dirs_exist_ok=True)
    cells = kit / "cells" / "numbers.spice"
    cells.write_bytes(data.draw(mangled(cells.read_bytes())))
    try:
        technology = load_technology(str(kit / "numbers.toml"))
        for kind in ("nfet", "pfet"):
            variation = technology.variation("TT", kind, 2e-6, 1e-6)
            assert len(variation.names) == len(set(variation.names)) > 0
            assert all(any(target.slopes) for target in variation.targets)
        technology.models_text("TT")
    except RramsimError as error:
        check_error(error, folder)
