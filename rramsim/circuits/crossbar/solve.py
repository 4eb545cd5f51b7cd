"""Solve: an array, read by ngspice row by row or column by column."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from rramsim.circuits.benches.pair.read import ReadOutcome, ReadSample
from rramsim.circuits.crossbar.deck import ArrayDeck
from rramsim.circuits.crossbar.extract import row_outcomes
from rramsim.circuits.simulation import Simulation
from rramsim.spice.engine import Engine


def stored_sample(deck: ArrayDeck) -> ReadSample:
    """Typical devices of the selected cell, in the states of the weight that the pattern has there.

    Parameters
    ----------
    deck
        What is read.
    """
    weight = deck.pattern[deck.row][deck.column]
    return ReadSample(
        r_bl=deck.r_lrs if weight > 0 else deck.r_hrs,
        r_blb=deck.r_lrs if weight < 0 else deck.r_hrs,
    )


def read_row(engine: Engine, deck: ArrayDeck, *, whole: bool = True) -> dict[int, ReadOutcome]:
    """Read the selected row once: of the whole array all columns, of a lumped one the selected column.

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck
        What is read.
    whole
        Whether the recharge is simulated, too. If not, a read ends as soon as it is decided, and its energy is NaN.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    # Columns of a row are decided at different times: only the sense time ends them all.
    ends = deck.decided[-1:] if deck.others else deck.decided
    waves = Simulation(engine, deck).run(stored_sample(deck).alterations(deck), until=() if whole else ends)
    found = row_outcomes(waves, deck)
    return found if whole else {column: replace(outcome, energy=math.nan) for column, outcome in found.items()}


def read_array(engine: Engine, deck: ArrayDeck, *, whole: bool = True) -> Iterator[tuple[int, int, ReadOutcome]]:
    """Read every cell of the array: (row, column, outcome), row by row.

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck
        Of any of its cells.
    whole
        As for :func:`read_row`.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    for row in range(deck.fill.rows):
        yield from read_cells(engine, replace(deck, row=row), whole=whole)


def read_cells(engine: Engine, deck: ArrayDeck, *, whole: bool = True) -> Iterator[tuple[int, int, ReadOutcome]]:
    """Read every cell of the selected row: (row, column, outcome).

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck
        Of any of its cells.
    whole
        As for :func:`read_row`.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    # A whole array reads all columns of a row at once, whichever is selected.
    for selected in (deck.column,) if deck.model == "array" else range(deck.fill.columns):
        for column, outcome in read_row(engine, replace(deck, column=selected), whole=whole).items():
            yield deck.row, column, outcome
