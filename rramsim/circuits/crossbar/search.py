"""Which unselected cells, and which place among them, make the read of a weight worst: found by search, not assumed.

A coordinate search over the row that is read and over what each of the other cells of its column stores. From every
uniform column it tries, cell by cell, each other weight, then each other row, and keeps what brings the read of typical
devices nearer to another outcome; it ends where no single change does. Nothing is drawn: the same deck gives the same
answer. A local search proves no optimum; starts that end alike make one likely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.benches.pair.response import read_signal
from rramsim.circuits.crossbar.deck import ArrayDeck
from rramsim.circuits.crossbar.pattern import Pattern
from rramsim.spice.engine import Engine
from rramsim.weights import Weight

_PROGRESS = 1e-6  # of a distance: what another order of the solver's sums could give


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A column and a place in it, and how far the read of a weight there is from another outcome.

    Parameters
    ----------
    row
        The row that is read.
    weights
        What the column's cells store, shape (rows,); that of the row itself is the weight that is read.
    distance
        Signal of the read, :func:`rramsim.circuits.benches.pair.response.read_signal`, towards the right outcome;
        of a 0, minus its size.
    """

    row: int
    weights: tuple[int, ...]
    distance: float


class Search:
    """Search for the worst column of a deck.

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck
        A lumped read, whose column, wires and corner are kept.
    stored
        The weight that is read.
    """

    def __init__(self, engine: Engine, deck: ArrayDeck, stored: Weight) -> None:
        self._engine = engine
        self._deck = deck
        self._stored = stored
        self._known: dict[tuple[int, tuple[int, ...]], float] = {}

    def worst(self) -> Found:
        """The worst of what the searches from all uniform columns, read in the deck's own row, end at.

        Raises
        ------
        SimulationError
            ngspice failed.
        """
        return min(self.ends(), key=lambda one: one.distance)

    @property
    def reads(self) -> int:
        """How many reads it has cost: none is simulated twice."""
        return len(self._known)

    def ends(self) -> Iterator[Found]:
        """Where the search from each uniform column ends.

        Raises
        ------
        SimulationError
            ngspice failed.
        """
        for start in self._values:
            yield self._descend(self.at(self._deck.row, (start,) * self._deck.fill.rows))

    def at(self, row: int, weights: tuple[int, ...]) -> Found:
        """The read of a row in a column.

        Parameters
        ----------
        row
            Which.
        weights
            What the column's cells store, shape (rows,); that of the row itself does not matter.

        Raises
        ------
        SimulationError
            ngspice failed.
        """
        weights = (*weights[:row], self._stored.number, *weights[row + 1 :])
        if (row, weights) not in self._known:
            self._known[row, weights] = distance(self._engine, with_column(self._deck, row, weights), self._stored)
        return Found(row=row, weights=weights, distance=self._known[row, weights])

    @property
    def _values(self) -> tuple[int, ...]:
        return tuple(weight.number for weight in self._deck.cell.weights.programmed)

    def _descend(self, found: Found) -> Found:
        while True:
            before = found
            for number in range(len(found.weights)):
                for value in self._values:
                    changed = (*found.weights[:number], value, *found.weights[number + 1 :])
                    found = _worse(found, self.at(found.row, changed))
            for row in range(len(found.weights)):
                found = _worse(found, self.at(row, found.weights))
            if found == before:
                return found


def _worse(one: Found, other: Found) -> Found:
    return other if other.distance < one.distance - _PROGRESS * abs(one.distance) else one


def with_column(deck: ArrayDeck, row: int, weights: tuple[int, ...]) -> ArrayDeck:
    """The same read in another row of another column.

    Parameters
    ----------
    deck
        A read.
    row
        The row.
    weights
        What the column's cells store, shape (rows,).
    """
    pattern: Pattern = tuple(
        (*line[: deck.column], weight, *line[deck.column + 1 :])
        for line, weight in zip(deck.pattern, weights, strict=True)
    )
    return replace(deck, row=row, pattern=pattern)


def distance(engine: Engine, deck: ArrayDeck, stored: Weight) -> float:
    """How far the read of typical devices is from another outcome: the larger, the farther.

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck
        The read.
    stored
        The weight that is read.

    Returns
    -------
    float
        The signal of the read towards the weight; of a 0, minus its size.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    on_bl, on_blb = ({"lrs": deck.r_lrs, "hrs": deck.r_hrs}[state] for state in stored.states)
    waves = Reader(engine, deck).waveforms(ReadSample(r_bl=on_bl, r_blb=on_blb), until=deck.decided)
    signal = read_signal(waves, deck)
    return {Weight.PLUS: signal, Weight.MINUS: -signal}.get(stored, -abs(signal))
