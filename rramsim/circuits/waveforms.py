"""Rows of ``waveforms.csv`` from the vectors of a transient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rramsim.circuits.simulation import Waves
from rramsim.corners import Corner

if TYPE_CHECKING:
    import pandas as pd


def waveform_rows(name: str, corner: Corner, programmed: str, waves: Waves) -> pd.DataFrame:
    """Rows of ``waveforms.csv``: voltages of nets, and currents delivered by sources.

    Parameters
    ----------
    name
        For the column ``cell``.
    corner, programmed
        What was simulated.
    waves
        Vectors of a transient and their ``time`` [s]; a source's current, ``i(vdd)``, is the one into its first node.
    """
    point = {"cell": name, **corner.labels, "programmed": programmed, "time_s": waves["time"]}
    signals = {_column(vector): -values if "(" in vector else values for vector, values in waves.items()}
    del signals[_column("time")]
    import pandas as pd

    return pd.DataFrame(point | signals)


def _column(vector: str) -> str:
    if vector.startswith("i("):
        return f"i_{vector[2:-1]}_a"
    return f"{vector.removeprefix('v(').removesuffix(')')}_v".replace(".", "_")
