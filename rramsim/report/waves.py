"""Plot of one simulation, for ``rramsim wave``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rramsim.files import write_atomic
from rramsim.report.figures.waveforms import waveforms, waveforms_png


def wave_figure(frame: pd.DataFrame, path: Path, *, t_sense: float | None = None) -> None:
    """Write the plot of waveforms.

    Parameters
    ----------
    frame
        Columns of ``waveforms.csv``, one cell and corner.
    path
        Of the plot: a PNG where it ends in ``.png``, else an SVG.
    t_sense
        Sense time [s], which is marked; None for no mark.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    drawn = waveforms_png if path.suffix == ".png" else waveforms
    write_atomic(path, drawn(frame, t_sense=t_sense))
