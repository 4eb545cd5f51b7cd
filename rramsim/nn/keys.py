"""Keys that every section on a network has, and what is wrong with their values."""

from __future__ import annotations

from pathlib import Path

from rramsim.data.catalog import check_name, is_arrays
from rramsim.files import is_file, resolved


def known_data(dataset: str, folder: Path | None) -> str:
    """The name of a data set; the path of a file of arrays that lies beside the study.

    Parameters
    ----------
    dataset
        As the study has it.
    folder
        Where the study lies; None where that is not known.

    Raises
    ------
    InputError
        There is no such data set.
    """
    check_name(dataset)
    if folder is None or not is_arrays(dataset) or not is_file(folder / dataset):
        return dataset
    return str(resolved(folder / dataset))


def named_once(cells: tuple[str, ...] | None, weights: str | None) -> tuple[str, ...] | None:
    """Cells whose errors a network gets.

    Parameters
    ----------
    cells
        As the study has them.
    weights
        Of the network; None where that is wrong itself.

    Raises
    ------
    ValueError
        One is named more than once, or the weights are real.
    """
    if cells is not None and len(set(cells)) < len(cells):
        raise ValueError("a cell is named more than once")
    if cells is not None and weights == "real":
        raise ValueError("no cell stores real weights")
    return cells
