"""The read that is timed, and the devices that are read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.circuits.benches.pair.spread import read_samples, read_sources
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.devices.presets import load_preset
from rramsim.devices.spread import SpreadSpace
from rramsim.units import format_number
from rramsim.weights import Weight

FINE = 0.1e-9  # the step that a user would write [s]
_SHIFTS = ("mp1", "mp2", "mp3", "mp4", "mn1", "mn2", "mn3")


def read_deck(corner: str = "tt_27c_1v2", **conditions: float) -> ReadDeck:
    """The read of a ternary 2T2R cell."""
    deck = ReadDeck(
        cell=CELLS["ternary_2t2r"], corner=parse_corner(corner), technology=load_technology("generic_130nm_5v")
    )
    return replace(deck, conditions=replace(deck.conditions, **conditions))


def draw(count: int, seed: int = 0) -> list[ReadSample]:
    """Devices of ``count`` reads with mismatch, the three weights in turn."""
    deck = read_deck()
    drawn = []
    for index, weight in enumerate((Weight.PLUS, Weight.ZERO, Weight.MINUS)):
        spread = SpreadSpace(sources=read_sources(deck, load_preset("hfo2_130nm").statistics, weight))
        z = np.random.default_rng([seed, index]).standard_normal((-(-count // 3), spread.dimension))
        drawn.append(read_samples(spread.values(z)))
    return [sample for of_each_weight in zip(*drawn, strict=True) for sample in of_each_weight][:count]


def sample_deck(deck: ReadDeck, sample: ReadSample) -> str:
    """Deck text with the values of one sample written into it."""
    shifts = [format_number(value) for value in sample.threshold_shifts]
    values = {
        "xsa": [f"dvt_{name}={value}" for name, value in zip(_SHIFTS, shifts[:7], strict=True)],
        "xcell": [f"dvt_{name}={value}" for name, value in zip(("bl", "blb"), shifts[7:], strict=True)]
        + [f"r_bl={format_number(sample.r_bl)}", f"r_blb={format_number(sample.r_blb)}"],
    }
    lines = deck.text.splitlines()
    return "\n".join(" ".join([line, *values.get(line.partition(" ")[0], [])]) for line in lines) + "\n"
