"""Benches on the ngspice of the test process, for tests/spice and tests/physics; one thread for torch."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.benches.pair.read import Reader
from rramsim.circuits.benches.pair.spread import read_samples, read_sources
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.devices.presets import load_preset
from rramsim.devices.spread import SpreadSpace
from rramsim.spice.engine import engine
from rramsim.weights import Weight


@pytest.fixture(scope="session", autouse=True)
def one_thread_of_torch():
    """Workers of the tests share the cores: small products on several threads wait ten times as long for each other."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def read_deck():
    """Make a deck: corner id, cell and conditions."""

    def make(corner="tt_27c_1v2", cell="ternary_2t2r", **conditions):
        return ReadDeck(
            cell=CELLS[cell],
            corner=parse_corner(corner),
            technology=load_technology("generic_130nm_5v"),
            conditions=replace(ReadConditions(), **conditions),
        )

    return make


@pytest.fixture(scope="session")
def bench(read_deck):
    """Make a bench."""

    def make(*arguments, **conditions):
        return Reader(engine(), read_deck(*arguments, **conditions))

    return make


@pytest.fixture(scope="session")
def draw_reads():
    """Draw reads of a deck with mismatch and resistance spread, ``count`` of each weight."""

    def draw(deck, count, seed, preset="hfo2_130nm"):
        samples = []
        for index, weight in enumerate((Weight.PLUS, Weight.ZERO, Weight.MINUS)):
            spread = SpreadSpace(sources=read_sources(deck, load_preset(preset).statistics, weight))
            z = np.random.default_rng([seed, index]).standard_normal((count, spread.dimension))
            samples += read_samples(spread.values(z))
        return samples

    return draw
