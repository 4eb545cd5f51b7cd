"""What a programming pulse came to in the words of ngspice's own interpreter, for decks that are opened alone.

The same definitions as in :mod:`rramsim.circuits.benches.programming.measure`, a second time: tests hold the two
together.
"""

from __future__ import annotations

from rramsim.circuits.benches.programming.deck import PulseDeck
from rramsim.units import format_number

LRS, BETWEEN, HRS = OUTCOMES = ("lrs", "between", "hrs")


def verdict_commands(deck: PulseDeck) -> tuple[str, ...]:
    """Commands that tell what a pulse came to.

    Parameters
    ----------
    deck
        What was simulated.

    Returns
    -------
    tuple
        Lines that set ``outcome`` and print ``final_resistance_ohm`` [Ω] and ``peak_current_a`` [A].
    """
    low, high = (format_number(value) for value in (deck.settings.r_lrs_max_ohm, deck.settings.r_hrs_min_ohm))
    end = format_number(deck.t_end * (1 + 1e-9))
    return (
        "* voltage across the device by its current, at the end of the read",
        "let last = length(time) - 1",
        "let final_resistance_ohm = (v(bl)[last] - v(mid)[last]) / (-i(vbl)[last])",
        f'set outcome="{BETWEEN}"',
        f'if final_resistance_ohm le {low}\n  set outcome="{LRS}"\nend',
        f'if final_resistance_ohm ge {high}\n  set outcome="{HRS}"\nend',
        "* the largest current until the pulse is over",
        f"let peak_current_a = vecmax(abs(i(vbl)) * (time le {end}))",
        "print final_resistance_ohm",
        "print peak_current_a",
    )
