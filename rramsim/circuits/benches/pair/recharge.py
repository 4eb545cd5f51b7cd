"""Whether a read leaves the outputs as it found them: only then is its supply charge what it costs."""

from __future__ import annotations

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.simulation import Waves

_RECHARGED = 0.9  # of the supply, from which on the next read begins as the first one did


def recharge_remark(name: str, deck: ReadDeck, waves: Waves) -> str:
    """What to tell of a recharge that does not bring the outputs back; empty where it does.

    Parameters
    ----------
    name
        Of the bench.
    deck
        What was read.
    waves
        ``q`` and ``qb`` [V], each (points,), up to the end of the recharge.
    """
    left, vdd = min(float(waves[output][-1]) for output in ("q", "qb")), deck.corner.vdd
    if left >= _RECHARGED * vdd:
        return ""
    return (
        f"{name} at {deck.corner.id}: the recharge after a read of typical devices ends with an output at {left:.2f} "
        f"of {vdd:g} V: the energy leaves out what is still to come, and a read that follows at once begins with what "
        f"this one left. A longer t_precharge_s mends it; it is {deck.conditions.t_precharge:g} s"
    )
