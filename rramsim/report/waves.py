"""Plot of one read, for ``rramsim wave``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rramsim.files import write_atomic
from rramsim.report.figures.waveforms import waveforms


def wave_figure(frame: pd.DataFrame, path: Path, *, t_sense: float | None = None) -> None:
    """Write the SVG of waveforms.

    Parameters
    ----------
    frame
        Columns of ``waveforms.csv``, one cell and corner.
    path
        Of the SVG.
    t_sense
        Sense time [s], which is marked; None for no mark.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    write_atomic(path, waveforms(frame, t_sense=t_sense))
