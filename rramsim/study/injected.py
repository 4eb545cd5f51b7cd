"""The BER table that the networks of a study get their errors from: of this study, or of the user's own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rramsim.errors import InputError, close_matches
from rramsim.nn.confusions import read_confusions
from rramsim.nn.faults.catalog import find_faults
from rramsim.nn.faults.model import Causes
from rramsim.runs.stamps import file_hash, read_stamps
from rramsim.study.study import Study
from rramsim.tables.ber import BER
from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.points import read_points

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A BER table, and the SHA-256 of its file; without rows, and empty, where a ladder is all there is.

    ``causes`` are the tables on what causes the errors, where a mode of the study needs them.
    """

    table: pd.DataFrame
    digest: str
    causes: Causes | None = None


def read_injected(study: Study, folder: Path) -> Injected:
    """Read the BER table in a run folder, whole and as the study needs it.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder.

    Raises
    ------
    InputError
        rramsim wrote the table for another study.
    MissingResourceError, TableError
        There is none, or it does not fit the study.
    """
    path = folder / BER.file
    asked = any(network.cells or network.errors_at for network in study.measured)
    if study.injection.ladder and not asked and not path.exists():
        return Injected(table=BER.frame(()), digest="")
    digest, origin = file_hash(path), read_stamps(folder).origin(path)
    if origin is not None and origin.get("sweep") != study.identity["sweep"]:
        raise InputError(
            f"{path} was made for another study than {study.file or study.study.name}, or by another rramsim; make the "
            f"right one with: rramsim sweep {study.file or 'STUDY'} --out {folder}"
        )
    table = read_confusions(
        path, known=study.alphabets, corners=study.corners.grid, cells=study.injected, own=origin is None
    )
    if origin is None:
        logger.warning("%s is taken as a table of your own: it is not as rramsim wrote it", path)
    return Injected(table=table, digest=digest, causes=_causes(study, folder, own=origin is None))


def _causes(study: Study, folder: Path, *, own: bool) -> Causes | None:
    """What causes the errors, of the very sweep that made the BER table."""
    caused = [mode for mode in study.injection.modes if find_faults(mode).caused]
    if not caused:
        return None
    if own:
        raise InputError(
            f"injection.modes: {caused[0]} needs to know what causes errors, which {folder / BER.file}, a table of "
            "your own, does not say; rramsim sweep makes one with directions.csv and levels.csv"
        )
    found = {}
    for name, table in (("directions", DIRECTIONS), ("levels", LEVELS)):
        path = folder / table.file
        origin = read_stamps(folder).origin(path) if path.exists() else None
        if origin is None or origin.get("sweep") != study.identity["sweep"]:
            raise InputError(
                f"injection.modes: {caused[0]} needs {path} as the sweep wrote it; make it with: rramsim sweep "
                f"{study.file or 'STUDY'} --out {folder}"
            )
        found[name] = read_points(table, path, study.alphabets)
    return Causes(**found)


def check_swept(study: Study) -> None:
    """Refuse a study whose networks ask for what its own sweep does not make.

    Parameters
    ----------
    study
        The study.

    Raises
    ------
    InputError
        A network names a cell of another table.
    """
    alphabets = study.alphabets
    for network in study.networks:
        told = [("cells", cell) for cell in study.network_cells[network.name]]
        told += [("errors_at", network.errors_at.cell)] if network.errors_at else []
        for key, cell in [(key, cell) for key, cell in told if cell not in alphabets]:
            raise InputError(
                f"network {network.name!r}: {key} names {cell!r}, no cell of the study, and no sweep simulates it; "
                f"{close_matches(cell, alphabets)}. With a BER table of your own: rramsim inject"
            )
