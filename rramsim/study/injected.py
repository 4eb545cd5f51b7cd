"""The BER table that the networks of a study get their errors from: of this study, or of the user's own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rramsim.errors import InputError, close_matches
from rramsim.nn.confusions import read_confusions
from rramsim.runs.stamps import file_hash, read_stamps
from rramsim.study.study import Study
from rramsim.tables.ber import BER

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A BER table, and the SHA-256 of its file; without rows, and empty, where a ladder is all there is."""

    table: pd.DataFrame
    digest: str


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
    asked = any(network.cells for network in study.network)
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
    return Injected(table=table, digest=digest)


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
    for network in study.network:
        for cell in set(study.network_cells[network.name]) - alphabets.keys():
            raise InputError(
                f"network {network.name!r}: cells names {cell!r}, no cell of the study, and no sweep simulates it; "
                f"{close_matches(cell, alphabets)}. With a BER table of your own: rramsim inject"
            )
