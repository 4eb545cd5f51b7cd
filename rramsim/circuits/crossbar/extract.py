"""Extract: what each column of a row gave, from one transient of the whole array."""

from __future__ import annotations

from rramsim.circuits.benches.pair.read import ReadOutcome, measure_read
from rramsim.circuits.crossbar.deck import ArrayDeck, column_vectors
from rramsim.circuits.simulation import Waves


def row_outcomes(waves: Waves, deck: ArrayDeck) -> dict[int, ReadOutcome]:
    """Outcome, margin, latching time and energy of each column that was simulated, by its number.

    Parameters
    ----------
    waves
        The deck's vectors and ``time``, each of shape (points,).
    deck
        What was read.
    """
    found = {deck.column: measure_read(waves, deck)}
    for column in deck.others:
        q, qb, supply = column_vectors(column)
        own = {"time": waves["time"], "q": waves[q], "qb": waves[qb], "i(vdd)": waves[supply]}
        found[column] = measure_read(own, deck)
    return dict(sorted(found.items()))
