"""The verdict of a read in the words of ngspice's own interpreter, so that an exported deck needs no rramsim.

The same definitions as in :mod:`rramsim.circuits.benches.pair.read`, a second time: tests hold the two together.
"""

from __future__ import annotations

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.units import format_number


def verdict_commands(deck: ReadDeck) -> tuple[str, ...]:
    """Commands that tell what a read came to.

    Parameters
    ----------
    deck
        What was read.

    Returns
    -------
    tuple
        Lines that set ``outcome`` and print ``latching_time_s`` [s] and ``margin_v`` [V].
    """
    conditions = deck.conditions
    half, start = format_number(deck.corner.vdd / 2), format_number(conditions.t_start)
    decision = format_number(conditions.t_start + conditions.t_sense)
    end = format_number(conditions.t_start + conditions.window * (1 + 1e-9))
    return (
        "* outputs at the decision",
        f"meas tran q_sensed find v(q) at={decision}",
        f"meas tran qb_sensed find v(qb) at={decision}",
        f"let q_off = abs(q_sensed - {half})",
        f"let qb_off = abs(qb_sensed - {half})",
        "let margin_v = (q_off + qb_off - abs(q_off - qb_off)) / 2",
        *_outcome(deck, half, decision),
        "* when exactly one output came and stayed below half the supply, from the last point of the window backwards",
        f"let resolved = (v(q) lt {half}) ne (v(qb) lt {half})",
        "let v_low = (v(q) + v(qb) - abs(v(q) - v(qb))) / 2",
        "let v_high = (v(q) + v(qb) + abs(v(q) - v(qb))) / 2",
        "let before = length(time) - 1",
        f"while time[before] gt {end}",
        "  let before = before - 1",
        "end",
        "let after = before + 1",
        f"while (time[before] ge {start}) and resolved[before]",
        "  let after = before",
        "  let before = before - 1",
        "end",
        f"if time[after] gt {end}",
        "  echo latching_time_s = inf",
        "else",
        "  let latching_time_s = 0",
        f"  if time[before] ge {start}",
        *(line for side in ("v_low", "v_high") for line in _crossing(side, half, start)),
        "  end",
        "  print latching_time_s",
        "end",
        "print margin_v",
    )


def _outcome(deck: ReadDeck, half: str, decision: str) -> tuple[str, ...]:
    plus, minus = (f"(q_sensed lt {half}) and (qb_sensed ge {half})", f"(q_sensed ge {half}) and (qb_sensed lt {half})")
    gates: tuple[str, ...] = ()
    if deck.conditions.output_stage:
        gates = tuple(f"meas tran {name}_sensed find v({name}) at={decision}" for name in ("plus", "resolved"))
        sure = f"(resolved_sensed gt {half})"
        plus, minus = f"{sure} and (plus_sensed gt {half})", f"{sure} and (plus_sensed le {half})"
    return (
        *gates,
        f'set outcome="{deck.cell.weights.unresolved.value}"',
        *(f'if {condition}\n  set outcome="{sign}"\nend' for condition, sign in ((plus, "+1"), (minus, "-1"))),
    )


def _crossing(side: str, half: str, start: str) -> tuple[str, ...]:
    """The time of a crossing between two points, if it is later than what was found."""
    step = "(time[after] - time[before])"
    part = f"({half} - {side}[before]) / ({side}[after] - {side}[before])"
    return (
        f"    if ({side}[before] lt {half}) ne ({side}[after] lt {half})",
        f"      let crossing = time[before] + {part} * {step} - {start}",
        "      if crossing gt latching_time_s",
        "        let latching_time_s = crossing",
        "      end",
        "    end",
    )
