"""One sample as a deck for plain ngspice through the command line, and what the doctor says of it."""

import shutil
from pathlib import Path

import pytest

from rramsim.cli.deck import examine_deck, run_deck
from rramsim.errors import VerificationError

pytestmark = pytest.mark.spice


def test_from_study_to_deck_to_doctor(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told, run = run_deck(tiny, None, corner="ss_27c_1v1", cell="binary_2t2r", programmed="-1", sample="7")
    (deck,) = tmp_path.glob("*.cir")
    assert deck.name == "ternary_2t2r_ss_27c_1v1_minus_7.cir"
    assert told.startswith(f"{deck.name}: -1, latching time ")
    assert run == "run: ngspice -n -b FILE"
    assert "mirror image of sample 7 of task " in deck.read_text()
    shutil.move(deck, "a deck.cir")
    found = list(examine_deck(Path("a deck.cir")))
    assert "\n".join(found).count("outcome = -1") == (3 if shutil.which("ngspice") else 2)
    assert found[-1] == "the same to 0.001"
    text = Path("a deck.cir").read_text()
    resistance = next(line for line in text.splitlines() if line.startswith("alter r.xcell.xblb.rmem = "))
    Path("a deck.cir").write_text(text.replace(resistance, "alter r.xcell.xblb.rmem = 1e6"))
    with pytest.raises(VerificationError, match=r"^a deck.cir: in the shared library outcome is \S+ in place of -1"):
        list(examine_deck(Path("a deck.cir")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a deck.cir", "tiny.toml"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"--corner": "zz_27c_1v2"}, "--corner zz_27c_1v2: process ZZ generic_130nm_5v has no such process corner"),
        ({"--corner": "tt"}, "corner 'tt' is not of the form"),
        ({"--corner": "tt_27c_9v0"}, "vdd_v 9.0 is beyond the validity"),
        ({"--programmed": "2"}, "--programmed '2' is nothing that ternary_2t2r stores; allowed: +1, 0, -1"),
        ({"--cell": "ternary"}, "--cell 'ternary' is not simulated by"),
        ({"--sample": "-1"}, "--sample '-1' must be a number from 0 on, or typical"),
        ({"--sample": "20"}, "--sample 20: a point has the samples 0 to 19 (max_trials of [ber])"),
        ({"--out": "no/such/folder"}, "--out no/such/folder must be a file in a folder that exists"),
    ],
)
def test_what_there_is_not_is_refused_and_nothing_written(tiny, rramsim_here, tmp_path, changed, told):
    options = {"--corner": "tt_27c_1v2", "--programmed": "+1", "--sample": "0"} | changed
    done = rramsim_here("deck", tiny, *(f"{name}={value}" for name, value in options.items()))
    assert done.code == 2, done.err
    assert told in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_file_that_is_no_deck_is_not_run(rramsim_here, tmp_path):
    (tmp_path / "other.cir").write_text("* title\n.control\nshell touch RAN\n.endc\n.end\n")
    done = rramsim_here("doctor", "other.cir")
    assert done.code == 2
    assert "other.cir is no deck of rramsim deck" in done.err
    assert not (tmp_path / "RAN").exists()
    assert rramsim_here("doctor", "none.cir").code == 2
