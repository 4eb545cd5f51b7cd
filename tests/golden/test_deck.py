"""The deck of one read, kept as text: a change of what is simulated shows as a difference here.

Regenerate after an intended change: python tests/golden/test_deck.py
"""

from pathlib import Path

from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner

GOLDEN = Path(__file__).with_name("read_ternary_2t2r_ss_m40c_1v08.cir")


def deck_text():
    return ReadDeck(
        cell=CELLS["ternary_2t2r"],
        corner=parse_corner("ss_m40c_1v08"),
        technology=load_technology("generic_130nm_5v"),
        conditions=ReadConditions(geometry=(("pcsa", (("c_q", 8e-14),)),)),
    ).text


def test_deck_is_the_golden_one():
    assert deck_text() == GOLDEN.read_text(encoding="utf-8")


def test_deck_names_no_path_and_writes_numbers_without_suffixes():
    text = deck_text()
    assert str(Path(__file__).parents[2]) not in text
    bench = text[text.index("\nvdd vdd 0") :]
    assert "c_q=8e-14" in bench
    assert ".temp -40.0" in bench
    assert not any(f"{digit}{suffix} " in bench for digit in "0123456789" for suffix in "numkfp")


if __name__ == "__main__":
    GOLDEN.write_text(deck_text(), encoding="utf-8")
