"""Nominal waveforms of each cell, and the sense window."""

from __future__ import annotations

from collections.abc import Iterator

from rramsim.corners import corner_of
from rramsim.report.figures.waveforms import waveforms
from rramsim.report.figures.window import closing_supply, window
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, spoken
from rramsim.report.summary import engineering


def waveform_figures(run: RunData) -> Iterator[Figure]:
    """One figure a cell.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.waveforms is None:
        return
    for name, frame in run.waveforms.groupby("cell", sort=True):
        cell, corner, t_sense = str(name), corner_of(frame.iloc[0]), run.t_sense(str(name))
        judged = "" if t_sense is None else (
            f" The dotted line is the decision at {engineering(t_sense, 's')} after sense enable (SEN)."
        )  # fmt: skip
        yield Figure(
            name=f"waveforms_{cell}",
            svg=waveforms(frame, t_sense=t_sense, name=f"waveforms-{cell}"),
            caption=f"{cell}: typical devices, for each programmed symbol, at {spoken(corner)}.{judged}",
            description=f"Waveforms of the nets of {cell} for each programmed symbol",
            of=(("cell", cell),),
        )


def window_figures(run: RunData) -> Iterator[Figure]:
    """Latching time against the supply.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    t_sense = next((time for time in map(run.t_sense, run.cells) if time is not None), None)
    if run.window is None or t_sense is None:
        return
    closing = closing_supply(run.window, t_sense)
    corner = corner_of(run.window.iloc[0])
    verdict = (
        "It stays open over the supplies shown."
        if closing is None
        else f"Above {closing:.2f} V the pair of two high resistances latches before the decision: a zero is then read "
        "as ±1 and one sense operation can no longer tell three weights apart."
    )
    yield Figure(
        name="window",
        svg=window(run.window, t_sense=t_sense),
        caption=f"Sense window, {corner.process}, {corner.temperature_c:g} °C, nominal transistors: time to "
        "latch of complementary pairs and of two high resistances. The window is open where the dotted line lies "
        f"between them. {verdict}",
        description="Latching time against supply voltage for three resistance pairs",
    )
