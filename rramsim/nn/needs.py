"""What networks need before any work: torch, data sets, files of networks that are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rramsim.data.catalog import load_dataset
from rramsim.nn.asked import AskedNetwork
from rramsim.nn.trained import load_files


def check_needs(sections: Sequence[AskedNetwork], *, folder: Path) -> None:
    """Refuse networks whose data set or file is not there, or cannot be used.

    Parameters
    ----------
    sections
        The networks; data sets that they name stay in memory.
    folder
        Where relative paths of files start.

    Raises
    ------
    InputError
        A file is missing, or is not what its section says.
    MissingExtraError
        A package is not installed.
    """
    for section in sections:
        load_dataset(section.dataset)
    load_files(sections, folder=folder)
